"""What an amendment changes, before and after, as pages and texts show it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ensemblier.base.pages.formats import day, euros
from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements import applying
from ensemblier.fund.agreements.models import Amendment, Indicator, Instalment, Party
from ensemblier.fund.agreements.pdf import number
from ensemblier.fund.programme.models import ExpenseClass

SCHEDULE = ["N°", "Quand", "Prévu le", "Montant"]


class Change(NamedTuple):
    """One thing that changes: sentences, and a table when there is one."""

    title: str
    lines: list[str]
    head: list[str]
    rows: list[list[str]]

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """Each cell with its heading: narrow screens show it beside."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


def changes_of(amendment: Amendment) -> list[Change]:
    changes = applying.read(amendment)
    before = amendment.before or applying.in_force(amendment.agreement)
    parts = (
        _dates(changes, before),
        _money(changes),
        _schedule(changes, before),
        _targets(amendment, changes),
        _parties(amendment, changes),
        _annexes(amendment),
    )
    found = [part for part in parts if part]
    for row in changes.articles:
        words = [row.body] if row.body else ["Cet article est supprimé."]
        found.append(Change(f"Article modifié : {row.title}", words, [], []))
    return found


def _dates(changes: Any, before: dict[str, Any]) -> Change | None:
    rows = []
    for name, label in (("starts_on", "Début"), ("ends_on", "Fin")):
        new = getattr(changes, name)
        if new:
            old = applying.date.fromisoformat(before[name])
            rows.append([label, day(old), day(new)])
    return Change("Durée", [], ["Date", "Avant", "Après"], rows) if rows else None


def _money(changes: Any) -> Change | None:
    rows = [
        [
            ExpenseClass(row.expense_class).label.capitalize(),
            str(row.envelope),
            ("+ " if row.cents > 0 else "- ") + euros(abs(row.cents)),
        ]
        for row in changes.money
    ]
    return Change("Montant", [], ["Dépense", "Enveloppe", "Montant"], rows) if rows else None


def _schedule(changes: Any, before: dict[str, Any]) -> Change | None:
    if changes.schedule is None:
        return None
    old = ", ".join(
        f"{row['label']} : {euros(row['amount_cents'])}" for row in before.get("schedule", ())
    )
    rows = [
        [
            str(rank),
            f"{row.label}, {Instalment.Release(row.release).label}",
            day(row.due_on),
            euros(row.amount_cents),
        ]
        for rank, row in enumerate(changes.schedule, start=1)
    ]
    return Change("Échéances", [f"Avant : {old}."], SCHEDULE, rows)


def _targets(amendment: Amendment, changes: Any) -> Change | None:
    if not changes.targets:
        return None
    known = Indicator.objects.in_bulk([row.pk for row in changes.targets if row.pk])
    labels = {row["label"]: row for row in amendment.before.get("targets", ())}
    rows = []
    for row in changes.targets:
        there = known.get(row.pk)
        label = there.label if there else row.label
        unit = there.unit if there else row.unit
        old = labels.get(label, {}).get("target", there.target if there else None)
        said = number(applying.Decimal(old)) if old is not None else "nouvel indicateur"
        rows.append([label, said, f"{number(row.target)} {unit}"])
    return Change("Indicateurs", [], ["Indicateur", "Cible avant", "Cible après"], rows)


def _parties(amendment: Amendment, changes: Any) -> Change | None:
    names = Organisation.objects.in_bulk([row.organisation_id for row in changes.joins])
    rows = [
        [
            str(names[row.organisation_id]),
            "rejoint la convention",
            Party.Role(row.role).label
            + (f", {euros(sum(p.amount_cents for p in row.payments))}" if row.payments else ""),
        ]
        for row in changes.joins
    ]
    leaving = Party.objects.filter(pk__in=changes.leaves).select_related("organisation")
    rows += [[str(row), "quitte la convention", row.get_role_display()] for row in leaving]
    return Change("Parties", [], ["Partie", "Ce qui change", "Place"], rows) if rows else None


def _annexes(amendment: Amendment) -> Change | None:
    rows = [
        [row.title, row.file.original_name, f"{row.file.sha256[:16]}…"]
        for row in amendment.annexes.select_related("file")
    ]
    return (
        Change("Annexes ajoutées", [], ["Annexe", "Fichier", "Empreinte"], rows) if rows else None
    )
