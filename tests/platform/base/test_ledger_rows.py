"""Bulk, histories and rows that only grow."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.ledger import actions, checks, digest, roles
from ensemblier.base.ledger.actions import (
    KeyReused,
    transfer_many,
)
from ensemblier.base.ledger.models import Counter, Kind
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from tests.append_only import PROTECTED
from tests.factories_ledger import envelope, move, payee
from tests.platform.base.test_ledger import fund, garden, line, stored  # noqa: F401


def test_a_month_with_some_keys_known_is_refused(fund, garden):
    lines = [line(fund, garden, 1_00), line(fund, garden, 2_00)]
    transfer_many(lines[:1])
    with pytest.raises(KeyReused):
        transfer_many(lines)
    with pytest.raises(KeyReused):
        transfer_many([replace(lines[0], amount_cents=1_01)])
    with pytest.raises(KeyReused):
        transfer_many([lines[1], lines[1]])
    assert balance(fund).posted == 99_00
    assert stored(fund) == 99_00


def test_an_empty_month_is_nothing(db):
    assert transfer_many([]) == 0


def test_holding_accounts_needs_a_transaction(transactional_db):
    first, second = envelope(1_00, "a"), envelope(1_00, "b")
    with pytest.raises(RuntimeError):
        actions.lock(first, second)
    with transaction.atomic():
        actions.lock(second, first)


def test_a_checked_transfer_is_one_round_trip_on_postgresql(
    fund, garden, django_assert_num_queries
):
    if connection.vendor != "postgresql":
        with django_assert_num_queries(7):  # the savepoint, and the steps inside it
            move(fund, garden, 1)
        return
    with django_assert_num_queries(1):
        move(fund, garden, 1)


GOLDEN = [
    (
        (UUID(int=1), Kind.TRANSFER, 1, 2, 1, None, 0, date(2026, 1, 1), "", "", None),
        "79f74ab0630c66151e7e8a60191f1810f44718cb3f59c4060782640bd3e2d635",
    ),
    (
        (
            UUID(int=2**127),
            Kind.POST,
            3,
            4,
            120_500,
            17,
            200_000,
            date(2027, 2, 28),
            "Été €",
            "R-1",
            9,
        ),
        "7aa79cac3f9160b61d40fa287468715b1c15570dd076e4aa536b8f30be666541",
    ),
    (
        (UUID(int=3), Kind.RESERVE, 3, 4, 10**14, None, 0, date(2031, 12, 31), "R-", "1", None),
        "9fb5f0e30f51e6a87ac66a90bb373a07dda71212266dc3a4081d91d63809d799",
    ),
]


@pytest.mark.parametrize(("content", "expected"), GOLDEN)
def test_golden_vectors_of_the_digest(content, expected):
    written = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert digest.digest(*content, written).hex() == expected


def test_reason_and_reference_do_not_run_together():
    written = datetime(2026, 1, 2, tzinfo=UTC)
    common = (UUID(int=1), Kind.TRANSFER, 1, 2, 1, None, 0, date(2026, 1, 1))
    assert digest.digest(*common, "ab", "c", None, written) != digest.digest(
        *common, "a", "bc", None, written
    )


@pytest.mark.parametrize("table", PROTECTED)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_history_only_grows(transactional_db, table, statement):
    from ensemblier.base.ledger import seals

    move(envelope(5_00), payee(), 1_00)
    seals.seal(now=datetime(2026, 3, 3, tzinfo=UTC))
    RefusedAttempt.objects.create(action="essai", subject="essai")  # SQLite looks row by row
    if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
        statement = "DELETE FROM {} WHERE 1 = 1"  # SQLite has no TRUNCATE
    if table == "ledger_block":
        statement = statement.replace("id = id", "number = number")
    with (
        pytest.raises(DatabaseError, match="ne fait que grandir"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


def test_a_counter_below_zero_is_refused_by_the_database_too(fund):
    with pytest.raises(DatabaseError), transaction.atomic():
        Counter.objects.filter(account=fund).update(available_cents=-1)


def test_the_settings_of_this_database_are_durable(db):
    assert checks.database_faults(connection) == []
    assert checks.durable_database(None, databases=["default"]) == []
    checks.refuse_unsafe_database()


def test_weak_settings_of_sqlite_are_refused(db, tmp_path):
    weak = _sqlite(tmp_path, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=NORMAL", None)
    assert [fault.split()[2] for fault in checks.database_faults(weak)] == [
        "journal_mode",
        "synchronous",
        "transaction_mode",
    ]
    weak.close()
    good = _sqlite(tmp_path, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", "IMMEDIATE")
    assert checks.database_faults(good) == []
    good.close()


def _sqlite(folder, start, mode):
    from django.db.backends.sqlite3.base import DatabaseWrapper

    settings = {**connection.settings_dict, "ENGINE": "django.db.backends.sqlite3"}
    settings["NAME"] = str(folder / "weak.sqlite3")
    settings["OPTIONS"] = {"init_command": start, "transaction_mode": mode}
    return DatabaseWrapper(settings, alias="weak")


@pytest.mark.postgresql
def test_weak_settings_of_postgresql_are_refused(db, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        assert [fault.split()[2] for fault in checks.database_faults(connection)] == [
            "synchronous_commit"
        ]
        with pytest.raises(ImproperlyConfigured, match="synchronous_commit"):
            checks.refuse_unsafe_database()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
    # The others cannot be set in a session: ask for the opposite value, and see it refused.
    for name in ("fsync", "full_page_writes", "data_sync_retry"):
        monkeypatch.setitem(checks.SAFE_POSTGRESQL, name, ("the opposite",))
        assert any(name in fault for fault in checks.database_faults(connection))
        monkeypatch.undo()


@pytest.mark.postgresql
def test_the_restricted_role_adds_and_never_changes(transactional_db):
    fund, garden = envelope(10_00), payee()
    role = f"ledger_app_{uuid4().hex[:8]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role}")
        try:
            for sql in roles.grants(role):
                cursor.execute(sql)
            cursor.execute(f"SET ROLE {role}")
            move(fund, garden, 1_00)
            transfer_many([line(fund, garden, 1_00)])
            from ensemblier.base.ledger import seals

            assert len(seals.seal(now=datetime(2026, 3, 3, tzinfo=UTC))) == 1
            assert verify().faults == []
            for table in PROTECTED:
                column = "number" if table == "ledger_block" else "id"
                for sql in (
                    f"UPDATE {table} SET {column} = {column}",
                    f"DELETE FROM {table}",
                    f"TRUNCATE {table} CASCADE",
                    f"ALTER TABLE {table} DISABLE TRIGGER USER",
                ):
                    with pytest.raises(DatabaseError, match="permission denied|must be owner"):
                        cursor.execute(sql)
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {role}")


def test_a_role_name_is_checked():
    with pytest.raises(ValueError, match="rôle"):
        roles.grants('x"; DROP')
