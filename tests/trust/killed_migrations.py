"""Upgrades that get killed: run by test_killed_migrations.py in a process of its own.

A release's sample is brought to today's schema and to a make-believe next release. Before each
migration attacked, the database is copied; a forked child migrates the copy and kills itself with
SIGKILL just before its n-th change. What is left must be, table by table and column by column, the
state before that migration (or after it, when it is noted as done); run again, the migration must
then end like one that was never killed. Prints one JSON line.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

import django
from django.core.management import call_command
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from ensemblier.web.management.commands.migrate import WholeExecutor

SHUTTLE = "_killed"  # the copy that each child works on
MANY = 2_000  # rows; beyond, a table is counted rather than read (the communes of France)
PATIENCE = 50  # tenths of a second for a server to notice that its client is dead
# Written after the migrations, by Django's own signal.
AFTERWARDS = ("django_content_type", "auth_permission", "django_migrations")
READS = ("SELECT", "PRAGMA", "SAVEPOINT", "RELEASE")
POSTGRESQL_SCHEMA = """
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
    || coalesce(column_default, '') FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1
"""
SQLITE_SCHEMA = "SELECT type || name || coalesce(sql, '') FROM sqlite_master ORDER BY 1"


# What a database looks like


def columns() -> dict[str, list[str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' ORDER BY 1, 2"
            )
        else:
            cursor.execute(
                "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
                " WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1, 2"
            )
        found: dict[str, list[str]] = {}
        for table, name in cursor.fetchall():
            if table not in AFTERWARDS:
                found.setdefault(table, []).append(name)
        return found


def look(known: dict[str, list[str]]) -> dict[str, str]:
    """The schema, and the content of the columns known before (new ones may hold the hour)."""
    from django.db import connection

    today = columns()
    vendor = connection.vendor
    with connection.cursor() as cursor:
        cursor.execute(POSTGRESQL_SCHEMA if vendor == "postgresql" else SQLITE_SCHEMA)
        found = {"schema": digest(cursor.fetchall())}
        for table, names in known.items():
            kept = ", ".join(f'"{name}"' for name in names if name in today.get(table, ()))
            if kept:
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                (count,) = cursor.fetchone()
                found[table] = str(count)
                if count <= MANY:
                    cursor.execute(f'SELECT {kept} FROM "{table}"')
                    found[table] = digest(sorted(map(repr, cursor.fetchall())))
        for table, name in (("people_organisation", "next_note"), ("next_release_visit", "cents")):
            if name in today.get(table, ()):
                cursor.execute(f'SELECT "{name}" FROM "{table}"')
                found[f"{table}.{name}"] = digest(sorted(map(repr, cursor.fetchall())))
    return found


def digest(rows: Any) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def faults() -> list[str]:
    """What is wrong in the file or in the books."""
    from django.db import connection

    from ensemblier.base.ledger.verify import verify

    found = [fault.what for fault in verify().faults]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            lines = cursor.execute("PRAGMA integrity_check").fetchall()
            lines += cursor.execute("PRAGMA foreign_key_check").fetchall()
        found += [str(line) for line in lines if line != ("ok",)]
    return found


# Databases


def use(name: str) -> None:
    from django.db import connections

    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name


def copy(source: str) -> None:
    """A fresh copy of a database, to which Django is switched."""
    from django.db import OperationalError

    from tests.demo import copy_database

    use(source)
    for wait in range(PATIENCE + 1):
        try:
            copy_database(source, source + SHUTTLE)
            break
        except OperationalError:
            if wait == PATIENCE:
                raise
            time.sleep(0.1)
    use(source + SHUTTLE)


# Migrating


def executor() -> MigrationExecutor:
    """The one of the real command; Django's own when the test asks for it."""
    from django.db import connection

    stock = os.environ.get("NEXT_RELEASE_EXECUTOR") == "django"
    return (MigrationExecutor if stock else WholeExecutor)(connection)


def apart(job: Callable[[], int]) -> int:
    """What the job returns in a child of its own, or -1 when the child was killed."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.write(write, str(job()).encode())
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return -1
    return -2 if status else int(said)


def changes(job: Callable[[], Any], die_at: int = 0) -> int:
    """Do it, counting the changes of the database; SIGKILL just before one of them."""
    from django.db import connection

    count = 0

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        if not sql.lstrip().upper().startswith(READS):
            count += 1
            if count == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        job()
    return count


class Attack(NamedTuple):
    """A migration of the plan, and how the database looks before it."""

    source: str
    known: dict[str, list[str]]
    migration: Any
    state: Any
    before: dict[str, str]

    def apply(self, die_at: int = 0) -> int:
        """In a child: the state of the models is changed there only."""
        use(self.source + SHUTTLE)
        found = apart(
            lambda: changes(lambda: executor().apply_migration(self.state, self.migration), die_at)
        )
        use(self.source + SHUTTLE)
        return found

    def is_noted(self) -> bool:
        from django.db import connection

        key = (self.migration.app_label, self.migration.name)
        return key in MigrationRecorder(connection).applied_migrations()

    def kill(self, points: int) -> list[dict[str, Any]]:
        """Killed before its first change, before its last ones, and at instants between."""
        copy(self.source)
        total = self.apply()
        after = look(self.known)
        instants = {1, total, *range(1, total + 1, max(1, total // points))}
        return [self.kill_at(point, total, after) for point in sorted(instants)]

    def kill_at(self, point: int, total: int, after: dict[str, str]) -> dict[str, Any]:
        copy(self.source)
        killed = self.apply(point) == -1
        expected = after if self.is_noted() else self.before
        left = look(self.known)
        torn = sorted(k for k in {*left, *expected} if left.get(k) != expected.get(k))
        found: dict[str, Any] = {"at": f"{self.migration} {point}/{total}", "killed": killed}
        found |= {"torn": torn}
        if not torn:
            again = self.apply() if expected is self.before else 0
            found["ends"] = again >= 0 and look(self.known) == after
        return found


def main(source: str, points: int, only: str) -> None:
    """Go through the plan on the database itself, attacking some migrations on copies of it."""
    django.setup()
    use(source)
    from django.db import connection

    known = columns()
    ours = executor()
    leaves = [key for key in ours.loader.graph.leaf_nodes() if only in ("", key[0])]
    plan = [migration for migration, _ in ours.migration_plan(leaves)]
    state = ours._create_project_state(with_applied_migrations=True)
    kills = []
    for migration in plan:
        if migration.app_label == "next_release" or not only:
            kills += Attack(source, known, migration, state, look(known)).kill(points)
            use(source)
        state = ours.apply_migration(state, migration)
    if not only:  # the real command ends what is left, and the books are proved
        call_command("migrate", verbosity=0)
    found = {"plan": len(plan), "kills": kills, "faults": faults()}
    connection.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
