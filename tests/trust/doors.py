"""The reviewed access table: which door opens to whom (written by test_access_table.py)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("access_table.csv")
Row = tuple[str, str, str]  # address, side, method
Rows = dict[Row, dict[str, str]]


def reviewed_table() -> Rows:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {
            (row.pop("adresse"), row.pop("objet"), row.pop("methode")): row
            for row in csv.DictReader(file)
        }


def may_open(who: str, name: str, side: str = "near") -> bool:
    """Whether the address may answer this person on that side: the table says so, or says nothing
    of this person or address."""
    opened = _of_side(side).get(name)
    return opened is None or opened.get(who, "oui") in ("oui", "-")  # "-": for POST only


@cache
def _of_side(wanted: str) -> dict[str, dict[str, str]]:
    """The rows of a GET on that side, or on what has no side."""
    return {
        name: row
        for (name, side, method), row in reviewed_table().items()
        if method == "get" and side in (wanted, "")
    }
