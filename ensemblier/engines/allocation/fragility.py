"""How often each lot is funded when jurors are drawn again: what a result owes to who sat.

Nothing here calls chance: SHA-256 of the seed, the draw and the seat gives who sits there, so that
anybody finds the same figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256

from ensemblier.engines.allocation import fast
from ensemblier.engines.allocation.model import Problem
from ensemblier.engines.allocation.sharing import share
from ensemblier.engines.allocation.vote import Numbers, numbers_of, ranks_of


def fragility(problem: Problem, draws: int = 100, seed: str = "") -> dict[str, int]:
    """By lot: in how many of `draws` juries, drawn again in each college, it is funded."""
    numbers = numbers_of(problem)
    seats = _seats(numbers)
    funded: Counter[str] = Counter({lot.id: 0 for lot in problem.lots})
    for draw in range(draws):
        funded.update(share(drawn_again(numbers, seats, f"{seed}/{draw}"), fast.share_phase).order)
    return dict(funded)


def _seats(numbers: Numbers) -> list[list[int]]:
    """By college: the class of each juror, -1 for those who support nothing."""
    seats: list[list[int]] = [[] for _ in numbers.sizes]
    for k, each in enumerate(numbers.classes):
        seats[each.college] += [k] * each.count
    for college, size in enumerate(numbers.sizes):
        seats[college] += [-1] * (size - len(seats[college]))
    return seats


def drawn_again(numbers: Numbers, seats: list[list[int]], seed: str) -> Numbers:
    """The same vote with jurors drawn again, as many in each college."""
    counts = [0] * len(numbers.classes)
    for college, mine in enumerate(seats):
        for seat in range(len(mine)):
            ticket = sha256(f"{seed}/{college}/{seat}".encode()).digest()
            k = mine[int.from_bytes(ticket[:8], "big") % len(mine)]
            if k >= 0:
                counts[k] += 1
    classes = tuple(
        replace(each, count=count) for each, count in zip(numbers.classes, counts, strict=True)
    )
    supporters = tuple(tuple((k, u) for k, u in pairs if counts[k]) for pairs in numbers.supporters)
    support = [sum(counts[k] for k, _ in pairs) for pairs in supporters]
    rank = ranks_of(numbers.problem, support)
    return replace(numbers, classes=classes, supporters=supporters, rank=rank)
