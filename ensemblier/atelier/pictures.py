"""A plan as pictures: figures of the engine in, charts of the pages out. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.drawings import FanCurve, Flow, Piles, Spans, in_euros
from ensemblier.base.pages.formats import MONTHS, SPACE, euros, percent
from ensemblier.engines.budget import RESOURCE
from ensemblier.engines.economics import (
    Dependence,
    Fan,
    Need,
    Outcome,
    Plan,
    Price,
    broken_rules,
    compute,
    concentration,
    dependences,
    needs,
    prices,
    simulate,
    tornado,
)
from ensemblier.engines.economics.outcome import by_year
from ensemblier.engines.economics.rules import Broken
from ensemblier.engines.economics.terms import DEFAULT_CHANCE

DRAWS, SEED = 2_000, 1
TOLD = f"{DRAWS:,}".replace(",", SPACE)
NOBODY = "reste à trouver"
MOST_PARTS = 6
MOST_BARS = 10
WHOLE = 10_000


class Figure(NamedTuple):
    """A key figure, and what it means."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Pictures:
    """Everything that the page of a plan shows."""

    outcome: Outcome
    chances: Fan
    figures: list[Figure]
    resources: Piles
    cash: FanCurve
    tornado: Spans
    price: StackedBar | None
    flow: Flow | None
    gap: str
    broken: Sequence[Broken]
    rules: Sequence[Rule]


def pictures(plan: Plan) -> Pictures:
    """Two thousand draws, always the same seed: the same plan gives the same pictures."""
    outcome = compute(plan)
    chances = simulate(plan, DRAWS, SEED, outcome=outcome)
    found = prices(outcome)
    shown = found[min(1, len(found) - 1)] if found else None
    broken = broken_rules(outcome)
    return Pictures(
        outcome,
        chances,
        key_figures(outcome, chances, needs(outcome)),
        resource_piles(outcome),
        cash_fan(outcome, chances),
        tornado_of(outcome),
        price_bar(shown) if shown else None,
        basket_flow(shown) if shown else None,
        gap_words(shown) if shown else "",
        broken,
        by_rule(broken, plan),
    )


def month_marks(plan: Plan) -> list[str]:
    """03/2028, short enough for an axis."""
    pairs = (name.split("-") for name in plan.month_names)
    return [f"{month}/{year}" for year, month in pairs]


def month_words(plan: Plan, month: int) -> str:
    """mars 2028."""
    year, rank = divmod(plan.start + month, 12)
    return f"{MONTHS[rank]}{SPACE}{year}"


@dataclass(frozen=True)
class Rule:
    """One rule that does not hold: told for its first year, then for those that follow.

    What mends it is told for the worst year: done, it mends the others."""

    first: Broken
    since: str
    later: Sequence[str]
    mend: str


def by_rule(broken: Sequence[Broken], plan: Plan) -> list[Rule]:
    rows: dict[tuple[str, str], list[Broken]] = {}
    for each in broken:
        rows.setdefault((each.code, each.driver), []).append(each)
    return [
        Rule(
            kept[0],
            month_words(plan, kept[0].month),
            [each.sentence for each in kept[1:]],
            max(kept, key=lambda each: each.by).mend,
        )
        for kept in rows.values()
    ]


def chance(bp: int) -> str:
    """Ten-thousandths as a chance that nobody reads as exact."""
    if 0 < bp < 100:
        return f"moins de 1{SPACE}%"
    return percent(bp, WHOLE)


def key_figures(outcome: Outcome, chances: Fan, needed: Sequence[Need]) -> list[Figure]:
    month, cents = outcome.lowest
    years = sum(1 for result in outcome.results if result >= 0)
    asked = sum(need.top_up.requested_cents for need in needed)
    ruin = (
        "jamais"
        if chances.usual_ruin_month is None
        else (f"le plus souvent en {month_words(outcome.plan, chances.usual_ruin_month)}")
    )
    return [
        Figure("Années à l'équilibre, sans hasard", f"{years} sur 5", results_words(outcome)),
        Figure(
            "Au plus bas, la trésorerie",
            in_euros(cents),
            f"en {month_words(outcome.plan, month)}, si tout se passe comme prévu",
        ),
        Figure("Risque de manquer d'argent", chance(chances.ruin), ruin),
        Figure("Demandé au fonds sur cinq ans", euros(asked // 100 * 100)),
    ]


def results_words(outcome: Outcome) -> str:
    worst = min(range(5), key=lambda year: outcome.results[year])
    name = outcome.plan.year_names[worst]
    return f"la moins bonne : {name}, {in_euros(outcome.results[worst])}"


def resource_piles(outcome: Outcome) -> Piles:
    """Resources by payer and year; small payers together."""
    by_payer: dict[str, list[int]] = {}
    for line in outcome.of(RESOURCE):
        mine = by_payer.setdefault(line.payer or line.label, [0] * 5)
        for year, cents in enumerate(by_year(line.amounts)):
            mine[year] += cents
    ranked = sorted(by_payer.items(), key=lambda each: -sum(each[1]))
    ranked = [each for each in ranked if sum(each[1])]
    if len(ranked) > MOST_PARTS:
        rest = [
            sum(column) for column in zip(*(a for _, a in ranked[MOST_PARTS - 1 :]), strict=True)
        ]
        ranked = [*ranked[: MOST_PARTS - 1], ("autres", rest)]
    charges = by_year(outcome.charges)
    whole = [sum(column) for column in zip(*(amounts for _, amounts in ranked), strict=True)]
    first = ranked[0] if ranked else ("personne", [0] * 5)
    part = percent(sum(first[1]), sum(whole) if whole else 0)
    return Piles(
        outcome.plan.year_names,
        [(name, [cents // 100 * 100 for cents in amounts]) for name, amounts in ranked],
        [cents // 100 * 100 for cents in charges],
        f"Qui paie, année après année. Le premier, {first[0]}, apporte {part} des cinq ans ; le "
        "trait marque ce que le projet coûte.",
        "Charges",
        "Qui paie",
    )


def cash_fan(outcome: Outcome, chances: Fan) -> FanCurve:
    plan = outcome.plan
    month, cents = outcome.lowest
    told = f"le creux est en {month_words(plan, month)} ({in_euros(cents)})"
    return FanCurve(
        month_marks(plan),
        outcome.cash,
        chances.cash,
        f"La trésorerie à la fin de chaque mois : {told}. Sur {TOLD} tirages, "
        f"{chance(chances.ruin)} manquent d'argent un jour. Une ressource demandée y arrive "
        f"{DEFAULT_CHANCE['asked'] // 100} fois sur cent, une promise "
        f"{DEFAULT_CHANCE['promised'] // 100}, sauf si le plan dit autre chose ; quand l'une "
        "s'arrête, les charges restent.",
        names=plan.year_names,
    )


def tornado_of(outcome: Outcome) -> Spans:
    bars = [bar for bar in tornado(outcome) if bar.width][:MOST_BARS]
    return Spans(
        [(bar.label, bar.low_last, bar.high_last) for bar in bars],
        outcome.cash[-1],
        "Ce qui pèse le plus : la trésorerie à la fin des cinq ans quand une seule chose change "
        "(une chance sur dix d'aller au-delà de chaque bord).",
    )


def price_bar(price: Price) -> StackedBar:
    parts = [Part(name, cents) for name, cents in price.parts.items()]
    grower = price.parts.get("producteur", 0)
    told = f"La vérité du prix, {price.year} : 1{SPACE}{price.unit} coûte {euros(price.cost)}"
    return StackedBar(
        parts, f"{told}, dont {euros(grower)} pour le producteur." if grower else f"{told}."
    )


def basket_flow(price: Price) -> Flow:
    """Both sides add up to the cost, or to what is paid when that is more."""
    sources = [(name, cents) for name, cents in price.payers.items() if cents]
    uses = list(price.parts.items())
    if price.gap > 0:
        sources.append((NOBODY, price.gap))
    elif price.gap < 0:
        uses.append(("excédent", -price.gap))
    return Flow(
        sorted(sources, key=lambda each: -each[1]),
        uses,
        f"1{SPACE}{price.unit}",
        f"Qui paie quoi pour 1{SPACE}{price.unit}, {price.year}.",
    )


def gap_words(price: Price) -> str:
    """Who carries the gap between what it costs and what persons pay."""
    told = f"Les foyers paient {euros(price.persons)} sur {euros(price.cost)}"
    if price.gap > 0:
        return f"{told} ; d'autres portent l'écart, et {euros(price.gap)} restent à trouver."
    return f"{told} ; d'autres portent l'écart de {euros(max(price.price_gap, 0))}."


def what_if(dependence: Dependence, plan: Plan) -> str:
    """What happens when this resource ends after the first year, in one sentence."""
    if dependence.already:
        return "La trésorerie manque déjà avec elle."
    if dependence.runway is None:
        return f"Le projet tient jusqu'au bout : il lui reste {in_euros(dependence.cash_at_end)}."
    month = month_words(plan, dependence.ends_in + dependence.runway)
    return f"Il tient {dependence.runway}{SPACE}mois : l'argent manque en {month}."


def payers_as_if(outcome: Outcome) -> str:
    """How concentrated the products are: as many payers of equal parts (1 over the index)."""
    index = concentration(outcome)
    if not index:
        return ""
    tenths = (20 * index.denominator + index.numerator) // (2 * index.numerator)
    if tenths < 11:
        return "Sur cinq ans, un seul payeur porte presque tout le plan."
    return (
        f"Sur cinq ans, c'est comme si {tenths // 10},{tenths % 10} payeurs portaient le plan à "
        "parts égales : moins il y en a, plus le plan dépend de chacun."
    )


__all__ = ["Pictures", "dependences", "payers_as_if", "pictures", "what_if"]
