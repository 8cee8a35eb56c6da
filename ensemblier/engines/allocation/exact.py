"""The rule in fractions, as plain as it can be said: the specification of every faster engine.

    allocate a phase: s = 1; W = run(s)
      loop: W' = run(s + step); if cost(W') > B: stop; W = W'; with the stop rule "exhaustive", also
      stop at the first W to which no further lot fits
    run(s): every juror holds s times an equal part of the college's share of B
      repeat: drop lots that break a ceiling or that their supporters cannot pay
              rho(c) = least rho with sum_i min(b_i, rho u_i(c)) = cost(c)
              buy the lot of least rho (ties by rank); each supporter pays min(b_i, rho u_i(c))

The envelope is no ceiling inside `run`, or it would excuse any result. Raising it by one `step` per
juror is running on an envelope of B + step x jurors. A run that no larger envelope changes stops
the raises too ("stable").
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from ensemblier.engines.allocation.model import Purchase
from ensemblier.engines.allocation.sharing import PhaseRun
from ensemblier.engines.allocation.vote import Numbers


def run(
    numbers: Numbers, phase: int, lots: Collection[int], simulated: int, left: list[int]
) -> PhaseRun:
    """One run on a simulated envelope; `left` is what each limit still lets through."""
    budgets = [numbers.endowment(each.college, simulated) for each in numbers.classes]
    done = PhaseRun(simulated, [], [], {}, list(left), saturated=True)
    candidates = [lot for lot in lots if numbers.supporters[lot]]
    while candidates:
        candidates = [lot for lot in candidates if numbers.fits(lot, done.left)]
        candidates = [c for c in candidates if _held(numbers, c, budgets) >= numbers.costs[c]]
        if not candidates:
            break
        rhos = {lot: _rho(numbers, lot, budgets) for lot in candidates}
        chosen = min(candidates, key=lambda lot: (rhos[lot], numbers.rank[lot]))
        candidates.remove(chosen)
        _buy(numbers, phase, chosen, rhos[chosen], budgets, done)
    done.held = {lot: _held(numbers, lot, budgets) for lot in lots if lot not in done.lots}
    done.saturated &= all(_is_easy(numbers, lot, budgets) for lot in done.held)
    return done


def _held(numbers: Numbers, lot: int, budgets: list[Fraction]) -> Fraction:
    """What the supporters of a lot hold together."""
    return sum(
        (numbers.classes[k].count * budgets[k] for k, _ in numbers.supporters[lot]), Fraction(0)
    )


def _is_easy(numbers: Numbers, lot: int, budgets: list[Fraction]) -> bool:
    """No supporter of a lot left out is short of an equal price: money is not what it wants."""
    price = Fraction(numbers.costs[lot], numbers.welfare(lot) or 1)
    return all(budgets[k] >= price * u for k, u in numbers.supporters[lot])


def _rho(numbers: Numbers, lot: int, budgets: list[Fraction]) -> Fraction:
    """The least price per unit of utility at which its supporters pay a lot they can pay."""
    missing = Fraction(numbers.costs[lot])
    slope = numbers.welfare(lot)
    for k, u in sorted(numbers.supporters[lot], key=lambda pair: budgets[pair[0]] / pair[1]):
        if budgets[k] * slope >= missing * u:
            break
        missing -= numbers.classes[k].count * budgets[k]
        slope -= numbers.classes[k].count * u
    return missing / slope if slope else Fraction(0)


def _buy(
    numbers: Numbers, phase: int, lot: int, rho: Fraction, budgets: list[Fraction], done: PhaseRun
) -> None:
    by_college = [Fraction(0)] * len(numbers.sizes)
    emptied = 0
    for k, u in numbers.supporters[lot]:
        each = numbers.classes[k]
        if budgets[k] < rho * u:
            done.saturated = False
        paid = min(budgets[k], rho * u)
        budgets[k] -= paid
        by_college[each.college] += each.count * paid
        emptied += each.count if paid and not budgets[k] else 0
    numbers.take(lot, done.left)
    done.lots.append(lot)
    name = numbers.problem.lots[lot].id
    support = numbers.support(lot)
    done.purchases.append(Purchase(name, phase, rho, tuple(by_college), support, emptied))


def share_phase(
    numbers: Numbers, phase: int, lots: Collection[int], envelope: int, left: list[int]
) -> tuple[PhaseRun, int, str]:
    """The run that a phase keeps, how many raises it took, and why they stopped."""
    rules = numbers.problem.rules
    kept, raises = run(numbers, phase, lots, envelope, left), 0
    if rules.completion == "none":
        return kept, 0, "none"
    while True:
        if rules.stop == "exhaustive" and is_exhaustive(numbers, lots, envelope, kept):
            return kept, raises, "exhaustive"
        if kept.saturated:
            return kept, raises, "stable"
        simulated = kept.simulated + rules.step * numbers.jurors
        further = run(numbers, phase, lots, simulated, left)
        if further.cost(numbers) > envelope:
            return kept, raises, "infeasible"
        kept, raises = further, raises + 1


def is_exhaustive(numbers: Numbers, lots: Collection[int], envelope: int, kept: PhaseRun) -> bool:
    """No further lot that somebody supports fits in the envelope and under the limits."""
    money = envelope - kept.cost(numbers)
    return not any(
        numbers.supporters[lot] and numbers.costs[lot] <= money and numbers.fits(lot, kept.left)
        for lot in lots
        if lot not in kept.lots
    )
