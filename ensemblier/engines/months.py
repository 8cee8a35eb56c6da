"""Months on the calendar, never counted as thirty days."""

from __future__ import annotations

from datetime import date, datetime


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")  # pragma: no cover


def months_before(now: datetime, months: int) -> datetime:
    """The same hour `months` earlier, on the clock that `now` is written in."""
    return datetime.combine(add_months(now.date(), -months), now.timetz())
