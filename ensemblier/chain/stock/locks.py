"""All the locks of the stock: the key of the request first, then its lots by ascending number.

Whoever changes or marks a lot holds its row, so that its levels, its history and its marks stay
as they were read. On SQLite `BEGIN IMMEDIATE` (settings) already keeps a single writer.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from ensemblier.chain.stock.models import Lot


def claim(key: UUID) -> None:
    """Whoever sends the same key at the same time waits, then finds what was written."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key.int >> 65])


def hold(lot_ids: Iterable[int]) -> dict[int, Lot]:
    """These lots, locked until the transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("a lock only holds inside a transaction")
    rows = Lot.objects.filter(pk__in=set(lot_ids)).order_by("pk")
    rows = rows.select_related("product", "chain").select_for_update(of=("self",), no_key=True)
    return {lot.pk: lot for lot in rows}
