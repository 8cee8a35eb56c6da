"""Plans side by side: the same few figures of each, computed from their texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ensemblier.atelier.models import PlanScenario, PlanVersion
from ensemblier.atelier.pictures import DRAWS, SEED, by_rule, chance, month_words
from ensemblier.base.pages.drawings import in_euros
from ensemblier.base.pages.formats import NOTHING, euros
from ensemblier.engines.economics import (
    Outcome,
    broken_rules,
    compute,
    needs,
    prices,
    read_plan,
    simulate,
)


class Side(NamedTuple):
    """One plan in a column: what it is called, where it is, its figures in words."""

    name: str
    rank: int
    version: int
    values: dict[str, str]


def columns(scenarios: Iterable[PlanScenario]) -> dict[str, Any]:
    """Heads, and one row by figure with the value of each scenario. One query."""
    kept = list(scenarios)
    rows = PlanVersion.objects.filter(scenario__in=kept).select_related("scenario")
    last = {row.scenario_id: row for row in rows if row.number == row.scenario.version}
    sides = [Side(each.name, each.rank, each.version, figures(last[each.pk].text)) for each in kept]
    names = list(sides[0].values) if sides else []
    return {
        "heads": sides,
        "rows": [(name, [side.values[name] for side in sides]) for name in names],
    }


def figures(text: str) -> dict[str, str]:
    """The figures that a board compares."""
    plan = read_plan(text)
    outcome = compute(plan)
    fan = simulate(plan, DRAWS, SEED, outcome=outcome)
    month, cents = outcome.lowest
    found = {
        f"Résultat {name}": in_euros(result)
        for name, result in zip(plan.year_names, outcome.results, strict=True)
    }
    found["Trésorerie au plus bas"] = in_euros(cents)
    found["Son mois le plus bas"] = month_words(plan, month)
    found["Trésorerie à la fin"] = in_euros(outcome.cash[-1])
    found["Risque de manquer d'argent"] = chance(fan.ruin)
    found["Demandé au fonds, cinq ans"] = in_euros(asked(outcome))
    found["Coût du panier, 2e année"] = basket(outcome)
    found["Règles enfreintes"] = str(len(by_rule(broken_rules(outcome), plan)))
    return found


def asked(outcome: Outcome) -> int:
    return sum(need.top_up.requested_cents for need in needs(outcome))


def basket(outcome: Outcome) -> str:
    found = prices(outcome)
    return euros(found[min(1, len(found) - 1)].cost) if found else NOTHING


def effects(before: str, after: str) -> list[tuple[str, str, str]]:
    """Figure, before, after: those that moved."""
    old, new = figures(before), figures(after)
    names = dict.fromkeys([*old, *new])
    sides = [(name, old.get(name, NOTHING), new.get(name, NOTHING)) for name in names]
    return [side for side in sides if side[1] != side[2]]
