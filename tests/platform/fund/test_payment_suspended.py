"""A suspension decided after the certificate: the payment waits, and leaves once it is lifted."""

from __future__ import annotations

import html
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import releasing
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import actions, chorus, imports, orders
from ensemblier.fund.payments.holding import PaymentHeld
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.payments.orders import FileRefused
from ensemblier.fund.payments.where import tracks, with_the_way
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW, LATER = bank.NOW, bank.LATER
WHY = "un justificatif de dépense"


def suspend(case: SimpleNamespace, *, rank: int | None = None, now=NOW) -> SimpleNamespace:
    case.stop = releasing.suspend(
        agreement=case.agreement,
        instalment=None if rank is None else case.instalments[rank],
        reason=WHY,
        actor=case.desk,
        now=now,
    )
    return case


def lift(case: SimpleNamespace, now=LATER) -> None:
    releasing.lift(suspension=case.stop, why="Reçu.", actor=case.desk, now=now)


def pay(case: SimpleNamespace) -> Payment:
    return actions.pay(key=uuid4(), payment=case.payment, actor=case.payer, now=NOW)


def step(case: SimpleNamespace, name: str, number: str = "100200300", on=NOW) -> None:
    chorus.record_step(
        key=uuid4(),
        agreement=case.agreement,
        payment=case.payment,
        step=name,
        number=number,
        happened_on=on.date(),
        actor=case.payer,
        now=NOW,
    )


def given(case: SimpleNamespace) -> int:
    return balance(actions.payee_account(case.application.organisation)).posted


def test_a_suspended_payment_is_not_paid_then_is_once_the_suspension_is_lifted() -> None:
    case = suspend(money.certified())
    with pytest.raises(PaymentHeld, match=rf"échéance 1.*suspendu depuis le .*{WHY}"):
        pay(case)
    assert given(case) == 0 and balance(case.decision.account).reserved == 12_000_00
    lift(case)
    assert pay(case).state == Payment.State.PAID
    assert given(case) == 12_000_00 and verify().faults == []


def test_a_suspension_of_another_instalment_holds_nothing() -> None:
    assert pay(suspend(money.certified(), rank=1)).state == Payment.State.PAID


def test_chorus_is_told_nothing_new_but_what_it_did_before_is_noted() -> None:
    case = suspend(money.certified())
    for name in (chorus.Step.SERVICE, chorus.Step.REQUEST, chorus.Step.PAID):
        with pytest.raises(PaymentHeld):
            step(case, name)
    step(case, chorus.Step.COMMITMENT)
    step(case, chorus.Step.REQUEST, on=NOW - timedelta(days=1))
    step(case, chorus.Step.PAID)  # it was asked before: the accountant paid, and this is a fact
    assert given(case) == 12_000_00


def test_what_the_accountant_was_asked_before_is_paid() -> None:
    case = money.certified()
    step(case, chorus.Step.REQUEST)
    suspend(case)
    assert "après cette demande" in track(case).stop.what and track(case).held is None
    assert pay(case).state == Payment.State.PAID


def test_a_line_of_an_extract_waits_too_and_the_others_are_noted() -> None:
    case, other = suspend(money.certified()), money.certified()
    rows = [f"{c.agreement.number};12000;{NOW:%d/%m/%Y};DP{c.agreement.pk}" for c in (case, other)]
    content = "\n".join(["Convention;Montant;Date DP;DP", *rows]).encode()
    batch = imports.read_extract(
        content=content, name="extrait.csv", columns={}, actor=case.payer, now=NOW
    )
    batch = imports.apply_extract(key=uuid4(), batch=batch, actor=case.payer, now=NOW)
    first, second = batch.rows
    assert (first["outcome"], second["outcome"]) == ("barred", "apply")
    assert WHY in first["words"] and not case.payment.chorus.exists()


def track(case: SimpleNamespace):
    rows = with_the_way(Agreement.objects.filter(pk=case.agreement.pk))
    return tracks(rows, LATER)[0]


def test_the_queue_says_why_and_offers_no_payment(client: Client) -> None:
    case = suspend(money.certified())
    assert track(case).stop.what == f"doit : {WHY}" and track(case).held == case.stop
    sign_in(client, case.payer)
    for page in (reverse("payments:inbox"), agreement_page(case)):
        text = html.unescape(client.get(page).content.decode())
        assert WHY in text and "Suspendu" in text
        assert reverse("payments:pay", args=[case.payment.pk]) not in text
        assert reverse("payments:void", args=[case.payment.pk]) in text
    lift(case)
    text = client.get(reverse("payments:inbox")).content.decode()
    assert reverse("payments:pay", args=[case.payment.pk]) in text and WHY not in text


def agreement_page(case: SimpleNamespace) -> str:
    return reverse("payments:agreement", args=[case.agreement.number])


def test_a_suspended_payment_enters_no_file(client: Client) -> None:
    case = suspend(bank.foundation_case())
    with pytest.raises(PaymentHeld):
        bank.make(case, [case.payment])
    sign_in(client, case.payer)
    page = reverse("payments:make_file", args=[case.funder.pk])
    assert case.agreement.number not in client.get(page).content.decode()
    lift(case)
    assert bank.make(case, [case.payment]).total_cents == 12_000_00


def test_a_file_that_nobody_took_does_not_leave_while_a_payment_is_suspended(
    client: Client,
) -> None:
    case = suspend(bank.made(), now=LATER)
    for act in (fetch, send):
        with pytest.raises(FileRefused, match=rf"{WHY}.*suspension"):
            act(case)
    text = file_page(client, case)
    assert "Paiement suspendu : n'envoyez pas ce fichier" in text
    assert reverse("payments:fetch_file", args=[case.file.pk]) not in text
    assert reverse("payments:send_file", args=[case.file.pk]) not in text
    lift(case)
    fetch(case)
    send(case)
    assert given(case) == 12_000_00 and verify().faults == []


def fetch(case: SimpleNamespace) -> bytes:
    return orders.fetch_file(file=case.file, actor=case.payer, now=LATER)


def send(case: SimpleNamespace) -> object:
    return orders.send_file(key=uuid4(), file=case.file, actor=case.payer, now=LATER)


def file_page(client: Client, case: SimpleNamespace) -> str:
    sign_in(client, case.payer)
    return html.unescape(client.get(reverse("payments:file", args=[case.file.pk])).content.decode())


def test_a_file_taken_before_may_be_at_the_bank_and_this_is_still_noted(client: Client) -> None:
    case = bank.made()
    fetch(case)
    suspend(case, now=LATER)
    with pytest.raises(FileRefused):
        fetch(case)
    assert "appelez-la" in file_page(client, case)
    send(case)
    assert given(case) == 12_000_00
    text = file_page(client, case)
    assert "suspendu après l'envoi" in text and "ne se rappelle pas" in text


def test_a_suspended_file_is_cancelled_and_the_other_payments_leave_in_another() -> None:
    case = suspend(bank.made(), now=LATER)
    orders.ask_cancel(file=case.file, reason="Suspendu", actor=case.payer, now=LATER)
    orders.settle_cancel(file=case.file, agreed=True, actor=case.other_payer, now=LATER)
    with pytest.raises(PaymentHeld):
        bank.make(case, [case.payment])
    assert Payment.objects.get(pk=case.payment.pk).state == Payment.State.RESERVED


def test_refusing_to_pay_stays_possible() -> None:
    case = suspend(money.certified())
    fund.give(case.payer, Role.PAYER)
    actions.void(key=uuid4(), payment=case.payment, reason="Non", actor=case.payer, now=NOW)
    assert balance(case.decision.account).reserved == 0
