"""What every engine does around its runs: phases in turn, the completion, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ensemblier.engines.allocation.model import (
    BY_CEILING,
    BY_PHASE,
    BY_SUPPORT,
    Purchase,
    Refusal,
    Result,
    Stage,
)
from ensemblier.engines.allocation.vote import Numbers


@dataclass
class PhaseRun:
    """A run as it ended: lots bought, what limits let through, what supporters of others hold.

    `saturated`: nobody was ever short of money, so a larger envelope changes nothing.
    """

    simulated: int
    lots: list[int]
    purchases: list[Purchase]
    held: dict[int, Fraction]
    left: list[int]
    saturated: bool

    def cost(self, numbers: Numbers) -> int:
        return sum(numbers.costs[lot] for lot in self.lots)


# A phase of some lots with an envelope and what limits let through: the run kept, raises, why.
SharePhase = Callable[[Numbers, int, Collection[int], int, list[int]], tuple[PhaseRun, int, str]]


def share(numbers: Numbers, share_phase: SharePhase) -> Result:
    """Phases in turn, each with what those before left, shared anew by college."""
    left = [limit.cap for limit in numbers.limits]
    money = numbers.problem.envelope
    purchases: list[Purchase] = []
    stages: list[Stage] = []
    refusals: list[Refusal] = []
    funded: set[str] = set()
    for phase in numbers.phases:
        lots, closed = _open(numbers, phase, funded)
        kept, raises, stopped = share_phase(numbers, phase, lots, money, left)
        spent = kept.cost(numbers)
        left = kept.left
        if numbers.problem.rules.completion == "add1u":
            spent += _complete(numbers, phase, lots, kept, money - spent)
        purchases += kept.purchases
        stages.append(Stage(phase, money, raises, kept.simulated, stopped, spent))
        money -= spent
        funded |= {numbers.problem.lots[lot].of_project for lot in kept.lots}
        for lot in sorted({*lots, *closed} - set(kept.lots)):
            refusals.append(
                Refusal(numbers.problem.lots[lot].id, phase, BY_PHASE)
                if lot in closed
                else refusal(numbers, lot, left, kept.held)
            )
    return Result(tuple(purchases), tuple(stages), tuple(refusals))


def _open(numbers: Numbers, phase: int, funded: set[str]) -> tuple[list[int], list[int]]:
    """The lots of a phase that may be funded, and those whose project has nothing yet."""
    places = [n for n, lot in enumerate(numbers.problem.lots) if lot.phase == phase]
    if phase == numbers.phases[0]:
        return places, []
    lots = [n for n in places if numbers.problem.lots[n].of_project in funded]
    return lots, [n for n in places if n not in lots]


def _complete(numbers: Numbers, phase: int, lots: Sequence[int], kept: PhaseRun, money: int) -> int:
    """Greedy by utility per unit of cost among lots that fit; what it spends."""
    spent = 0
    nothing = (Fraction(0),) * len(numbers.sizes)
    for lot in by_density(numbers, lots):
        cost = numbers.costs[lot]
        if lot in kept.lots or cost > money - spent or not numbers.fits(lot, kept.left):
            continue
        if not numbers.supporters[lot] and not numbers.problem.rules.fills_unsupported:
            continue
        numbers.take(lot, kept.left)
        kept.lots.append(lot)
        name, support = numbers.problem.lots[lot].id, numbers.support(lot)
        kept.purchases.append(Purchase(name, phase, Fraction(0), nothing, support, 0, True))
        spent += cost
    return spent


def by_density(numbers: Numbers, lots: Sequence[int]) -> list[int]:
    """Lots by utility per unit of cost, greatest first; ties by rank."""

    def key(lot: int) -> tuple[bool, Fraction, int]:
        welfare, cost = numbers.welfare(lot), numbers.costs[lot]
        is_free = bool(welfare) and not cost
        return not is_free, Fraction(-welfare, cost or 1), numbers.rank[lot]

    return sorted(lots, key=key)


def refusal(numbers: Numbers, lot: int, left: list[int], held: dict[int, Fraction]) -> Refusal:
    """Why a lot is out: the first limit it breaks, else what its supporters could not gather."""
    each = numbers.problem.lots[lot]
    for limit, use in numbers.limits_of[lot]:
        if use > left[limit]:
            name = numbers.limits[limit].name
            return Refusal(each.id, each.phase, BY_CEILING, name, left[limit], use, held[lot])
    return Refusal(each.id, each.phase, BY_SUPPORT, held=held[lot])
