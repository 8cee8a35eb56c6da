"""A figure of law over time: what it was on a day, and the text that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


class NotYetInForce(Exception):
    """No text gave this figure on that day."""


@dataclass(frozen=True)
class Figure:
    """A value, the first day it holds, and its legal source."""

    value: int
    since: date
    source: str


def in_force(figures: Sequence[Figure], day: date) -> Figure:
    """The figure in force on `day`; figures are listed from the oldest.

    Raises NotYetInForce before the first one.
    """
    found = [figure for figure in figures if figure.since <= day]
    if not found:
        raise NotYetInForce(f"aucun texte en vigueur le {day.isoformat()}")
    return max(found, key=lambda figure: figure.since)
