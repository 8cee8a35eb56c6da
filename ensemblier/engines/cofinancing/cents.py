"""The odd cents of a weighted group: exact running dues, in units of 1 / (sum of weights) cent."""

from __future__ import annotations

from collections.abc import Sequence


class Memory:
    """What each payer of a group owes over the whole file, and what it was assigned so far.

    `carries[i]` is the payer's running due less its assignments, times the sum of weights: kept as
    one integer, since only their difference is ever read.
    """

    def __init__(self, weights: Sequence[int]) -> None:
        self.weights = tuple(weights)
        self.whole = sum(weights)
        self.carries = [0] * len(weights)

    def assign(self, rest: int) -> list[int]:
        """The cents of each payer for a line that leaves `rest` to the group; changes nothing."""
        whole = self.whole
        wants = [
            carry + rest * weight for carry, weight in zip(self.carries, self.weights, strict=True)
        ]
        given = [max(0, want // whole) for want in wants]
        left = rest - sum(given)
        while left > 0:
            place = _largest(wants, given, whole)
            given[place] += 1
            left -= 1
        while left < 0:
            place = _smallest(wants, given, whole)
            given[place] -= 1
            left += 1
        return given

    def keep(self, rest: int, given: Sequence[int]) -> None:
        """Remember a line; with both negated, forget one."""
        for place, weight in enumerate(self.weights):
            self.carries[place] += rest * weight - given[place] * self.whole


def _largest(wants: Sequence[int], given: Sequence[int], whole: int) -> int:
    """The payer who lacks most; ties to the first written."""
    best, best_lack = 0, wants[0] - given[0] * whole
    for place in range(1, len(wants)):
        lack = wants[place] - given[place] * whole
        if lack > best_lack:
            best, best_lack = place, lack
    return best


def _smallest(wants: Sequence[int], given: Sequence[int], whole: int) -> int:
    """The payer, among those given something, who lacks least; ties from the last written."""
    lacks = [
        (wants[place] - given[place] * whole, -place)
        for place in range(len(wants))
        if given[place] > 0
    ]
    return -min(lacks)[1]
