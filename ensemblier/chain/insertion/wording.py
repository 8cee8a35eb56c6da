"""Durations as they are read in French: pure."""

from __future__ import annotations

from ensemblier.base.pages.formats import MINUS, SPACE, whole


def said_minutes(minutes: int) -> str:
    """450 -> 7 h 30, 420 -> 7 h, 20 -> 20 min."""
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else ""
    if not hours:
        return f"{sign}{rest}{SPACE}min"
    return f"{sign}{whole(hours)}{SPACE}h" + (f"{SPACE}{rest:02d}" if rest else "")
