"""Reports: opened from the budget, filled by the organisation, checked by the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import check_bytes
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.shares import agreed_cents, shares
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring import access, periods
from ensemblier.fund.monitoring.models import Report, ReportLine
from ensemblier.fund.monitoring.report_pdf import report_pdf
from ensemblier.fund.monitoring.rules import Variance, needs_auditor, public_grants
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

FUND_LABEL = "Fonds de soutien aux filières solidaires"
EDITABLE = (Report.State.DRAFT, Report.State.RETURNED)
PURPOSE = "report"
# What the report tells beside its amounts, in the order of the form.
STORY = (
    *("people_note", "began_on", "ended_on", "places", "results", "sharing_rule"),
    *("in_kind_note", "remarks", "unspent_wish", "public_grants_cents"),
    *("auditor_name", "auditor_on"),
)


class ReportRefused(Refusal):
    """The report cannot be opened, filed or checked as it stands."""


class NotTheCertifier(Refusal):
    """The legal representative certifies; the desk of the territory checks."""


class StaleReport(Refusal):
    """Somebody saved the report in between."""


@transaction.atomic
def start_report(
    *, agreement: Agreement, kind: str, actor: Any, day: date, year: int | None = None
) -> Report:
    """Open a report with the planned budget copied in; opening it twice gives the same one."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    existing = Report.objects.filter(agreement=agreement, kind=kind, year=year).first()
    if existing:
        return existing
    if agreement.state != Agreement.State.SIGNED:
        raise ReportRefused("Un bilan s'ouvre sur une convention signée.")
    report = Report.objects.create(
        agreement=agreement, kind=kind, year=year, due_on=_due_on(agreement, kind, year)
    )
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
    given = shares(agreement)
    if kind == Report.Kind.YEARLY:
        given = [share for share in given if share.envelope.year == year]
    lines.append(
        ReportLine(
            report=report,
            side=Side.RESOURCE,
            code=FUND_CODE,
            label=FUND_LABEL,
            payer=application.call.owner.name,
            planned_cents=sum(share.cents for share in given),
        )
    )
    ReportLine.objects.bulk_create(lines)
    record(actor=actor, action="report.start", subject=f"report:{report.pk}")
    return report


def _due_on(agreement: Agreement, kind: str, year: int | None) -> date:
    """As the agreement asks; one that it does not ask for may still be given."""
    asked = periods.due_on(agreement, kind, year)
    if asked is not None:
        return asked
    if kind == Report.Kind.YEARLY:
        raise ReportRefused("Cette convention ne demande pas de bilan pour cette année.")
    return agreement.ends_on


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
    story: Mapping[str, Any] | None = None,
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
    for name, value in (story or {}).items():
        if name not in STORY:
            raise KeyError(name)
        setattr(fresh, name, value)
    if fresh.began_on and fresh.ended_on and fresh.ended_on < fresh.began_on:
        raise ReportRefused("La fin des actions précède leur début.", field="ended_on")
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
    """The legal representative certifies the report and hands it to the desk, as a frozen PDF.

    Filing it twice changes nothing.
    """
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.state == Report.State.FILED:
        return report
    if report.state not in EDITABLE:
        raise ReportRefused("Ce bilan est déjà contrôlé.")
    day = in_paris(now).date()
    require(access.may_certify(actor_on(actor, day), report), NotTheCertifier)
    _check_whole(report, day)
    report.state, report.filed_at, report.filed_by = Report.State.FILED, now, actor
    report.certified_at, report.certified_by = now, actor
    application = report.agreement.decision.application
    report.pdf = store(
        checked=check_bytes(
            content=report_pdf(report, made_at=now),
            name=f"bilan-{report.agreement.number}-{report.kind}.pdf",
        ),
        purpose=PURPOSE,
        about=f"report:{report.pk}",
        organisation_id=application.organisation_id,
        actor=actor,
        counted=False,
    )
    report.save()
    record(
        actor=actor,
        action="report.file",
        subject=f"report:{report.pk}",
        data={"pdf": report.pdf.sha256},
    )
    return report


def _check_whole(report: Report, day: date) -> None:
    """What a report lacks before it can be certified."""
    lines = list(report.lines.all())
    missing = [line.label for line in lines if line.actual_cents is None]
    if missing:
        raise ReportRefused(
            f"Indiquez le montant réalisé de chaque ligne (0 s'il n'y a rien). "
            f"Il reste : {', '.join(missing[:3])}{'…' if len(missing) > 3 else ''}."
        )
    if not report.narrative.strip():
        raise ReportRefused("Racontez en quelques phrases ce qui a été fait.", field="narrative")
    if significant(lines, report.due_on) and not report.variance_note.strip():
        raise ReportRefused(
            "Le réalisé diffère du prévu : expliquez pourquoi.", field="variance_note"
        )
    shared = [line for line in lines if line.code == "CI" and line.actual_cents]
    if shared and not report.sharing_rule.strip():
        raise ReportRefused(
            "Des charges indirectes sont comptées : dites comment vous les partagez.",
            field="sharing_rule",
        )
    if needs_auditor(grants_of(report, lines), day) and not (
        report.auditor_name.strip() and report.auditor_on
    ):
        raise ReportRefused(
            "À partir de 153 000 € de subventions publiques dans l'année, un commissaire aux "
            "comptes certifie les comptes : écrivez son nom et la date de son rapport.",
            field="auditor_name",
        )


def grants_of(report: Report, lines: list[ReportLine]) -> int:
    """Public grants of the year: what the organisation states, never less than the report shows."""
    shown = public_grants(
        (line.code, line.actual_cents) for line in lines if line.side == Side.RESOURCE
    )
    return max(shown, report.public_grants_cents or 0)


def significant(lines: list[ReportLine], day: date) -> list[ReportLine]:
    """The lines whose variance must be explained."""
    return [
        line
        for line in lines
        if Variance(line.planned_cents, line.actual_cents or 0).is_significant(day)
    ]


@transaction.atomic
def accept_report(
    *,
    report: Report,
    justified_cents: int | None,
    note: str,
    actor: Any,
    now: datetime,
    kept_cents: int = 0,
) -> Report:
    """The desk accepts the report and says how much of the grant is justified, how much of what
    is left may be kept."""
    report = _filed(report, actor, now)
    granted = agreed_cents(report.agreement)
    if justified_cents is None:
        raise ReportRefused(
            "Écrivez le montant des dépenses admises (0 si aucune).", field="justified_cents"
        )
    if not 0 <= justified_cents <= granted:
        raise ReportRefused(
            "Les dépenses admises vont de 0 au montant accordé, avenants compris : "
            f"{euros(granted)}.",
            field="justified_cents",
        )
    if kept_cents and not report.agreement.surplus_clause.strip():
        raise ReportRefused(
            "La convention ne laisse rien garder : ce qui n'est pas dépensé revient à l'État.",
            field="kept_cents",
        )
    if not 0 <= kept_cents <= granted - justified_cents:
        raise ReportRefused(
            "Le reste gardé va de 0 à ce qui n'est pas justifié, ici "
            f"{euros(granted - justified_cents)}.",
            field="kept_cents",
        )
    report.justified_cents, report.kept_cents = justified_cents, kept_cents
    return _check(report, Report.State.ACCEPTED, note, actor, now)


@transaction.atomic
def return_report(*, report: Report, note: str, actor: Any, now: datetime) -> Report:
    """The desk sends the report back with what is missing."""
    report = _filed(report, actor, now)
    if not note.strip():
        raise ReportRefused("Dites ce qui manque dans ce bilan.", field="note")
    return _check(report, Report.State.RETURNED, note, actor, now)


def _filed(report: Report, actor: Any, now: datetime) -> Report:
    fresh = Report.objects.select_for_update().get(pk=report.pk)
    person = actor_on(actor, in_paris(now).date())
    require(access.may_check(person, fresh), NotTheCertifier)
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
