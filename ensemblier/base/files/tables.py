"""Spreadsheets given by people (XLSX, ODS, CSV): read in a bounded child process, never in ours."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ensemblier.base.files import bounded, limits
from ensemblier.base.files.content import check_bytes
from ensemblier.base.refusal import Refusal

CHILD = Path(__file__).with_name("table_child.py")
UNREADABLE = (
    "Ce tableau n'a pas pu être lu : il est abîmé ou trop lourd. Ouvrez-le dans votre tableur, "
    "gardez la première feuille, enregistrez-la en CSV, puis recommencez."
)


class TableRefused(Refusal):
    """The file is not a table, is too large, or took too long to read."""


class Table(NamedTuple):
    """The heading, and the rows below it, each with as many cells as the heading."""

    heading: list[str]
    rows: list[list[str]]


def read_table(*, content: bytes, name: str) -> Table:
    """Read the first sheet of an XLSX or ODS file, or a CSV file, as text.

    The child has its own limits of memory and CPU time (table_child.py), and we stop waiting for
    it: a hostile file costs seconds of another process, never ours.
    """
    if not content:
        raise TableRefused("Ce fichier est vide. Vérifiez-le, puis déposez-le de nouveau.")
    if len(content) > limits.MAX_BYTES:
        raise TableRefused(
            f"Ce fichier fait {limits.in_french(len(content))}. La limite est de "
            f"{limits.in_french(limits.MAX_BYTES)} : coupez-le en plusieurs."
        )
    if content.startswith(b"PK\x03\x04") and (
        check_bytes(content=content, name=name).media_type not in (limits.XLSX, limits.ODS)
    ):
        raise TableRefused("Déposez un classeur XLSX ou ODS, ou un fichier CSV.")
    rows = _ask_child(content)
    width = len(rows[0])
    return Table(rows[0], [(row + [""] * width)[:width] for row in rows[1:]])


def _ask_child(content: bytes) -> list[list[str]]:
    answer = bounded.ask(CHILD, content)
    if fault := answer.get("fault"):
        raise TableRefused(fault)
    if "rows" not in answer:
        raise TableRefused(UNREADABLE)
    rows: list[list[str]] = answer["rows"]
    return rows
