"""The rows of a plan's values: found, put, taken out. Pure: values in, values out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from ensemblier.engines.economics.format import TABLES, TOP, UNCERTAINTY, Field
from ensemblier.engines.economics.reading import decimal

PLAN, UNSURE = "plan", "uncertainty"
Data = dict[str, Any]


def values_of(text: str) -> Data:
    """The values of a text that was read before."""
    return tomllib.loads(text, parse_float=decimal)


def fields_of(table: str) -> Mapping[str, Field]:
    """The keys of one table; of the plan itself, and of its uncertainty."""
    if table == PLAN:
        return TOP
    return UNCERTAINTY if table == UNSURE else TABLES[table].fields


def row_of(data: Mapping[str, Any], table: str, item: str) -> dict[str, Any] | None:
    """One row as it is written; None when it is not there."""
    if table == PLAN:
        return {key: value for key, value in data.items() if key in TOP}
    if table == UNSURE:
        return dict(data.get(UNSURE, {}))
    return next((dict(row) for row in data.get(table, []) if row["id"] == item), None)


def with_row(data: Mapping[str, Any], table: str, item: str, row: Mapping[str, Any]) -> Data:
    """The same values with this row in the place of `item`, or at the end when it is new."""
    if table == PLAN:
        return {**row, **{key: value for key, value in data.items() if key not in TOP}}
    if table == UNSURE:
        return {**data, UNSURE: dict(row)}
    rows = [dict(row) if old["id"] == item else old for old in data.get(table, [])]
    if row_of(data, table, item) is None:
        rows.append(dict(row))
    return {**data, table: rows}


def without_row(data: Mapping[str, Any], table: str, item: str) -> Data:
    return {**data, table: [row for row in data.get(table, []) if row["id"] != item]}


def new_id(data: Mapping[str, Any], label: str) -> str:
    """A short name made from a label, that no other row has."""
    plain = normalize("NFD", label.lower()).encode("ascii", "ignore").decode()
    words = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    base = "_".join(words)[:30].strip("_")
    base = base if base and base[0].isalpha() else f"ligne_{base}".rstrip("_")
    taken = {row["id"] for name in TABLES for row in data.get(name, [])}
    found, rank = base, 2
    while found in taken:
        found, rank = f"{base}_{rank}", rank + 1
    return found
