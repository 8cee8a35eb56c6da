"""The digest of a transfer: SHA-256 of its canonical content, version 1.

Canonical content, big-endian: version byte, key (16 bytes), kind (1 byte), debit, credit, cents,
settled cents, settled transfer or 0, actor or 0 (8 bytes each), day (proleptic ordinal, 4 bytes),
writing time (microseconds since 1970 UTC, 8 bytes), then reason and reference in UTF-8, each after
its length (4 bytes). `tests/platform/base/test_ledger.py` holds golden vectors: a change of format
takes a new version byte, and the old one stays readable.
"""

import struct
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

VERSION = 1
HEAD = struct.Struct(">B16sBqqqqqqiqI")
LENGTH = struct.Struct(">I")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (moment - EPOCH) // MICROSECOND


def digest(
    key: UUID,
    kind: int,
    debit_id: int,
    credit_id: int,
    cents: int,
    settles_id: int | None,
    settled_cents: int,
    day: date,
    reason: str,
    reference: str,
    actor_id: int | None,
    created_at: datetime,
) -> bytes:
    """The digest of one transfer."""
    return digest_of(
        key.bytes,
        kind,
        debit_id,
        credit_id,
        cents,
        settles_id or 0,
        settled_cents,
        day.toordinal(),
        reason,
        reference,
        actor_id or 0,
        microseconds(created_at),
    )


def digest_of(
    key: bytes,
    kind: int,
    debit_id: int,
    credit_id: int,
    cents: int,
    settles_id: int,
    settled_cents: int,
    day: int,
    reason: str,
    reference: str,
    actor_id: int,
    written: int,
) -> bytes:
    """The same, from plain numbers."""
    why = reason.encode()
    what = reference.encode()
    head = HEAD.pack(
        VERSION,
        key,
        kind,
        debit_id,
        credit_id,
        cents,
        settled_cents,
        settles_id,
        actor_id,
        day,
        written,
        len(why),
    )
    return sha256(head + why + LENGTH.pack(len(what)) + what).digest()
