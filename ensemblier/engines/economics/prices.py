"""The truth of a price: what one basket costs and to whom that goes, who pays it, and the gap."""

from __future__ import annotations

from dataclasses import dataclass

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics.outcome import Outcome, by_year
from ensemblier.engines.economics.recipes import half_up
from ensemblier.engines.economics.terms import PARTS
from ensemblier.engines.money import share_out


@dataclass(frozen=True)
class Price:
    """One unit of the basket in one year, in cents. The parts add up to the cost, and so do the
    payers with what nobody pays yet (`gap`). A surplus makes `gap` negative."""

    year: str
    unit: str
    units: int  # thousandths
    cost: int
    parts: dict[str, int]
    payers: dict[str, int]
    persons: int
    gap: int

    @property
    def price_gap(self) -> int:
        """What the persons who eat do not pay: the gap that others fill, and what is left of it."""
        return self.cost - self.persons


def prices(outcome: Outcome) -> tuple[Price, ...]:
    """The truth of the price by year; years in which no basket goes out are left out."""
    basket = outcome.plan.basket
    if not basket:
        return ()
    volume = next(each for each in outcome.plan.volumes if each.id == basket)
    found = []
    for year, units in enumerate(by_year(outcome.course.quantities[basket])):
        if units:
            found.append(price(outcome, year, volume.unit, units))
    return tuple(found)


def price(outcome: Outcome, year: int, unit: str, units: int) -> Price:
    parts = dict.fromkeys(PARTS, 0)
    for line in outcome.of(CHARGE):
        parts[line.part] += by_year(line.amounts)[year]
    payers: dict[str, int] = {}
    persons = set()
    for line in outcome.of(RESOURCE):
        payers[line.payer] = payers.get(line.payer, 0) + by_year(line.amounts)[year]
        if line.audience == "households":
            persons.add(line.payer)
    charges, resources = sum(parts.values()), sum(payers.values())
    cost = half_up(1_000 * charges, units)
    shares = shared(cost, parts)
    paid = half_up(1_000 * resources, units)
    by_payer = shared(paid, {name: cents for name, cents in payers.items() if cents})
    return Price(
        outcome.plan.year_name(year),
        unit,
        units,
        cost,
        {PARTS[name]: cents for name, cents in shares.items() if cents},
        by_payer,
        sum(by_payer.get(name, 0) for name in persons),
        cost - paid,
    )


def shared(total: int, weights: dict[str, int]) -> dict[str, int]:
    """`total` by these weights, to the cent."""
    if not sum(weights.values()):
        return dict.fromkeys(weights, 0)
    return dict(zip(weights, share_out(total, list(weights.values())), strict=True))
