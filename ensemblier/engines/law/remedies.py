"""What the law gives after a decision, or without one: remedies, their court, and silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from ensemblier.engines.law.dated import Figure, in_force
from ensemblier.engines.months import add_months

# Months to go to the administrative court, from the notification of an express decision.
COURT_MONTHS = (Figure(2, date(2001, 1, 1), "code de justice administrative, art. R. 421-1"),)
# Months to go to the court against an implicit refusal, from the day it was born.
SILENT_COURT_MONTHS = (
    Figure(2, date(2001, 1, 1), "code de justice administrative, art. R. 421-2"),
)
# Months without an answer after which an appeal to the administration is refused.
APPEAL_SILENCE_MONTHS = (
    Figure(
        2,
        date(2016, 1, 1),
        "code des relations entre le public et l'administration, art. L. 231-4, 2°",
    ),
)
# An appeal to the administration within the time of the court stops that time, which starts again.
APPEAL_SOURCE = "code des relations entre le public et l'administration, art. L. 411-2"
# More months for those who live overseas when the court sits in metropolitan France.
OVERSEAS_MONTHS = (Figure(1, date(2001, 1, 1), "code de justice administrative, art. R. 421-7"),)
# Months of silence after which a request of money is refused.
SILENCE_MONTHS = (
    Figure(
        2,
        date(2016, 1, 1),
        "code des relations entre le public et l'administration, art. L. 231-4, 3°",
    ),
)
# The same for a State grant to an investment project.
INVESTMENT_SILENCE_MONTHS = (Figure(8, date(2018, 10, 1), "décret n° 2018-514, art. 7"),)
# While the papers asked for are awaited, and no longer than the time given for them.
SUSPENSION_SOURCE = "code des relations entre le public et l'administration, art. L. 114-5"
# Months to ask the reasons of an implicit refusal are those of the remedy.
REASONS_SOURCE = "code des relations entre le public et l'administration, art. L. 232-4"
COURT_SOURCE = "code de justice administrative, art. R. 312-1 et R. 221-3"
# No text gives the days to answer before a measure is taken: it must be enough. Our own figure.
REPLY_DAYS = (
    Figure(
        15,
        date(2016, 1, 1),
        "code des relations entre le public et l'administration, art. L. 122-1 : "
        "délai suffisant ; quinze jours sont un usage, aucun texte ne les fixe",
    ),
)

# Seats and territories since 9 November 2015 (decree 2015-1444).
COURTS = {
    "Amiens": "02 60 80",
    "Bastia": "2A 2B",
    "Besançon": "25 39 70 90",
    "Bordeaux": "24 33 47",
    "Caen": "14 50 61",
    "Cergy-Pontoise": "92 95",
    "Châlons-en-Champagne": "08 10 51 52",
    "Clermont-Ferrand": "03 15 43 63",
    "Dijon": "21 58 71 89",
    "Grenoble": "26 38 73 74",
    "Lille": "59 62",
    "Limoges": "19 23 36 87",
    "Lyon": "01 07 42 69",
    "Marseille": "04 05 13",
    "Melun": "77 94",
    "Montpellier": "11 34 66",
    "Montreuil": "93",
    "Nancy": "54 55 88",
    "Nantes": "44 49 53 72 85",
    "Nice": "06",
    "Nîmes": "30 48 84",
    "Orléans": "18 28 37 41 45",
    "Paris": "75",
    "Pau": "32 40 64 65",
    "Poitiers": "16 17 79 86",
    "Rennes": "22 29 35 56",
    "Rouen": "27 76",
    "Strasbourg": "57 67 68",
    "Toulon": "83",
    "Toulouse": "09 12 31 46 81 82",
    "Versailles": "78 91",
    "la Guadeloupe": "971",
    "la Martinique": "972",
    "la Guyane": "973",
    "La Réunion": "974",
    "Saint-Pierre-et-Miquelon": "975",
    "Mayotte": "976",
    "Saint-Barthélemy": "977",
    "Saint-Martin": "978",
    "Wallis-et-Futuna": "986",
    "la Polynésie française": "987",
    "la Nouvelle-Calédonie": "988",
}
COURT_OF = {code: seat for seat, codes in COURTS.items() for code in codes.split()}


class Wait(NamedTuple):
    """A time during which the clock of silence stands still: papers asked, then received."""

    since: date
    until: date


@dataclass(frozen=True)
class Silence:
    """The clock of a request: the day it is refused without an answer, and why."""

    filed_on: date
    due_on: date
    stopped_days: int
    source: str


def court_of(department: str) -> str:
    """The administrative court of the department where the authority that decides has its seat.

    A seat that is unknown answers "": the letter then tells to look for the court of the seat.
    """
    seat = COURT_OF.get(department)
    if seat is None:
        return ""
    if seat.startswith("la "):
        return f"tribunal administratif de {seat}"
    elided = seat[0] in "AEIOUÉ"
    return f"tribunal administratif d'{seat}" if elided else f"tribunal administratif de {seat}"


def court_due(notified_on: date, *, overseas: bool = False) -> date:
    """Last day to go to the court after a letter received that day."""
    months = in_force(COURT_MONTHS, notified_on).value
    if overseas:
        months += in_force(OVERSEAS_MONTHS, notified_on).value
    return add_months(notified_on, months)


def silence_months(filed_on: date, *, investment: bool = False) -> Figure:
    """Months of silence that refuse a request filed that day."""
    figures = INVESTMENT_SILENCE_MONTHS if investment else SILENCE_MONTHS
    return in_force(figures, filed_on)


def silence_of(
    filed_on: date, waits: Sequence[Wait], *, investment: bool = False, day: date
) -> Silence:
    """When a request filed on `filed_on` is refused if nobody answers, as known on `day`.

    Each wait that began before the refusal was born pushes it back by its days; one that is not
    over on `day` counts up to `day`, so the date keeps moving until the papers come.
    """
    figure = silence_months(filed_on, investment=investment)
    due = add_months(filed_on, figure.value)
    stopped = 0
    for wait in sorted(waits):
        end = min(wait.until, day)
        if wait.since >= due or end <= wait.since:
            continue
        days = (end - wait.since).days
        stopped += days
        due += timedelta(days=days)
    return Silence(filed_on, due, stopped, figure.source)


def reply_due(sent_on: date) -> date:
    """Last day to answer before a measure is taken."""
    return sent_on + timedelta(days=in_force(REPLY_DAYS, sent_on).value)
