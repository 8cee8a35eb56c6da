"""Power cuts on the real books: run by test_power_cuts.py in a process of its own.

The real actions of the ledger pay through Django on a SQLite whose file system (an apsw VFS) notes
every write, truncation, deletion and sync in their order. Afterwards the power is "cut" at instants
drawn at random: what was synced by then is on the disk; each later write is there, absent or torn
at a 512-byte sector, independently of the others. The disk of that instant is then opened by the
product's own SQLite, with its own settings: what was acknowledged before the cut must be there, the
file sound and the books proved. Prints one JSON line.

apsw's VFS has no shared memory, hence locking_mode=EXCLUSIVE while recording: it changes where the
index of the write-ahead log lives (in memory), not what is written or synced.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import random
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock
from uuid import uuid4

import apsw

SECTOR = 512
SESSIONS, PAYMENTS = 3, 200  # sessions end with the checkpoint that SQLite makes when it closes
SEAL_EVERY = 40


class Step(NamedTuple):
    """One call of SQLite to the file system."""

    verb: str  # write, truncate, sync, delete
    path: str
    offset: int = 0
    data: bytes = b""


class Ack(NamedTuple):
    """What had been said to be done, once that many steps were made."""

    steps: int
    transfer: int
    event: int
    blocks: int


# Recording


class Recorder(apsw.VFS):
    """The system's files, with a note of each change."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        super().__init__("recorder", "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return RecordedFile(self.steps, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.steps.append(Step("delete", filename))
        super().xDelete(filename, syncdir)


class RecordedFile(apsw.VFSFile):
    """One of them. Nothing is really synced: the disk is the one we rebuild."""

    def __init__(self, steps: list[Step], name: Any, flags: list[int]) -> None:
        self.steps = steps
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name or "")
        super().__init__("", name, flags)

    def xWrite(self, data: Any, offset: int) -> None:
        self.steps.append(Step("write", self.path, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self.steps.append(Step("truncate", self.path, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self.steps.append(Step("sync", self.path))


# Django on apsw


class Connection:
    """What Django asks of sqlite3's connection, answered by apsw on the recorder."""

    isolation_level = None

    def __init__(self, database: str, **options: Any) -> None:
        self.apsw = apsw.Connection(database, vfs="recorder")
        self.apsw.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()

    def create_function(self, name: str, narg: int, func: Any, **options: Any) -> None:
        self.apsw.create_scalar_function(name, func, narg, **options)

    def create_aggregate(self, *arguments: Any) -> None:
        """Standard deviations: the books have none."""

    def execute(self, query: str, params: Any = None) -> Cursor:
        return Cursor(self.apsw).execute(query, params)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, verb: str) -> None:
        if self.apsw.in_transaction:
            self.execute(verb)

    def close(self) -> None:
        self.apsw.close()


class Cursor:
    """What Django asks of sqlite3's cursor."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.rows: Iterator[Any] = iter(())
        self.rowcount, self.lastrowid = -1, 0

    def execute(self, query: str, params: Any = None) -> Cursor:
        from django.db.backends.sqlite3.base import SQLiteCursorWrapper

        if params is not None:
            query = SQLiteCursorWrapper.convert_query(self, query)
        bound = tuple(plain(each) for each in params or ())
        try:
            rows = self.connection.execute(query, bound).fetchall()
        except apsw.ConstraintError as error:
            raise sqlite3.IntegrityError(str(error)) from error
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
        self.rows, self.lastrowid = iter(rows), self.connection.last_insert_rowid()
        self.rowcount = self.connection.changes()
        return self

    def executemany(self, query: str, rows: Iterable[Any]) -> Cursor:
        for row in rows:
            self.execute(query, row)
        return self

    def fetchone(self) -> Any:
        return next(self.rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for _, row in zip(range(size), self.rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self.rows)

    def close(self) -> None:
        self.rows = iter(())


def plain(value: Any) -> Any:
    """What SQLite can keep."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, datetime.date) else value


@contextlib.contextmanager
def recorded(path: Path, start: str) -> Iterator[list[Step]]:
    """Django writes this database through the recorder, with these pragmas."""
    from django.db import connection
    from django.db.backends.sqlite3 import base

    steps: list[Step] = []
    recorder = Recorder(steps)
    with (
        at(path, start),
        mock.patch.object(base.Database, "connect", lambda **given: Connection(**given)),
        mock.patch.object(
            base.DatabaseWrapper, "create_cursor", lambda self, name=None: cursor_of(self)
        ),
    ):
        yield steps
        connection.close()
    recorder.unregister()


def cursor_of(wrapper: Any) -> Cursor:
    return Cursor(wrapper.connection.apsw)


@contextlib.contextmanager
def at(path: Path, start: str) -> Iterator[None]:
    """Django's database is this file, opened with these pragmas."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = str(path)
    connection.settings_dict["OPTIONS"]["init_command"] = start
    try:
        yield
    finally:
        connection.close()


# The workload


def pay(steps: list[Step]) -> list[Ack]:
    """Payments and reservations, each with its line of the journal; a seal now and then."""
    from django.db import connection

    acks, blocks = [], 0
    for _ in range(SESSIONS):
        accounts = open_accounts()
        for number in range(PAYMENTS):
            transfer, event = pay_once(accounts, number)
            if number % SEAL_EVERY == SEAL_EVERY - 1:
                blocks += seal()
            acks.append(Ack(len(steps), transfer, event, blocks))
        connection.close()
    return acks


def open_accounts() -> tuple[Any, Any]:
    from tests.factories_ledger import envelope, payee

    return envelope(10_000_00, "caisse"), payee("jardin")


def pay_once(accounts: tuple[Any, Any], number: int) -> tuple[int, int]:
    from django.db import transaction

    from ensemblier.base.journal.actions import record
    from ensemblier.base.journal.models import Event
    from tests.factories_ledger import hold, move

    with transaction.atomic():
        verb = hold if number % 4 == 0 else move
        row = verb(*accounts, 100 + number, uuid4())
        record(actor=None, action="instalment.pay", subject=f"transfer:{row.pk}")
        event = Event.objects.latest("pk").pk
    return row.pk, event


def seal() -> int:
    from ensemblier.base.ledger import seals

    return len(seals.seal(now=datetime.datetime(2026, 3, 3, tzinfo=datetime.UTC)))


# Cutting


class Disk:
    """What is on the disk for sure, and what was asked since the last sync of each file."""

    def __init__(self, folder: Path) -> None:
        self.sure = {str(path): bytearray(path.read_bytes()) for path in folder.iterdir()}
        self.pending: dict[str, list[Step]] = {}

    def take(self, step: Step) -> None:
        if step.verb == "sync":
            content = self.sure.setdefault(step.path, bytearray())
            for each in self.pending.pop(step.path, []):
                apply(content, each, len(each.data))
        elif step.verb == "delete":
            self.sure.pop(step.path, None)
            self.pending.pop(step.path, None)
        else:
            self.pending.setdefault(step.path, []).append(step)

    def cut(self, chance: random.Random, folder: Path) -> None:
        """The files as found when the power is back."""
        for path in {*self.sure, *self.pending}:
            content = bytearray(self.sure.get(path, b""))
            for step in self.pending.get(path, []):
                fate = chance.choice(("kept", "dropped", "torn"))
                if fate == "kept":
                    apply(content, step, len(step.data))
                elif fate == "torn" and step.verb == "write":
                    apply(content, step, SECTOR * chance.randint(0, len(step.data) // SECTOR))
            (folder / Path(path).name).write_bytes(content)


def apply(content: bytearray, step: Step, length: int) -> None:
    """The change made by this step, of which only the first bytes of the data arrived."""
    if step.verb == "truncate":
        del content[step.offset :]
        return
    if len(content) < step.offset:
        content.extend(bytes(step.offset - len(content)))
    content[step.offset : step.offset + length] = step.data[:length]


def cut_all(
    disk: Disk, steps: list[Step], acks: list[Ack], cuts: int, seed: int, folder: Path
) -> dict[str, int]:
    """Each cut, and what became of what had been acknowledged."""
    chance = random.Random(seed)
    instants = sorted(chance.choices(range(len(steps) + 1), k=cuts))
    outcome = {"cuts": 0, "unsynced": 0, "lost": 0, "corrupt": 0, "unproved": 0}
    done = 0
    for instant in instants:
        for step in steps[done:instant]:
            disk.take(step)
        done = instant
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        disk.cut(chance, folder)
        said = [ack for ack in acks if ack.steps <= instant]
        outcome["cuts"] += 1
        outcome["unsynced"] += any(disk.pending.values())
        verdict = look(folder, said)
        if verdict:
            outcome[verdict] += 1
    return outcome


def look(folder: Path, said: list[Ack]) -> str:
    """Open what is left as the product does: nothing, or what is wrong."""
    from django.db import DatabaseError, connection

    from ensemblier.base.journal.models import Event
    from ensemblier.base.ledger.models import Block, Transfer
    from ensemblier.base.ledger.verify import verify
    from ensemblier.web.databases import SQLITE_START

    with at(folder / "books.sqlite3", SQLITE_START):
        try:
            with connection.cursor() as cursor:
                if cursor.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    return "corrupt"
            transfers = set(Transfer.objects.values_list("pk", flat=True))
            events = set(Event.objects.values_list("pk", flat=True))
            blocks = Block.objects.count()
            faults = verify().faults
        except (DatabaseError, sqlite3.DatabaseError):
            return "corrupt"
    if any(ack.transfer not in transfers or ack.event not in events for ack in said):
        return "lost"
    if said and blocks < said[-1].blocks:
        return "lost"
    return "unproved" if faults else ""


def main(schema: str, work: str, cuts: int, seed: int, synchronous: str) -> None:
    """Record once on a copy of an empty database, then cut as often as asked."""
    import django

    django.setup()
    from ensemblier.web.databases import SQLITE_START

    start = SQLITE_START.replace("synchronous=FULL", f"synchronous={synchronous}")
    assert f"synchronous={synchronous}" in start
    first = Path(work) / "first"
    first.mkdir()
    books = first / "books.sqlite3"
    shutil.copyfile(schema, books)
    disk = Disk(first)
    with recorded(books, start) as steps:
        acks = pay(steps)
    outcome = cut_all(disk, steps, acks, cuts, seed, Path(work) / "after")
    syncs = sum(step.verb == "sync" for step in steps)
    print(json.dumps({**outcome, "steps": len(steps), "syncs": syncs, "acknowledged": len(acks)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
