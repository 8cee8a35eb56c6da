"""The lines of a document as a table to open in a spreadsheet: no cell is read as a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

from ensemblier.base.pages.cells import harmless

COLUMNS = (
    ("day", "jour"),
    ("line", "ligne"),
    ("lot", "lot"),
    ("product", "produit"),
    ("milli", "quantité"),
    ("unit", "unité"),
    ("structure", "structure"),
    ("price_cents", "prix de la ligne"),
    ("cents", "montant"),
    ("vat_rate", "TVA en %"),
    ("reason", "raison"),
    ("nature", "nature"),
    ("legal_basis", "base légale"),
    ("cost_cents", "prix de revient"),
    ("percent", "part retenue en %"),
    ("why", "motif"),
    ("late", "reportée"),
)
PLACES = {"milli": 3, "price_cents": 2, "cents": 2, "cost_cents": 2, "vat_rate": 2}


def csv_of(content: dict[str, Any]) -> str:
    """The columns that the document fills, in UTF-8, semicolons, amounts with a comma."""
    used = [(key, label) for key, label in COLUMNS if any(key in row for row in content["lines"])]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(label for _, label in used)
    for row in content["lines"]:
        writer.writerow(_cell(key, row.get(key)) for key, _ in used)
    return f"\ufeff{out.getvalue()}"


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    if value is True:
        return "oui"
    if key in PLACES:
        return decimal(value, PLACES[key])
    return str(value) if isinstance(value, int) else harmless(str(value))


def decimal(value: int, places: int) -> str:
    """1500 on three places -> 1,500."""
    units, rest = divmod(abs(value), 10**places)
    return f"{'-' if value < 0 else ''}{units},{rest:0{places}d}"
