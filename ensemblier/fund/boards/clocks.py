"""Clocks that ran out: complements, reports, and payments past the days of the law."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from ensemblier.base.pages.formats import in_paris
from ensemblier.engines.law.subsidies import payment_due_days
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review.models import ComplementRequest


class Overdue(NamedTuple):
    """How many ran out, the longest in days, and where they are read."""

    label: str
    number: int
    longest: int
    url: str


def overdue(day: date, seen: QuerySet[Application]) -> list[Overdue]:
    """Three queries, on the files in sight."""
    files = seen.filter(filed_at__isnull=False).order_by()
    asked = ComplementRequest.objects.filter(
        ComplementRequest.OPEN,
        application__in=files,
        application__state=State.INCOMPLETE,
        due_on__lt=day,
    ).order_by()
    reports = Report.objects.filter(
        agreement__decision__application__in=files,
        state__in=[Report.State.DRAFT, Report.State.RETURNED],
        due_on__lt=day,
    ).order_by()
    found = (
        ("Compléments non rendus", list(asked.values_list("due_on", flat=True)),
         f"{reverse('review:inbox')}?alerte=retard"),
        ("Bilans non rendus", list(reports.values_list("due_on", flat=True)),
         reverse("agreements:list")),
        ("Versements au-delà du délai légal", _payments(day, files), reverse("payments:inbox")),
    )  # fmt: skip
    return [
        Overdue(label, len(days), max(((day - due).days for due in days), default=0), url)
        for label, days, url in found
    ]


def _payments(day: date, files: QuerySet[Application]) -> list[date]:
    """The last legal day of each opened instalment that is not paid and is past it."""
    paid = Payment.objects.filter(instalment=OuterRef("pk"), state=Payment.State.PAID)
    opened = Q(clock_starts_on__isnull=False) | Q(
        release=Instalment.Release.SIGNATURE, agreement__signed_at__isnull=False
    )
    rows = Instalment.objects.filter(
        opened,
        ~Exists(paid),
        agreement__state=Agreement.State.SIGNED,
        agreement__decision__application__in=files,
    ).order_by()
    due = []
    for clock, signed in rows.values_list("clock_starts_on", "agreement__signed_at"):
        start = clock or in_paris(signed).date()
        last = start + timedelta(days=payment_due_days(start))
        if last < day:
            due.append(last)
    return due
