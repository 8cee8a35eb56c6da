"""Reports: opened from the budget, filled by the organisation, checked by the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.engines.budget import FUND_CODE
from ensemblier.engines.law.subsidies import report_due
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring.models import Report, ReportLine
from ensemblier.fund.review.actions import write_to_applicant

FUND_LABEL = "Fonds de soutien aux filières solidaires"
EDITABLE = (Report.State.DRAFT, Report.State.RETURNED)


class ReportRefused(Refusal):
    """The report cannot be opened, filed or checked as it stands."""


class StaleReport(Refusal):
    """Somebody saved the report in between."""


@transaction.atomic
def start_report(*, agreement: Agreement, kind: str, actor: Any, day: date) -> Report:
    """Open a report with the planned budget copied in; opening it twice gives the same one."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    existing = Report.objects.filter(agreement=agreement, kind=kind).first()
    if existing:
        return existing
    if agreement.state != Agreement.State.SIGNED:
        raise ReportRefused("Un bilan s'ouvre sur une convention signée.")
    report = Report.objects.create(agreement=agreement, kind=kind, due_on=_due_on(agreement, kind))
    application = agreement.decision.application
    lines = [
        ReportLine(
            report=report,
            side=line.side,
            code=line.code,
            label=line.label,
            payer=line.payer,
            planned_cents=line.amount_cents,
        )
        for line in application.lines.all()
    ]
    granted = sum(award.amount_cents for award in agreement.decision.awards.all())
    lines.append(
        ReportLine(
            report=report,
            side=Side.RESOURCE,
            code=FUND_CODE,
            label=FUND_LABEL,
            payer=application.call.owner.name,
            planned_cents=granted,
        )
    )
    ReportLine.objects.bulk_create(lines)
    record(actor=actor, action="report.start", subject=f"report:{report.pk}")
    return report


def _due_on(agreement: Agreement, kind: str) -> date:
    """The final report is due six months after the year in which the agreement ends."""
    if kind == Report.Kind.INTERMEDIATE:
        return agreement.ends_on
    return report_due(date(agreement.ends_on.year, 12, 31))


@transaction.atomic
def save_report(
    *,
    report: Report,
    narrative: str,
    variance_note: str,
    people_count: int | None,
    actuals: Mapping[int, int | None],
    version: int,
    actor: Any,
) -> Report:
    """Keep what was typed, unless somebody else saved since."""
    fresh = Report.objects.select_for_update().get(pk=report.pk)
    if fresh.state not in EDITABLE:
        raise ReportRefused("Ce bilan est déposé : il ne change plus.")
    if fresh.version != version:
        raise StaleReport(
            "Une autre personne a enregistré ce bilan pendant que vous le remplissiez. "
            "Votre saisie est encore là : comparez, puis enregistrez de nouveau."
        )
    fresh.narrative, fresh.variance_note = narrative, variance_note
    fresh.people_count, fresh.version = people_count, version + 1
    fresh.save()
    lines = {line.pk: line for line in fresh.lines.all()}
    for pk, cents in actuals.items():
        if pk in lines:
            lines[pk].actual_cents = cents
    ReportLine.objects.bulk_update(lines.values(), ["actual_cents"])
    record(actor=actor, action="report.save", subject=f"report:{report.pk}")
    return fresh


@transaction.atomic
def file_report(*, report: Report, actor: Any, now: datetime) -> Report:
    """Hand the report to the desk; filing it twice changes nothing."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.state == Report.State.FILED:
        return report
    if report.state not in EDITABLE:
        raise ReportRefused("Ce bilan est déjà contrôlé.")
    lines = list(report.lines.all())
    missing = [line.label for line in lines if line.actual_cents is None]
    if missing:
        raise ReportRefused(
            f"Indiquez le montant réalisé de chaque ligne (0 s'il n'y a rien). "
            f"Il reste : {', '.join(missing[:3])}{'…' if len(missing) > 3 else ''}."
        )
    if not report.narrative.strip():
        raise ReportRefused("Racontez en quelques phrases ce qui a été fait.", field="narrative")
    if has_variance(lines) and not report.variance_note.strip():
        raise ReportRefused(
            "Le réalisé diffère du prévu : expliquez pourquoi.", field="variance_note"
        )
    report.state, report.filed_at, report.filed_by = Report.State.FILED, now, actor
    report.save()
    record(actor=actor, action="report.file", subject=f"report:{report.pk}")
    return report


def has_variance(lines: list[ReportLine]) -> bool:
    """Some line came out different from what was planned."""
    return any(line.actual_cents != line.planned_cents for line in lines)


@transaction.atomic
def accept_report(
    *, report: Report, justified_cents: int | None, note: str, actor: Any, now: datetime
) -> Report:
    """The desk accepts the report and says how much of the grant is justified."""
    report = _filed(report)
    granted = sum(award.amount_cents for award in report.agreement.decision.awards.all())
    if justified_cents is None:
        raise ReportRefused(
            "Écrivez le montant des dépenses admises (0 si aucune).", field="justified_cents"
        )
    if not 0 <= justified_cents <= granted:
        raise ReportRefused(
            "Les dépenses admises vont de 0 au montant accordé.", field="justified_cents"
        )
    report.justified_cents = justified_cents
    return _check(report, Report.State.ACCEPTED, note, actor, now)


@transaction.atomic
def return_report(*, report: Report, note: str, actor: Any, now: datetime) -> Report:
    """The desk sends the report back with what is missing."""
    report = _filed(report)
    if not note.strip():
        raise ReportRefused("Dites ce qui manque dans ce bilan.", field="note")
    return _check(report, Report.State.RETURNED, note, actor, now)


def _filed(report: Report) -> Report:
    fresh = Report.objects.select_for_update().get(pk=report.pk)
    if fresh.state != Report.State.FILED:
        raise ReportRefused(
            "Ce bilan n'est pas à contrôler : il n'est pas déposé, ou déjà contrôlé."
        )
    return fresh


def _check(report: Report, state: str, note: str, actor: Any, now: datetime) -> Report:
    report.state, report.check_note = state, note
    report.checked_at, report.checked_by = now, actor
    report.save()
    record(actor=actor, action=f"report.{state}", subject=f"report:{report.pk}", reason=note)
    application = report.agreement.decision.application
    write_to_applicant(application, "monitoring/emails/checked.txt", {"report": report})
    return report
