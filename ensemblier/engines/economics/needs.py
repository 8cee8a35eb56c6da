"""What the plan needs from the fund by class of expenses, what it leans on, and for how long it
lasts when one resource ends."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ensemblier.engines import topup
from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.outcome import Outcome, by_year, cumulated
from ensemblier.engines.economics.terms import CLASSES, FUND, MONTHS, YEAR, YEARS
from ensemblier.engines.money import share_out

LOST_IN = YEAR  # by default, a resource ends with the first year


@dataclass(frozen=True)
class Need:
    """The top-up of one year, in cents, in all and by class of expenses."""

    year: str
    top_up: topup.TopUp
    by_class: dict[str, int]
    asked: dict[str, int]


def needs(outcome: Outcome) -> tuple[Need, ...]:
    return tuple(need(outcome, year) for year in range(YEARS))


def need(outcome: Outcome, year: int) -> Need:
    """Resources that pay for one class only are placed there first; the others are shared among
    what is left of each class, in proportion, to the cent."""
    left = dict.fromkeys(CLASSES, 0)
    for line in outcome.of(CHARGE):
        left[line.expense_class] += by_year(line.amounts)[year]
    charges, free, requested = sum(left.values()), 0, 0
    placed, asked = [], dict.fromkeys(CLASSES, 0)
    purposes = {row.id: row.pays_for for row in outcome.plan.resources}
    for line in outcome.of(RESOURCE):
        cents, purpose = by_year(line.amounts)[year], purposes.get(line.id, "")
        if line.code == FUND:
            requested += cents
            if purpose:
                asked[purpose] += cents
            continue
        placed.append(topup.Resource(line.payer, cents, line.certainty, line.effect))
        used = min(cents, left[purpose]) if purpose else 0
        if purpose:
            left[purpose] -= used
        free += cents - used
    missing = max(0, sum(left.values()) - free)
    weights = list(left.values())
    by_class = share_out(missing, weights) if sum(weights) else [0] * len(left)
    found = topup.top_up(charges, placed, requested_cents=requested)
    return Need(
        outcome.plan.year_name(year),
        found,
        {name: int(cents) for name, cents in zip(left, by_class, strict=True)},
        asked,
    )


@dataclass(frozen=True)
class Dependence:
    """How much the plan leans on one resource, and what happens when it ends.

    `share_bp`: its part of the products of each year, in ten-thousandths, cut. `runway`: months
    from its end until cash is below zero, None when it never is before the end of the plan.
    `already`: cash is below zero without that loss.
    """

    id: str
    label: str
    payer: str
    nature: str
    certainty: str
    effect: str
    cents: tuple[int, ...]
    share_bp: tuple[int, ...]
    ends_in: int
    runway: int | None
    cash_at_end: int
    already: bool

    @property
    def is_vital(self) -> bool:
        """Its loss empties the cash of a plan that would hold with it."""
        return self.runway is not None and not self.already


def dependences(outcome: Outcome, lost_in: int = LOST_IN) -> tuple[Dependence, ...]:
    """Each resource but contributions in kind, the largest first. `lost_in`: the first month
    without it, from 0."""
    totals = by_year(outcome.resources)
    found = [
        dependence(outcome, line, totals, lost_in)
        for line in outcome.of(RESOURCE)
        if sum(line.amounts)
    ]
    return tuple(sorted(found, key=lambda each: -sum(each.cents)))


def dependence(outcome: Outcome, line: Line, totals: tuple[int, ...], lost_in: int) -> Dependence:
    cents = by_year(line.amounts)
    cash = without(outcome, line, lost_in)
    below = next((m for m in range(lost_in, MONTHS) if cash[m] < 0), None)
    return Dependence(
        line.id,
        line.label,
        line.payer,
        line.nature,
        line.certainty,
        line.effect,
        cents,
        tuple(
            mine * 10_000 // all_ if all_ else 0 for mine, all_ in zip(cents, totals, strict=True)
        ),
        lost_in,
        None if below is None else below - lost_in,
        cash[-1],
        outcome.first_negative is not None,
    )


def without(outcome: Outcome, line: Line, lost_in: int) -> tuple[int, ...]:
    """Cash when what this line pays for months from `lost_in` on never comes. What was owed for
    the months before still comes; costs stay as they are."""
    lost = line.payments
    if sum(line.payments):
        kept = sum(line.amounts[:lost_in])
        lost_months, seen = [], 0
        for cents in line.payments:
            still = max(0, min(cents, kept - seen))
            seen += cents
            lost_months.append(cents - still)
        lost = tuple(lost_months)
    gone = cumulated(lost)
    return tuple(c - g for c, g in zip(outcome.cash, gone, strict=True))


def concentration(outcome: Outcome) -> Fraction:
    """Herfindahl index of the products by payer over five years: 1 when one pays everything."""
    by_payer: dict[str, int] = {}
    for line in outcome.of(RESOURCE):
        by_payer[line.payer] = by_payer.get(line.payer, 0) + sum(line.amounts)
    whole = sum(by_payer.values())
    return (
        sum((Fraction(c, whole) ** 2 for c in by_payer.values()), Fraction(0))
        if whole
        else Fraction(0)
    )
