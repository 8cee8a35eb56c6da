"""The least set of changes that restores balance: fewest levers, then the smallest percentages.

Four levers, each a whole percentage within bounds: `price` (of everything sold), `volume` (of
everything made), `cost` (of every charge but wear and interest), `resource` (of everything that is
not sold but post aid). Balanced: no year of the plan loses money and no month ends without cash.
Every combination is tried, so none smaller exists on that grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ensemblier.engines.budget import CHARGE
from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.factors import Floats
from ensemblier.engines.economics.folding import unit_amounts, waits
from ensemblier.engines.economics.outcome import Outcome, volume_of
from ensemblier.engines.economics.recipes import Steps
from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS

LEVERS = {
    "price": "prix de vente",
    "volume": "volumes",
    "cost": "charges",
    "resource": "autres ressources",
}
MOST_BOUND = 50
STEP = 512  # settings tried at once
FIXED = ("wear", "interest", "bought", "drawn", "repaid")
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bounds:
    """The most that each lever may move, in percent. Prices and resources go up, costs down,
    volumes both ways. 0: a lever that is not to be touched."""

    price: int = 20
    volume: int = 30
    cost: int = 15
    resource: int = 30

    def of(self, lever: str) -> list[int]:
        bound = min(int(getattr(self, lever)), MOST_BOUND)
        if lever == "volume":
            return list(range(-bound, bound + 1))
        return list(range(0, -bound - 1, -1)) if lever == "cost" else list(range(bound + 1))


@dataclass(frozen=True)
class Remedy:
    """The changes found, in signed percent by lever; `found` is False when none restores balance
    within the bounds, and then `changes` is empty."""

    found: bool
    changes: Mapping[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        if not self.found:
            return "Aucun réglage ne rétablit l'équilibre dans ces limites."
        if not self.changes:
            return "Le plan est déjà équilibré : aucun changement n'est nécessaire."
        told = [f"{LEVERS[name]} {signed(change)} %" for name, change in self.changes.items()]
        return "Équilibre rétabli avec : " + ", ".join(told) + "."


def signed(change: int) -> str:
    """+5 or −5, with the sign of minus."""
    return f"{change:+d}".replace("-", "−")


def levers(outcome: Outcome, bounds: Bounds | None = None) -> Remedy:
    """Search one lever, then two, three, four; the first size that works gives the answer."""
    bounds = bounds or Bounds()
    model = Model(outcome)
    if model.holds({}):
        return Remedy(True)
    usable = [name for name in LEVERS if len(bounds.of(name)) > 1]
    for size in range(1, len(usable) + 1):
        best: tuple[tuple[int, int], dict[str, int]] | None = None
        for chosen in combinations(usable, size):
            found = model.smallest(chosen, bounds)
            if found and (best is None or found[0] < best[0]):
                best = found
        if best:
            return Remedy(True, best[1])
    return Remedy(False)


class Model:
    """The plan as sums by what each lever multiplies: results by year and cash by month at once.

    Rows: 60 of cash then 5 of results. Money is in float cents, exact for whole amounts; what a
    change makes is not rounded, so the changed plan may differ by its own roundings.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sales = self.rows_of("sale")
        self.resources = self.rows_of("resource")
        self.complements = self.rows_of("complement")
        self.costs = self.rows_of("cost")
        self.moving_costs = self.rows_of("moving")
        self.fixed = self.rows_of("fixed")
        self.fixed[:MONTHS] += outcome.plan.opening
        self.stepped: dict[int, tuple[Floats, Floats]] = {}

    def rows_of(self, kind: str) -> Floats:
        total = np.zeros(MONTHS + YEARS)
        for line in self.outcome.lines:
            if not line.in_kind and not isinstance(line.recipe, Steps) and kind_of(line) == kind:
                sign = -1 if line.side == CHARGE else 1
                total[:MONTHS] += sign * np.cumsum(np.array(line.payments, np.float64))
                months = np.array(line.amounts, np.float64).reshape(YEARS, YEAR)
                total[MONTHS:] += sign * months.sum(axis=1)
        return total

    def steps(self, volume: int) -> tuple[Floats, Floats]:
        """Stepped charges and stepped aid when volumes move by so many percent."""
        if volume not in self.stepped:
            totals = (np.zeros(MONTHS + YEARS), np.zeros(MONTHS + YEARS))
            for line in self.outcome.lines:
                if isinstance(line.recipe, Steps):
                    charge = line.side == CHARGE
                    totals[0 if charge else 1][:] += stepped_rows(line, self.outcome, volume)
            self.stepped[volume] = totals
        return self.stepped[volume]

    def values(self, price: Ints, volume: int, cost: Ints, resource: Ints) -> Floats:
        """Rows of the model for many settings of three levers and one of the volumes."""
        moved = 1 + volume / 100
        charges, aid = self.steps(volume)
        up = 1 + price[:, None] / 100
        less = 1 + cost[:, None] / 100
        more = 1 + resource[:, None] / 100
        found = self.fixed + aid + up * (moved * self.sales)
        found = found + less * (self.costs + charges + moved * self.moving_costs)
        return np.asarray(found + more * (self.resources + moved * self.complements), np.float64)

    def holds(self, changes: Mapping[str, int]) -> bool:
        one = {name: np.array([changes.get(name, 0)]) for name in LEVERS}
        found = self.values(one["price"], changes.get("volume", 0), one["cost"], one["resource"])
        return bool((found > -0.5).all())

    def smallest(
        self, chosen: tuple[str, ...], bounds: Bounds
    ) -> tuple[tuple[int, int], dict[str, int]] | None:
        """The smallest sum of percentages among settings that hold, then the smallest largest
        one, then the first in order; every chosen lever moves."""
        best: tuple[tuple[int, int], dict[str, int]] | None = None
        axes = [bounds.of(x) if x in chosen else [0] for x in ("price", "cost", "resource")]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        weights = np.abs(grid).sum(axis=1)
        order = np.lexsort((np.abs(grid).max(axis=1), weights))
        grid, weights = grid[order], weights[order]
        for volume in sorted(bounds.of("volume") if "volume" in chosen else [0], key=abs):
            end = len(grid)
            if best:  # nothing heavier than what is found already
                end = int(np.searchsorted(weights, best[0][0] - abs(volume), side="right"))
            place = self.first_that_holds(grid, volume, end)
            if place is None:
                continue
            setting = dict(zip(("price", "cost", "resource"), map(int, grid[place]), strict=True))
            setting["volume"] = volume
            sizes = [abs(change) for change in setting.values()]
            key = (sum(sizes), max(sizes))
            if best is None or key < best[0]:
                best = key, {name: setting[name] for name in LEVERS if setting[name]}
        return best

    def first_that_holds(self, grid: Ints, volume: int, end: int) -> int | None:
        """Settings come by size, so the first that holds is the smallest. Higher prices and
        resources and lower costs only help: when the last setting fails, all do."""
        if not self.good(grid[-1:], volume)[0]:
            return None
        for first in range(0, end, STEP):
            good = np.flatnonzero(self.good(grid[first : min(first + STEP, end)], volume))
            if len(good):
                return first + int(good[0])
        return None

    def good(self, grid: Ints, volume: int) -> npt.NDArray[np.bool_]:
        rows = self.values(grid[:, 0], volume, grid[:, 1], grid[:, 2])
        return np.asarray((rows > -0.5).all(axis=1), np.bool_)


def kind_of(line: Line) -> str:
    """Which lever moves it."""
    if line.kind in FIXED or line.kind == "aid":
        return "fixed"
    if line.side == CHARGE:
        return "moving" if volume_of(line) else "cost"
    if line.kind == "sale":
        return "sale"
    return "complement" if volume_of(line) else "resource"


def stepped_rows(line: Line, outcome: Outcome, volume: int) -> Floats:
    recipe = line.recipe
    assert isinstance(recipe, Steps)
    moved = [q * (100 + volume) for q in outcome.course.quantities[recipe.volume]]
    counts = [max(recipe.least, -(-q // (100 * recipe.capacity))) for q in moved]
    ones = np.array(unit_amounts(line, outcome), np.float64)
    values = ones * np.array(counts, np.float64) * (-1 if line.side == CHARGE else 1)
    total = np.zeros(MONTHS + YEARS)
    for wait, months in waits(line, values):
        paid = np.concatenate([np.zeros(wait), months])[:MONTHS]
        total[:MONTHS] += np.cumsum(paid)
    total[MONTHS:] += values.reshape(YEARS, YEAR).sum(axis=1)
    return total
