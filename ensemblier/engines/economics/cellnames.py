"""Cells and formulas of a spreadsheet, before any file: where a value stands, how it is computed.

A formula is written once, in a neutral way: references between angle brackets (`<Lignes!K5>`),
arguments apart by semicolons. `as_excel` and `as_open` say it as each format does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

REFERENCE = re.compile(r"<([A-Za-z]+)!([$A-Z0-9]+)(?::([$A-Z0-9]+))?>")


@dataclass(frozen=True)
class Formula:
    """A live cell."""

    text: str

    def as_excel(self) -> str:
        """As Office Open XML says it."""

        def reference(found: re.Match[str]) -> str:
            sheet, first, last = found.groups()
            return f"{sheet}!{first}:{last}" if last else f"{sheet}!{first}"

        return "=" + REFERENCE.sub(reference, self.text).replace(";", ",")

    def as_open(self) -> str:
        """As OpenFormula says it."""

        def reference(found: re.Match[str]) -> str:
            sheet, first, last = found.groups()
            return f"[${sheet}.{first}:.{last}]" if last else f"[${sheet}.{first}]"

        return "of:=" + REFERENCE.sub(reference, self.text)


Cell = str | int | Decimal | Formula | None


@dataclass
class Sheet:
    """One sheet: its name, its rows; `frozen`: how many first columns stay in sight."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    frozen: int = 2

    def add(self, *cells: Cell) -> int:
        """Add a row; its number, from 1."""
        self.rows.append(list(cells))
        return len(self.rows)


def column(place: int) -> str:
    """The letters of a column, from 0: A, B… Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def at(sheet: str, place: int, row: int) -> str:
    return f"<{sheet}!{column(place)}{row}>"


def block(sheet: str, first: int, row: int, last: int, last_row: int) -> str:
    return f"<{sheet}!{column(first)}{row}:{column(last)}{last_row}>"


def rounded(expression: str) -> str:
    return f"ROUND({expression};0)"
