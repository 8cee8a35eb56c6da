"""The lines of a document as a CSV file, and their sum by product and price for its page."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from ensemblier.base.pages.cells import harmless

# Column -> what a line says under it.
COLUMNS = {
    "ligne": "line",
    "jour": "day",
    "structure": "structure",
    "lot": "lot",
    "produit": "product",
    "milliemes": "milli",
    "unite": "unit",
    "prix_centimes": "price_cents",
    "montant_centimes": "cents",
    "tva_dix_milliemes": "vat_rate",
    "raison": "reason",
    "nature": "nature",
    "base_juridique": "legal_basis",
    "annule": "undoes",
    "en_retard": "late",
}


class _Echo:
    """What csv.writer writes on: it only gives the row back."""

    def write(self, text: str) -> str:
        return text


def csv_of(lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Row after row, the header first."""
    write = csv.writer(_Echo(), lineterminator="\n").writerow
    yield str(write(list(COLUMNS)))
    names = tuple(COLUMNS.values())
    for line in lines:
        yield str(write([_cell(line.get(name)) for name in names]))


def _cell(value: Any) -> Any:
    if value is None or value is False:
        return ""
    if value is True:
        return "oui"
    return harmless(value) if isinstance(value, str) else value


class Sums:
    """Lines added up by product, price of a unit, rate of tax and nature, as they come."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.lines = 0

    def add(self, line: dict[str, Any]) -> None:
        milli, sign = line["milli"], -1 if line.get("undoes") else 1
        price = line.get("price_cents", line["cents"])
        unit_cents = (2000 * price + milli) // (2 * milli)
        key = (line["product"], line["unit"], unit_cents, line["vat_rate"], line.get("nature", ""))
        row = self.rows.get(key)
        if row is None:
            names = ("product", "unit", "unit_cents", "vat_rate", "nature")
            row = dict(zip(names, key, strict=True))
            row |= {"lines": 0, "milli": 0, "price_cents": 0, "cents": 0}
            self.rows[key] = row
        row["lines"] += 1
        row["milli"] += sign * milli
        row["price_cents"] += sign * price
        row["cents"] += line["cents"]
        self.lines += 1

    def in_order(self) -> list[dict[str, Any]]:
        return [self.rows[key] for key in sorted(self.rows)]
