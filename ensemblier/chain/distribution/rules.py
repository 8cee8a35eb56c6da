"""Pure rules of a right: the bands of household size, and what a month's quota leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

BAND = re.compile(r"(\d{1,2})(?:-(\d{1,2})|(\+))?", re.ASCII)


def is_band(text: str) -> bool:
    """ "1", "3-4" or "5+"; nothing that could hold a name or an exact family."""
    found = BAND.fullmatch(text)
    return bool(found) and (not found[2] or int(found[1]) < int(found[2]))


def holds(band: str, persons: int) -> bool:
    """This band counts a household of so many persons."""
    found = BAND.fullmatch(band)
    if not found:
        return False
    first = int(found[1])
    if found[3]:
        return persons >= first
    return first <= persons <= int(found[2] or first)


def band_of(persons: int, bands: Iterable[str]) -> str | None:
    """The band of the table for a household; None when the table has no line for it."""
    return next((band for band in bands if holds(band, persons)), None)


def month_of(day: date) -> tuple[date, date]:
    """First and last days of the calendar month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def quantity(milli: int) -> str:
    """Thousandths of a unit as French readers write them: 1 500 -> "1,5"."""
    whole, rest = divmod(milli, 1000)
    decimals = f"{rest:03d}".rstrip("0")
    return f"{whole},{decimals}" if decimals else str(whole)
