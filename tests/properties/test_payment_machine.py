"""M7: any sequence of accounts, files, cancellings and returns, against a model in memory.

A payment is in exactly one file that stands; a file is the same bytes for ever; nothing goes to an
account that one person alone entered, or before its waiting period; a change voids nothing sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.payments import actions, banking, orders, returns
from ensemblier.fund.payments.models import BankAccount, BankAccountQuerySet, Payment, PaymentOrder
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests import factories_review as review

PLAN = tuple(Planned(f"Part {n}", "signature", 5_000_00, date(2027, 7, 1)) for n in range(4))
PEOPLE = st.sampled_from(["representative", "payer", "other_payer", "stranger"])
PAYERS = ("payer", "other_payer")
WAIT = timedelta(hours=48)


@dataclass
class Account:
    row: BankAccount
    entered_by: str
    confirmed_at: datetime | None = None
    stopped: bool = False


@dataclass
class File:
    row: Any
    payments: list[int]
    content: bytes
    state: str = "made"
    asked_by: str = ""


@dataclass
class Model:
    now: datetime
    accounts: list[Account] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    paid: set[int] = field(default_factory=set)

    def current(self) -> Account | None:
        """The last confirmed account whose waiting period is over."""
        ready = [
            a
            for a in self.accounts
            if a.confirmed_at and a.confirmed_at + WAIT <= self.now and not a.stopped
        ]
        return max(ready, key=lambda a: (a.confirmed_at, a.row.pk), default=None)

    def waiting(self) -> Account | None:
        rows = [a for a in self.accounts if a.confirmed_at is None and not a.stopped]
        return rows[0] if rows else None

    def held(self) -> set[int]:
        return {pk for file in self.files if file.state != "cancelled" for pk in file.payments}


def build() -> SimpleNamespace:
    """A foundation with four payments certified, and its own account in use."""
    funder = fund.organisation("Fondation", kind="foundation")
    case = money.granted(case=review.proposed(fund.filed(of=fund.call(owner=funder))))
    case.agreement = money.prepare(case, instalments=PLAN)
    case.agreement = money.agreements.send(agreement=case.agreement, actor=case.desk, now=bank.NOW)
    for home, who in (
        (case.application.organisation, case.representative),
        (funder, case.signatory),
    ):
        case.agreement = money.agreements.sign(
            agreement=case.agreement, organisation=home, actor=who, now=bank.NOW, key=uuid4()
        )
    for instalment in case.agreement.instalments.all():
        actions.certify(key=uuid4(), instalment=instalment, actor=case.desk, now=bank.NOW)
    case.funder = funder
    case.payer, case.other_payer = (fund.user(Role.PAYER, funder) for _ in range(2))
    case.stranger = fund.user(Role.PAYER)
    source = banking.enter_account(
        organisation=funder,
        holder="Fondation",
        iban=bank.iban(fund.unique()),
        paper=fund.paper(),
        actor=case.payer,
        now=bank.NOW,
    )
    banking.confirm_account(account=source, actor=case.other_payer, now=bank.NOW)
    return case


class PaymentMachine(RuleBasedStateMachine):
    """The real actions beside the model, inside a transaction that is thrown away."""

    case: SimpleNamespace

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.model = Model(now=bank.LATER)

    def teardown(self) -> None:
        for file in self.model.files:
            assert orders.file_bytes(file.row) == file.content
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    def tries(self, expected: bool, act: Any) -> Any:
        """Do it; it must succeed exactly when the model says so."""
        try:
            with transaction.atomic():
                done = act()
        except Refusal as refusal:
            assert not expected, refusal.message
            return None
        assert expected, "the model refuses this"
        return done

    @rule(hours=st.sampled_from([1, 24, 48, 60]))
    def wait(self, hours: int) -> None:
        self.model.now += timedelta(hours=hours)

    @rule(who=st.sampled_from(["representative", "representative", "payer"]))
    def enter(self, who: str) -> None:
        allowed = who == "representative" and self.model.waiting() is None
        row = self.tries(
            allowed,
            lambda: banking.enter_account(
                organisation=self.case.application.organisation,
                holder="Jardin",
                iban=bank.iban(fund.unique()),
                paper=fund.paper(),
                actor=getattr(self.case, who),
                now=self.model.now,
            ),
        )
        if row is not None:
            self.model.accounts.append(Account(row, who))

    @precondition(lambda self: self.model.waiting())
    @rule(who=PEOPLE)
    def confirm(self, who: str) -> None:
        account = self.model.waiting()
        assert account is not None
        # A payer of the State may confirm too: the organisation is on its territory.
        allowed = who != account.entered_by and who != "representative"
        if self.tries(
            allowed,
            lambda: banking.confirm_account(
                account=account.row, actor=getattr(self.case, who), now=self.model.now
            ),
        ):
            account.confirmed_at = self.model.now

    @precondition(lambda self: any(not a.stopped for a in self.model.accounts))
    @rule(place=st.integers(0, 5))
    def stop(self, place: int) -> None:
        live = [a for a in self.model.accounts if not a.stopped]
        account = live[place % len(live)]
        banking.stop_account(
            account=account.row,
            reason="Ce n'est pas nous",
            actor=self.case.representative,
            now=self.model.now,
        )
        account.stopped = True

    @rule(who=PEOPLE, chosen=st.sets(st.integers(0, 3), max_size=3))
    def make(self, who: str, chosen: set[int]) -> None:
        reserved = Payment.objects.filter(
            instalment__agreement=self.case.agreement, state="reserved"
        )
        rows = list(reserved.order_by("pk"))
        payments = [rows[place] for place in chosen if place < len(rows)]
        pks = sorted(payment.pk for payment in payments)
        allowed = (
            who in PAYERS
            and bool(payments)
            and self.model.current() is not None
            and not self.model.held() & set(pks)
        )
        file = self.tries(
            allowed,
            lambda: bank.make(
                self.case,
                payments,
                actor=getattr(self.case, who),
                now=self.model.now,
                execute_on=self.model.now.date() + timedelta(days=1),
            ),
        )
        if file is not None:
            account = self.model.current()
            assert account is not None
            assert set(file.orders.values_list("account_id", flat=True)) == {account.row.pk}
            self.model.files.append(File(file, pks, orders.file_bytes(file)))

    def some(self, place: int) -> File:
        return self.model.files[place % len(self.model.files)]

    @precondition(lambda self: self.model.files)
    @rule(who=PEOPLE, place=st.integers(0, 5))
    def send(self, who: str, place: int) -> None:
        file = self.some(place)
        allowed = who in PAYERS and file.state in ("made", "sent")
        sent = self.tries(
            allowed,
            lambda: orders.send_file(
                key=uuid4(), file=file.row, actor=getattr(self.case, who), now=self.model.now
            ),
        )
        if sent and file.state == "made":
            file.state = "sent"
            self.model.paid |= set(file.payments)

    @precondition(lambda self: self.model.files)
    @rule(who=PEOPLE, place=st.integers(0, 5))
    def ask_cancel(self, who: str, place: int) -> None:
        file = self.some(place)
        if self.tries(
            who in PAYERS and file.state == "made",
            lambda: orders.ask_cancel(
                file=file.row, reason="Erreur", actor=getattr(self.case, who), now=self.model.now
            ),
        ):
            file.state, file.asked_by = "cancel_asked", who

    @precondition(lambda self: self.model.files)
    @rule(who=PEOPLE, place=st.integers(0, 5), agreed=st.booleans())
    def settle_cancel(self, who: str, place: int, agreed: bool) -> None:
        file = self.some(place)
        if file.state == "cancelled":
            return
        asked = file.state == "cancel_asked"
        allowed = who in PAYERS and asked and not (agreed and who == file.asked_by)
        if self.tries(
            allowed,
            lambda: orders.settle_cancel(
                file=file.row, agreed=agreed, actor=getattr(self.case, who), now=self.model.now
            ),
        ):
            file.state = "cancelled" if agreed else "made"

    @precondition(lambda self: self.model.paid)
    @rule(place=st.integers(0, 5))
    def give_back(self, place: int) -> None:
        pk = sorted(self.model.paid)[place % len(self.model.paid)]
        returns.record_return(
            key=uuid4(),
            payment=Payment.objects.get(pk=pk),
            kind="returned",
            code="MS03",
            reason="Refusé",
            happened_on=self.model.now.date(),
            actor=self.case.payer,
            now=self.model.now,
        )
        self.model.paid.discard(pk)

    @invariant()
    def each_payment_is_in_one_file_that_stands(self) -> None:
        rows = PaymentOrder.objects.exclude(file__state="cancelled")
        held = list(rows.values_list("payment_id", flat=True))
        assert len(held) == len(set(held))
        assert set(held) == self.model.held()

    @invariant()
    def the_books_say_what_was_paid(self) -> None:
        account = actions.payee_account(self.case.application.organisation)
        assert balance(account).posted == 5_000_00 * len(self.model.paid)

    @invariant()
    def two_people_and_the_wait_stand_behind_each_order(self) -> None:
        for row in PaymentOrder.objects.select_related("account", "file"):
            account = row.account
            assert account.confirmed_by_id not in (None, account.entered_by_id)
            assert account.confirmed_at + WAIT <= row.file.made_at


def _settings(**more: Any) -> settings:
    return settings(
        max_examples=6 if connection.vendor == "postgresql" else 12,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


@pytest.fixture
def machine(db) -> type[PaymentMachine]:
    PaymentMachine.case = build()
    return PaymentMachine


def test_any_sequence_keeps_the_promises_of_payment_files(machine) -> None:
    run_machine(machine, settings=_settings())


@pytest.mark.slow
def test_long_sequences_keep_them_too(machine) -> None:
    run_machine(
        machine,
        settings=settings(_settings(), max_examples=200, stateful_step_count=50),
    )


def test_negative_control_without_the_waiting_period_the_model_sees_it(
    machine, monkeypatch
) -> None:
    def hasty(self: BankAccountQuerySet, now: datetime) -> BankAccountQuerySet:
        rows = self.filter(confirmed_by__isnull=False, stopped_at__isnull=True)
        return rows.order_by("-usable_from", "-pk")

    monkeypatch.setattr(BankAccountQuerySet, "usable", hasty)
    with pytest.raises(AssertionError):
        run_machine(
            machine,
            settings=settings(_settings(database=None, phases=[Phase.generate]), max_examples=500),
        )
