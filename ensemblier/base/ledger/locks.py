"""The only module that locks: account by account in ascending number, then checks, then writes.

What is locked is the counter of an account held above zero; the others need no lock. On SQLite
`BEGIN IMMEDIATE` (settings) already keeps a single writer. On PostgreSQL one function does it all
in one round trip (`functions.py`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import F

from ensemblier.base.ledger import wire
from ensemblier.base.ledger.models import Account, Counter, Kind, Transfer

PUT_FIELDS = (
    "key",
    "kind",
    "debit_id",
    "credit_id",
    "cents",
    "settles_id",
    "settled_cents",
    "day",
    "reason",
    "reference",
    "actor_id",
    "created_at",
    "digest",
)
PUT = "SELECT ledger_put(" + ", ".join(["%s"] * len(PUT_FIELDS)) + ")"
SEALERS = 7_301_405  # the number of PostgreSQL's advisory lock for those who seal


class Outcome(NamedTuple):
    """What became of a transfer: done, known, exhausted, settled or absent."""

    name: str
    row_id: int | None
    left_cents: int | None


def put(row: Transfer) -> Outcome:
    """Lock, check the key, the accounts, the floor and the reservation, then write one transfer."""
    wrapper = connections[DEFAULT_DB_ALIAS]  # found once: each look-up through the proxy costs
    if wrapper.vendor == "postgresql":
        return _put_in_one_trip(row, wrapper)
    with transaction.atomic():
        return _put_step_by_step(row)


def available_change(row: Transfer) -> tuple[int, int]:
    """What the transfer takes from its source's available, and gives to its destination's."""
    spent = 0 if row.kind == Kind.VOID else row.cents
    given = row.cents if row.kind in (Kind.TRANSFER, Kind.POST) else 0
    return spent - row.settled_cents, given


def lock(account_ids: Iterable[int]) -> dict[int, int]:
    """Lock these accounts until the transaction ends; what each floored one has available."""
    held = Counter.objects.filter(account_id__in=sorted(set(account_ids))).order_by("account_id")
    if connection.vendor == "postgresql":
        held = held.select_for_update()
    return dict(held.values_list("account_id", "available_cents"))


def move(changes: dict[int, int]) -> None:
    """Move the counters of accounts locked before."""
    for account_id in sorted(changes):
        if changes[account_id]:
            Counter.objects.filter(account_id=account_id).update(
                available_cents=F("available_cents") + changes[account_id]
            )


def horizon() -> int:
    """The last transfer such that none before it is still being written."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT ledger_horizon()")
        else:
            cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_transfer")
        return int(cursor.fetchone()[0])


@contextmanager
def one_sealer() -> Iterator[None]:
    """A transaction in which nobody else seals."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALERS])
        yield


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as of one instant, without holding up those who write."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _put_in_one_trip(row: Transfer, wrapper: Any) -> Outcome:
    wrapper.ensure_connection()
    if wrapper.execute_wrappers or wrapper.queries_logged:
        # Whatever watches the statements (a page that must only read, a count in a test) sees it.
        with wrapper.cursor() as cursor:
            cursor.execute(PUT, [getattr(row, name) for name in PUT_FIELDS])
            answer = str(cursor.fetchone()[0])
    else:
        wrapper.validate_thread_sharing()
        wrapper.validate_no_broken_transaction()
        # This setting says that a pooler stands between.
        may_prepare = not wrapper.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        with wrapper.wrap_database_errors:
            answer = wire.call(wrapper.connection, row, may_prepare=may_prepare)
    name, _, number = answer.partition(" ")
    if name == "exhausted":
        return Outcome(name, None, int(number))
    return Outcome(name, int(number) if number else None, None)


def _put_step_by_step(row: Transfer) -> Outcome:
    known = Transfer.objects.filter(key=row.key).values_list("pk", flat=True).first()
    if known:
        return Outcome("known", known, None)
    if Account.objects.filter(pk__in=[row.debit_id, row.credit_id]).count() != 2:
        return Outcome("absent", None, None)
    if row.settles_id and not _reservation_of(row).exists():
        return Outcome("absent", None, None)
    available = lock([row.debit_id, row.credit_id])
    left = available.get(row.debit_id)
    take, give = available_change(row)
    if left is not None and take > left:
        return Outcome("exhausted", None, left)
    if row.settles_id and Transfer.objects.filter(settles_id=row.settles_id).exists():
        return Outcome("settled", None, left)
    row.save(force_insert=True)
    changes = {row.debit_id: -take, row.credit_id: give}
    move({number: change for number, change in changes.items() if number in available})
    return Outcome("done", row.pk, left)


def _reservation_of(row: Transfer) -> Any:
    return Transfer.objects.filter(
        pk=row.settles_id,
        kind=Kind.RESERVE,
        debit_id=row.debit_id,
        credit_id=row.credit_id,
        cents=row.settled_cents,
    )
