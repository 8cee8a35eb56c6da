"""A line undone after the agreement that paid it was closed: nothing is lost or paid twice."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.models import User
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing.posting import till_account
from ensemblier.chain.cofinancing.refusals import AgreementClosed
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import remainders, returns, sums
from ensemblier.fund.payments.actions import NotYours
from tests import factories_money as money
from tests.factories_people import sign_in
from tests.platform.test_agreement_lines import DAY, GRANT, NOW, certify, sell, world

pytestmark = pytest.mark.django_db
PART = 7_000_00  # of a line of 10 000 €, when the person pays 30 %


def close(case: SimpleNamespace, who: User | None = None) -> Agreement:
    return payments.close(key=uuid4(), agreement=case.agreement, actor=who or case.desk, now=NOW)


def undo(line):
    return billing.undo_sale(key=uuid4(), line=line, day=DAY, now=NOW, actor=None)


def closed(case: SimpleNamespace, justified: int) -> SimpleNamespace:
    money.accepted(justified, case=case)
    close(case)
    case.agreement.refresh_from_db()
    return case


@pytest.fixture
def case() -> SimpleNamespace:
    found = world()
    found.start = balance(found.envelope.account).available + GRANT
    found.line = sell(found, 10_000_00)
    return found


def left(case: SimpleNamespace) -> tuple[int, int]:
    """On the agreement's account; and what its envelope lacks of what it had before the grant."""
    there = balance(case.envelope.account).available
    return balance(case.account).available, case.start - there


def test_the_part_comes_back_and_is_due_to_the_envelope(case) -> None:
    closed(case, PART)
    assert left(case) == (0, PART)
    before = Transfer.objects.count()
    undo(case.line)
    # The person has everything back, and the seller's account bears the part of the fund.
    assert balance(till_account(case.shop)).posted == 0
    assert left(case) == (PART, PART) and remainders.late_cents(case.agreement) == PART
    assert Transfer.objects.count() == before + 2  # opposite entries, nothing rewritten
    with pytest.raises(AgreementClosed):
        sell(case, 10_00)  # what came back pays no other line
    for _ in range(2):  # asked twice, given once
        close(case)
        assert left(case) == (0, 0)
    assert sums.given_cents(case.agreement) == 0 == remainders.over_cents(case.agreement)
    assert case.agreement.refunds.last().reason.startswith("Revenu après la clôture")
    assert verify().faults == []


def test_who_gives_it_back_and_what_the_page_says(case) -> None:
    closed(case, PART)
    page, act = (
        reverse(f"payments:{name}", args=[case.agreement.number]) for name in ("agreement", "close")
    )
    client = Client()
    sign_in(client, case.desk)
    assert "revenus après la clôture" not in client.get(page).content.decode()  # control
    undo(case.line)
    for person in (case.payer, case.signatory, case.representative):
        with pytest.raises(NotYours):
            close(case, person)
    sign_in(client, case.payer)
    seen = client.get(page).content.decode()
    assert "revenus après la clôture" in seen and act not in seen
    refused = RefusedAttempt.objects.count()
    assert client.post(act, {"key": uuid4()}).status_code == 403
    assert RefusedAttempt.objects.count() == refused + 1 and left(case) == (PART, PART)
    sign_in(client, case.desk)
    assert act in client.get(page).content.decode()
    asked = client.get(act).content.decode()
    assert f"Rendre {euros(PART)} aux enveloppes" in asked and "reste close" in asked
    key = uuid4()
    for _ in range(2):
        client.post(act, {"key": key})
    assert left(case) == (0, 0)


def test_what_the_organisation_had_given_back_is_not_taken_twice(case) -> None:
    """Nothing justified: 7 000 € given back, then the line is undone: they came back twice."""
    money.accepted(0, case=case)
    payments.refund(
        key=uuid4(), agreement=case.agreement, amount_cents=PART, reason="Non justifié",
        actor=case.payer, now=NOW,
    )  # fmt: skip
    page = reverse("payments:agreement", args=[case.agreement.number])
    client = Client()
    sign_in(client, case.desk)
    assert client.get(page).status_code == 200  # more came back than instalments had given
    close(case)
    case.agreement.refresh_from_db()
    assert left(case) == (0, 0)
    undo(case.line)
    assert (remainders.late_cents(case.agreement), remainders.over_cents(case.agreement)) == (
        0,
        PART,
    )
    close(case)
    assert left(case) == (PART, 0)  # never more than the envelope had given
    assert "revenus deux fois" in client.get(page).content.decode()


def test_negative_control_without_the_rooms_an_envelope_would_gain(case, monkeypatch) -> None:
    money.accepted(0, case=case)
    payments.refund(
        key=uuid4(), agreement=case.agreement, amount_cents=PART, reason="Non justifié",
        actor=case.payer, now=NOW,
    )  # fmt: skip
    close(case)
    case.agreement.refresh_from_db()
    undo(case.line)
    whole = remainders.rooms
    monkeypatch.setattr(
        remainders, "rooms", lambda row: [(share, share.cents) for share, _ in whole(row)]
    )
    close(case)
    assert left(case) == (0, -PART)


def test_a_payment_that_comes_back_after_the_closing_is_due_too(case) -> None:
    payment = certify(case, 0)
    payments.pay(key=uuid4(), payment=payment, actor=case.payer, now=NOW)
    closed(case, PART + payment.amount_cents)
    returns.record_return(
        key=uuid4(), payment=payment, kind="returned", code="", reason="Compte clos",
        happened_on=NOW.date(), actor=case.payer, now=NOW,
    )  # fmt: skip
    assert remainders.late_cents(case.agreement) == payment.amount_cents
    close(case)
    assert left(case) == (0, PART)
