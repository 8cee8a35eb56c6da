"""Reading the transfers in a stream, as plain numbers, the same from both databases."""

from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from ensemblier.base.ledger.digest import microseconds
from ensemblier.base.ledger.models import Kind

BATCH = 5000
QUERY = (
    "SELECT id, key, kind, debit_id, credit_id, cents, settles_id, settled_cents, day, reason, "
    "reference, actor_id, created_at, digest FROM ledger_transfer ORDER BY id"
)
KINDS = frozenset(Kind.values)
UNKNOWN_KIND = 0


class Row(NamedTuple):
    """One transfer; `day` and `written` are numbers, as in the digest."""

    id: int
    key: bytes
    kind: int
    debit: int
    credit: int
    cents: int
    settles: int
    settled: int
    day: int
    reason: str
    reference: str
    actor: int
    written: int
    digest: bytes


def rows() -> Iterator[tuple]:
    """Every transfer in order, as tuples in the order of `Row`."""
    read = _from_postgresql if connection.vendor == "postgresql" else _from_sqlite
    with connection.chunked_cursor() as cursor:
        cursor.execute(QUERY)
        while batch := cursor.fetchmany(BATCH):
            yield from read(batch)


def _from_postgresql(batch: list[tuple]) -> Iterator[tuple]:
    for (
        number, key, kind, debit, credit, cents, settles, settled,
        day, reason, reference, actor, created, digest,
    ) in batch:  # fmt: skip
        yield (
            number, key.bytes, kind if kind in KINDS else UNKNOWN_KIND, debit, credit, cents,
            settles or 0, settled, day.toordinal(), reason, reference, actor or 0,
            microseconds(created), digest,
        )  # fmt: skip


def _from_sqlite(batch: list[tuple]) -> Iterator[tuple]:
    for row in batch:
        created = row[12].replace(tzinfo=UTC)
        yield (
            row[0], UUID(row[1]).bytes, row[2] if row[2] in KINDS else UNKNOWN_KIND, *row[3:6],
            row[6] or 0, row[7], row[8].toordinal(), row[9], row[10], row[11] or 0,
            microseconds(created), bytes(row[13]),
        )  # fmt: skip
