"""The figures of a plan as tables: what each row says, where it comes from, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ensemblier.atelier.rows import PLAN, UNSURE, fields_of, row_of
from ensemblier.atelier.wording import TITLES, facts, labels_of, said
from ensemblier.engines.economics.format import TABLES

ADD = {
    "volume": "Ajouter un volume",
    "sale": "Ajouter une vente",
    "cost": "Ajouter une charge",
    "round": "Ajouter une tournée",
    "post": "Ajouter un poste",
    "in_kind": "Ajouter une contribution en nature",
    "equipment": "Ajouter un équipement",
    "resource": "Ajouter une ressource",
}
MAIN_KEYS = {
    "volume": ("yearly",),
    "sale": ("price",),
    "cost": ("price", "yearly", "once"),
    "post": ("number",),
    "resource": ("yearly", "once", "price"),
}
MOST_BY_TABLE = 3


class Row(NamedTuple):
    """One driver."""

    item: str
    label: str
    facts: list[tuple[str, str]]
    source: str
    assumed: bool


class Shelf(NamedTuple):
    """One table of the plan, and how to add to it."""

    table: str
    title: str
    rows: list[Row]
    add: str


def tables(data: Mapping[str, Any]) -> list[Shelf]:
    labels = labels_of(data)
    found = []
    for table in (PLAN, *TABLES, UNSURE):
        if table in TABLES:
            rows = [row(table, raw, labels) for raw in data.get(table, [])]
        else:
            rows = [row(table, {"label": TITLES[table], **(row_of(data, table, "") or {})}, labels)]
        found.append(Shelf(table, TITLES[table], rows, ADD.get(table, "")))
    return found


def row(table: str, raw: Mapping[str, Any], labels: Mapping[str, str]) -> Row:
    known = {key: value for key, value in raw.items() if key in fields_of(table)}
    label = raw.get("label") or labels.get(raw.get("id", ""), "")
    return Row(
        raw.get("id", ""),
        label,
        facts(table, known, labels),
        raw.get("source", ""),
        bool(raw.get("assumed")),
    )


class Assumption(NamedTuple):
    """One of the figures that a plan rests on."""

    table: str
    label: str
    says: str
    value: str
    source: str
    assumed: bool


class Assumptions(NamedTuple):
    """The main ones, how many rows there are, and how many are hypotheses."""

    rows: list[Assumption]
    total: int
    assumed: int


def main_assumptions(data: Mapping[str, Any]) -> Assumptions:
    """A few rows of each table; the largest yearly figures first."""
    labels = labels_of(data)
    found: list[Assumption] = []
    for table, keys in MAIN_KEYS.items():
        mine = [
            (raw, key)
            for raw in data.get(table, [])
            for key in [next((key for key in keys if key in raw), "")]
            if key
        ]
        mine.sort(key=lambda each: -each[0][each[1]])
        for raw, key in mine[:MOST_BY_TABLE]:
            field = fields_of(table)[key]
            value = said(field, raw[key], key)
            if table == "volume":
                value = f"{value} {raw.get('unit', 'kg')}"
            label, source = labels[raw["id"]], raw.get("source", "")
            assumed = bool(raw.get("assumed"))
            found.append(Assumption(TITLES[table], label, field.says, value, source, assumed))
    every = [raw for table in TABLES for raw in data.get(table, [])]
    return Assumptions(found, len(every), sum(1 for raw in every if raw.get("assumed")))
