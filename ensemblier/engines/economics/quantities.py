"""Quantities by month: what is made or moved, by season and growth, and what derives from it."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import gcd

from ensemblier.engines.economics.plan import Plan, Volume
from ensemblier.engines.economics.recipes import ONE, Course, half_up, index, running
from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS


def course_of(plan: Plan) -> Course:
    """Every quantity and every index of the plan."""
    indexes = {
        "": [ONE] * YEARS,
        "general": index(plan.general),
        "wages": index(plan.wages),
        "food": index(plan.food),
    }
    return Course({name: q for name, q in quantities(plan).items()}, indexes)


def quantities(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Thousandths of unit by volume and month."""
    known = {volume.id: volume for volume in plan.volumes}
    found: dict[str, tuple[int, ...]] = {}
    for volume in plan.volumes:
        chain = [volume]
        while chain[-1].of:
            chain.append(known[chain[-1].of])
        for each in reversed(chain):
            if each.id not in found:
                made = derived(each, found[each.of]) if each.of else seasonal(each, plan.start)
                found[each.id] = made
    for sale in plan.sales:
        sold = found[sale.volume]
        found[sold_name(sale.id)] = tuple(half_up(q * sale.share, 10_000) for q in sold)
    return {name: found[name] for name in found}


def sold_name(sale: str) -> str:
    """The quantity of a sale; no driver can be called so."""
    return f"sale:{sale}"


def seasonal(volume: Volume, start: int) -> tuple[int, ...]:
    """A year's quantity by the weights of its months, each year after its growth."""
    weights = season_from(volume, start)
    whole, found = sum(weights), []
    for year in range(YEARS):
        total = half_up(volume.yearly * growths(volume)[year], ONE)
        seen = 0
        for weight in weights:
            before = running(total, seen, whole)
            seen += weight
            found.append(running(total, seen, whole) - before)
    return within(volume, found)


def season_from(volume: Volume, start: int) -> list[int]:
    """The twelve weights from the first month of the plan on, without a common divisor."""
    turned = [volume.season[(start + month) % YEAR] for month in range(YEAR)]
    common = reduce(gcd, turned)
    return [weight // common for weight in turned]


def growths(volume: Volume) -> list[int]:
    """Millionths of the first year, by year."""
    found = [ONE]
    for rise in volume.growth or (0,) * (YEARS - 1):
        found.append(half_up(found[-1] * (10_000 + rise), 10_000))
    return found


def derived(volume: Volume, origin: tuple[int, ...]) -> tuple[int, ...]:
    """What comes out of another volume: rate, yield, then losses, rounded once."""
    rate = kept(volume)
    return within(volume, [half_up(q * rate, ONE) for q in origin])


def kept(volume: Volume) -> int:
    """Millionths of the origin that come out."""
    exact = Fraction(volume.rate * volume.yields * (10_000 - volume.loss), 10**8)
    return half_up(exact.numerator, exact.denominator)


def within(volume: Volume, found: list[int]) -> tuple[int, ...]:
    return tuple(
        quantity if volume.first <= month <= volume.last else 0
        for month, quantity in zip(range(MONTHS), found, strict=True)
    )
