"""The start-up check: the database must be set so that no acknowledged payment can be lost.

Django runs it with `check --database default` and before `migrate`; the server calls
`refuse_unsafe_database` when it starts.
"""

from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

# What each setting of PostgreSQL may be.
SAFE_POSTGRESQL = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
    "data_sync_retry": ("off",),
}
FULL = 2  # PRAGMA synchronous: 0 OFF, 1 NORMAL, 2 FULL, 3 EXTRA


def database_faults(connection: Any) -> list[str]:
    """What is unsafe in the settings of this database, one sentence each."""
    if connection.vendor == "postgresql":
        return _postgresql_faults(connection)
    return _sqlite_faults(connection)


def refuse_unsafe_database(alias: str = "default") -> None:
    """Stop the start of a server whose database could lose a payment."""
    faults = database_faults(connections[alias])
    if faults:
        raise ImproperlyConfigured(
            "Base de données réglée sans sûreté\u00a0: " + "\u00a0; ".join(faults) + "."
        )


@checks.register(checks.Tags.database)
def durable_database(
    app_configs: Any, databases: list[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Django's form of the same check."""
    return [
        checks.Error(
            fault,
            hint="Réglez la base comme dans deploy/, puis relancez.",
            id="ledger.E001",
            obj=alias,
        )
        for alias in databases or ()
        for fault in database_faults(connections[alias])
    ]


def _postgresql_faults(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(SAFE_POSTGRESQL)]
        )
        found = dict(cursor.fetchall())
    return [
        f"PostgreSQL a {name} = {found.get(name)}, il faut {safe[0]}"
        for name, safe in SAFE_POSTGRESQL.items()
        if found.get(name) not in safe
    ]


def _sqlite_faults(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    mode = (connection.settings_dict.get("OPTIONS") or {}).get("transaction_mode") or "DEFERRED"
    faults = []
    if journal != "wal":
        faults.append(f"SQLite a journal_mode = {journal}, il faut wal")
    if synchronous < FULL:
        faults.append(f"SQLite a synchronous = {synchronous}, il faut 2 (FULL) ou plus")
    if mode.upper() != "IMMEDIATE":
        faults.append(f"SQLite a transaction_mode = {mode}, il faut IMMEDIATE")
    return faults
