"""Lets the tests, and only them, empty the tables that may only grow."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection as default
from django.db import connections, transaction
from django.test import TransactionTestCase

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


# What the migrations wrote, and no test changes.
WRITTEN_ONCE = {"django_migrations", "django_content_type", "auth_permission"}


def let_tests_flush() -> None:
    """After a test with real transactions, ours in place of Django's flush."""
    TransactionTestCase._fixture_teardown = _empty_all


def _empty_all(case: Any) -> None:
    for name in case._databases_names(include_mirrors=False):
        empty(connections[name])


def empty(connection: Any) -> None:
    """Forget every row. Django's flush empties two hundred tables one by one, makes the permissions
    again, and stops at the triggers: here only what holds rows, and the counters of tries, whose
    table has no model."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        full = _full(connection, cursor)
        opened, closed = _switches(connection, full)
        for sql in opened:
            cursor.execute(sql)
        for table in full:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        if connection.vendor == "postgresql" and closed:
            # No trigger is put back while checks wait for the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for sql in closed:
            cursor.execute(sql)


def _full(connection: Any, cursor: Any) -> list[str]:
    """The tables that hold a row, found in one question."""
    name = connection.ops.quote_name
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name(table)})"
            for table in _tables(connection.alias, connection.settings_dict["NAME"])
        )
    )
    return [row[0] for row in cursor.fetchall()]


@cache
def _tables(alias: str, database: str) -> list[str]:
    names = connections[alias].introspection.django_table_names(
        only_existing=True, include_views=False
    )
    return sorted({*names, CACHE_TABLE} - WRITTEN_ONCE)


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


def _switches(connection: Any, tables: Iterable[str] | None = None) -> tuple[list[str], list[str]]:
    """The statements that take the triggers off these tables, and those that put them back."""
    known = set(connection.introspection.table_names() if tables is None else tables)
    present = [table for table in (*PROTECTED, *ELSEWHERE) if table in known]
    if connection.vendor == "postgresql":
        if tables is not None:  # other triggers forbid to forget one row, and not the whole table
            present = sorted(known)
        return (
            [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in present],
            [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in present],
        )
    return (
        [sql for table in present for sql in release("sqlite", table)],
        [sql for table in present for sql in protect("sqlite", table)],
    )
