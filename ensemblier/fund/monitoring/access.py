"""Who writes, reads and checks a report."""

from __future__ import annotations

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.access import may_prepare, may_read_agreement
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.review.access import MEMBERS


def may_start(actor: Actor, agreement: Agreement) -> Answer:
    """The organisation opens its own reports."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if agreement.decision.application.organisation_id in actor.organisations(*MEMBERS):
        return YES
    return Answer(False, "L'organisation remplit elle-même son bilan.")


def may_read_report(actor: Actor, report: Report) -> Answer:
    """The organisation at any time; the others once it was filed."""
    if report.agreement.decision.application.organisation_id in actor.organisations(*MEMBERS):
        return YES
    if report.filed_at is None:
        return HIDDEN
    return may_read_agreement(actor, report.agreement)


def may_write(actor: Actor, report: Report) -> Answer:
    if not may_read_report(actor, report).allowed:
        return HIDDEN
    return may_start(actor, report.agreement)


def may_certify(actor: Actor, report: Report) -> Answer:
    """The legal representative of the organisation, nobody else."""
    answer = may_write(actor, report)
    if not answer.allowed:
        return answer
    if actor.has(Role.REPRESENTATIVE, organisation=_organisation(report.agreement)):
        return YES
    return Answer(
        False,
        "Le représentant légal certifie le bilan. Enregistrez-le : il le dépose depuis son compte.",
    )


def _organisation(agreement: Agreement) -> int:
    return agreement.decision.application.organisation_id


def may_read_pdf(actor: Actor, stored: StoredFile) -> Answer:
    """Whoever reads the report reads its text."""
    report = Report.objects.filter(pdf=stored).first()
    return may_read_report(actor, report) if report else HIDDEN


def may_check(actor: Actor, report: Report) -> Answer:
    """The desk that prepared the agreement."""
    if not may_read_report(actor, report).allowed:
        return HIDDEN
    return may_prepare(actor, report.agreement.decision)
