"""Payments: due, certified, paid by another, once; refunds and closing leave the books exact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.applications.models import State
from ensemblier.fund.payments import actions
from ensemblier.fund.payments.actions import CannotClose, FourEyes, NotDueYet, PaymentRefused
from ensemblier.fund.payments.models import Payment, Refund
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW


def payee(case: SimpleNamespace) -> int:
    return balance(actions.payee_account(case.application.organisation)).posted


def test_nothing_is_due_before_everybody_signed() -> None:
    case = money.sent()
    with pytest.raises(NotDueYet, match="signée"):
        actions.certify(
            key=uuid4(), instalment=case.agreement.instalments.first(), actor=case.desk, now=NOW
        )


def test_the_balance_waits_for_the_final_report() -> None:
    case = money.paid()
    with pytest.raises(NotDueYet, match="bilan final"):
        money.certified(case, rank=1)
    money.accepted(case=case)
    money.paid(case, rank=1)
    assert payee(case) == 20_000_00


def test_certifying_reserves_and_paying_posts() -> None:
    case = money.certified()
    assert balance(case.decision.account).available == 8_000_00
    assert payee(case) == 0
    actions.pay(key=uuid4(), payment=case.payment, actor=case.payer, now=NOW)
    assert payee(case) == 12_000_00


def test_the_same_request_pays_once_and_a_second_one_is_refused() -> None:
    case, key = money.certified(), uuid4()
    for _ in range(2):
        actions.pay(key=key, payment=case.payment, actor=case.payer, now=NOW)
    assert payee(case) == 12_000_00
    with pytest.raises(PaymentRefused, match="déjà « payé »"):
        actions.pay(key=uuid4(), payment=case.payment, actor=case.payer, now=NOW)
    assert payee(case) == 12_000_00


def test_certifying_twice_with_the_same_key_is_one_payment() -> None:
    case, key = money.signed(), uuid4()
    first, second = (
        actions.certify(key=key, instalment=case.instalments[0], actor=case.desk, now=NOW)
        for _ in range(2)
    )
    assert first == second
    with pytest.raises(KeyReused):
        actions.certify(key=key, instalment=case.instalments[1], actor=case.desk, now=NOW)
    with pytest.raises(PaymentRefused, match="déjà en paiement"):
        actions.certify(key=uuid4(), instalment=case.instalments[0], actor=case.desk, now=NOW)


def test_an_instalment_changed_since_it_was_read_is_not_certified() -> None:
    case = money.signed()
    first = case.instalments[0]
    seen = first.amount_cents

    def certify() -> Payment:
        return actions.certify(key=uuid4(), instalment=first, actor=case.desk, now=money.NOW)

    stored = Instalment.objects.filter(pk=first.pk)
    stored.update(amount_cents=seen - 1_00)
    with pytest.raises(PaymentRefused, match="a changé cette échéance"):
        certify()
    assert not Payment.objects.exists() and balance(case.decision.account).reserved == 0
    assert certify().amount_cents == seen - 1_00  # read again, as the page shows it now
    second = case.instalments[1]
    Instalment.objects.filter(pk=second.pk).delete()
    with pytest.raises(PaymentRefused, match="a retiré cette échéance"):
        actions.certify(key=uuid4(), instalment=second, actor=case.desk, now=money.NOW)


def test_whoever_instructed_certified_or_decided_does_not_pay() -> None:
    case = money.certified()
    for person in (case.desk, case.signatory, case.review.reviewer):
        fund.give(person, Role.PAYER)
        with pytest.raises(FourEyes):
            actions.pay(key=uuid4(), payment=case.payment, actor=person, now=NOW)
    assert payee(case) == 0


def test_whoever_decided_does_not_certify() -> None:
    case = money.signed()
    with pytest.raises(FourEyes):
        actions.certify(key=uuid4(), instalment=case.instalments[0], actor=case.signatory, now=NOW)


def test_a_voided_payment_may_be_certified_again() -> None:
    case = money.certified()
    with pytest.raises(PaymentRefused, match="pourquoi"):
        actions.void(key=uuid4(), payment=case.payment, reason=" ", actor=case.payer, now=NOW)
    actions.void(
        key=uuid4(), payment=case.payment, reason="RIB manquant", actor=case.payer, now=NOW
    )
    assert balance(case.decision.account).available == 20_000_00
    money.paid(case)
    assert payee(case) == 12_000_00


def test_closing_gives_back_what_was_never_paid() -> None:
    case = money.accepted(cents=12_000_00)
    before = balance(case.envelope.account).available
    actions.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=NOW)
    assert balance(case.envelope.account).available == before + 8_000_00
    assert balance(case.decision.account).posted == 0
    case.application.refresh_from_db()
    assert case.application.state == State.CLOSED


def test_closing_waits_for_what_is_not_justified() -> None:
    case = money.accepted(cents=10_000_00)
    with pytest.raises(CannotClose, match="2\N{NO-BREAK SPACE}?.?000"):
        actions.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=NOW)
    with pytest.raises(PaymentRefused, match="Le reversement va"):
        actions.refund(
            key=uuid4(),
            agreement=case.agreement,
            amount_cents=12_000_01,
            reason="Trop",
            actor=case.payer,
            now=NOW,
        )
    key = uuid4()
    for _ in range(2):
        actions.refund(
            key=key,
            agreement=case.agreement,
            amount_cents=2_000_00,
            reason="Non dépensé",
            actor=case.payer,
            now=NOW,
        )
    assert payee(case) == 10_000_00
    with pytest.raises(KeyReused):
        actions.refund(
            key=key,
            agreement=case.agreement,
            amount_cents=1,
            reason="Autre",
            actor=case.payer,
            now=NOW,
        )
    actions.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=NOW)
    assert Refund.objects.filter(kind=Refund.Kind.RELEASE).get().amount_cents == 10_000_00
    agreement = Agreement.objects.get(pk=case.agreement.pk)
    assert agreement.state == Agreement.State.CLOSED


def test_a_double_click_on_pay_pays_once(client: Client) -> None:
    case = money.certified()
    sign_in(client, case.payer)
    url = reverse("payments:pay", args=[case.payment.pk])
    page = client.get(url)
    key = str(page.context["form"]["key"].value())
    for _ in range(2):
        assert client.post(url, {"key": key}).status_code == 302
    assert payee(case) == 12_000_00
    assert Payment.objects.get().state == Payment.State.PAID


def test_the_pages_of_a_payer(client: Client) -> None:
    case = money.certified()
    sign_in(client, case.payer)
    inbox = client.get(reverse("payments:inbox")).content.decode()
    assert case.agreement.number in inbox
    money_page = client.get(reverse("payments:agreement", args=[case.agreement.number]))
    assert "En paiement" in money_page.content.decode()
    sign_in(client, case.representative)
    assert client.get(reverse("payments:pay", args=[case.payment.pk])).status_code == 403
    assert (
        client.get(reverse("payments:agreement", args=[case.agreement.number])).status_code == 200
    )


def test_a_refund_refused_keeps_what_was_typed(client: Client) -> None:
    case = money.paid()
    sign_in(client, case.payer)
    url = reverse("payments:refund", args=[case.agreement.number])
    answer = client.post(
        url, {"key": str(uuid4()), "amount_cents": "99 999", "reason": "Un motif bien écrit"}
    )
    assert answer.status_code == 422
    assert "Un motif bien écrit" in answer.content.decode()
    assert "Le reversement va de" in answer.content.decode()


def test_the_books_are_dated_by_the_clock_of_paris() -> None:
    case = money.signed()
    new_year = datetime(2027, 12, 31, 23, 30, tzinfo=UTC)
    payment = actions.certify(
        key=uuid4(), instalment=case.instalments[0], actor=case.desk, now=new_year
    )
    assert payment.reservation.day == date(2028, 1, 1)


@pytest.mark.parametrize("role", [Role.PAYER, Role.INSTRUCTOR])
def test_nobody_handles_the_money_of_an_organisation_they_act_for(
    client: Client, role: Role
) -> None:
    case = money.certified()
    person = fund.user(Role.APPLICANT, case.application.organisation)
    territory = {"department": case.application.department} if role == Role.INSTRUCTOR else {}
    fund.give(person, role, **territory)
    sign_in(client, person)
    number = case.agreement.number
    addresses = {
        Role.PAYER: [
            reverse("payments:pay", args=[case.payment.pk]),
            reverse("payments:refund", args=[number]),
        ],
        Role.INSTRUCTOR: [
            reverse("payments:certify", args=[case.instalments[1].pk]),
            reverse("payments:close", args=[number]),
            reverse("agreements:send", args=[number]),
        ],
    }
    for address in addresses[role]:
        answer = client.post(address, {"key": str(uuid4())})
        assert answer.status_code == 403, address
        assert "pour laquelle vous avez un mandat" in answer.content.decode()
