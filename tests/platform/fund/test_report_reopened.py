"""An accepted report is opened again while nothing was done on its basis; else the page says what
to do instead."""

from __future__ import annotations

import html
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.fund.agreements import recovering
from ensemblier.fund.monitoring import actions, reopening
from ensemblier.fund.monitoring.actions import NotTheCertifier, ReportRefused
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments.actions import CannotClose, NotDueYet
from ensemblier.fund.payments.sums import to_return_cents
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW + timedelta(days=270)


def reopen(case: SimpleNamespace, actor=None, reason: str = "Une facture comptée deux fois"):
    case.report = reopening.reopen_report(
        report=case.report, reason=reason, actor=actor or case.desk, now=NOW
    )
    return case.report


def test_a_report_is_opened_again_with_its_reason_and_accepted_otherwise() -> None:
    case = money.accepted(12_000_00)
    with pytest.raises(ReportRefused, match="quelle erreur"):
        reopen(case, reason=" ")
    with pytest.raises(NotTheCertifier):
        reopen(case, actor=case.representative)
    report = reopen(case)
    assert (report.state, report.justified_cents) == (Report.State.FILED, None)
    event = Event.objects.get(action="report.reopen")
    assert event.reason == "Une facture comptée deux fois"
    assert event.data["justified_cents"] == 12_000_00 and event.data["checked_by"] == case.desk.pk
    assert Message.objects.filter(body__contains="Une facture comptée deux fois").exists()
    with pytest.raises(ReportRefused, match="Rechargez"):
        reopen(case)
    money.accept(case, 11_000_00)
    assert to_return_cents(case.agreement) == 1_000_00


def test_meanwhile_nothing_is_certified_nor_closed_on_its_basis() -> None:
    case = money.accepted()
    reopen(case)
    with pytest.raises(NotDueYet, match="pas encore accepté"):
        money.certified(case, rank=1)
    with pytest.raises(CannotClose, match="bilan final"):
        payments.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=NOW)


def test_the_organisation_may_be_asked_to_correct_it() -> None:
    case = money.accepted()
    report = reopen(case)
    report = actions.return_report(report=report, note="La facture 12", actor=case.desk, now=NOW)
    assert report.state in actions.EDITABLE


def test_an_instalment_in_payment_keeps_it_closed_until_it_is_refused() -> None:
    case = money.certified(money.accepted(), rank=1)
    with pytest.raises(ReportRefused, match=r"échéance 2.*refuse.*manquement"):
        reopen(case)
    payments.void(key=uuid4(), payment=case.payment, reason="Erreur", actor=case.payer, now=NOW)
    assert reopen(case).state == Report.State.FILED


def test_money_given_back_on_its_basis_keeps_it_closed() -> None:
    case = money.accepted(11_000_00)
    payments.refund(
        key=uuid4(),
        agreement=case.agreement,
        amount_cents=1_000_00,
        reason="Non dépensé",
        actor=case.payer,
        now=NOW,
    )
    with pytest.raises(ReportRefused, match=r"rendu 1\s000\s€"):
        reopen(case)


def test_a_recovery_that_reads_it_keeps_it_closed() -> None:
    case = money.accepted(11_000_00)
    row = recovering.find(
        key=uuid4(),
        agreement=case.agreement,
        ground="unspent",
        happened_on=NOW.date(),
        facts="1 000 € non dépensés",
        misused_cents=0,
        stops_payments=False,
        actor=case.desk,
        now=NOW,
    )
    with pytest.raises(ReportRefused, match=row.number):
        reopen(case)


def test_the_page_offers_it_or_says_what_to_do_instead(client: Client) -> None:
    case = money.accepted(20_000_00)
    page, act = (reverse(f"monitoring:{n}", args=[case.report.pk]) for n in ("report", "check"))
    sign_in(client, case.representative)
    assert "Rouvrir" not in client.get(page).content.decode()
    assert client.post(act, {"reopen": "", "reason": "x"}).status_code == 403
    sign_in(client, case.desk)
    assert "Rouvrir ce bilan" in client.get(page).content.decode()
    assert client.post(act, {"reopen": "", "reason": ""}).status_code == 422
    assert client.post(act, {"reopen": "", "reason": "Un oubli"}).status_code == 302
    assert "Contrôler ce bilan" in client.get(page).content.decode()
    case.report.refresh_from_db()
    money.paid(money.accept(case), rank=1)
    payments.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=NOW)
    text = html.unescape(client.get(page).content.decode())
    assert "Rouvrir ce bilan" not in text and "La convention est close d'après" in text
    refused = client.post(act, {"reopen": "", "reason": "Un oubli"})
    assert refused.status_code == 422
