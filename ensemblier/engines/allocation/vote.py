"""A problem as numbers: lots and classes of jurors by place, limits as vectors, ties as ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from ensemblier.engines.allocation.model import (
    CENTS,
    LEXICOGRAPHIC,
    BadProblem,
    Ballot,
    Problem,
)


@dataclass(frozen=True)
class Limit:
    """A ceiling, or what a floor leaves to the others: sum of `uses` (by place) at most `cap`."""

    name: str
    cap: int
    uses: Mapping[int, int]
    unit: str = CENTS
    is_floor: bool = False


@dataclass(frozen=True)
class Class:
    """Jurors of one college with the same utilities, by place of lot; all above zero."""

    college: int
    count: int
    utilities: Mapping[int, int]


@dataclass(frozen=True)
class Numbers:
    """What every engine reads. `rank` breaks ties between lots: the least wins."""

    problem: Problem
    costs: tuple[int, ...]
    phases: tuple[int, ...]
    classes: tuple[Class, ...]
    supporters: tuple[tuple[tuple[int, int], ...], ...]  # by lot: (class, utility)
    limits: tuple[Limit, ...]
    limits_of: tuple[tuple[tuple[int, int], ...], ...]  # by lot: (limit, use)
    rank: tuple[int, ...]
    sizes: tuple[int, ...]  # jurors by college

    @property
    def jurors(self) -> int:
        return sum(self.sizes)

    def support(self, lot: int) -> int:
        """How many jurors support a lot."""
        return sum(self.classes[k].count for k, _ in self.supporters[lot])

    def welfare(self, lot: int) -> int:
        """The utilities of a lot, summed over jurors."""
        return sum(self.classes[k].count * u for k, u in self.supporters[lot])

    def endowment(self, college: int, envelope: int) -> Fraction:
        """What one juror of a college is given of an envelope."""
        colleges = self.problem.colleges
        whole = sum(each.share for each in colleges)
        return Fraction(envelope * colleges[college].share, whole * self.sizes[college])

    def fits(self, lot: int, left: list[int]) -> bool:
        """The lot breaks no ceiling and no floor; the envelope is none of them."""
        return all(use <= left[limit] for limit, use in self.limits_of[lot])

    def take(self, lot: int, left: list[int]) -> None:
        for limit, use in self.limits_of[lot]:
            left[limit] -= use


def numbers_of(problem: Problem) -> Numbers:
    """Read a checked problem; raises BadProblem for a college with a share and no juror."""
    places = {lot.id: place for place, lot in enumerate(problem.lots)}
    classes, sizes = _classes(problem, places)
    supporters: list[list[tuple[int, int]]] = [[] for _ in problem.lots]
    for number, each in enumerate(classes):
        for lot, utility in each.utilities.items():
            supporters[lot].append((number, utility))
    limits = _limits(problem)
    limits_of: list[list[tuple[int, int]]] = [[] for _ in problem.lots]
    for number, limit in enumerate(limits):
        for lot, use in limit.uses.items():
            limits_of[lot].append((number, use))
    support = [sum(classes[k].count for k, _ in pairs) for pairs in supporters]
    return Numbers(
        problem=problem,
        costs=tuple(lot.cost for lot in problem.lots),
        phases=tuple(sorted({lot.phase for lot in problem.lots})),
        classes=classes,
        supporters=tuple(map(tuple, supporters)),
        limits=limits,
        limits_of=tuple(map(tuple, limits_of)),
        rank=ranks_of(problem, support),
        sizes=sizes,
    )


def _classes(
    problem: Problem, places: Mapping[str, int]
) -> tuple[tuple[Class, ...], tuple[int, ...]]:
    """Identical ballots of one college merged; those that support nothing only count as jurors."""
    colleges = {college.name: number for number, college in enumerate(problem.colleges)}
    sizes = [0] * len(colleges)
    merged: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}
    for ballot in problem.ballots:
        college = colleges[ballot.college]
        sizes[college] += ballot.count
        utilities = _utilities(problem, ballot, places)
        key = (college, tuple(sorted(utilities.items())))
        if utilities:
            merged[key] = merged.get(key, 0) + ballot.count
    for each, size in zip(problem.colleges, sizes, strict=True):
        if not size:
            raise BadProblem(
                f"Le collège « {each.name} » a une part de l'enveloppe mais aucun bulletin : "
                "retirez-le, ou attendez ses bulletins."
            )
    classes = tuple(Class(c, count, dict(pairs)) for (c, pairs), count in merged.items())
    return classes, tuple(sizes)


def _utilities(problem: Problem, ballot: Ballot, places: Mapping[str, int]) -> dict[int, int]:
    """What each lot is worth to the jurors of a ballot; only what is worth something."""
    utility, last = problem.rules.utility, len(ballot.marks) - 1
    worth = {}
    for position, (name, points) in enumerate(ballot.marks):
        place = places[name]
        if utility == "cost":
            value = problem.lots[place].cost
        elif utility == "cardinality":
            value = 1
        elif utility == "borda":
            value = last - position
        else:
            value = points
        if value > 0:
            worth[place] = value
    return worth


def _limits(problem: Problem) -> tuple[Limit, ...]:
    """Ceilings, then one for each union of groups that have a floor."""
    limits = [
        Limit(
            ceiling.name,
            ceiling.cap,
            {
                n: lot.uses[ceiling.use]
                for n, lot in enumerate(problem.lots)
                if lot.uses.get(ceiling.use)
            },
            ceiling.unit,
        )
        for ceiling in problem.ceilings
    ]
    for size in range(1, len(problem.floors) + 1):
        for union in combinations(problem.floors, size):
            groups = {floor.group for floor in union}
            limits.append(
                Limit(
                    " + ".join(floor.name for floor in union),
                    problem.envelope - sum(floor.least for floor in union),
                    {n: lot.cost for n, lot in enumerate(problem.lots) if not groups & lot.groups},
                    CENTS,
                    True,
                )
            )
    return tuple(limits)


def ranks_of(problem: Problem, support: Sequence[int]) -> tuple[int, ...]:
    """By lot: its rank where lots tie, the least wins; `support` in jurors."""
    drawn = {name: rank for rank, name in enumerate(problem.rules.tie_order)}

    def key(place: int) -> tuple[int, int, int] | str:
        lot = problem.lots[place]
        if problem.rules.ties == LEXICOGRAPHIC:
            return lot.id
        return lot.cost, -support[place], drawn[lot.id]

    order = sorted(range(len(problem.lots)), key=key)
    ranks = [0] * len(order)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return tuple(ranks)
