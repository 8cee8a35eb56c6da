"""When people may order or sign up: pure."""

from __future__ import annotations

from datetime import datetime


def closed_at(opens_at: datetime | None, closes_at: datetime, at: datetime) -> str:
    """ "early" before the opening, "late" from the closing on, "" between the two."""
    if opens_at is not None and at < opens_at:
        return "early"
    return "late" if at >= closes_at else ""
