"""The lines of a document added up by product and price, where a page cannot hold them all."""

from __future__ import annotations

from typing import Any


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
