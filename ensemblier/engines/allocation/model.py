"""What is shared and by what rule: lots, limits, colleges, ballots, rules; and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

UTILITIES = ("cost", "cardinality", "borda", "points")
COMPLETIONS = ("none", "add1", "add1u")
STOPS = ("exhaustive", "infeasible")
DRAWN, LEXICOGRAPHIC = "drawn", "lexicographic"
# What a ceiling counts.
CENTS, LOTS = "cents", "lots"
# Why a lot is refused.
BY_CEILING, BY_SUPPORT, BY_PHASE = "ceiling", "support", "phase"


class BadProblem(ValueError):
    """This sharing cannot be computed; the message says why, where and what to do, in French."""


@dataclass(frozen=True)
class Lot:
    """What may be funded, whole or not at all. `cost` and `uses` in units of the problem.

    `uses` is what it takes of each counted use (an expense class, a year, a territory: an amount;
    "one variant at most": 1). `groups` are those of floors. Phase 2 opens to lots of projects that
    have a lot in an earlier phase's result.
    """

    id: str
    cost: int
    project: str = ""
    phase: int = 1
    uses: Mapping[str, int] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    title: str = ""

    @property
    def of_project(self) -> str:
        """The project it belongs to: a project of its own when none is said."""
        return self.project or self.id


@dataclass(frozen=True)
class Ceiling:
    """The sum of lots' `uses[use]` stays at most `cap` (units, or lots when `unit` is "lots")."""

    name: str
    cap: int
    use: str
    unit: str = CENTS


@dataclass(frozen=True)
class Floor:
    """`least` units are kept for the lots of a group: the others together stop at B - least."""

    name: str
    least: int
    group: str


@dataclass(frozen=True)
class College:
    """A college of jurors and its share of the envelope, as a whole weight."""

    name: str
    share: int = 1


@dataclass(frozen=True)
class Ballot:
    """What `count` jurors of a college said: lots with points, the preferred first (for borda)."""

    college: str
    marks: tuple[tuple[str, int], ...]
    count: int = 1


@dataclass(frozen=True)
class Rules:
    """The rule, frozen before the vote. `step` in units per juror.

    ties "drawn": lower cost, then more supporters, then `tie_order`; "lexicographic": by id, as
    pabutools does. `fills_unsupported`: pabutools' greedy completion takes lots nobody supports.
    """

    utility: str = "cost"
    completion: str = "add1u"
    step: int = 1
    stop: str = "exhaustive"
    ties: str = LEXICOGRAPHIC
    tie_order: tuple[str, ...] = ()
    fills_unsupported: bool = False


@dataclass(frozen=True)
class Problem:
    """A whole sharing. Amounts are integers: cents, or `scale` parts of a Pabulib currency unit.

    `points_scale`: how many parts a Pabulib point is counted in, when points are decimals;
    `in_cents`: amounts are cents of euros, shown as such.
    """

    envelope: int
    lots: tuple[Lot, ...]
    colleges: tuple[College, ...]
    ballots: tuple[Ballot, ...]
    rules: Rules = Rules()
    ceilings: tuple[Ceiling, ...] = ()
    floors: tuple[Floor, ...] = ()
    name: str = ""
    scale: int = 1
    points_scale: int = 1
    in_cents: bool = True
    doubt: str = ""  # what the file says of itself and does not hold, in French

    @property
    def rho_scale(self) -> Fraction:
        """What divides a rho to give units of the file per unit of utility of the file."""
        if self.rules.utility == "cost":
            return Fraction(1)
        points = self.points_scale if self.rules.utility == "points" else 1
        return Fraction(self.scale, points)

    def with_rules(self, **changes: object) -> Problem:
        """The same vote under other rules."""
        return replace(self, rules=replace(self.rules, **changes))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Purchase:
    """A lot bought: at `rho` units per unit of utility, paid by each college (exact, sums to cost).

    `supporters` counted as jurors; `emptied`: how many of them have nothing left after it. A lot
    that completes (`completed`) is paid from what is left of the envelope, by no college.
    """

    lot: str
    phase: int
    rho: Fraction
    by_college: tuple[Fraction, ...]
    supporters: int
    emptied: int
    completed: bool = False


@dataclass(frozen=True)
class Stage:
    """How a phase went: its envelope, the raises kept, the envelope simulated, why it stopped.

    `fitting`: lots that the kept run left and that would still fit; `completed`: lots that
    completed it.
    """

    phase: int
    envelope: int
    raises: int
    simulated: int
    stopped: str
    spent: int
    fitting: int
    completed: int


@dataclass(frozen=True)
class Refusal:
    """A lot left out. `held`: what its supporters could still gather when the run ended."""

    lot: str
    phase: int
    why: str
    ceiling: str = ""
    left: int = 0
    asked: int = 0
    held: Fraction = Fraction(0)


@dataclass(frozen=True)
class Result:
    """What is funded, in order, who paid, how each phase went, and why others are refused."""

    purchases: tuple[Purchase, ...]
    stages: tuple[Stage, ...]
    refusals: tuple[Refusal, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """Lots in the order they were bought."""
        return tuple(purchase.lot for purchase in self.purchases)

    @property
    def winners(self) -> tuple[str, ...]:
        """Lots funded, sorted by identifier."""
        return tuple(sorted(self.order))

    @property
    def spent(self) -> int:
        return sum(stage.spent for stage in self.stages)
