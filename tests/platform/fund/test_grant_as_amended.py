"""A grant as its amendments left it: what its report may justify, what its money page says, what
must come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.agreements import amending
from ensemblier.fund.agreements.amending import Changes, MoneyChange
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.decisions.figures import standings
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.monitoring import periods
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import sums
from tests import factories_fund as fund
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


def test_what_an_envelope_has_paid_follows_the_amendments() -> None:
    """20,000 € agreed, then 5,000 € more on the same envelope: it has paid 25,000 €."""
    case = money.accept(money.reported(money.paid(amended())), 25_000_00)
    money.paid(case, rank=1)
    (row,) = standings([case.envelope])
    assert (row.paid, row.books.granted) == (25_000_00, 25_000_00)


def test_what_an_amendment_moves_to_another_envelope_is_paid_by_that_one() -> None:
    """12,000 € paid; the 8,000 € left move to next year's envelope, which pays the balance."""
    case = money.paid(money.signed())
    other = fund.envelope(of=case.envelope.programme, year=case.envelope.year + 1)
    case.application.call.envelopes.add(other)
    moved = [
        MoneyChange(case.envelope, "engineering", -8_000_00),
        MoneyChange(other, "engineering", 8_000_00),
    ]
    row = amending.send(
        amendment=amendment_of(case, Changes(money=moved)), actor=case.desk, now=LATER
    )
    sign(case, case.application.organisation, case.representative, row)
    sign(case, case.application.call.owner, case.signatory, row)
    money.paid(money.accept(money.reported(case)), rank=1)
    assert [row.paid for row in standings([case.envelope, other])] == [12_000_00, 8_000_00]


def test_what_an_amendment_adds_is_reported_year_by_year() -> None:
    """Signed until 2027, extended to 2030 with money of 2028: 2027, 2028, 2029, then the last."""
    case = money.signed()
    other = fund.envelope(of=case.envelope.programme, year=2028)
    case.application.call.envelopes.add(other)
    changes = replace(
        up(case, 5_000_00, ends_on=date(2030, 12, 31)),
        money=[MoneyChange(other, "engineering", 5_000_00)],
    )
    row = amending.send(amendment=amendment_of(case, changes), actor=case.desk, now=LATER)
    assert [p.kind for p in periods.periods(case.agreement)] == ["final"]
    sign(case, case.application.organisation, case.representative, row)
    sign(case, case.application.call.owner, case.signatory, row)
    case.agreement = Agreement.objects.get(pk=case.agreement.pk)
    found = periods.periods(case.agreement)
    assert [(p.kind, p.year) for p in found] == [
        ("yearly", 2027),
        ("yearly", 2028),
        ("yearly", 2029),
        ("final", 0),
    ]
    report = monitoring.start_report(
        agreement=case.agreement,
        kind="yearly",
        year=2028,
        actor=case.representative,
        day=date(2029, 1, 5),
    )
    assert report.due_on == date(2029, 6, 30)
    assert report.lines.get(code=FUND_CODE).planned_cents == 5_000_00
    prefetched = Agreement.objects.prefetch_related("amendments__lines__envelope").get()
    assert periods.periods(prefetched) == found
