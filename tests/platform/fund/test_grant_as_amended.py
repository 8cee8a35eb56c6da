"""A grant as its amendments left it: what its report may justify, what its money page says, what
must come back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.agreements import amending
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import sums
from tests import factories_money as money
from tests.factories_people import sign_in
from tests.platform.fund.test_agreement_parties import LATER, amendment_of, sign, up
from tests.platform.fund.test_recoveries import found

pytestmark = pytest.mark.django_db


def amended(cents: int = 5_000_00) -> SimpleNamespace:
    """20,000 € agreed, then so many more, signed by both."""
    case = money.signed()
    row = amending.send(amendment=amendment_of(case, up(case, cents)), actor=case.desk, now=LATER)
    application = case.application
    sign(case, application.organisation, case.representative, row)
    sign(case, application.call.owner, case.signatory, row)
    case.instalments = list(case.agreement.instalments.all())
    return case


def test_what_an_amendment_added_is_justified_and_never_asked_back() -> None:
    case = money.accept(money.reported(money.paid(amended())), 25_000_00)
    case = money.paid(case, rank=1)
    assert sums.paid_cents(case.agreement) == 25_000_00
    assert sums.to_return_cents(case.agreement) == 0
    closed = payments.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=LATER)
    assert closed.state == Agreement.State.CLOSED


def test_no_more_than_the_amended_grant_is_justified() -> None:
    case = money.reported(money.paid(amended()))
    with pytest.raises(monitoring.ReportRefused, match="25\u00a0000\u00a0€"):
        money.accept(case, 25_000_01)


def test_a_report_opened_after_the_amendment_plans_the_amended_grant() -> None:
    case = money.reported(money.paid(amended()))
    assert case.report.lines.get(code=FUND_CODE).planned_cents == 25_000_00


def test_pages_say_the_amended_grant(client: Client) -> None:
    case = money.reported(money.paid(amended()))
    sign_in(client, case.desk)

    def page(name: str, key: Any) -> str:
        return client.get(reverse(name, args=[key])).content.decode()

    assert 'value="25\u00a0000"' in page("monitoring:report", case.report.pk)
    said = page("payments:agreement", case.agreement.number)
    assert "Versé 12\u00a0000\u00a0€ sur 25\u00a0000\u00a0€ accordés" in said


def test_what_the_report_lets_keep_is_not_recovered() -> None:
    """12,000 € paid, 9,000 € justified, 2,000 € kept by the agreement: 1,000 € come back."""
    case = money.paid()
    case.agreement.surplus_clause = "Jusqu'à 2 000 € pour le même objet."
    case.agreement.save()
    case = money.reported(case)
    monitoring.accept_report(
        report=case.report,
        justified_cents=9_000_00,
        kept_cents=2_000_00,
        note="",
        actor=case.desk,
        now=LATER,
    )
    case = found(case, ground="unspent", facts="Le bilan montre un reste.", stops_payments=False)
    assert case.recovery.proposed_cents == 1_000_00 == sums.to_return_cents(case.agreement)
