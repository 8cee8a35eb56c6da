"""The weighted score of an opinion: whole numbers and fractions, never a float."""

from collections.abc import Iterable
from fractions import Fraction

Graded = tuple[int, int, int]  # value, scale maximum, weight


def weighted(grades: Iterable[Graded]) -> Fraction | None:
    """The weighted mean of the criteria, as an exact part of 1; None when nothing is scored.

    Each criterion counts for its value over its own maximum, times its weight.
    """
    # One fraction at the end: the list of files reads hundreds of marks.
    top, under, weights = 0, 1, 0
    for value, scale_max, weight in grades:
        top, under = top * scale_max + value * weight * under, under * scale_max
        weights += weight
    return Fraction(top, under * weights) if weights else None


def mean(scores: Iterable[Fraction]) -> Fraction | None:
    """The plain mean of several opinions' scores."""
    kept = list(scores)
    return sum(kept, Fraction(0)) / len(kept) if kept else None


def on_hundred(score: Fraction | None) -> str:
    """As it is read: "72,9 / 100", to the nearest tenth, halves up."""
    if score is None:
        return "—"
    tenths = (2000 * score.numerator + score.denominator) // (2 * score.denominator)
    units, rest = divmod(tenths, 10)
    return f"{units},{rest}\u00a0/\u00a0100" if rest else f"{units}\u00a0/\u00a0100"
