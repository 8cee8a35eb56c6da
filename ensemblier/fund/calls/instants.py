"""An instant as a call writes it: in the call's own time zone, and naming it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ensemblier.base.pages.formats import SPACE, day

ZONES = {
    "Europe/Paris": "heure de Paris",
    "America/Guadeloupe": "heure de Guadeloupe",
    "America/Martinique": "heure de Martinique",
    "America/Cayenne": "heure de Guyane",
    "America/Miquelon": "heure de Saint-Pierre-et-Miquelon",
    "Indian/Reunion": "heure de La Réunion",
    "Indian/Mayotte": "heure de Mayotte",
    "Pacific/Noumea": "heure de Nouvelle-Calédonie",
    "Pacific/Tahiti": "heure de Tahiti",
}


def to_the_end(clock: datetime) -> datetime:
    """23:59 means the whole day, to its last instant: whoever files at 23:59:59 is in time."""
    if (clock.hour, clock.minute, clock.second) == (23, 59, 0):
        return clock.replace(second=59, microsecond=999_999)
    return clock


def instant(value: datetime, zone: str = "Europe/Paris") -> str:
    """30 juin 2027 à 12 h 00 (heure de Paris)."""
    local = value.astimezone(ZoneInfo(zone))
    name = ZONES.get(zone, f"fuseau {zone}")
    return f"{day(local.date())} à {local.hour}{SPACE}h{SPACE}{local.minute:02d} ({name})"
