"""Many rows of one table at once: COPY on PostgreSQL, one prepared INSERT on SQLite.

For tables that only grow and whose values are made by code alone: no model is built, and the
database checks what it always checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection

CHUNK = 2000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Values are whole numbers, texts, days and None; anything else is written as a text."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            encoded = _encoded(rows)
            statement = f"COPY {table} ({names}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                while chunk := "".join(islice(encoded, CHUNK)):
                    copy.write(chunk)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _encoded(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for row in rows:
        yield "\t".join([_cell(value) for value in row]) + "\n"


def _cell(value: Any) -> str:
    if type(value) is int:
        return str(value)
    return "\\N" if value is None else str(value).translate(ESCAPES)
