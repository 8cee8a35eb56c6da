"""The tornado: what one factor alone does to the last cash and the lowest, the others at rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

import numpy as np

from ensemblier.engines.economics.factors import Factors, Floats, Grant, grants, neutral
from ensemblier.engines.economics.folding import fold, run
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.terms import YEAR, YEARS

SPREADS = 1.2815515655446004  # standard deviations that leave one draw in ten outside
WHOLE = 10_000
WORDS = {
    "demand": "Tous les volumes",
    "selling_price": "Prix de vente au marché",
    "food_price": "Prix des denrées",
    "inflation": "Hausse des prix",
    "absence": "Absences",
    "late": "Retards des payeurs publics",
}


@dataclass(frozen=True)
class Bar:
    """One factor, low and high (one chance in ten beyond each), all five years. Cents.

    A resource has one side only: it stops with the first year (`low`), or is kept (`high`)."""

    factor: str
    label: str
    low_last: int
    high_last: int
    low_lowest: int
    high_lowest: int

    @property
    def width(self) -> int:
        return abs(self.high_last - self.low_last)


def tornado(outcome: Outcome) -> tuple[Bar, ...]:
    """The widest first."""
    plan = outcome.plan
    settings = list(moved(plan))
    if not settings:
        return ()
    factors = neutral(plan, 2 * len(settings))
    for place, (_, _, change) in enumerate(settings):
        change(factors, 2 * place)
    _, cash = run(fold(outcome), factors)
    last, lowest = np.rint(cash[-1]), np.rint(cash.min(axis=0))
    bars = [
        Bar(
            name,
            label,
            int(last[2 * place]),
            int(last[2 * place + 1]),
            int(lowest[2 * place]),
            int(lowest[2 * place + 1]),
        )
        for place, (name, label, _) in enumerate(settings)
    ]
    return tuple(sorted(bars, key=lambda bar: -bar.width))


class Change:
    """Writes the low value of one factor in a column, and the high one in the next."""

    def __init__(self, rows: str, low: Floats, high: Floats, names: tuple[str, ...] = ()) -> None:
        self.rows, self.low, self.high, self.names = rows, low, high, names

    def __call__(self, factors: Factors, column: int) -> None:
        target = getattr(factors, self.rows)
        for rows in [target[name] for name in self.names] if self.names else [target]:
            rows[:, column] = self.low
            rows[:, column + 1] = self.high


def moved(plan: Plan) -> Iterator[tuple[str, str, Change]]:
    """Each factor that moves in this plan, with its low and high values."""
    yield from moved_volumes(plan)
    yield from moved_years(plan)
    for grant in grants(plan):
        change = Change("alive", only_first_year(), np.ones(YEARS), (grant.id,))
        yield grant.id, label_of(plan, grant), change


def moved_volumes(plan: Plan) -> Iterator[tuple[str, str, Change]]:
    rooted = tuple(neutral(plan, 1).volumes)
    months = np.ones(YEAR * YEARS)
    every = SPREADS * plan.uncertainty.demand / WHOLE
    if every and rooted:
        change = Change("volumes", months * max(0.0, 1 - every), months * (1 + every), rooted)
        yield "demand", WORDS["demand"], change
    for volume in plan.volumes:
        own = SPREADS * volume.spread / WHOLE
        if own and volume.id in rooted:
            change = Change("volumes", months * max(0.0, 1 - own), months * (1 + own), (volume.id,))
            yield volume.id, f"Volume : {volume.label}", change


def moved_years(plan: Plan) -> Iterator[tuple[str, str, Change]]:
    unsure, years = plan.uncertainty, np.ones(YEARS)
    ranks = np.arange(YEARS, dtype=np.float64)
    sizes = {name: SPREADS * getattr(unsure, name) / WHOLE for name in WORDS}
    changes = {
        "selling_price": ("selling", years * exp(-sizes["selling_price"]), sizes["selling_price"]),
        "food_price": ("food", years * exp(-sizes["food_price"]), sizes["food_price"]),
    }
    for name, (rows, low, size) in changes.items():
        if size:
            yield name, WORDS[name], Change(rows, low, years * exp(size))
    if size := sizes["inflation"]:
        low, high = np.power(1.0 - size, ranks), np.power(1.0 + size, ranks)
        yield "inflation", WORDS["inflation"], Change("inflation", low, high)
    if size := sizes["absence"]:
        yield "absence", WORDS["absence"], Change("absence", -years * size, years * size)
    if unsure.late:
        yield "late", WORDS["late"], Change("late", years * 0.0, years)


def only_first_year() -> Floats:
    """Nothing from the second year of the plan on; nothing at all when it begins after."""
    years = np.zeros(YEARS)
    years[0] = 1.0
    return years


def label_of(plan: Plan, grant: Grant) -> str:
    names = {row.id: row.label for row in plan.resources}
    names |= {f"{post.id}.aid": f"Aide : {post.label}" for post in plan.posts}
    return f"Fin de : {names[grant.id]}"
