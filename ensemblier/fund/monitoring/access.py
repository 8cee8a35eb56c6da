"""Who writes, reads and checks a report."""

from __future__ import annotations

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.access import may_prepare, may_read_agreement
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring.models import DeclaredInvoice, EndSheet, Evaluation, Mark, Report
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


def may_evaluate(actor: Actor, agreement: Agreement) -> Answer:
    """Open the evaluation: the organisation, or the desk that prepared the agreement."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if _organisation(agreement) in actor.organisations(*MEMBERS):
        return YES
    return may_prepare(actor, agreement.decision)


def may_speak(actor: Actor, evaluation: Evaluation, voice: str) -> Answer:
    """The organisation for itself and for the people it asked; the desk for its visit."""
    if not may_read_agreement(actor, evaluation.agreement).allowed:
        return HIDDEN
    own = _organisation(evaluation.agreement) in actor.organisations(*MEMBERS)
    if voice == Mark.Voice.CARRIER:
        return YES if own else Answer(False, "L'organisation écrit elle-même son évaluation.")
    return may_prepare(actor, evaluation.agreement.decision)


def speaks_in(actor: Actor, evaluation: Evaluation) -> Answer:
    """Writes in one voice at least."""
    answers = [may_speak(actor, evaluation, voice) for voice in Mark.Voice.values]
    return next((answer for answer in answers if answer.allowed), answers[0])


def may_read_sheet(actor: Actor, agreement: Agreement) -> Answer:
    """The draft: the organisation and the desk. What is published is in the library, for all."""
    return may_evaluate(actor, agreement)


def may_edit_sheet(actor: Actor, sheet: EndSheet) -> Answer:
    """The carrier alone writes its sheet."""
    return may_start(actor, sheet.agreement)


def may_publish_sheet(actor: Actor, sheet: EndSheet) -> Answer:
    """The legal representative consents in the name of the organisation."""
    answer = may_edit_sheet(actor, sheet)
    if not answer.allowed:
        return answer
    if actor.has(Role.REPRESENTATIVE, organisation=_organisation(sheet.agreement)):
        return YES
    return Answer(False, "Le représentant légal donne l'accord de l'organisation.")


def may_withdraw_sheet(actor: Actor, sheet: EndSheet) -> Answer:
    """Any member of the organisation at any time; the programme when the law asks."""
    if _organisation(sheet.agreement) in actor.organisations(*MEMBERS):
        return YES
    if not may_read_agreement(actor, sheet.agreement).allowed:
        return HIDDEN
    if actor.has(Role.PROGRAMME):
        return YES
    return Answer(False, "L'organisation retire sa fiche quand elle le veut.")


def may_withdraw_invoice(actor: Actor, invoice: DeclaredInvoice) -> Answer:
    return may_write(actor, invoice.report)


def carries(actor: Actor, evaluation: Evaluation) -> Answer:
    """Speaks for the organisation in an evaluation."""
    return may_speak(actor, evaluation, Mark.Voice.CARRIER)


def visits(actor: Actor, evaluation: Evaluation) -> Answer:
    """Speaks for the desk in an evaluation."""
    return may_speak(actor, evaluation, Mark.Voice.VISIT)
