"""Why each lot is funded or not, in French, with what would have changed it.

Budgets are followed in floating point here, to find figures; a figure that promises something ("at
this amount it would have been funded") is tried with the engine before it is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ensemblier.engines.allocation import fast
from ensemblier.engines.allocation.model import (
    BY_CEILING,
    BY_PHASE,
    CENTS,
    Problem,
    Purchase,
    Refusal,
    Result,
)
from ensemblier.engines.allocation.sharing import share
from ensemblier.engines.allocation.vote import Numbers, numbers_of
from ensemblier.engines.money import euros

Floats = npt.NDArray[np.float64]
# How much further down an amount is tried when raises make the first one fail.
TRIES = (Fraction(1), Fraction(97, 100), Fraction(9, 10), Fraction(3, 4), Fraction(1, 2))


@dataclass(frozen=True)
class Explanation:
    """A lot explained. `enough`: an amount at which it would have been funded, all else the same
    (0: none found); `wanted`: how many more jurors it wanted at least (0: not known)."""

    lot: str
    is_funded: bool
    text: str
    by_college: tuple[Fraction, ...] = ()
    ceiling: str = ""
    enough: int = 0
    wanted: int = 0


@dataclass(frozen=True)
class Turn:
    """What each class of jurors held before a purchase, and its rho; the last one has none."""

    held: Floats
    rho: float


def explain(problem: Problem, result: Result, tries: bool = True) -> dict[str, Explanation]:
    """Every lot explained, by identifier; without `tries`, no amount is tried."""
    numbers = numbers_of(problem)
    told = {each.lot: _funded(problem, each) for each in result.purchases}
    turns = {stage.phase: _turns(numbers, result, stage.phase) for stage in result.stages}
    places = {lot.id: place for place, lot in enumerate(problem.lots)}
    for each in result.refusals:
        known = turns[each.phase]
        told[each.lot] = _refused(numbers, each, places[each.lot], known, tries)
    return told


def amount(problem: Problem, value: Fraction | int) -> str:
    """An amount as people read it; rounded down."""
    if problem.in_cents:
        return euros(int(value // 1))
    return f"{Fraction(value) / problem.scale // Fraction(1, 100) / 100:.2f}"


def _funded(problem: Problem, each: Purchase) -> Explanation:
    lot = next(lot for lot in problem.lots if lot.id == each.lot)
    name, cost = lot.title or lot.id, amount(problem, lot.cost)
    if each.completed:
        text = (
            f"{name} est retenu pour {cost} : il complète le partage avec ce qui restait de "
            f"l'enveloppe ({_people(each.supporters)} le soutiennent)."
        )
        return Explanation(each.lot, True, text, each.by_college)
    parts = ", ".join(
        f"{college.name} {amount(problem, paid)} ({100 * paid / lot.cost // 1} %)"
        for college, paid in zip(problem.colleges, each.by_college, strict=True)
        if paid
    )
    text = f"{name} est retenu pour {cost}, payé par ses {_people(each.supporters)} : {parts}."
    return Explanation(each.lot, True, text, each.by_college)


def _people(count: int) -> str:
    return f"{count} soutien" if count == 1 else f"{count} soutiens"


def _turns(numbers: Numbers, result: Result, phase: int) -> list[Turn]:
    """The last run of a phase, purchase by purchase."""
    stage = next(each for each in result.stages if each.phase == phase)
    places = {lot.id: place for place, lot in enumerate(numbers.problem.lots)}
    held = np.array(
        [float(numbers.endowment(each.college, stage.simulated)) for each in numbers.classes]
    )
    turns = []
    for each in result.purchases:
        if each.phase == phase and not each.completed:
            rho = float(each.rho)
            turns.append(Turn(held.copy(), rho))
            ks, us, _ = _supporters(numbers, places[each.lot])
            held[ks] -= np.minimum(held[ks], rho * us)
    return [*turns, Turn(held, np.inf)]


def _supporters(numbers: Numbers, lot: int) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    pairs = np.array(numbers.supporters[lot], np.int64).reshape(-1, 2)
    counts = np.array([numbers.classes[k].count for k in pairs[:, 0].tolist()], np.float64)
    return pairs[:, 0], pairs[:, 1].astype(np.float64), counts


def _refused(
    numbers: Numbers, each: Refusal, lot: int, turns: list[Turn], tries: bool
) -> Explanation:
    problem = numbers.problem
    name, cost = problem.lots[lot].title or each.lot, amount(problem, numbers.costs[lot])
    if each.why == BY_PHASE:
        text = f"{name} n'est pas retenu : son projet n'a rien obtenu à la phase précédente."
        return Explanation(each.lot, False, text)
    if each.why == BY_CEILING:
        return _capped(numbers, each, name)
    if not numbers.supporters[lot]:
        text = f"{name} n'est pas retenu : aucun juré ne le soutient."
        return Explanation(each.lot, False, text)
    text = (
        f"{name} n'est pas retenu : il demande {cost}, et ses "
        f"{_people(numbers.support(lot))} ne réunissent plus que {amount(problem, each.held)}."
    )
    enough = _enough(numbers, lot, turns) if tries else 0
    wanted = _wanted(numbers, lot, turns)
    if enough:
        text += f" Avec une demande de {amount(problem, enough)}, il aurait été retenu."
    if wanted:
        text += f" À ce montant, il lui manquait au moins {_people(wanted)} de plus."
    return Explanation(each.lot, False, text, enough=enough, wanted=wanted)


def _capped(numbers: Numbers, each: Refusal, name: str) -> Explanation:
    limit = next(limit for limit in numbers.limits if limit.name == each.ceiling)

    def shown(value: int) -> str:
        return amount(numbers.problem, value) if limit.unit == CENTS else str(value)

    words = "le plancher" if limit.is_floor else "le plafond"
    text = (
        f"{name} n'est pas retenu : {words} « {limit.name} » ne laisse plus que "
        f"{shown(each.left)} et il en faut {shown(each.asked)}."
    )
    return Explanation(each.lot, False, text, ceiling=each.ceiling)


def _enough(numbers: Numbers, lot: int, turns: list[Turn]) -> int:
    """An amount at which the engine funds the lot, as high as the last run says it can be."""
    most = max(_payable(numbers, lot, turn) for turn in turns)
    for part in TRIES:
        cost = int(most * part)
        if 0 < cost < numbers.costs[lot] and _is_funded(numbers, lot, cost):
            return cost
    return 0


def _payable(numbers: Numbers, lot: int, turn: Turn) -> int:
    """The greatest cost at which the lot is no dearer than what was bought at that turn."""
    ks, us, counts = _supporters(numbers, lot)
    held, is_cost = turn.held[ks], numbers.problem.rules.utility == "cost"

    def paid(cost: int) -> float:
        worth = us * 0 + cost if is_cost else us
        return float((counts * np.minimum(held, turn.rho * worth)).sum())

    return _last(lambda cost: paid(cost) > cost, numbers.costs[lot])


def _last(holds: Callable[[int], bool], end: int) -> int:
    """The last whole number below `end` at which something that stops being true is true."""
    low, high = 0, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _is_funded(numbers: Numbers, lot: int, cost: int) -> bool:
    """The engine funds the lot when it asks for that much."""
    cheaper = at_cost(numbers, lot, cost)
    return numbers.problem.lots[lot].id in share(cheaper, fast.share_phase).order


def at_cost(numbers: Numbers, lot: int, cost: int) -> Numbers:
    """The same vote with another cost of one lot; its uses are cut in the same part."""
    before = numbers.costs[lot]
    costs = (*numbers.costs[:lot], cost, *numbers.costs[lot + 1 :])
    uses = tuple((limit, use * cost // before or use) for limit, use in numbers.limits_of[lot])
    limits_of = (*numbers.limits_of[:lot], uses, *numbers.limits_of[lot + 1 :])
    supporters = numbers.supporters
    if numbers.problem.rules.utility == "cost":
        changed = tuple((k, cost) for k, _ in supporters[lot])
        supporters = (*supporters[:lot], changed, *supporters[lot + 1 :])
    return replace(numbers, costs=costs, limits_of=limits_of, supporters=supporters)


def _wanted(numbers: Numbers, lot: int, turns: list[Turn]) -> int:
    """How many jurors who do not support a lot would have had to, at the best turn."""
    ks, us, counts = _supporters(numbers, lot)
    others = np.setdiff1d(np.arange(len(numbers.classes)), ks)
    sizes = np.array([numbers.classes[k].count for k in others.tolist()], np.int64)
    best = 0
    for turn in turns:
        gap = numbers.costs[lot] - float((counts * np.minimum(turn.held[ks], turn.rho * us)).sum())
        gifts = np.minimum(turn.held[others], turn.rho * us.max())
        order = np.argsort(-gifts)
        sums = np.cumsum(gifts[order].repeat(sizes[order]))
        count = int(np.searchsorted(sums, gap)) + 1
        if count <= sums.size and (not best or count < best):
            best = count
    return best
