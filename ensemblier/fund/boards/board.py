"""The officer's board, worked out from the facts of a day: steps, breakdowns, days to cash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low
from typing import NamedTuple

from ensemblier.base.pages.charts import Column, ColumnChart, Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.fund.applications.models import LEFT, Effect, State
from ensemblier.fund.boards.facts import ZONES, Fact, Facts
from ensemblier.fund.programme.models import ExpenseClass, Strand

ASKED, COMMITTED, AGREED, PAID, JUSTIFIED = "demande", "decide", "conventionne", "paye", "justifie"
EVALUATED = "evalue"


class Step(NamedTuple):
    """One step of the money: what it is called, which files are in it, and their cents."""

    key: str
    label: str
    formula: str
    cents: Callable[[Fact], int]
    has: Callable[[Fact], bool]


STEPS = (
    Step(
        ASKED,
        "Demandé",
        "somme des montants demandés par les dossiers déposés, ni retirés ni classés sans réponse",
        lambda row: row.asked_cents,
        lambda row: row.state not in LEFT,
    ),
    Step(
        COMMITTED,
        "Décidé",
        "réservations et écritures du livre de l'enveloppe vers la subvention, moins les retours",
        lambda row: row.committed,
        lambda row: row.committed > 0,
    ),
    Step(
        AGREED,
        "Conventionné",
        "écritures du livre passées à la signature de la convention, moins les retours",
        lambda row: row.agreed,
        lambda row: row.agreed > 0,
    ),
    Step(
        PAID,
        "Payé",
        "écritures du livre de la subvention vers l'organisation, moins ce qui est revenu",
        lambda row: row.paid,
        lambda row: row.paid > 0,
    ),
    Step(
        JUSTIFIED,
        "Justifié",
        "dépenses admises par les bilans acceptés (le final s'il existe, sinon les annuels)",
        lambda row: row.justified,
        lambda row: row.justified > 0,
    ),
    Step(
        EVALUATED,
        "Évalué",
        "montant payé des projets dont l'évaluation est terminée",
        lambda row: row.paid if row.evaluated else 0,
        lambda row: row.evaluated,
    ),
)
BY_KEY = {step.key: step for step in STEPS}


class Axis(NamedTuple):
    """A way to cut the board: the values of a file on it, and what they are called."""

    key: str
    label: str
    field: str
    words: dict[str, str]
    note: str = ""


AXES = {
    axis.key: axis
    for axis in (
        Axis("volet", "Volet", "strand", dict(Strand.choices)),
        Axis("region", "Région", "region", {}),
        Axis("departement", "Département", "department", {}),
        Axis(
            "zonage",
            "Zonage",
            "zones",
            {name: name for name in ZONES},
            "Un dossier dans deux zonages compte dans les deux.",
        ),
        Axis(
            "effet",
            "Effet utile",
            "effects",
            dict(Effect.choices),
            "Un dossier cité pour deux effets compte dans les deux.",
        ),
        Axis(
            "depense",
            "Dépense",
            "asked",
            dict(ExpenseClass.choices) | {"": "non ventilé"},
            "Demandé et décidé se partagent exactement par dépense. Une échéance se paie d'un "
            "bloc : les étapes suivantes ne se partagent pas.",
        ),
        Axis("etat", "État", "state", dict(State.choices)),
    )
}


class Line(NamedTuple):
    """One value of an axis: how many files, and the cents of each step (None: not known)."""

    value: str
    label: str
    files: int
    cents: tuple[int | None, ...]
    share: str = ""


class Delay(NamedTuple):
    """The median number of days between two stages, over the files that went through both."""

    key: str
    label: str
    days: int | None
    files: int


@dataclass(frozen=True)
class Board:
    """All the figures of a day; equal to another when every figure is."""

    day: date
    files: int
    totals: tuple[int, ...]
    counts: tuple[int, ...]
    contributed: int
    available: int
    beside: int
    delays: tuple[Delay, ...]
    states: tuple[tuple[str, int], ...]
    purses: tuple[tuple[str, int, int, int, int], ...]

    @property
    def asked_for_one(self) -> str:
        """How many euros are asked for one granted, with one decimal, rounded to the nearest."""
        asked, granted = self.totals[0], self.totals[1]
        if not granted:
            return ""
        tenths = (20 * asked + granted) // (2 * granted)
        return f"{tenths // 10},{tenths % 10}"

    def total(self, key: str) -> int:
        return self.totals[[step.key for step in STEPS].index(key)]

    @property
    def steps(self) -> list[tuple[Step, int, int]]:
        return list(zip(STEPS, self.totals, self.counts, strict=True))


def board_of(facts: Facts, files: Sequence[Fact] | None = None) -> Board:
    """The board of these facts, or of some of their files."""
    kept = facts.files if files is None else files
    states: dict[str, int] = defaultdict(int)
    for row in kept:
        states[row.state] += 1
    return Board(
        day=facts.day,
        files=len(kept),
        totals=tuple(sum(map(step.cents, kept)) for step in STEPS),
        counts=tuple(sum(map(step.has, kept)) for step in STEPS),
        contributed=facts.contributed,
        available=sum(purse.available for purse in facts.purses),
        beside=sum(purse.beside for purse in facts.purses),
        delays=delays(kept),
        states=tuple((value, states[value]) for value in State.values if states[value]),
        purses=tuple(
            (purse.label, purse.contributed, purse.committed, purse.agreed, purse.available)
            for purse in facts.purses
        ),
    )


SPANS = (
    ("decision", "Du dépôt à la décision", "filed_on", "decided_on"),
    ("signature", "De la décision à la convention signée", "decided_on", "signed_on"),
    ("versement", "De la convention signée au premier versement", "signed_on", "paid_on"),
    ("total", "Du dépôt au premier versement", "filed_on", "paid_on"),
)


def days_between(row: Fact, first: str, last: str) -> int | None:
    start, end = getattr(row, first), getattr(row, last)
    return (end - start).days if start and end else None


def delays(files: Iterable[Fact]) -> tuple[Delay, ...]:
    kept = list(files)
    found = []
    for key, label, first, last in SPANS:
        days = [n for row in kept if (n := days_between(row, first, last)) is not None]
        found.append(Delay(key, label, median_low(days) if days else None, len(days)))
    return tuple(found)


def breakdown(files: Sequence[Fact], axis: Axis) -> list[Line]:
    """One line for each value of the axis that some file has, in the order of its words."""
    groups: dict[str, list[Fact]] = defaultdict(list)
    for row in files:
        for value in values_of(row, axis):
            groups[value].append(row)
    order = {value: rank for rank, value in enumerate(axis.words)}
    names = sorted(groups, key=lambda value: (order.get(value, len(order)), value))
    return [_line(value, groups[value], axis) for value in names]


def values_of(row: Fact, axis: Axis) -> Iterable[str]:
    if axis.key == "depense":
        return row.asked.keys() | row.committed_by_class.keys()
    found = getattr(row, axis.field)
    return found if isinstance(found, tuple) else (found,)


def _line(value: str, rows: list[Fact], axis: Axis) -> Line:
    label = axis.words.get(value, value) or "non précisé"
    if axis.key == "depense":
        asked = sum(r.asked.get(value, 0) for r in rows if r.state not in LEFT)
        given = sum(r.committed_by_class.get(value, 0) for r in rows)
        cents: tuple[int | None, ...] = (asked, given, None, None, None, None)
    else:
        cents = tuple(sum(map(step.cents, rows)) for step in STEPS)
    return Line(value, label[:1].upper() + label[1:], len(rows), cents)


def money_bar(board: Board) -> StackedBar:
    """From what contributors paid in to what is left, in one bar."""
    committed, agreed = board.total(COMMITTED), board.total(AGREED)
    paid = max(0, min(board.total(PAID), agreed))
    return StackedBar(
        parts=[
            Part("Payé", paid, "leaf"),
            Part("Conventionné, à payer", max(0, agreed - paid), "moss"),
            Part("Décidé, convention à signer", max(0, committed - agreed), "honey"),
            *([Part("Frais des jurés", board.beside, "sky")] if board.beside > 0 else []),
            Part("Reste dans les enveloppes", max(0, board.available), "slate"),
        ],
        sentence=(
            f"Sur {euros(board.contributed)} apportés, {euros(committed)} sont décidés, "
            f"{euros(agreed)} conventionnés et {euros(board.total(PAID))} payés."
            + (f" Les frais des jurés prennent {euros(board.beside)}." if board.beside > 0 else "")
        ),
    )


def axis_chart(lines: Sequence[Line], axis: Axis) -> ColumnChart:
    """Asked beside granted, one group a line."""
    columns = [Column(row.label, (row.cents[0] or 0, max(row.cents[1] or 0, 0))) for row in lines]
    most = max(lines, key=lambda row: row.cents[0] or 0)
    return ColumnChart(
        columns,
        f"{most.label} demande le plus : {euros(most.cents[0] or 0)}.",
        ("Demandé", "Décidé"),
        heading=axis.label,
    )
