"""Queries compiled once: the ORM writes the SQL, then each request only gives its values.

For the pages asked all day, where writing the same SQL again costs more than running it:

    late = Prepared(lambda day, files: rows.filter(day__lt=day, file__in=files), files=9, day=DAY)
    late.rows(day=today, files=[4, 8])  # one query, plain tuples

A value is a whole number (KEY), a date (DAY), or up to N different numbers (the number N). Rows
come as the database gives them: values of JSON columns are still to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

KEY: Final = "key"
DAY: Final = "day"
# Stands for nothing in a list that is not full: no row has this key.
NOBODY = 0


class Prepared:
    """A query of the ORM whose SQL is kept, for each kind of database."""

    def __init__(self, build: Callable[..., QuerySet], **kinds: str | int) -> None:
        self.build = build
        self.kinds = kinds
        self._kept: dict[str, tuple[str, list[Any]]] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        sql, params = self._compiled()
        given: dict[tuple[str, int], Any] = {}
        for name, kind in self.kinds.items():
            for rank, value in enumerate(_spread(values[name], kind)):
                given[name, rank] = value
        with connection.cursor() as cursor:
            cursor.execute(sql, [given[p] if isinstance(p, tuple) else p for p in params])
            return cursor.fetchall()

    def _compiled(self) -> tuple[str, list[Any]]:
        """The SQL, with for each parameter its value or the place of the value to come."""
        if connection.vendor not in self._kept:
            stands, places = self._stands()
            sql, params = self.build(**stands).query.sql_with_params()
            slots = [places.get(p, p) if isinstance(p, int | str | date) else p for p in params]
            missing = set(places.values()) - {slot for slot in slots if isinstance(slot, tuple)}
            if missing:
                raise ValueError(f"Values that the query does not use: {sorted(missing)}")
            self._kept[connection.vendor] = (sql, slots)
        return self._kept[connection.vendor]

    def _stands(self) -> tuple[dict[str, Any], dict[Any, tuple[str, int]]]:
        """Values that nothing else has, given to the ORM in place of the real ones."""
        stands: dict[str, Any] = {}
        places: dict[Any, tuple[str, int]] = {}
        for order, (name, kind) in enumerate(self.kinds.items(), 1):
            if kind == DAY:
                stands[name] = date(order, 1, 1)
                places[connection.ops.adapt_datefield_value(stands[name])] = (name, 0)
                continue
            count = kind if isinstance(kind, int) else 1
            numbers = [-(10**8 + 10**5 * order + rank) for rank in range(count)]
            stands[name] = numbers if isinstance(kind, int) else numbers[0]
            places |= {number: (name, rank) for rank, number in enumerate(numbers)}
        return stands, places


def _spread(value: Any, kind: str | int) -> Iterable[Any]:
    if isinstance(kind, int):
        return _padded(value, kind)
    return [connection.ops.adapt_datefield_value(value) if kind == DAY else value]


def _padded(values: Sequence[int], length: int) -> list[int]:
    if len(values) > length:
        raise ValueError(f"{len(values)} values where the query takes {length}.")
    return [*values, *[NOBODY] * (length - len(values))]
