"""The lines of a document as a table to open in a spreadsheet: no cell is read as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from ensemblier.base.pages.cells import decimal, harmless

# What a line says, and its column.
COLUMNS = {
    "day": "jour",
    "line": "ligne",
    "lot": "lot",
    "product": "produit",
    "milli": "quantité",
    "unit": "unité",
    "structure": "structure",
    "price_cents": "prix de la ligne",
    "cents": "montant",
    "vat_rate": "TVA en %",
    "reason": "raison",
    "nature": "nature",
    "legal_basis": "base légale",
    "cost_cents": "prix de revient",
    "percent": "part retenue en %",
    "why": "motif",
    "undoes": "annule la ligne",
    "late": "reportée",
}
# A call is written as its lines come, before one knows which columns they fill.
OF_A_CALL = [name for name in COLUMNS if name not in ("cost_cents", "percent", "why")]
PLACES = {"milli": 3, "price_cents": 2, "cents": 2, "cost_cents": 2, "vat_rate": 2}


class _Echo:
    """What csv.writer writes on: it only gives the row back."""

    def write(self, text: str) -> str:
        return text


def rows_of(lines: Iterable[dict[str, Any]], columns: Iterable[str] = OF_A_CALL) -> Iterator[str]:
    """Row after row, the header first: UTF-8, semicolons, amounts with a comma."""
    names = list(columns)
    write = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n").writerow
    yield "\ufeff" + str(write([COLUMNS[name] for name in names]))
    for line in lines:
        yield str(write([_cell(name, line.get(name)) for name in names]))


def csv_of(content: dict[str, Any]) -> str:
    """The whole table of a frozen content, with the columns that it fills."""
    lines = content["lines"]
    filled = [name for name in COLUMNS if any(_cell(name, row.get(name)) != "" for row in lines)]
    return "".join(rows_of(lines, filled))


def _cell(name: str, value: Any) -> str | int:
    if value is None or value is False:
        return ""
    if value is True:
        return "oui"
    if name in PLACES:
        return decimal(value, PLACES[name])
    return value if isinstance(value, int) else harmless(str(value))
