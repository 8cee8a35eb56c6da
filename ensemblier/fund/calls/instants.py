"""An instant as a call writes it: in the call's own time zone, and naming it."""

from datetime import UTC, datetime
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


class NoSuchHour(ValueError):
    """An hour that the change of time skips, or shows twice: no single instant bears it."""


def placed(clock: datetime, zone: str) -> datetime:
    """The instant at which the clocks of that zone show `clock`."""
    place = ZoneInfo(zone)
    found = clock.replace(tzinfo=place)
    if found.astimezone(UTC).astimezone(place).replace(tzinfo=None) != clock:
        raise NoSuchHour(
            "Cette heure n'existe pas : cette nuit-là, les horloges avancent d'une heure. "
            "Choisissez une heure plus tard."
        )
    if found.utcoffset() != found.replace(fold=1).utcoffset():
        raise NoSuchHour(
            "Cette heure sonne deux fois : cette nuit-là, les horloges reculent d'une heure. "
            "Choisissez une autre heure."
        )
    return found


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
