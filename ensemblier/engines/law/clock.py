"""The days allowed to pay, and the days that do not count. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.subsidies import PAYMENT_DAYS

# What stops the days: no text says so for grants; the payment article of the agreement does.
PAUSE_SOURCE = "convention, article sur les versements"
INTEREST = (
    "La loi ne prévoit pas d'intérêts de retard pour une subvention payée après ce délai : "
    "l'organisation peut demander le paiement par écrit, puis saisir le tribunal administratif."
)


@dataclass(frozen=True)
class Pause:
    """Days that do not count, first and last included; no last day while it goes on."""

    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Clock:
    """Where the days stand. `due_on` is None while a pause goes on."""

    starts_on: date
    days: int
    used: int
    paused: int
    due_on: date | None
    late: int
    source: str


def clock(
    starts_on: date, pauses: Sequence[Pause], today: date, until: date | None = None
) -> Clock:
    """The clock of one instalment; it stops on `until`, the day it was paid, when it was."""
    figure = in_force(PAYMENT_DAYS, starts_on)
    end = min(until or today, today)
    if until is not None:  # what stops later, or goes on, no longer matters: it is paid
        pauses = [Pause(row.starts_on, min(row.ends_on or until, until)) for row in pauses]
    due = _due(starts_on, pauses, figure.value)
    # A pause that begins once the days are over comes too late: it makes nobody less late.
    goes_on = any(p.starts_on <= min(today, due) and p.ends_on is None for p in pauses)
    paused = _days_paused(pauses, starts_on, end if goes_on else min(end, due))
    used = max(0, (end - starts_on).days - len(paused))
    due_on = None if goes_on else due
    return Clock(
        starts_on,
        figure.value,
        used,
        len(paused),
        due_on,
        max(0, used - figure.value),
        figure.source,
    )


def _days_paused(pauses: Sequence[Pause], starts_on: date, end: date) -> set[date]:
    found = set()
    for pause in pauses:
        first, last = max(pause.starts_on, starts_on + timedelta(days=1)), pause.ends_on or end
        found |= {first + timedelta(days=rank) for rank in range((min(last, end) - first).days + 1)}
    return found


def _due(starts_on: date, pauses: Sequence[Pause], days: int) -> date:
    """Each paused day before the end pushes it one day further."""
    ended = [pause for pause in pauses if pause.ends_on is not None]
    due = starts_on + timedelta(days=days)
    while True:
        pushed = starts_on + timedelta(days=days + len(_days_paused(ended, starts_on, due)))
        if pushed == due:
            return due
        due = pushed
