"""Queries compiled once: the ORM writes the SQL, then each request only gives its values.

For the pages asked all day, where writing the same SQL again costs more than running it:

    late = Prepared(lambda day, files: rows.filter(day__lt=day, file__in=files), files=9, day=DAY)
    late.rows(day=today, files=[4, 8])  # one query, plain tuples
    late.found(day=today, files=[4, 8])  # one query, what the ORM would have given

A value is a whole number (KEY), a text (TEXT), a date (DAY), an instant (MOMENT), or up to N
different numbers (the number N). `rows` come as the database gives them: values of JSON columns
are still to be read; `found` are objects, with what `select_related` brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection, connections
from django.db.models import QuerySet

KEY: Final = "key"
TEXT: Final = "text"
DAY: Final = "day"
MOMENT: Final = "moment"
# Stands for nothing in a list that is not full: no row has this key.
NOBODY = 0


class Kept(NamedTuple):
    """What one kind of database keeps of a query."""

    rows: QuerySet
    database: str
    compiler: Any
    sql: str
    slots: list[Any]  # for each parameter its value, or the place of the value to come
    converters: dict[int, Any]


class Ready:
    """All that the ORM asks of a QuerySet to turn rows into objects; its SQL is written."""

    def __init__(self, kept: Kept, params: list[Any]) -> None:
        self.db = kept.database
        self._fields = kept.rows._fields  # type: ignore[attr-defined]
        self._known_related_objects: dict[Any, Any] = {}
        # A copy: the one kept serves other requests at the same time.
        self.compiler = copy(kept.compiler)
        self.compiler.connection = connections[self.db]
        self.compiler.as_sql = lambda *_, **__: (kept.sql, params)
        self.compiler.get_converters = lambda _: kept.converters

    @property
    def query(self) -> Ready:
        return self

    def get_compiler(self, using: str) -> Any:
        return self.compiler


class Prepared:
    """A query of the ORM whose SQL is kept, for each kind of database."""

    def __init__(self, build: Callable[..., QuerySet], **kinds: str | int) -> None:
        self.build = build
        self.kinds = kinds
        self._kept: dict[str, Kept] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        kept = self._compiled()
        with connections[kept.database].cursor() as cursor:
            cursor.execute(kept.sql, self._params(kept, values))
            return cursor.fetchall()

    def found(self, **values: Any) -> list[Any]:
        kept = self._compiled()
        ready = Ready(kept, self._params(kept, values))
        return list(kept.rows._iterable_class(ready))  # type: ignore[attr-defined]

    def _params(self, kept: Kept, values: dict[str, Any]) -> list[Any]:
        given: dict[tuple[str, int], Any] = {}
        for name, kind in self.kinds.items():
            for rank, value in enumerate(_spread(values[name], kind)):
                given[name, rank] = value
        return [given[slot] if isinstance(slot, tuple) else slot for slot in kept.slots]

    def _compiled(self) -> Kept:
        if connection.vendor not in self._kept:
            stands, places = self._stands()
            rows = self.build(**stands)
            if rows._prefetch_related_lookups:  # type: ignore[attr-defined]
                raise ValueError("A prepared query is one query: prefetch_related asks others.")
            database = rows.db
            compiler = rows.query.get_compiler(using=database)
            sql, params = compiler.as_sql()
            slots = [places.get(p, p) if isinstance(p, int | str | date) else p for p in params]
            missing = set(places.values()) - {slot for slot in slots if isinstance(slot, tuple)}
            if missing:
                raise ValueError(f"Values that the query does not use: {sorted(missing)}")
            converters = compiler.get_converters([of for of, *_ in compiler.select])
            self._kept[connection.vendor] = Kept(rows, database, compiler, sql, slots, converters)
        return self._kept[connection.vendor]

    def _stands(self) -> tuple[dict[str, Any], dict[Any, tuple[str, int]]]:
        """Values that nothing else has, given to the ORM in place of the real ones."""
        stands: dict[str, Any] = {}
        places: dict[Any, tuple[str, int]] = {}
        for order, (name, kind) in enumerate(self.kinds.items(), 1):
            if isinstance(kind, str) and kind != KEY:
                stands[name] = STANDS[kind](order)
                places[_adapted(stands[name], kind)] = (name, 0)
                continue
            count = kind if isinstance(kind, int) else 1
            numbers = [-(10**8 + 10**5 * order + rank) for rank in range(count)]
            stands[name] = numbers if isinstance(kind, int) else numbers[0]
            places |= {number: (name, rank) for rank, number in enumerate(numbers)}
        return stands, places


STANDS: dict[str, Callable[[int], Any]] = {
    TEXT: "\N{REPLACEMENT CHARACTER}{}".format,
    DAY: lambda order: date(order, 1, 1),
    MOMENT: lambda order: datetime(order, 1, 1, tzinfo=UTC),
}


def _adapted(value: Any, kind: str) -> Any:
    """As the database takes it."""
    if kind == DAY:
        return connection.ops.adapt_datefield_value(value)
    return connection.ops.adapt_datetimefield_value(value) if kind == MOMENT else value


def _spread(value: Any, kind: str | int) -> Iterable[Any]:
    return _padded(value, kind) if isinstance(kind, int) else [_adapted(value, kind)]


def _padded(values: Sequence[int], length: int) -> list[int]:
    if len(values) > length:
        raise ValueError(f"{len(values)} values where the query takes {length}.")
    return [*values, *[NOBODY] * (length - len(values))]
