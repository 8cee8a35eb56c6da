"""Reopening an accepted report in which an error is found, while nothing was done on its basis."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.fund.agreements import ties
from ensemblier.fund.agreements.models import Agreement, Instalment, Recovery
from ensemblier.fund.agreements.recovering import GOING
from ensemblier.fund.monitoring import access
from ensemblier.fund.monitoring.actions import NotTheCertifier, ReportRefused
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

RELEASES = {
    Report.Kind.INTERMEDIATE: Instalment.Release.INTERMEDIATE_REPORT,
    Report.Kind.FINAL: Instalment.Release.FINAL_REPORT,
}


@transaction.atomic
def reopen_report(*, report: Report, reason: str, actor: Any, now: datetime) -> Report:
    """Put an accepted report back among those to check; what was admitted stays in the journal.

    The agreement is held: nothing is certified, given back or closed meanwhile.
    """
    agreement = Agreement.objects.select_for_update().get(pk=report.agreement_id)
    report = Report.objects.select_for_update().get(pk=report.pk)
    report.agreement = agreement
    person = actor_on(actor, in_paris(now).date())
    require(access.may_check(person, report), NotTheCertifier)
    if report.state != Report.State.ACCEPTED:
        raise ReportRefused("Seul un bilan accepté se rouvre. Rechargez la page.")
    if why := why_closed(report):
        raise ReportRefused(why)
    if not reason.strip():
        raise ReportRefused("Dites quelle erreur vous avez trouvée.", field="reason")
    before = {
        "justified_cents": report.justified_cents,
        "kept_cents": report.kept_cents,
        "checked_by": report.checked_by_id,
        "checked_at": report.checked_at.isoformat() if report.checked_at else None,
        "note": report.check_note,
    }
    report.state, report.check_note = Report.State.FILED, reason.strip()
    report.justified_cents = report.kept_cents = None
    report.checked_at = report.checked_by = None
    report.save()
    record(
        actor=actor,
        action="report.reopen",
        subject=f"report:{report.pk}",
        reason=report.check_note,
        data=before,
    )
    application = agreement.decision.application
    write_to_applicant(application, "monitoring/emails/reopened.txt", {"report": report})
    return report


def why_closed(report: Report) -> str:
    """What was done on the basis of this report, and what to do instead; "" when nothing was."""
    agreement = report.agreement
    if agreement.state != Agreement.State.SIGNED:
        return (
            "La convention est close d'après ses bilans : ils ne se rouvrent plus. Si l'erreur "
            "change ce qui était dû, écrivez-le à l'organisation et saisissez votre comptable."
        )
    return _paid(report) or _given_back(report) or _recovered(report)


def _paid(report: Report) -> str:
    release = RELEASES.get(Report.Kind(report.kind))
    rows = [row for row in report.agreement.instalments.all() if row.release == release]
    taken = ties.taken_among(rows) if rows else set()
    row = next((row for row in rows if row.pk in taken), None)
    if row is None:
        return ""
    return (
        f"L'échéance {row.position} est certifiée ou payée d'après ce bilan : il ne se rouvre pas. "
        "Si elle n'est pas encore payée, l'agent payeur la refuse, puis vous rouvrez le bilan. Si "
        "elle l'est, constatez un manquement pour faire rendre ce qui n'était pas dû."
    )


def _given_back(report: Report) -> str:
    if report.kind != Report.Kind.FINAL or report.checked_at is None:
        return ""
    cents = ties.given_back_since(report.agreement, report.checked_at)
    if not cents:
        return ""
    return (
        f"L'organisation a rendu {euros(cents)} depuis que ce bilan est accepté : il ne se rouvre "
        "pas. Si elle doit rendre davantage, constatez un manquement ; si elle a trop rendu, "
        "voyez avec votre comptable."
    )


def _recovered(report: Report) -> str:
    rows = report.agreement.recoveries.order_by("pk")
    going = rows.filter(state__in=GOING).first()
    if going is not None:
        return (
            f"Le reversement {going.number} est en cours et lit ce bilan : abandonnez-le ou "
            "faites-le annuler par la personne qui signe, puis rouvrez le bilan."
        )
    done = rows.filter(state=Recovery.State.SETTLED, ended_at__gte=report.checked_at).first()
    if done is None or done.ended_at is None:
        return ""
    on = in_words(in_paris(done.ended_at).date())
    return (
        f"Le reversement {done.number} a été soldé d'après ce bilan le {on} : il ne se rouvre pas. "
        "Si l'organisation doit rendre davantage, constatez un autre manquement."
    )
