"""Reminders of reports: thirty and seven days before the date, one and fifteen days after."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import notify, send
from ensemblier.base.notices.topics import REMINDERS
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring.models import Reminder
from ensemblier.fund.monitoring.parameters import REMINDER_DAYS
from ensemblier.fund.monitoring.periods import WITH_THE_DESK, Period, periods


def remind(now: datetime) -> int:
    """Send what is due today; each step leaves once, even with two workers or a day missed."""
    day = in_paris(now).date()
    rows = Agreement.objects.filter(state=Agreement.State.SIGNED).select_related(
        "decision__application__organisation",
        "decision__application__filed_by",
        "decision__application__created_by",
    )
    rows = rows.prefetch_related(
        "decision__awards__envelope",
        "amendments__lines__envelope",
        "instalments",
        "reports",
        "reminders",
    )
    return sum(
        _remind_one(agreement, period, step, day)
        for agreement in rows.order_by("pk").iterator(chunk_size=200)
        for period, step in due(agreement, day)
    )


def due(agreement: Agreement, day: date) -> list[tuple[Period, int]]:
    """For each report not given: the latest step reached, unless it left already."""
    given = {(r.kind, r.year or 0) for r in agreement.reports.all() if r.state in WITH_THE_DESK}
    sent = {(r.kind, r.year, r.due_on, r.step) for r in agreement.reminders.all()}
    found = []
    for period in periods(agreement):
        reached = [step for step in REMINDER_DAYS if period.due_on + timedelta(days=step) <= day]
        if not reached or (period.kind, period.year) in given:
            continue
        step = reached[-1]
        if (period.kind, period.year, period.due_on, step) not in sent:
            found.append((period, step))
    return found


def _remind_one(agreement: Agreement, period: Period, step: int, day: date) -> bool:
    try:
        with transaction.atomic():
            Reminder.objects.create(
                agreement=agreement,
                kind=period.kind,
                year=period.year,
                due_on=period.due_on,
                step=step,
                sent_on=day,
            )
            _write(agreement, period, step)
            record(
                actor=None,
                action="report.remind",
                subject=f"agreement:{agreement.pk}",
                data={"report": period.kind, "year": period.year, "days": step},
            )
    except IntegrityError:
        return False  # another worker sent it
    return True


def _write(agreement: Agreement, period: Period, step: int) -> None:
    """To whoever filed the request as they chose, and always to the organisation's address."""
    application = agreement.decision.application
    context: dict[str, Any] = {
        "agreement": agreement,
        "application": application,
        "period": period,
        "late": step > 0,
        "link": settings.SITE_URL + reverse("monitoring:list", args=[agreement.number]),
    }
    writer = application.filed_by or application.created_by
    template, about = "monitoring/emails/reminder.txt", f"agreement:{agreement.pk}"
    notify(
        account=writer.pk,
        to=writer.email,
        topic=REMINDERS,
        template=template,
        context=context,
        about=about,
    )
    if application.organisation.email not in ("", writer.email):
        send(to=application.organisation.email, template=template, context=context, about=about)
