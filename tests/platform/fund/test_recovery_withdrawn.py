"""A withdrawal gives the money never paid back to its envelope, in the books, with its reason."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.fund.agreements import amending
from ensemblier.fund.agreements.amending import Changes, Scheduled
from ensemblier.fund.agreements.models import Recovery, WithdrawnShare
from ensemblier.fund.agreements.recovering import RecoveryRefused
from ensemblier.fund.agreements.shares import agreed_by_agreement, agreed_cents
from ensemblier.fund.payments import recoveries
from ensemblier.fund.payments.models import Payment
from tests import factories_money as money
from tests.factories_ledger import payee
from tests.platform.fund.test_recoveries import DECIDED, heard, order

pytestmark = pytest.mark.django_db


def test_what_was_never_paid_is_back_in_its_envelope_and_the_grant_is_less() -> None:
    case = heard()  # 20,000 granted, 12,000 paid, 2,000 to give back, 8,000 never paid
    before = balance(case.envelope.account).available
    order(case)
    assert balance(case.envelope.account).available == before + 8_000_00
    assert balance(case.decision.account).available == 0
    assert agreed_cents(case.agreement) == 12_000_00
    assert agreed_by_agreement([case.agreement]) == {case.agreement.pk: 12_000_00}
    row = WithdrawnShare.objects.get()
    assert case.recovery.number in row.transfer.reason and "part retirée" in row.transfer.reason
    assert verify().faults == []


def test_what_was_certified_is_voided_with_the_reason_of_the_decision() -> None:
    case = heard(money.certified())  # the first instalment waits to be paid, nothing is
    assert case.recovery.calculation["cancelled"] == 10_000_00
    before = balance(case.envelope.account).available
    order(case, cents=0, stages=[])
    payment = Payment.objects.get()
    assert payment.state == Payment.State.VOIDED
    assert "Les faits sont établis" in payment.settlement.reason
    assert balance(case.envelope.account).available == before + 10_000_00
    assert balance(case.decision.account).available == 10_000_00
    case.recovery.refresh_from_db()
    assert case.recovery.state == Recovery.State.SETTLED  # nothing was paid, nothing comes back
    assert verify().faults == []


def test_the_part_kept_is_payable_again_once_an_amendment_writes_the_schedule() -> None:
    case = heard(money.signed())
    order(case, cents=0, stages=[])
    first = case.instalments[0]
    rows = [Scheduled(first.pk, first.label, first.release, 10_000_00, first.due_on)]
    row = amending.prepare(
        key=uuid4(),
        agreement=case.agreement,
        reasons="L'aide est réduite.",
        changes=Changes(schedule=rows),
        version=0,
        actor=case.desk,
        now=DECIDED,
    )
    row = amending.send(amendment=row, actor=case.desk, now=DECIDED)
    assert case.agreement.suspensions.filter(ends_on=None).exists()
    amending.complete(row, actor=case.signatory, now=DECIDED, key=uuid4())
    assert not case.agreement.suspensions.filter(ends_on=None).exists()
    assert [i.amount_cents for i in case.agreement.instalments.all()] == [10_000_00]


def test_cancelled_the_grant_has_its_money_again_unless_the_envelope_spent_it() -> None:
    case = heard()
    row = order(case)
    account, left = case.envelope.account, balance(case.envelope.account).available
    fields = {"day": date(2027, 11, 1), "reason": "essai", "reference": "essai", "actor": None}
    move = {"debit": account, "credit": payee(), "amount_cents": left - 7_000_00}
    transfer(key=uuid4(), **move, **fields)
    cancel = {"recovery": row, "why": "Le juge a annulé.", "actor": case.signatory, "now": DECIDED}
    with pytest.raises(RecoveryRefused, match="qui ne les a plus"):
        recoveries.cancel(key=uuid4(), **cancel)
    row.refresh_from_db()
    assert row.state == Recovery.State.ORDERED
    back = {"debit": move["credit"], "credit": account, "amount_cents": 1_000_00}
    transfer(key=uuid4(), **back, **fields)
    recoveries.cancel(key=uuid4(), **cancel)
    assert balance(account).available == 0
    assert balance(case.decision.account).available == 8_000_00
    assert agreed_cents(case.agreement) == 20_000_00
    assert verify().faults == []
