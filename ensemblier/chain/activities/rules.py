"""When people may order or sign up, how times and durations are written and read: pure."""

from __future__ import annotations

import re
from datetime import datetime

from ensemblier.base.pages.formats import SPACE, day, in_paris, whole

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DURATION = re.compile(r"(?:(\d{1,2}) ?h(?: ?(\d{1,2}))?|(\d{1,4})(?: ?min)?)", re.ASCII)


def closed_at(opens_at: datetime | None, closes_at: datetime, at: datetime) -> str:
    """ "early" before the opening, "late" from the closing on, "" between the two."""
    if opens_at is not None and at < opens_at:
        return "early"
    return "late" if at >= closes_at else ""


def slot(starts_at: datetime, ends_at: datetime) -> str:
    """mardi 3 mars 2027, de 8 h 00 à 11 h 00; with both days when it lasts over a night."""
    first, last = in_paris(starts_at), in_paris(ends_at)
    if first.date() == last.date():
        return f"{_day(first)}, de {_hour(first)} à {_hour(last)}"
    return f"du {_day(first)}, {_hour(first)}, au {_day(last)}, {_hour(last)}"


def taken(people: int, places: int) -> str:
    """1 place prise sur 12."""
    plural = "s" if people > 1 else ""
    return f"{whole(people)} place{plural} prise{plural} sur {whole(places)}"


def duration(minutes: int) -> str:
    """150 -> 2 h 30; 45 -> 45 min."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}{SPACE}min"
    return f"{hours}{SPACE}h{SPACE}{rest:02d}" if rest else f"{hours}{SPACE}h"


def minutes_typed(text: str) -> int | None:
    """« 2 h 30 », « 2h », « 150 » or « 150 min » in minutes; None for anything else."""
    found = DURATION.fullmatch(" ".join(text.lower().split()))
    if found is None:
        return None
    if found[3] is not None:
        return int(found[3])
    rest = int(found[2] or "0")
    return int(found[1]) * 60 + rest if rest < 60 else None


def _day(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()]} {day(moment)}"


def _hour(moment: datetime) -> str:
    return f"{moment.hour}{SPACE}h{SPACE}{moment.minute:02d}"
