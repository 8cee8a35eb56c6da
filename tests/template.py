"""The empty database of the tests, migrated once: that takes longer than most tests.

On SQLite a file kept between runs, whose name changes with the migrations, the code they call and
the versions installed; `var/` holds the last one only. On PostgreSQL a database that lasts as long
as the run (tests/run.py drops whatever is named after its own)."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

ROOT = Path(__file__).resolve().parents[1]
IMPORTED = re.compile(r"^\s*from (ensemblier\.[\w.]+) import", re.MULTILINE)


def sources() -> list[Path]:
    """The migrations, and every module of ours that they reach."""
    waiting = sorted((ROOT / "ensemblier").rglob("migrations/*.py"))
    found: dict[Path, None] = {}
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found[path] = None
        for name in IMPORTED.findall(path.read_text(encoding="utf-8")):
            base = ROOT.joinpath(*name.split("."))
            waiting += [base.with_suffix(".py"), base / "__init__.py"]
    return sorted(found)


@contextmanager
def alone() -> Iterator[None]:
    """One worker migrates; the others wait, then copy."""
    with (Path(settings.VAR) / "tests-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fetch(name: str) -> bool:
    """Make the test database `name` from the template; False when there is none yet."""
    if connection.vendor == "sqlite":
        return copy(template(), Path(name))
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [of_this_run()])
        if not cursor.fetchone():
            return False
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of_this_run()}"')
    return True


def give(name: str) -> None:
    """Keep the test database `name`, just migrated, for whoever comes next."""
    connections.close_all()
    if connection.vendor == "sqlite":
        keep(Path(name))
    elif RUN in os.environ:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{of_this_run()}" TEMPLATE "{name}"')


# Set by tests/run.py: the database this run made, which names the others.
RUN = "ENSEMBLIER_TEST_RUN"


def of_this_run() -> str:
    return f"{os.environ.get(RUN, 'nobody')}_template"


def template() -> Path:
    """Where the template of today's migrations is, or would be."""
    digest = hashlib.sha256()
    for path in [*sources(), ROOT / "requirements" / "run.txt", ROOT / "requirements" / "dev.txt"]:
        digest.update(path.read_bytes())
    return Path(settings.VAR) / f"tests-{digest.hexdigest()[:16]}.sqlite3"


def copy(source: Path, target: Path) -> bool:
    """False when there is none (another run may have replaced it a moment ago)."""
    try:
        old = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return False
    with closing(old), closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return True


def keep(database: Path) -> None:
    """Keep this database, just migrated, for the next runs; the older ones go."""
    kept = template()
    partial = kept.with_suffix(f".{os.getpid()}")
    copy(database, partial)
    partial.replace(kept)
    for old in kept.parent.glob("tests-*.sqlite3"):
        if old != kept:
            old.unlink(missing_ok=True)
