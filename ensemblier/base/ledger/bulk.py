"""A month of transfers in one transaction: COPY on PostgreSQL, one prepared INSERT on SQLite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from ensemblier.base.ledger import locks
from ensemblier.base.ledger.digest import digest_of, microseconds
from ensemblier.base.ledger.models import Account, Kind, Transfer

COLUMNS = (
    "key, kind, debit_id, credit_id, cents, settled_cents, day, reason, reference, actor_id, "
    "created_at, digest"
)
COPY = f"COPY ledger_transfer ({COLUMNS}) FROM STDIN"
INSERT = f"INSERT INTO ledger_transfer ({COLUMNS}) VALUES ({', '.join(['%s'] * 12)})"
TRANSFER = Kind.TRANSFER.value
CHUNK = 2000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transfer of a month, for `actions.transfer_many`."""

    key: UUID
    debit: Account
    credit: Account
    amount_cents: int
    day: date
    reason: str
    reference: str = ""
    actor: Any = None


class BulkOutcome(NamedTuple):
    """Empty when all is written: else the line whose source lacks money, or the key used before."""

    exhausted: Line | None = None
    left_cents: int = 0
    reused: UUID | None = None
    absent: bool = False


DONE = BulkOutcome()


def put_many(lines: Sequence[Line], now: datetime) -> BulkOutcome:
    """Lock every account in order, check line after line, write them all or none."""
    keys = {line.key for line in lines}
    if len(keys) != len(lines):
        return BulkOutcome(reused=_first_repeated(lines))
    with transaction.atomic():
        account_ids = {line.debit.pk for line in lines} | {line.credit.pk for line in lines}
        if Account.objects.filter(pk__in=account_ids).count() != len(account_ids):
            return BulkOutcome(absent=True)
        available = locks.lock(account_ids)
        before = dict(available)
        refused = _walk(lines, available)
        if refused is None:
            try:
                with transaction.atomic():
                    _write(lines, now)
            except IntegrityError:
                return _compare(lines)
            locks.move({number: available[number] - before[number] for number in before})
            return DONE
        return _compare(lines, none_known=refused)


def _walk(lines: Sequence[Line], available: dict[int, int]) -> BulkOutcome | None:
    """Follow what is available line after line; the first line that lacks money."""
    for line in lines:
        source, cents = line.debit.pk, line.amount_cents
        if source in available:
            if available[source] < cents:
                return BulkOutcome(exhausted=line, left_cents=available[source])
            available[source] -= cents
        if line.credit.pk in available:
            available[line.credit.pk] += cents
    return None


def _compare(lines: Sequence[Line], none_known: BulkOutcome | None = None) -> BulkOutcome:
    """All written before with the same content: done. Some, or another content: a key reused."""
    known: dict[UUID, tuple[Any, ...]] = {}
    wanted = iter(lines)
    while chunk := list(islice(wanted, CHUNK)):
        found = Transfer.objects.filter(key__in=[line.key for line in chunk]).values_list(
            "key", "kind", "debit", "credit", "cents", "day", "reason", "reference", "actor_id"
        )
        known.update((row[0], tuple(row[1:])) for row in found)
    if not known and none_known is not None:
        return none_known
    for line in lines:
        if known.get(line.key) != _content(line):
            return BulkOutcome(reused=line.key if line.key in known else next(iter(known)))
    return DONE


def _content(line: Line) -> tuple[Any, ...]:
    return (
        TRANSFER,
        line.debit.pk,
        line.credit.pk,
        line.amount_cents,
        line.day,
        line.reason,
        line.reference,
        getattr(line.actor, "pk", None),
    )


def _write(lines: Sequence[Line], now: datetime) -> None:
    rows = _rows(lines, now)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            encoded = _encoded(rows, now)
            with connection.wrap_database_errors, cursor.copy(COPY) as copy:
                while chunk := "".join(islice(encoded, CHUNK)):
                    copy.write(chunk)
        else:
            moment = connection.ops.adapt_datetimefield_value(now)
            cursor.executemany(
                INSERT,
                (
                    (key.hex, TRANSFER, debit, credit, cents, 0)
                    + (day.isoformat(), reason, reference, actor, moment, sealed)
                    for key, debit, credit, cents, day, reason, reference, actor, sealed in rows
                ),
            )


def _rows(lines: Sequence[Line], now: datetime) -> Iterator[tuple[Any, ...]]:
    written = microseconds(now)
    for line in lines:
        key, debit, credit = line.key, line.debit.pk, line.credit.pk
        cents, day, reason, reference = line.amount_cents, line.day, line.reason, line.reference
        actor = None if line.actor is None else line.actor.pk
        sealed = digest_of(
            key.bytes,
            TRANSFER,
            debit,
            credit,
            cents,
            0,
            0,
            day.toordinal(),
            reason,
            reference,
            actor or 0,
            written,
        )
        yield key, debit, credit, cents, day, reason, reference, actor, sealed


def _encoded(rows: Iterator[tuple[Any, ...]], now: datetime) -> Iterator[str]:
    moment = now.isoformat()
    for key, debit, credit, cents, day, reason, reference, actor, sealed in rows:
        who = "\\N" if actor is None else actor
        yield (
            f"{key.hex}\t{TRANSFER}\t{debit}\t{credit}\t{cents}\t0\t{day}\t"
            f"{reason.translate(ESCAPES)}\t{reference.translate(ESCAPES)}\t"
            f"{who}\t{moment}\t\\\\x{sealed.hex()}\n"
        )


def _first_repeated(lines: Sequence[Line]) -> UUID:
    seen: set[UUID] = set()
    for line in lines:
        if line.key in seen:
            return line.key
        seen.add(line.key)
    raise ValueError("no key is repeated")
