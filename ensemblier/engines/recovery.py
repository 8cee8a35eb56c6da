"""What an organisation gives back: pro rata after a breach, or what was not used or not justified.

Pure. Odd cents and the day of the breach itself stay with the organisation: docs/decisions/0005.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from ensemblier.engines.law.dated import Figure
from ensemblier.engines.money import Cents, euros, share_out
from ensemblier.engines.months import add_months

NBSP = "\u00a0"
# Most months to give the money back after a withdrawal for breach of the republican commitment.
CER_RETURN_MONTHS = (Figure(6, date(2022, 1, 2), "loi n° 2000-321, art. 10-1"),)


class BadCase(Exception):
    """The figures given cannot be those of a grant; the message says which, in French."""


class Ground(Enum):
    """Why money is asked back."""

    CER = "cer"
    MISUSE = "misuse"
    UNSPENT = "unspent"
    NO_REPORT = "no_report"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def source(self) -> str:
        return _SOURCES[self]


_LABELS = {
    Ground.CER: "contrat d'engagement républicain non respecté",
    Ground.MISUSE: "argent employé à autre chose",
    Ground.UNSPENT: "argent non dépensé",
    Ground.NO_REPORT: "compte rendu non remis",
}
_SOURCES = {
    Ground.CER: "loi n° 2000-321, art. 10-1 ; décret n° 2021-1947, art. 5",
    Ground.MISUSE: "loi n° 2000-321, art. 9-1 et 10 ; convention, article sur l'emploi",
    Ground.UNSPENT: "loi n° 2000-321, art. 10 ; convention, article sur la part non dépensée",
    Ground.NO_REPORT: "loi n° 2000-321, art. 10 ; décret-loi du 2 mai 1938, art. 14",
}


@dataclass(frozen=True)
class Case:
    """What the amount depends on. Cents; `returned` is what came back or is already asked back."""

    ground: Ground
    granted: int
    paid: int
    returned: int = 0
    starts_on: date | None = None
    ends_on: date | None = None
    breach_on: date | None = None
    misused: int = 0
    justified: int = 0
    keepable: int = 0


@dataclass(frozen=True)
class Answer:
    """How much comes back, how much is no longer paid, and each line of the working."""

    amount: Cents
    cancelled: Cents
    days: int
    days_left: int
    lines: tuple[tuple[str, int], ...]
    source: str

    @property
    def sentence(self) -> str:
        if not self.amount and not self.cancelled:
            return "Rien n'est à rendre."
        parts = []
        if self.amount:
            parts.append(f"{euros(self.amount)} sont à rendre")
        if self.cancelled:
            parts.append(f"{euros(self.cancelled)} ne seront pas versés")
        said = " et ".join(parts)
        if self.days:
            said += f" ({self.days_left} jours restants sur {self.days})"
        return f"{said[0].upper()}{said[1:]}."


def recoverable(case: Case) -> Answer:
    """The amount of one recovery: never more than what was paid and did not come back."""
    _check(case)
    if case.ground is Ground.CER:
        return _pro_rata(case)
    owed, lines = {
        Ground.MISUSE: _misused,
        Ground.UNSPENT: _unspent,
        Ground.NO_REPORT: _unreported,
    }[case.ground](case)
    left = case.paid - case.returned
    amount = max(0, min(owed, left))
    lines += (("Versé et pas encore rendu", left), ("À rendre", amount))
    return Answer(Cents(amount), Cents(0), 0, 0, lines, case.ground.source)


def _pro_rata(case: Case) -> Answer:
    """The part of the period left at the date of the breach is withdrawn; what was not yet paid
    of it is no longer paid, the rest comes back."""
    assert case.starts_on and case.ends_on and case.breach_on
    days = (case.ends_on - case.starts_on).days + 1
    days_left = min(days, max(0, (case.ends_on - case.breach_on).days))
    withdrawn = case.granted * days_left // days
    kept = case.granted - withdrawn
    cancelled = min(withdrawn, case.granted - case.paid)
    amount = max(0, case.paid - kept - case.returned)
    lines = (
        ("Aide accordée", case.granted),
        (f"Retirée{NBSP}: {days_left} jours sur {days}", withdrawn),
        ("Gardée pour les jours écoulés", kept),
        ("Versée", case.paid),
        ("Déjà rendue ou demandée", case.returned),
        ("Ne sera pas versée", cancelled),
        ("À rendre", amount),
    )
    return Answer(Cents(amount), Cents(cancelled), days, days_left, lines, case.ground.source)


Lines = tuple[tuple[str, int], ...]


def _misused(case: Case) -> tuple[int, Lines]:
    return case.misused, (("Employé à autre chose", case.misused),)


def _unspent(case: Case) -> tuple[int, Lines]:
    owed = case.paid - case.justified - case.keepable - case.returned
    return owed, (
        ("Versé", case.paid),
        ("Dépenses admises", case.justified),
        ("Part que la convention laisse garder", case.keepable),
        ("Déjà rendue ou demandée", case.returned),
    )


def _unreported(case: Case) -> tuple[int, Lines]:
    owed = case.paid - case.justified - case.returned
    return owed, (
        ("Versé", case.paid),
        ("Déjà justifié", case.justified),
        ("Déjà rendue ou demandée", case.returned),
    )


def _check(case: Case) -> None:
    figures = {
        "montant accordé": case.granted,
        "montant versé": case.paid,
        "montant rendu": case.returned,
        "montant mal employé": case.misused,
        "montant justifié": case.justified,
        "montant gardé": case.keepable,
    }
    for name, cents in figures.items():
        if isinstance(cents, bool) or not isinstance(cents, int) or cents < 0:
            raise BadCase(f"Le {name} est un nombre entier de centimes, zéro ou plus.")
    if case.paid > case.granted:
        raise BadCase("Plus d'argent est versé qu'il n'en a été accordé.")
    if case.returned > case.paid:
        raise BadCase("Plus d'argent est rendu qu'il n'en a été versé.")
    if case.ground is Ground.CER:
        _check_period(case)


def _check_period(case: Case) -> None:
    if not (case.starts_on and case.ends_on and case.breach_on):
        raise BadCase("Donnez le début, la fin et la date du manquement.")
    if case.ends_on < case.starts_on:
        raise BadCase("La fin de la période précède son début.")


def plan(amount: int, stages: int, first_on: date) -> list[tuple[date, Cents]]:
    """`amount` given back in equal stages, a month apart; odd cents go to the first ones."""
    if stages < 1 or amount < stages:
        raise BadCase("Un plan a au moins une étape, et un centime par étape.")
    parts: Sequence[Cents] = share_out(amount, [1] * stages)
    return [(add_months(first_on, rank), cents) for rank, cents in enumerate(parts)]
