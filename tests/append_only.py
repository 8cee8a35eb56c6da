"""Lets the tests, and only them, empty the tables that may only grow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection as default

from ensemblier.base.journal.append_only import protect, release
from ensemblier.web.databases import CACHE_TABLE

PROTECTED = (
    "ledger_account",
    "ledger_transfer",
    "ledger_block",
    "journal_event",
    "journal_refusedattempt",
)
# Protected too, tried by the tests of their own concept.
ELSEWHERE = (
    "publication_entryversion",
    "publication_edition",
    "allocation_departure",
    "allocation_outcome",
    "allocation_run",
    "commitments_pricerevision",
    "stock_lot",
    "stock_processing",
    "stock_movement",
    "stock_lotparent",
    "stock_lotmark",
    "distribution_saleline",
    "cofinancing_share",
    "cofinancing_sharedline",
    "billing_document",
    "billing_documentline",
    "billing_settlement",
    "insertion_hourentry",
    "reports_sentreport",
    "reports_reportedshare",
    "reports_closedperiod",
)


def let_tests_flush() -> None:
    """Django's clean-up after a test with real transactions goes through the triggers, and takes
    the counters of tries too: their table has no model."""
    from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
    from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite

    for operations in (PostgreSQL.ops_class, SQLite.ops_class):
        original = operations.execute_sql_flush

        def flush(self: Any, sql_list: Sequence[str], original: Any = original) -> None:
            opened, closed = _switches(self.connection)
            counters = f"DELETE FROM {CACHE_TABLE}"
            original(self, [*opened, *sql_list, counters, *closed])

        operations.execute_sql_flush = flush


@contextmanager
def unprotected() -> Iterator[None]:
    """What a superuser can do: the triggers are off inside, and back after."""
    opened, closed = _switches(default)
    with default.cursor() as cursor:
        for sql in opened:
            cursor.execute(sql)
        try:
            yield
        finally:
            for sql in closed:
                cursor.execute(sql)


def _switches(connection: Any) -> tuple[list[str], list[str]]:
    present = [
        table
        for table in (*PROTECTED, *ELSEWHERE)
        if table in connection.introspection.table_names()
    ]
    if connection.vendor == "postgresql":
        return (
            [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in present],
            [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in present],
        )
    return (
        [sql for table in present for sql in release("sqlite", table)],
        [sql for table in present for sql in protect("sqlite", table)],
    )
