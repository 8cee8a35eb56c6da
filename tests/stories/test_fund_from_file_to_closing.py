"""One file through the whole fund, by public actions only; the books tell the same story.

50 000 € of budget, 30 000 € asked, 20 000 € granted and paid. The final report justifies 17 000 €:
3 000 € come back, and return to the envelope when the agreement is closed.
"""

from __future__ import annotations

from uuid import uuid4

import pytest

from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.fund.applications.models import State
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import sums
from tests import factories_money as money

pytestmark = pytest.mark.django_db


def test_from_the_request_to_the_last_cent() -> None:
    case = money.granted()
    envelope = case.envelope.account
    full = balance(envelope).posted
    assert balance(envelope).available == full - 20_000_00

    money.paid(money.signed(case), rank=0)
    money.accept(money.reported(case), 17_000_00)
    money.paid(case, rank=1)
    assert sums.to_return_cents(case.agreement) == 3_000_00

    payments.refund(
        key=uuid4(),
        agreement=case.agreement,
        amount_cents=3_000_00,
        reason="Part non dépensée",
        actor=case.payer,
        now=money.NOW,
    )
    payments.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=money.NOW)

    case.application.refresh_from_db()
    assert case.application.state == State.CLOSED
    assert balance(envelope).available == full - 17_000_00
    assert balance(case.decision.account).posted == 0
    payee = payments.payee_account(case.application.organisation)
    assert balance(payee).posted == 17_000_00
    assert not verify().faults
