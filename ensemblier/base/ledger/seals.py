"""Sealing: transfers grouped in blocks chained by their hashes, and the daily line kept outside.

A block keeps the numbers it covers, four bytes of each digest (so that the very row that changed
can be named), one hash of all the digests whole, one hash of every account opened by then, and the
hash of the block before. Chaining blocks rather than rows lets payments be written side by side.
Rows not yet sealed are covered by their own digest and by the counters only: seal often.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from ensemblier.base.ledger import locks
from ensemblier.base.ledger.digest import microseconds
from ensemblier.base.ledger.models import Account, Block, Transfer

VERSION = 1
BLOCK_SIZE = 10_000
START = bytes(32)


class SealLine(NamedTuple):
    """What is kept outside: one block in one line."""

    number: int
    sealed_at: str
    last_id: int
    count: int
    hash: str


def seal(*, now: datetime) -> list[Block]:
    """Seal every transfer written so far; the new blocks, none when nothing was waiting."""
    until = locks.horizon()  # in its own transaction: those who pay wait for an instant only
    with locks.one_sealer():
        last = Block.objects.order_by("number").last()
        waiting = (
            Transfer.objects.filter(pk__gt=last.last_id if last else 0, pk__lte=until)
            .order_by("pk")
            .values_list("pk", "digest")
            .iterator(chunk_size=BLOCK_SIZE)
        )
        blocks = []
        while rows := list(islice(waiting, BLOCK_SIZE)):
            last = _block(last, rows, now)
            last.save(force_insert=True)
            blocks.append(last)
        return blocks


def block_hash(block: Block) -> bytes:
    """The hash of everything in the block and of the block before."""
    parts = (
        bytes(block.previous),
        b"%d %d %d %d %d %d"
        % (
            VERSION,
            block.number,
            block.first_id,
            block.last_id,
            block.count,
            block.last_account_id,
        ),
        block.ids.encode(),
        bytes(block.fingerprints),
        bytes(block.body),
        bytes(block.accounts),
        b"%d" % microseconds(block.sealed_at),
    )
    return sha256(b"".join(b"%d:" % len(part) + part for part in parts)).digest()


def accounts_hash(last_account_id: int) -> bytes:
    """One hash of the accounts up to this number."""
    whole = sha256()
    for fields in (
        Account.objects.filter(pk__lte=last_account_id)
        .order_by("pk")
        .values_list("pk", "code", "name", "kind", "floor_zero", "fec_code")
    ):
        for field in fields:
            part = str(field).encode()
            whole.update(b"%d:" % len(part) + part)
    return whole.digest()


def ranges(ids: Iterable[int]) -> str:
    """Numbers in ascending order as "1-5,7"."""
    runs: list[list[int]] = []
    for number in ids:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" if first < last else f"{first}" for first, last in runs)


def numbers(text: str) -> Iterator[int]:
    """The numbers written "1-5,7"."""
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)


def write_seals(path: Path) -> int:
    """Add to the outside file the blocks it lacks, safely on the disk; how many."""
    known = {line.number for line in read_seals(path)} if path.exists() else set()
    lines = [line for line in _seal_lines() if line.number not in known]
    with path.open("a", encoding="ascii") as out:
        for line in lines:
            out.write("\t".join(map(str, line)) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return len(lines)


def read_seals(path: Path) -> list[SealLine]:
    """The lines of an outside file. A malformed line raises ValueError, which names it."""
    lines = []
    for place, text in enumerate(path.read_text(encoding="ascii").splitlines(), start=1):
        try:
            number, sealed_at, last_id, count, block = text.split("\t")
            lines.append(SealLine(int(number), sealed_at, int(last_id), int(count), block))
        except ValueError:
            raise ValueError(f"{path}, ligne {place}\u00a0: ce n'est pas un sceau.") from None
    return lines


def seal_line(block: Block) -> SealLine:
    """The line of one block."""
    return SealLine(
        block.number,
        block.sealed_at.astimezone(UTC).isoformat(),
        block.last_id,
        block.count,
        bytes(block.hash).hex(),
    )


def _seal_lines() -> Iterator[SealLine]:
    return map(seal_line, Block.objects.order_by("number").iterator())


def _block(previous: Block | None, rows: list[tuple[int, Any]], now: datetime) -> Block:
    digests = [bytes(row[1]) for row in rows]
    accounts_until = Account.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    block = Block(
        number=previous.number + 1 if previous else 1,
        first_id=rows[0][0],
        last_id=rows[-1][0],
        ids=ranges(row[0] for row in rows),
        count=len(rows),
        fingerprints=b"".join(digest[:4] for digest in digests),
        body=sha256(b"".join(digests)).digest(),
        last_account_id=accounts_until,
        accounts=accounts_hash(accounts_until),
        sealed_at=now,
        previous=bytes(previous.hash) if previous else START,
    )
    block.hash = block_hash(block)
    block._state.db = connection.alias
    return block
