"""Who stands where in the demonstration: sheet number, organisation, state reached, and when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
NAMESPACE = UUID("6f1d3c52-5a0e-5d0b-9a53-0d5c2b1f7e11")
PROGRAMME_NAME = "Fonds de soutien aux filières solidaires de l'alimentation"
CALL_SLUG = "filieres-solidaires-volet-local"
TOUR_SHEET = "pat-de-blois"
SHEET_YEAR = 2027  # the year for which the sheets' example amounts are written


class Step(NamedTuple):
    """One project of the demonstration."""

    number: int
    carrier: str
    state: str
    commune: str = ""  # where the project stands, when not at the head office

    @property
    def is_late(self) -> bool:
        """Not filed when the first session closed: it is in the second one."""
        return self.state == "draft"


PROJECTS = (
    Step(1, "dinan", "funded"),
    Step(2, "gesmip", "closed", "25462"),
    Step(3, "blois", "draft"),
    Step(4, "angers", "draft"),
    Step(5, "audruicq", "in_review"),
    Step(6, "equalis", "in_review"),
    Step(7, "enregado", "refused"),
    Step(8, "econome", "proposed"),
    Step(9, "village", "filed"),
    Step(10, "msa", "incomplete"),
    Step(11, "civam", "withdrawn"),
    Step(12, "afls", "filed"),
    Step(13, "marmite", "agreed"),
    Step(14, "baluchon", "proposed"),
    Step(15, "lorraine", "incomplete"),
    Step(16, "vrac", "in_review"),
    Step(17, "croix-rouge", "filed"),
    Step(18, "restos", "refused"),
    Step(19, "solaal", "agreed"),
    Step(20, "gesra", "proposed"),
    Step(21, "andes", "funded"),
    Step(22, "ffba", "in_review"),
    Step(23, "ffba", "agreed", "45273"),
    Step(24, "ffba", "draft", "67482"),
    Step(25, "paniers-mer", "abandoned"),
)
# Contributions, all examples: year from the first one, strand, contributor, euros.
CONTRIBUTIONS = (
    (0, "local", "dgcs", 40_000),
    (0, "local", "dgal", 20_000),
    (1, "local", "dgcs", 220_000),
    (1, "local", "dgal", 100_000),
    (1, "local", "anct", 80_000),
    (1, "local", "fondation", 50_000),
    (2, "local", "dgcs", 200_000),
    (2, "local", "dgal", 100_000),
    (1, "national", "dgcs", 180_000),
    (1, "national", "anct", 120_000),
    (2, "national", "dgcs", 180_000),
)
CALL_YEARS = 2  # the envelopes of the call: this year and the next
# Days before loading: the first session takes files from OPENED to CLOSED, and the jury is gathered
# after; the second one is open, and its drafts began at BEGUN.
OPENED, CLOSED, REOPENED, BEGUN = 120, 23, 22, 18


class Clock:
    """Instants counted back from the day of loading, at fixed hours: the same each time."""

    def __init__(self, now: datetime) -> None:
        self.today = now.astimezone(PARIS).date()

    @property
    def year(self) -> int:
        return self.today.year

    def ago(self, days: int, hour: int = 10) -> datetime:
        return datetime.combine(self.today - timedelta(days=days), time(hour), PARIS)

    def day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)


def key(*words: object) -> UUID:
    """The key of one request of the demonstration, always the same."""
    return uuid5(NAMESPACE, ":".join(map(str, words)))
