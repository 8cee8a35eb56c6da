"""The call of `ledger_put` without a cursor keeps what a cursor guarantees (PostgreSQL)."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from ensemblier.base.ledger import wire
from ensemblier.base.ledger.locks import PUT, PUT_FIELDS
from ensemblier.base.ledger.models import Kind, Transfer
from tests.factories_ledger import DAY, envelope, hold, move, payee

pytestmark = pytest.mark.postgresql


def row_between(fund, garden, **more):
    fields = {
        "key": uuid4(),
        "kind": Kind.TRANSFER.value,
        "debit_id": fund.pk,
        "credit_id": garden.pk,
        "cents": 2**33,
        "settled_cents": 0,
        "day": DAY,
        "reason": "été €\tune ligne\n",
        "reference": "R",
        "actor_id": 2**40,
        "created_at": datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        "digest": bytes(range(32)),
    }
    return Transfer(**{**fields, **more})


def test_what_is_sent_is_what_is_written(transactional_db):
    row = row_between(envelope(2**34), payee())
    answer = wire.call(connection.connection, row, may_prepare=True)
    written = Transfer.objects.get(pk=int(answer.removeprefix("done ")))
    for name in PUT_FIELDS:
        assert getattr(written, name) == getattr(row, name), name


def test_prepared_or_not_or_through_a_cursor_the_answer_is_the_same(transactional_db):
    row = row_between(envelope(2**34), payee())
    answers = {wire.call(connection.connection, row, may_prepare=each) for each in (True, False)}
    with connection.cursor() as cursor:
        cursor.execute(PUT, [getattr(row, name) for name in PUT_FIELDS])
        answers.add(cursor.fetchone()[0])
    number = Transfer.objects.get(key=row.key).pk
    assert answers == {f"done {number}", f"known {number}"}


def test_it_belongs_to_the_callers_transaction_even_when_it_comes_first(transactional_db):
    fund, garden = envelope(10_00), payee()
    with pytest.raises(RuntimeError), transaction.atomic():
        move(fund, garden, 1_00)
        raise RuntimeError
    assert not Transfer.objects.filter(credit=garden).exists()
    with transaction.atomic():
        move(fund, garden, 1_00)
    assert Transfer.objects.filter(credit=garden).count() == 1


def test_after_a_rollback_the_next_payment_goes_through(transactional_db):
    fund, garden = envelope(10_00), payee()
    with pytest.raises(RuntimeError), transaction.atomic():
        with transaction.atomic():
            hold(fund, garden, 1_00)
        raise RuntimeError
    move(fund, garden, 10_00)
    assert list(Transfer.objects.filter(credit=garden).values_list("kind")) == [(Kind.TRANSFER,)]


@pytest.mark.parametrize(
    ("more", "error"),
    [({"reason": "a\0b"}, DataError), ({"cents": -1}, IntegrityError)],
    ids=["nul", "constraint"],
)
def test_errors_are_those_of_django(transactional_db, more, error):
    row = row_between(envelope(2**34), payee(), **more)
    with pytest.raises(error), connection.wrap_database_errors:
        wire.call(connection.connection, row, may_prepare=True)
    move(envelope(), payee(), 1)  # the connection is still good


def test_a_lost_connection_is_said_and_the_next_request_gets_another(transactional_db):
    fund, garden = envelope(10_00), payee()
    move(fund, garden, 1)
    pid = connection.connection.info.backend_pid
    info = connection.connection.info
    with psycopg.connect(
        host=info.host, port=info.port, user=info.user, password=info.password, dbname=info.dbname
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(OperationalError):
        move(fund, garden, 1, UUID(int=7))
    connection.close_if_unusable_or_obsolete()
    move(fund, garden, 1, UUID(int=7))
    assert Transfer.objects.filter(key=UUID(int=7)).count() == 1
