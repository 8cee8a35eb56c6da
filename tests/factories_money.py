"""Agreements, reports and payments for tests, each made through the real actions."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import actions as payments
from tests import factories_fund as fund
from tests import factories_review as review

NOW = fund.NOW
PLAN = (
    Planned("Versement 1", "signature", 12_000_00, date(2027, 7, 1)),
    Planned("Solde", "final_report", 8_000_00, date(2028, 6, 1)),
)


def granted(cents: int = 20_000_00, *, case: SimpleNamespace | None = None) -> SimpleNamespace:
    """A file granted, with everyone around it."""
    case = case or review.proposed()
    application = case.application
    signatory = review.signatory()
    envelope = application.call.envelopes.first()
    case.decision = review.decide(application, signatory, awards=[(envelope, "engineering", cents)])
    application.refresh_from_db()
    case.envelope, case.signatory = envelope, signatory
    case.desk = fund.user(Role.INSTRUCTOR, department=application.department)
    case.payer = fund.user(Role.PAYER)
    case.representative = fund.user(Role.REPRESENTATIVE, application.organisation)
    return case


def prepared(case: SimpleNamespace | None = None, **fields: Any) -> SimpleNamespace:
    case = case or granted()
    case.agreement = prepare(case, **fields)
    return case


def prepare(case: SimpleNamespace, **fields: Any) -> Agreement:
    full = {
        "starts_on": date(2027, 6, 1),
        "ends_on": date(2027, 12, 31),
        "instalments": PLAN,
        "surplus_clause": "",
        "basis": agreements.Basis("not_economic"),
        "actor": case.desk,
        "now": NOW,
    } | fields
    return agreements.prepare(decision=case.decision, **full)


def sent(case: SimpleNamespace | None = None) -> SimpleNamespace:
    case = prepared(case)
    case.agreement = agreements.send(agreement=case.agreement, actor=case.desk, now=NOW)
    return case


def signed(case: SimpleNamespace | None = None) -> SimpleNamespace:
    return signed_of(prepared(case))


def signed_of(case: SimpleNamespace) -> SimpleNamespace:
    """What is prepared, sent then signed by both."""
    case.agreement = agreements.send(agreement=case.agreement, actor=case.desk, now=NOW)
    application = case.application
    for organisation, person in (
        (application.organisation, case.representative),
        (application.call.owner, case.signatory),
    ):
        case.agreement = agreements.sign(
            agreement=case.agreement, organisation=organisation, actor=person, now=NOW, key=uuid4()
        )
    case.instalments = list(case.agreement.instalments.all())
    return case


def certified(case: SimpleNamespace | None = None, rank: int = 0) -> SimpleNamespace:
    case = case or signed()
    case.payment = payments.certify(
        key=uuid4(), instalment=case.instalments[rank], actor=case.desk, now=NOW
    )
    return case


def paid(case: SimpleNamespace | None = None, rank: int = 0) -> SimpleNamespace:
    case = certified(case, rank)
    case.payment = payments.pay(key=uuid4(), payment=case.payment, actor=case.payer, now=NOW)
    return case


def reported(case: SimpleNamespace | None = None, *, actual: int | None = None) -> SimpleNamespace:
    """The final report filed; each line as planned, unless told."""
    case = case or paid()
    report = monitoring.start_report(
        agreement=case.agreement,
        kind=Report.Kind.FINAL,
        actor=case.representative,
        day=date(2028, 1, 5),
    )
    lines = report.lines.all()
    report = monitoring.save_report(
        report=report,
        narrative="Les paniers ont été livrés chaque semaine.",
        variance_note="Deux semaines sans livraison, à cause de la neige.",
        people_count=200,
        actuals={line.pk: line.planned_cents if actual is None else actual for line in lines},
        version=report.version,
        actor=case.representative,
    )
    case.report = monitoring.file_report(
        report=report, actor=case.representative, now=NOW + timedelta(days=240)
    )
    return case


def accept(case: SimpleNamespace, cents: int = 20_000_00) -> SimpleNamespace:
    case.report = monitoring.accept_report(
        report=case.report,
        justified_cents=cents,
        note="",
        actor=case.desk,
        now=NOW + timedelta(days=260),
    )
    return case


def accepted(cents: int = 20_000_00, case: SimpleNamespace | None = None) -> SimpleNamespace:
    return accept(reported(case), cents)
