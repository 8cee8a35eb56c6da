"""A list ready to leave as a file: its columns, and its rows one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Cell = str | int | date | Decimal | None


@dataclass(frozen=True)
class Euros:
    """Cents, written as euros by every format."""

    cents: int

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.cents).scaleb(-2)


@dataclass(frozen=True)
class Table:
    """`name` makes the file's name: letters, figures and dashes. Rows are read once."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[Cell | Euros, ...]]
