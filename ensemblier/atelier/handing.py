"""One year of a plan as the budget of an application: lines of the Cerfa in whole euros, and what
is asked of the fund by class of expenses. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics import Outcome, needs
from ensemblier.engines.economics.outcome import by_year
from ensemblier.engines.economics.terms import CLASSES, FUND
from ensemblier.engines.money import share_out

Row = dict[str, Any]
EURO = 100


class Handed(NamedTuple):
    """Rows for `fund.applications.saving`, and their totals in cents."""

    year: str
    lines: list[Row]
    asked: list[Row]
    charges: int
    resources: int
    requested: int

    @property
    def gap(self) -> int:
        """What the form still lacks (or has in excess, below zero) to be balanced."""
        return self.charges - self.resources - self.requested

    @property
    def excess(self) -> int:
        return max(-self.gap, 0)


def handed(outcome: Outcome, year: int) -> Handed:
    """Contributions in kind go along, equal on both sides; the fund's own line becomes the ask."""
    charges = side(outcome, CHARGE, year, in_kind=False)
    resources = side(outcome, RESOURCE, year, in_kind=False)
    both = [
        *charges,
        *resources,
        *side(outcome, CHARGE, year, in_kind=True),
        *side(outcome, RESOURCE, year, in_kind=True),
    ]
    asked = asks(outcome, year)
    return Handed(
        outcome.plan.year_names[year],
        both,
        asked,
        total(charges),
        total(resources),
        total(asked),
    )


def total(rows: Sequence[Row]) -> int:
    return sum(row["amount_cents"] for row in rows)


def side(outcome: Outcome, name: str, year: int, *, in_kind: bool) -> list[Row]:
    """Charges by line of the form; resources also by payer, certainty and useful effect."""
    assumed = {
        row.id: row.assumed
        for rows in (outcome.plan.sales, outcome.plan.resources, outcome.plan.in_kinds)
        for row in rows
    }
    found: dict[tuple[str, ...], int] = {}
    guessed: dict[tuple[str, ...], bool] = {}
    for line in outcome.lines:
        if line.side != name or line.in_kind != in_kind or line.code == FUND or not line.counts:
            continue
        own = (line.payer, line.certainty, line.effect) if name == RESOURCE else ("", "", "")
        key = (line.code, *own)
        found[key] = found.get(key, 0) + by_year(line.amounts)[year]
        guessed[key] = guessed.get(key, False) or assumed.get(line.id, True)
    kept = {key: cents for key, cents in sorted(found.items()) if cents > 0}
    return [
        {
            "side": name,
            "code": code,
            "payer": payer[:160],
            "certainty": "" if in_kind or code == "70" else certainty,
            "effect": effect,
            "amount_cents": cents,
            "is_assumed": guessed[code, payer, certainty, effect],
        }
        for (code, payer, certainty, effect), cents in whole(kept).items()
        if cents
    ]


def whole(amounts: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """In whole euros: the total half up, then shared by largest remainder (decisions/0003)."""
    euros = (sum(amounts.values()) + EURO // 2) // EURO
    if not euros:
        return dict.fromkeys(amounts, 0)
    parts = share_out(euros, list(amounts.values()))
    return {key: EURO * part for key, part in zip(amounts, parts, strict=True)}


def asks(outcome: Outcome, year: int) -> list[Row]:
    """What is asked, by class: what says its class stays there; the rest follows the needs."""
    need = needs(outcome)[year]
    requested = (need.top_up.requested_cents + EURO // 2) // EURO
    said = [need.asked[name] // EURO for name in CLASSES]
    rest = max(requested - sum(said), 0)
    weights = [need.by_class[name] for name in CLASSES]
    if not sum(weights):
        weights = [1 if name == "operation" else 0 for name in CLASSES]
    spread = share_out(rest, weights) if rest else [0] * len(said)
    named = outcome.plan.year_names[year][:4]
    return [
        {
            "expense_class": name,
            "year": int(named),
            "amount_cents": EURO * (mine + more),
            "is_assumed": True,
        }
        for name, mine, more in zip(CLASSES, said, spread, strict=True)
        if mine + more
    ]
