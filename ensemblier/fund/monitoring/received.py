"""Whether an organisation that asks again sent the financial reports (Cerfa 15059) it owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from ensemblier.base.pages.formats import day as written
from ensemblier.base.prepared import DAY, KEY, Prepared
from ensemblier.engines.law.subsidies import REPORT_MONTHS, in_force, report_due
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.review.checks import BLOCKING, OK, Check, Facts

LABEL = "Compte rendu financier (Cerfa 15059)"


def _ended(organisation: int, but: int, day: date) -> QuerySet:
    """Its agreements that are over, but the one of this request: was the last report sent?"""
    sent = Report.objects.filter(
        agreement=OuterRef("pk"), kind=Report.Kind.FINAL, filed_at__isnull=False
    )
    rows = Agreement.objects.filter(
        decision__application__organisation=organisation, signed_at__isnull=False, ends_on__lt=day
    )
    rows = rows.exclude(decision__application=but).annotate(is_sent=Exists(sent))
    return rows.order_by("ends_on").values_list("number", "ends_on", "is_sent")


ENDED = Prepared(_ended, organisation=KEY, but=KEY, day=DAY)


def reports_received(application: Application, facts: Facts) -> Iterator[Check]:
    """A report that is past its date stops a new request (law 2000-321, art. 10); one query."""
    day = facts.day
    ended = ENDED.found(organisation=application.organisation_id, but=application.pk, day=day)
    # Six months after the year of the grant, not after its last day (see periods.periods).
    late = [
        (number, report_due(date(ends.year, 12, 31)))
        for number, ends, is_sent in ended
        if not is_sent
    ]
    late = [(number, due) for number, due in late if due < day]
    source = in_force(REPORT_MONTHS, day).source
    for number, due in late:
        sentence = f"Celui de la convention {number} était dû le {written(due)} : il manque."
        yield Check(BLOCKING, LABEL, sentence, source)
    if ended and not late:
        yield Check(OK, LABEL, "Rien n'est en retard pour les aides précédentes.", source)
