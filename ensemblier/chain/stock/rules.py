"""What is left to take, what passes from lots to what is made of them: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

PARTED_BY = " ; "


def asked(verb: str, **content: Any) -> str:
    """The digest of a request: the same key with another content is refused."""
    text = json.dumps([verb, content], default=str, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def spare(left: int, later: Iterable[tuple[date, int]]) -> int:
    """The most that may leave on a day without going below zero then or on any later day.

    `left` is the sum of everything written; `later` the net changes of the days after that one.
    """
    by_day: dict[date, int] = {}
    for day, net in later:
        by_day[day] = by_day.get(day, 0) + net
    lowest = left
    for day in sorted(by_day, reverse=True):
        left -= by_day[day]
        lowest = min(lowest, left)
    return lowest


def joined_statuses(statuses: Sequence[str]) -> str:
    """Every particular status of what was mixed, each once, in the order met."""
    parts = [part for status in statuses for part in status.split(PARTED_BY) if part]
    return PARTED_BY.join(dict.fromkeys(parts))


def earliest(days: Iterable[date | None]) -> date | None:
    """The first of these dates; none when there is none."""
    return min((day for day in days if day is not None), default=None)


def number_of(day: date, key_hex: str, rank: int = 0) -> str:
    """The number of a lot that nobody numbered: its day and the key of its request."""
    return f"{day:%y%m%d}-{key_hex[:8].upper()}" + (f"-{rank}" if rank else "")
