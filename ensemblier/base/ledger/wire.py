"""One call of `ledger_put` in PostgreSQL's own binary format, without a cursor.

A payment is one short call with thirteen values whose types never change: through a cursor, looking
for types and parsing costs the client more than all the rest of the payment. `psycopg.pq` is the
public low level of psycopg. What a cursor guarantees is kept: a transaction asked for is begun, and
errors are those of psycopg. The wait for the answer lets other threads run.
"""

from datetime import date
from struct import Struct
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg import pq

from ensemblier.base.ledger.digest import microseconds
from ensemblier.base.ledger.models import Transfer

TYPES = ("uuid", "int4", *["int8"] * 5, "date", "text", "varchar", "int8", "timestamptz", "bytea")
OIDS = [psycopg.adapters.types[name].oid for name in TYPES]
NAME = b"ledger_put"
CALL = b"SELECT ledger_put(" + b", ".join(b"$%d" % place for place in range(1, 14)) + b")"
BINARY = [pq.Format.BINARY] * len(TYPES)
EPOCH_DAY = date(2000, 1, 1).toordinal()  # PostgreSQL counts from there
EPOCH_MICROSECONDS = 946_684_800_000_000
_int4 = Struct(">i").pack
_int8 = Struct(">q").pack
_prepared: WeakSet[Any] = WeakSet()


def call(connection: psycopg.Connection[Any], row: Transfer, *, may_prepare: bool) -> str:
    """What `ledger_put` answers for this transfer."""
    link = connection.pgconn
    if not connection.autocommit and link.transaction_status == pq.TransactionStatus.IDLE:
        _checked(link, link.exec_(b"BEGIN"))
    # psycopg may forget every prepared statement of a connection for which it prepares by itself.
    if may_prepare and connection.prepare_threshold is None:
        if connection not in _prepared:
            _checked(link, link.prepare(NAME, CALL, OIDS))
            _prepared.add(connection)
        result = link.exec_prepared(NAME, _values(row), BINARY)
    else:
        result = link.exec_params(CALL, _values(row), OIDS, BINARY)
    answer = _checked(link, result).get_value(0, 0)
    assert answer is not None
    return answer.decode()


def _values(row: Transfer) -> list[bytes | None]:
    return [
        row.key.bytes,
        _int4(row.kind),
        _number(row.debit_id),
        _number(row.credit_id),
        _int8(row.cents),
        _number(row.settles_id),
        _int8(row.settled_cents),
        _int4(row.day.toordinal() - EPOCH_DAY),
        row.reason.encode(),
        row.reference.encode(),
        _number(row.actor_id),
        _int8(microseconds(row.created_at) - EPOCH_MICROSECONDS),
        bytes(row.digest),
    ]


def _number(value: int | None) -> bytes | None:
    return None if value is None else _int8(value)


def _checked(link: Any, result: Any) -> Any:
    if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        return result
    if link.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(result.get_error_message())
    raise psycopg.errors.error_from_result(result)
