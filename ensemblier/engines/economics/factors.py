"""What chance moves: each named factor, drawn from a seed so that nothing else changes it.

Draws come in chunks of a fixed size, each from its own counter of a counter-based generator (key:
the seed; counter: the chunk): the same draws whatever is computed together, by however many
threads. Half a chunk is drawn and the other half is its mirror (antithetic pairs). Each
distribution is told in docs/decisions/0014.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS

Floats = npt.NDArray[np.float64]
PAIRS = 512
CHUNK = 2 * PAIRS
COMMON_FACTORS = ("harvest", "selling", "food", "inflation", "absence", "politics", "late")
WHOLE = 10_000
FOOD_WITH_INFLATION = 0.5  # correlation of the price of food with inflation
NORMAL = NormalDist()


@dataclass(frozen=True)
class Grant:
    """A resource that may not come (`chance`) or not be renewed (`renewal`), in ten-thousandths;
    asked again each year from its second one, unless it is paid once."""

    id: str
    chance: int
    renewal: int
    first_year: int
    last_year: int
    once: bool


@dataclass(frozen=True)
class Factors:
    """By what lines are multiplied: months or years in rows, draws in columns."""

    volumes: Mapping[str, Floats]  # 60 rows by root volume
    selling: Floats  # 5 rows each
    food: Floats
    inflation: Floats
    absence: Floats
    late: Floats
    alive: Mapping[str, Floats]  # 5 rows by grant

    @property
    def size(self) -> int:
        return int(self.selling.shape[1])


def roots(plan: Plan) -> dict[str, str]:
    """The volume from which each one derives in the end."""
    of = {volume.id: volume.of for volume in plan.volumes}
    found = {}
    for name in of:
        here = name
        while of[here]:
            here = of[here]
        found[name] = here
    return found


def grants(plan: Plan) -> tuple[Grant, ...]:
    found = [
        Grant(r.id, r.chance, r.renewal, r.first // YEAR, r.last // YEAR, bool(r.once))
        for r in plan.resources
    ]
    found += [
        Grant(f"{p.id}.aid", WHOLE, p.renewal, p.first // YEAR, p.last // YEAR, False)
        for p in plan.posts
        if p.aid
    ]
    return tuple(found)


def neutral(plan: Plan, size: int) -> Factors:
    """Nothing moves: every factor is one, nobody is late."""
    years = np.ones((YEARS, size))
    return Factors(
        {name: np.ones((MONTHS, size)) for name in sorted(set(roots(plan).values()))},
        years.copy(),
        years.copy(),
        years.copy(),
        np.zeros((YEARS, size)),
        np.zeros((YEARS, size)),
        {grant.id: np.ones((YEARS, size)) for grant in grants(plan)},
    )


def draw(plan: Plan, seed: int, chunk: int) -> Factors:
    """The factors of one chunk of draws; column 2i + 1 mirrors column 2i."""
    names = sorted(set(roots(plan).values()))
    owners = grants(plan)
    width = MONTHS + YEARS * (len(COMMON_FACTORS) + len(names) + len(owners))
    generator = np.random.Generator(np.random.Philox(key=seed, counter=chunk << 128))
    half = generator.standard_normal((width, PAIRS))
    z = np.empty((width, CHUNK))
    z[:, 0::2] = half
    np.negative(half, out=z[:, 1::2])
    return shaped(plan, z, names, owners)


def shaped(plan: Plan, z: Floats, names: list[str], owners: tuple[Grant, ...]) -> Factors:
    """From independent normals to factors."""
    unsure = plan.uncertainty
    rows = by_five(z[MONTHS:])
    common = {name: next(rows) for name in COMMON_FACTORS}
    demand = autoregressive(z[:MONTHS], unsure.persistence / WHOLE, unsure.demand / WHOLE)
    spreads = {volume.id: volume.spread / WHOLE for volume in plan.volumes}
    volumes = {}
    for name in names:
        own = mixed(common["harvest"], next(rows), unsure.common / WHOLE) * spreads[name]
        volumes[name] = np.maximum(0.0, 1.0 + demand + np.repeat(own, YEAR, axis=0))
    rises = np.maximum(0.5, 1.0 + later(common["inflation"]) * (unsure.inflation / WHOLE))
    inflation: Floats = np.multiply.accumulate(rises, axis=0)
    food = mixed(common["inflation"], common["food"], FOOD_WITH_INFLATION**2)
    late = (common["late"] < threshold(unsure.late)).astype(np.float64)
    return Factors(
        volumes,
        lognormal(common["selling"], unsure.selling_price / WHOLE),
        lognormal(food, unsure.food_price / WHOLE),
        inflation,
        np.asarray(common["absence"] * (unsure.absence / WHOLE), np.float64),
        late,
        {
            owner.id: alive(owner, mixed(common["politics"], next(rows), unsure.politics / WHOLE))
            for owner in owners
        },
    )


def by_five(z: Floats) -> Iterator[Floats]:
    for first in range(0, len(z), YEARS):
        yield z[first : first + YEARS]


def later(z: Floats) -> Floats:
    """The first year is known."""
    found = z.copy()
    found[0] = 0.0
    return found


def autoregressive(z: Floats, persistence: float, spread: float) -> Floats:
    """Each month keeps a part of the month before; the spread is the same every month."""
    found = z * (spread * sqrt(1.0 - persistence**2))
    found[0] = z[0] * spread
    for month in range(1, MONTHS):
        found[month] += persistence * found[month - 1]
    return found


def mixed(common: Floats, own: Floats, part: float) -> Floats:
    """A normal of which `part` of the variance is common to others."""
    return sqrt(part) * common + sqrt(1.0 - part) * own


def lognormal(z: Floats, spread: float) -> Floats:
    """A factor whose mean is one."""
    return np.exp(spread * z - spread**2 / 2)


def threshold(chance: int) -> float:
    """Below this, a normal happens with that chance."""
    if chance <= 0:
        return -np.inf
    return np.inf if chance >= WHOLE else NORMAL.inv_cdf(chance / WHOLE)


def alive(grant: Grant, z: Floats) -> Floats:
    """1 while it is paid, year by year, 0 from the year it stops."""
    found = np.ones_like(z)
    here = (z[grant.first_year] < threshold(grant.chance)).astype(np.float64)
    for year in range(grant.first_year, YEARS):
        if year > grant.first_year and not grant.once:
            here = here * (z[year] < threshold(grant.renewal))
        found[year] = here
    return found
