"""The months of a season, in a sentence and as a small picture: pure."""

from __future__ import annotations

from typing import NamedTuple

from ensemblier.base.pages.formats import MONTHS

WIDTH = 100


class Month(NamedTuple):
    """One month as it is drawn in a bar of twelve, its place as text."""

    name: str
    initial: str
    is_in: bool
    x: str


def runs(first: int, last: int, month: int) -> bool:
    """A season may run over the turn of the year."""
    if first <= last:
        return first <= month <= last
    return month >= first or month <= last


def months(first: int, last: int) -> list[Month]:
    return [
        Month(name, name[0].upper(), runs(first, last, rank + 1), str(rank * WIDTH))
        for rank, name in enumerate(MONTHS)
    ]


def sentence(first: int, last: int) -> str:
    """De mai à octobre."""
    if first == last:
        return f"En {MONTHS[first - 1]} seulement."
    if all(runs(first, last, month) for month in range(1, 13)):
        return "Toute l'année."
    start, end = MONTHS[first - 1], MONTHS[last - 1]
    return f"D'{start} à {end}." if start[0] in "ao" else f"De {start} à {end}."
