"""Payments raced and killed: paid once, in one file; a job killed in the middle starts again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.refusal import Refusal
from ensemblier.fund.payments import actions, orders
from ensemblier.fund.payments.models import Payment, PaymentFile, PaymentOrder
from tests import factories_payments as bank
from tests.properties import test_payment_machine as world
from tests.trust.test_kills import ROOT, database_url
from tests.trust.test_races import race

pytestmark = [pytest.mark.trust]


def attempt(act: Callable[[], object]) -> str:
    try:
        act()
        return "won"
    except Refusal:
        return "refused"


@pytest.fixture
def case(transactional_db):
    case = world.build()
    account = bank.confirmed(case.application.organisation, by=case.payer)
    case.account = account
    case.payments = list(Payment.objects.order_by("pk"))
    return case


def test_a_payment_raced_into_two_files_is_in_one(case) -> None:
    turn = iter(case.payments)
    current: list[Payment] = []
    answers = race(
        len(case.payments),
        [
            lambda: attempt(lambda: bank.make(case, current[-1:])),
            lambda: attempt(lambda: bank.make(case, current[-1:], actor=case.other_payer)),
        ],
        between=lambda: current.append(next(turn)),
    )
    assert all(sorted(pair) == ["refused", "won"] for pair in answers)
    assert PaymentOrder.objects.count() == len(case.payments)


def test_one_key_raced_makes_one_file(case) -> None:
    key = uuid4()
    race(1, [lambda: attempt(lambda: bank.make(case, case.payments, key=key))] * 3, lambda: None)
    assert PaymentFile.objects.count() == 1


def test_a_file_sent_twice_at_once_pays_once(case) -> None:
    file = bank.make(case, case.payments)

    def send(who) -> str:
        return attempt(lambda: orders.send_file(key=uuid4(), file=file, actor=who, now=bank.LATER))

    race(1, [lambda: send(case.payer), lambda: send(case.other_payer)], between=lambda: None)
    account = actions.payee_account(case.application.organisation)
    assert balance(account).posted == 20_000_00
    assert verify().faults == []


def test_the_last_instalment_raced_by_two_payers_is_settled_once(case) -> None:
    turn = iter(case.payments)
    current: list[Payment] = []

    def refuse(who) -> str:
        return attempt(
            lambda: actions.void(
                key=uuid4(), payment=current[-1], reason="essai", actor=who, now=bank.LATER
            )
        )

    answers = race(
        len(case.payments),
        [lambda: refuse(case.payer), lambda: refuse(case.other_payer)],
        between=lambda: current.append(next(turn)),
    )
    assert all(sorted(pair) == ["refused", "won"] for pair in answers)
    assert balance(case.decision.account).available == 20_000_00


@pytest.mark.postgresql
def test_negative_control_without_lock_check_and_constraint_a_payment_is_in_two_files(
    case, monkeypatch
) -> None:
    """The same race, with the three walls down: the race is real, and the test sees it."""
    wall = next(c for c in PaymentOrder._meta.constraints if c.name == "payment_in_one_file")
    with connection.schema_editor() as editor:
        editor.remove_constraint(PaymentOrder, wall)
    try:
        monkeypatch.setattr(
            orders, "_checked", lambda pk, payer, actor, now: (_plain(pk), case.account)
        )
        for who in (case.payer, case.other_payer):
            bank.make(case, case.payments[:1], actor=who)
        assert PaymentOrder.objects.filter(payment=case.payments[0]).count() == 2
    finally:
        PaymentOrder.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(PaymentOrder, wall)


def _plain(pk: int) -> Payment:
    return Payment.objects.select_related("instalment__agreement").get(pk=pk)


def send_in_another_process(case, file: PaymentFile, key, deaths: int) -> int:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.trust.payment_kills",
            str(file.pk),
            str(key),
            str(case.payer.pk),
            str(deaths),
            bank.LATER.isoformat(),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize("deaths", [2, pytest.param(1, marks=pytest.mark.slow)])
def test_a_sending_killed_in_the_middle_left_nothing_and_starts_again(case, deaths) -> None:
    file, key = bank.make(case, case.payments), uuid4()
    account = actions.payee_account(case.application.organisation)
    assert send_in_another_process(case, file, key, deaths) == -9
    assert balance(account).posted == 0
    assert Payment.objects.filter(state=Payment.State.RESERVED).count() == 4
    for _ in range(2):
        assert send_in_another_process(case, file, key, 0) == 0
    assert balance(account).posted == 20_000_00
    assert orders.file_bytes(PaymentFile.objects.get(pk=file.pk))
    assert verify().faults == []
