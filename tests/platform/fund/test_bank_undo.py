"""A bank's file applied by mistake is undone: opposite entries, once, while nothing followed."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event, RefusedAttempt
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.notices.models import Message
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import releasing
from ensemblier.fund.agreements.releasing import clock_of
from ensemblier.fund.payments import (
    actions,
    bank_reports,
    bank_undo,
    cofunding,
    orders,
    recoveries,
    returns,
)
from ensemblier.fund.payments.actions import FourEyes, NotYours
from ensemblier.fund.payments.bank_reports import ReportRefused
from ensemblier.fund.payments.models import BankReport, Payment, PaymentOrder, Return
from ensemblier.fund.payments.where import tracks, with_the_way
from tests import factories_fund as fund
from tests import factories_payments as bank
from tests.factories_people import sign_in
from tests.platform.fund import test_cofunding as co
from tests.platform.fund.test_bank_reports import (
    LATER,
    TODAY,
    Entry,
    apply,
    case,  # noqa: F401  a fixture
    outcomes,
    read,
    rejected,
    returned,
    sample,
)

pytestmark = pytest.mark.django_db
LATE = LATER + timedelta(days=90)
funded = co.case  # the co-funded agreement, under another name


def undo(c: SimpleNamespace, report: BankReport, **fields: Any) -> BankReport:
    full = {"key": uuid4(), "reason": "Mauvais fichier", "actor": c.payer, "now": LATER} | fields
    return bank_undo.undo_report(report=report, **full)


def state(c: SimpleNamespace) -> list[str]:
    rows = Payment.objects.filter(instalment=c.payment.instalment).order_by("pk")
    return [row.state for row in rows]


def received(c: SimpleNamespace) -> int:
    return balance(actions.payee_account(c.application.organisation)).posted


def test_undone_it_is_paid_by_the_order_that_the_bank_had_taken(case) -> None:  # noqa: F811
    content, told = rejected(case), received(case)
    report = apply(case, content)
    assert (received(case), state(case)) == (0, ["returned", "reserved"])
    written, key = Transfer.objects.count(), uuid4()
    for _ in range(2):
        undone = undo(case, report, key=key)
    assert undone.state == "undone" and undo(case, report).state == "undone"
    # One more entry; what was written stays, and nothing is paid twice.
    assert Transfer.objects.count() == written + 1
    assert (received(case), state(case)) == (told, ["returned", "paid"])
    order = PaymentOrder.objects.get()
    assert (order.payment.state, order.is_live) == ("paid", True)
    assert orders.file_bytes(order.file)  # the same file, byte for byte
    back = Return.objects.get()
    assert (back.undone_by, back.undone_why) == (case.payer, "Mauvais fichier")
    names = list(Event.objects.order_by("pk").values_list("action", flat=True))
    assert names.count("bank_report.undo") == names.count("payment.return_undone") == 1
    assert Message.objects.filter(body__contains="noté revenu par erreur").exists()
    (track, *_) = tracks(with_the_way(type(case.agreement).objects.all()), LATER)
    assert track.is_paid and track.came_back is None
    case.account.refresh_from_db()
    assert case.account.stopped_at is not None  # a stopped account is never opened by one person
    assert verify().faults == []


def days(c: SimpleNamespace) -> tuple[Any, ...]:
    """Every day that the organisation, the desk and the boards read of this instalment."""
    rows = with_the_way(type(c.agreement).objects.all())
    (track, *_) = tracks(rows, LATE)
    row = track.instalment
    pauses = list(track.agreement.suspensions.all())
    opened, paid = recoveries.opened_and_paid(track.agreement, [row])[row.pk]
    clock = clock_of(row, pauses, opened, LATE.date(), paid)
    return track.dates, track.due_on, track.late_days, track.stop.since, opened, paid, clock


def test_its_days_are_what_they_were_without_the_file(case) -> None:  # noqa: F811
    """Paid in time, noted come back, undone three months later: nobody was late."""
    without = days(case)
    report = apply(case, rejected(case, "MS03"))
    stopped = releasing.suspend(
        agreement=case.agreement, instalment=None, reason="Le RIB manque.", actor=case.desk,
        now=LATER + timedelta(days=1),
    )  # fmt: skip
    assert days(case)[0][-1] is None  # control: meanwhile its days go on
    end = LATER + timedelta(days=3)
    releasing.lift(suspension=stopped, why="Erreur", actor=case.desk, now=end)
    undone = undo(case, report, now=LATE)
    assert undone.ended_at == LATE and days(case) == without and without[-1].late == 0
    held = Payment.objects.get(state="paid")
    assert held.settlement.day == LATE.date() and held.left_on == TODAY  # the books only grow
    Payment.objects.filter(pk=held.pk).update(settled_at=LATE)  # negative control
    assert days(case) != without and days(case)[-1].late > 0


def test_a_true_return_of_before_the_undoing_has_its_own_day(case) -> None:  # noqa: F811
    undo(case, apply(case, rejected(case, "MS03")), now=LATE)
    held = Payment.objects.get(state="paid")
    full = {
        "key": uuid4(), "payment": held, "kind": "returned", "code": "", "reason": "Compte clos",
        "actor": case.payer, "now": LATE,
    }  # fmt: skip
    with pytest.raises(returns.ReturnRefused, match="entre le jour où il part"):
        returns.record_return(happened_on=TODAY - timedelta(days=1), **full)
    assert returns.record_return(happened_on=TODAY, **full).happened_on == TODAY


def test_given_again_it_is_read_again_and_a_true_return_is_still_heard(case) -> None:  # noqa: F811
    content = rejected(case)
    report = undo(case, apply(case, content))
    with pytest.raises(ReportRefused, match="déposez-le de nouveau"):
        bank_reports.apply_report(key=uuid4(), report=report, actor=case.payer, now=LATER)
    assert [name for name, _ in outcomes(case, content)] == ["back"]
    assert read(case, content) == report and BankReport.objects.get().state == "read"
    apply(case, content)
    assert state(case) == ["returned", "returned", "reserved"] and received(case) == 0
    undo(case, BankReport.objects.get())
    assert [name for name, _ in outcomes(case, returned(case))] == ["back"]
    assert verify().faults == []


def test_what_was_confirmed_is_no_more(case) -> None:  # noqa: F811
    entry = Entry(case.order.reference, "12000.00")
    report = apply(case, sample.statement([entry], on=TODAY, iban=case.iban))
    assert PaymentOrder.objects.get().confirmed_on == TODAY
    undo(case, report)
    assert PaymentOrder.objects.get().confirmed_on is None and state(case) == ["paid"]


def test_refused_without_a_reason_or_when_it_is_not_applied(case) -> None:  # noqa: F811
    waiting = read(case, rejected(case))
    with pytest.raises(ReportRefused, match="rien à défaire"):
        undo(case, waiting)
    page = sign_in(Client(), case.other_payer).get(
        reverse("payments:undo_bank_report", args=[waiting.pk])
    )
    assert "n&#x27;est pas appliqué" in page.content.decode()
    report = apply(case, rejected(case))
    with pytest.raises(ReportRefused, match="Dites pourquoi"):
        undo(case, report, reason="  ")
    assert state(case) == ["returned", "reserved"]


@pytest.mark.parametrize("built", ["file", "paid", "voided"])
def test_once_something_followed_nothing_is_undone_and_the_line_is_named(case, built) -> None:  # noqa: F811
    report = apply(case, rejected(case, "MS03"))
    held = Payment.objects.get(state="reserved")
    words = "« annulé »"
    if built == "voided":
        actions.void(key=uuid4(), payment=held, reason="x", actor=case.payer, now=LATER)
    else:
        file = bank.make(case, [held])
        words = f"est dans le fichier {file.number}"
        if built == "paid":
            orders.send_file(key=uuid4(), file=file, actor=case.payer, now=LATER)
            words = "« payé »"
    before = (state(case), Transfer.objects.count(), received(case))
    with pytest.raises(ReportRefused, match=words) as refusal:
        undo(case, report)
    assert case.order.reference in str(refusal.value)
    assert (state(case), Transfer.objects.count(), received(case)) == before
    if built == "file":  # called back by two people, the way is free again
        orders.ask_cancel(file=file, reason="x", actor=case.payer, now=LATER)
        orders.settle_cancel(file=file, agreed=True, actor=case.other_payer, now=LATER)
        undo(case, report)
        assert state(case) == ["returned", "paid"]


def test_negative_control_without_the_look_it_would_be_paid_twice(case, monkeypatch) -> None:  # noqa: F811
    """The table itself refuses a second order for one payment."""
    report = apply(case, rejected(case, "MS03"))
    held = Payment.objects.get(state="reserved")
    bank.make(case, [held])
    monkeypatch.setattr(bank_undo, "_held", lambda order, back: actions.open_payment(held))
    with pytest.raises(IntegrityError), transaction.atomic():
        undo(case, report)
    assert state(case) == ["returned", "reserved"]


def test_who_undoes_is_who_may_pay(case) -> None:  # noqa: F811
    report = apply(case, rejected(case))
    stranger = fund.organisation("Autre fondation", kind="foundation")
    for person in (fund.user(Role.PAYER, stranger), fund.user(Role.PROGRAMME), case.desk):
        with pytest.raises(NotYours):
            undo(case, report, actor=person)
    # Who certified holds a payer's mandate too: the page refuses, and the refusal is kept.
    fund.give(case.desk, Role.PAYER, case.funder)
    with pytest.raises(FourEyes):
        undo(case, report, actor=case.desk)
    before, client = RefusedAttempt.objects.count(), Client()
    address = reverse("payments:undo_bank_report", args=[report.pk])
    sign_in(client, case.desk)
    answer = client.post(address, {"key": uuid4(), "reason": "Erreur"})
    assert answer.status_code in (403, 422) and state(case) == ["returned", "reserved"]
    assert RefusedAttempt.objects.count() == before + 1
    sign_in(client, case.other_payer)
    asked = client.get(address).content.decode()
    assert f"Le versement de {euros(12_000_00)} noté revenu" in asked  # what this file did
    assert client.post(address, {"key": uuid4(), "reason": ""}).status_code == 422
    assert client.post(address, {"key": uuid4(), "reason": "Erreur"}).status_code == 302
    page = client.get(reverse("payments:bank_report", args=[report.pk])).content.decode()
    assert "Revenu, défait" in page and address not in page
    assert RefusedAttempt.objects.count() == before + 1


def test_a_co_funder_owes_no_more_what_left(funded) -> None:
    funded.payer, order = funded.fund_payer, co.sent(funded)
    iban = co.banking.unseal(funded.source.sealed_iban)
    content = sample.statement(
        [Entry(order.reference, "3000.00", "CRDT", "MS03")], on=TODAY, iban=iban
    )
    report = apply(funded, content)
    funded.first.refresh_from_db()
    assert funded.first.paid_on is None
    again = co.make(funded)  # already in another file: not undone
    with pytest.raises(ReportRefused, match=f"dans le fichier {again.number}"):
        undo(funded, report)
    orders.ask_cancel(file=again, reason="x", actor=funded.payer, now=LATER)
    other = fund.user(Role.PAYER, funded.funder)
    orders.settle_cancel(file=again, agreed=True, actor=other, now=LATER)
    for _ in range(2):
        undo(funded, report)
    order.refresh_from_db()
    funded.first.refresh_from_db()
    assert (order.is_live, order.back_on, funded.first.paid_on) == (True, None, TODAY)
    assert Message.objects.filter(body__contains="noté revenu par erreur").exists()
    with pytest.raises(cofunding.ShareRefused, match="déjà payé"):
        co.make(funded)
