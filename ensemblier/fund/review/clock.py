"""The clock of a file under instruction: what runs, what stops it, what is late. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

REMINDERS = (7, 1)
OVERDUE = 0


@dataclass(frozen=True)
class Stop:
    """A request for complements: the clock stops that day, until the answer, and no longer than
    the time given to answer."""

    since: date
    due_on: date
    answered_on: date | None = None

    @property
    def until(self) -> date:
        """The first day on which it runs again."""
        after = self.due_on + timedelta(days=1)
        return min(self.answered_on, after) if self.answered_on else after


@dataclass(frozen=True)
class Clock:
    """Days since the filing, of which stopped; `stopped_since` when it does not run that day."""

    days: int
    stopped: int
    stopped_since: date | None

    @property
    def running(self) -> int:
        return self.days - self.stopped


def clock(filed_on: date, stops: Iterable[Stop], day: date) -> Clock:
    """The time counted against the administration on `day`; overlapping stops count once."""
    stopped: set[date] = set()
    since: date | None = None
    for stop in stops:
        first = max(stop.since, filed_on)
        last = min(stop.until, day)
        stopped.update(first + timedelta(n) for n in range((last - first).days))
        if stop.since <= day < stop.until:
            since = stop.since if since is None else min(since, stop.since)
    return Clock(max((day - filed_on).days, 0), len(stopped), since)


def reminder_due(due_on: date, sent: Iterable[int], day: date) -> int | None:
    """Which reminder must leave on `day`: 7 or 1 day before, or 0 the day after; None if none.

    One that was missed (the site was down) leaves late, the nearest to the date only.
    """
    left = (due_on - day).days
    done = set(sent)
    if left < 0:
        return OVERDUE if OVERDUE not in done else None
    wanted = [days for days in REMINDERS if left <= days]
    if not wanted:
        return None
    nearest = min(wanted)
    return nearest if not done & {n for n in (*REMINDERS, OVERDUE) if n <= nearest} else None
