"""The lines of a document as a CSV file, and their sums by product and price for its page."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from ensemblier.base.pages.cells import harmless

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
    "undoes": "annule la ligne",
    "late": "reportée",
}
PLACES = {"milli": 3, "price_cents": 2, "cents": 2, "vat_rate": 2}


class _Echo:
    """What csv.writer writes on: it only gives the row back."""

    def write(self, text: str) -> str:
        return text


def csv_of(lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Row after row, the header first: UTF-8, semicolons, amounts with a comma."""
    write = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n").writerow
    yield "\ufeff" + str(write(list(COLUMNS.values())))
    for line in lines:
        yield str(write([_cell(name, line.get(name)) for name in COLUMNS]))


def _cell(name: str, value: Any) -> Any:
    if value is None or value is False:
        return ""
    if value is True:
        return "oui"
    if name in PLACES:
        whole, rest = divmod(abs(value), 10 ** PLACES[name])
        return f"{'-' if value < 0 else ''}{whole},{rest:0{PLACES[name]}d}"
    return harmless(value) if isinstance(value, str) else value


class Sums:
    """Lines added up by product, price of a unit, rate of tax and nature, as they come."""

    SAME = ("product", "unit", "unit_cents", "vat_rate", "nature", "legal_basis")

    def __init__(self) -> None:
        self._rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.lines = 0

    def add(self, line: dict[str, Any]) -> None:
        milli, sign = line["milli"], -1 if line.get("undoes") else 1
        price = line.get("price_cents", line["cents"])
        unit_cents = (2000 * price + milli) // (2 * milli)
        words = (line.get("nature", ""), line.get("legal_basis", ""))
        key = (line["product"], line["unit"], unit_cents, line["vat_rate"], *words)
        row = self._rows.get(key)
        if row is None:
            row = dict(zip(self.SAME, key, strict=True))
            row |= {"count": 0, "milli": 0, "price_cents": 0, "cents": 0}
            self._rows[key] = row
        row["count"] += 1
        row["milli"] += sign * milli
        row["price_cents"] += sign * price
        row["cents"] += line["cents"]
        self.lines += 1

    def rows(self) -> list[dict[str, Any]]:
        return [self._rows[key] for key in sorted(self._rows)]


def summed(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that are printed."""
    sums = Sums()
    for line in lines:
        sums.add(line)
    return sums.rows()
