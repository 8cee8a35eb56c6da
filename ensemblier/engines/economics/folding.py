"""Lines folded by what moves them: sixty lines become a few groups, each multiplied once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ensemblier.engines.budget import RESOURCE
from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.factors import Factors, Floats, roots
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.quantities import sold_name
from ensemblier.engines.economics.recipes import AsPaid, AtOnce, Flat, Later, PerUnit, Steps
from ensemblier.engines.economics.terms import EU_CODE, MONTHS, PUBLIC_CODES, YEAR, YEARS

LATE_BY = 2  # months, when public payers are late that year
FEW = 12  # months with something: then month by month costs less than all at once


class Movers(NamedTuple):
    """What multiplies a line; "" or 0 when it does not."""

    root: str = ""
    steps: tuple[str, int, int] | None = None  # volume, capacity, least
    selling: bool = False
    food: bool = False
    inflation: bool = False
    absence: int = 0
    grant: str = ""
    late: bool = False

    @property
    def is_monthly(self) -> bool:
        return bool(self.root or self.steps)


@dataclass(frozen=True)
class Group:
    """Signed sums of lines with the same movers: what counts by month, and what is paid, by
    months of wait, at the month it is owed for."""

    movers: Movers
    counted: Floats  # 60
    counted_years: Floats  # 5
    paid: tuple[tuple[int, Floats], ...]


@dataclass(frozen=True)
class Folded:
    """The groups of a plan, and the quantities that steps look at."""

    groups: tuple[Group, ...]
    quantities: dict[str, Floats]
    opening: int


def fold(outcome: Outcome) -> Folded:
    """Group the lines of an outcome; contributions in kind cancel out and are left."""
    counted: dict[Movers, Floats] = {}
    paid: dict[Movers, dict[int, Floats]] = {}
    origins = roots(outcome.plan)
    origins |= {sold_name(sale.id): origins[sale.volume] for sale in outcome.plan.sales}
    for line in outcome.lines:
        if line.in_kind:
            continue
        key, sign = movers(line, origins), 1 if line.side == RESOURCE else -1
        values = np.array(unit_amounts(line, outcome), np.float64)
        total = counted.setdefault(key, np.zeros(MONTHS))
        if line.counts:
            total += sign * values
        for wait, months in waits(line, values):
            by_wait = paid.setdefault(key, {})
            by_wait[wait] = by_wait.get(wait, np.zeros(MONTHS)) + sign * months
    steps = {key.steps[0] for key in counted if key.steps}
    return Folded(
        tuple(
            Group(
                key, total, total.reshape(YEARS, YEAR).sum(axis=1), tuple(paid.get(key, {}).items())
            )
            for key, total in counted.items()
        ),
        {name: np.array(outcome.course.quantities[name], np.float64) for name in steps},
        outcome.plan.opening,
    )


def movers(line: Line, origins: dict[str, str]) -> Movers:
    recipe = line.recipe
    one = recipe.one if isinstance(recipe, Steps) else recipe
    index = one.index if isinstance(one, PerUnit | Flat) or hasattr(one, "index") else ""
    return Movers(
        root=origins[recipe.volume] if isinstance(recipe, PerUnit | Steps) else "",
        steps=(recipe.volume, recipe.capacity, recipe.least) if isinstance(recipe, Steps) else None,
        selling=line.kind == "sale" and line.audience == "market",
        food=line.kind == "food",
        inflation=bool(index),
        absence={"wage": 1, "aid": -1}.get(line.kind, 0),
        grant=line.grant,
        late=bool(line.grant) and line.code in (*PUBLIC_CODES, EU_CODE) and line.kind != "aid",
    )


def unit_amounts(line: Line, outcome: Outcome) -> Sequence[int]:
    """The months of a line; of one post or round when they follow a volume; of the payments when
    the line is cash only."""
    if isinstance(line.recipe, Steps):
        return [line.recipe.one.amount(month, outcome.course) for month in range(MONTHS)]
    return line.amounts if line.counts else line.payments


def waits(line: Line, values: Floats) -> list[tuple[int, Floats]]:
    """What is paid, at the month it is owed for, by months of wait."""
    timing = line.timing
    if isinstance(timing, Later):
        return [(timing.months, values)]
    months = np.zeros(MONTHS)
    if isinstance(timing, AtOnce):
        for year in range(YEARS):
            due = timing.paid_in(year) - timing.months
            if due < MONTHS:
                months[due] += values[YEAR * year : YEAR * (year + 1)].sum()
        return [(timing.months, months)]
    if isinstance(timing, AsPaid) and timing.recipe.month < MONTHS:
        months[timing.recipe.month] = timing.recipe.cents
        return [(0, months)]
    return []


def run(folded: Folded, factors: Factors) -> tuple[Floats, Floats]:
    """Result by year (5 rows) and cash at the end of each month (60 rows), one column by draw."""
    size = factors.size
    results = np.zeros((YEARS, size))
    on_time: dict[int, Floats] = {}
    public: dict[int, Floats] = {}
    for group in folded.groups:
        years = yearly_factor(group.movers, factors)
        buffers = public if group.movers.late else on_time
        if group.movers.is_monthly:
            months = monthly_factor(group.movers, factors, folded, years)
            counted = months * group.counted[:, None]
            results += counted.reshape(YEARS, YEAR, size).sum(axis=1)
            for wait, paid in group.paid:
                buffer(buffers, wait, size)[:] += months * paid[:, None]
            continue
        results += years * group.counted_years[:, None]
        for wait, paid in group.paid:
            add_years(buffer(buffers, wait, size), paid, years)
    cash = np.zeros((MONTHS, size))
    for wait, months in on_time.items():
        shift(cash, months, wait)
    late = np.repeat(factors.late, YEAR, axis=0)
    for wait, months in public.items():
        postponed = months * late
        shift(cash, months - postponed, wait)
        shift(cash, postponed, wait + LATE_BY)
    cash[0] += folded.opening
    np.cumsum(cash, axis=0, out=cash)
    return results, cash


def buffer(buffers: dict[int, Floats], wait: int, size: int) -> Floats:
    if wait not in buffers:
        buffers[wait] = np.zeros((MONTHS, size))
    return buffers[wait]


def add_years(into: Floats, paid: Floats, years: Floats) -> None:
    filled = np.flatnonzero(paid)
    if len(filled) <= FEW:
        for month in filled:
            into[month] += paid[month] * years[month // YEAR]
        return
    size = years.shape[1]
    into.reshape(YEARS, YEAR, size)[:] += paid.reshape(YEARS, YEAR, 1) * years[:, None, :]


def shift(cash: Floats, months: Floats, wait: int) -> None:
    if wait < MONTHS:
        cash[wait:] += months[: MONTHS - wait]


def yearly_factor(key: Movers, factors: Factors) -> Floats:
    """The product of what changes once a year."""
    found = factors.alive[key.grant] if key.grant else np.ones_like(factors.selling)
    if key.selling:
        found = found * factors.selling
    if key.food:
        found = found * factors.food
    if key.inflation:
        found = found * factors.inflation
    if key.absence:
        found = found * np.maximum(0.0, 1.0 + key.absence * factors.absence)
    return found


def monthly_factor(key: Movers, factors: Factors, folded: Folded, years: Floats) -> Floats:
    """The same by month, times the volume, or times as many as the volume asks for."""
    months = factors.volumes[key.root]
    if key.steps:
        volume, capacity, least = key.steps
        wanted = np.ceil(months * (folded.quantities[volume] / capacity)[:, None])
        months = np.maximum(float(least), wanted)
    size = factors.size
    product = months.reshape(YEARS, YEAR, size) * years[:, None, :]
    return product.reshape(MONTHS, size)
