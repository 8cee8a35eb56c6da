"""The rows of each page: which table keeps them, and which of its columns belong to the content."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Model

from ensemblier.fund.applications.models import (
    AskedAmount,
    BudgetLine,
    GroupMember,
    LocalFrame,
    ParticipationMeans,
    Partner,
    PathAmount,
    Pooling,
    UsefulEffect,
)


class Table(NamedTuple):
    """`name` is also how the file calls its rows."""

    name: str
    model: type[Model]
    columns: tuple[str, ...]
    label: str
    order: tuple[str, ...] = ()

    def rows(self, application: Any) -> list[dict[str, Any]]:
        found = getattr(application, self.name).all()
        return [{name: getattr(row, name) for name in self.columns} for row in found]


PARTNER = ("name", "sector", "since", "role")
EFFECT = ("effect", "explanation", "funder", "certainty")
LINE = ("side", "code", "label", "payer", "amount_cents", "certainty", "effect", "is_assumed")
ASKED = ("expense_class", "year", "amount_cents", "is_assumed")
MEANS = ("label", "code", "amount_cents")
FRAME = ("kind", "name", "role", "follows")
MEMBER = ("name", "siret", "role")
POOLING = ("what", "with_whom", "gain")
PATH = ("nature", "year", "amount_cents")
TABLES = {
    "publics": (Table("means", ParticipationMeans, MEANS, "Moyens de la participation"),),
    "territoire": (Table("frames", LocalFrame, FRAME, "Cadres locaux"),),
    "partenaires": (
        Table("partners", Partner, PARTNER, "Partenaires"),
        Table("group_members", GroupMember, MEMBER, "Membres du groupement"),
        Table("poolings", Pooling, POOLING, "Dépenses mises en commun"),
    ),
    "modele": (
        Table("effects", UsefulEffect, EFFECT, "Effets utiles"),
        Table("path", PathAmount, PATH, "Ressources des cinq années", ("year",)),
    ),
    "budget": (Table("lines", BudgetLine, LINE, "Lignes du budget", ("side", "code")),),
    "demande": (Table("asked", AskedAmount, ASKED, "Montants demandés", ("year",)),),
}
ALL = tuple(table for tables in TABLES.values() for table in tables)
EMPTY = {"is_assumed": False, "follows": False, "since": None, "amount_cents": 0}


def in_order(table: Table, rows: Any) -> list[dict[str, Any]]:
    """Rows with all their columns, in the order in which the database gives them back."""
    full = [{name: row.get(name, EMPTY.get(name, "")) for name in table.columns} for row in rows]
    if not table.order:
        return full
    return sorted(full, key=lambda row: tuple(row[name] for name in table.order))
