"""The lists of the boards, as tables that leave as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ensemblier.fund.applications.models import State
from ensemblier.fund.boards.board import STEPS, Axis, Board, Line
from ensemblier.fund.boards.facts import Fact
from ensemblier.fund.boards.instructor import Mine
from ensemblier.fund.boards.network import Member
from ensemblier.fund.boards.owed import Both
from ensemblier.fund.boards.tables import Euros, Table
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.programme.models import Strand

STATES, STRANDS = dict(State.choices), dict(Strand.choices)


def of_files(files: Iterable[Fact], name: str = "dossiers") -> Table:
    return Table(
        name,
        "Dossiers",
        (
            "Dossier", "Projet", "Organisation", "Volet", "Région", "Département", "Zonages",
            "État", "Demandé", "Décidé", "Conventionné", "Payé", "Justifié", "Évalué",
            "Déposé le", "Décidé le", "Signé le", "Premier versement le",
        ),
        (
            (
                row.number, row.title, row.organisation, str(STRANDS[row.strand]), row.region,
                row.department, ", ".join(row.zones), str(STATES[row.state]),
                Euros(row.asked_cents), Euros(row.committed), Euros(row.agreed), Euros(row.paid),
                Euros(row.justified), "oui" if row.evaluated else "non",
                row.filed_on, row.decided_on, row.signed_on, row.paid_on,
            )
            for row in files
        ),
    )  # fmt: skip


def of_lines(lines: Sequence[Line], axis: Axis) -> Table:
    return Table(
        f"par-{axis.key}",
        f"Par {axis.label.lower()}",
        (axis.label, "Dossiers", *(step.label for step in STEPS)),
        (
            (row.label, row.files, *(None if c is None else Euros(c) for c in row.cents))
            for row in lines
        ),
    )


def of_purses(board: Board) -> Table:
    return Table(
        "enveloppes",
        "Enveloppes",
        ("Enveloppe", "Apporté", "Décidé", "Conventionné", "Reste"),
        ((row[0], *map(Euros, row[1:])) for row in board.purses),
    )


def of_open(files: Iterable[Mine]) -> Table:
    return Table(
        "instruction",
        "Dossiers en cours",
        (
            "Dossier", "Projet", "Organisation", "Département", "État", "Attend", "Quoi", "Depuis",
            "Échéance", "En retard",
        ),
        (
            (
                row.number, row.title, row.organisation, row.department, str(STATES[row.state]),
                row.waits_for, row.what, row.since, row.due_on, "oui" if row.late else "non",
            )
            for row in files
        ),
    )  # fmt: skip


def of_members(members: Iterable[Member]) -> Table:
    return Table(
        "reseau",
        "Membres du réseau",
        (
            "Membre", "Dossiers", "Demandé", "Décidé", "Payé", "Payé et pas encore justifié",
            "Attendu de lui", "En retard",
        ),
        (
            (
                row.name, row.files, Euros(row.asked), Euros(row.committed), Euros(row.paid),
                Euros(row.unspent), row.owes, row.late,
            )
            for row in members
        ),
    )  # fmt: skip


def of_due(found: Both) -> Table:
    sides = (("attendu de nous", found.mine), ("dû à nous", found.theirs))
    return Table(
        "attendu-et-du",
        "Attendu et dû",
        ("Sens", "Dossier", "Projet", "Quoi", "Qui", "Avant le", "Montant", "En retard", "Note"),
        (
            (
                side, row.number, row.project, row.what, row.who, row.by,
                None if row.cents is None else Euros(row.cents), "oui" if row.late else "non",
                row.note,
            )
            for side, rows in sides
            for row in rows
        ),
    )  # fmt: skip


def of_payments(rows: Iterable[Payment], hits: dict[int, int] | None = None) -> Table:
    """Payments, with what a sample says of them when there is one."""
    extra = ("Euros tirés dans cette ligne",) if hits is not None else ()
    return Table(
        "versements" if hits is None else "echantillon",
        "Versements",
        (
            "Versement", "Dossier", "Organisation", "Département", "Convention", "Échéance",
            "Montant", "Payé le", "Certifié par", "Payé par", *extra,
        ),
        (_payment(row, hits) for row in rows),
    )  # fmt: skip


def _payment(row: Payment, hits: dict[int, int] | None) -> tuple:
    agreement = row.instalment.agreement
    file = agreement.decision.application
    return (
        f"V{row.pk}", file.number, file.organisation.name, str(file.department or "National"),
        agreement.number, row.instalment.label, Euros(row.amount_cents),
        row.settlement.day if row.settlement else None, str(row.reserved_by),
        str(row.settled_by or ""), *((hits[row.pk],) if hits is not None else ()),
    )  # fmt: skip
