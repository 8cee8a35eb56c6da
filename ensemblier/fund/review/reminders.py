"""Reminders of complements: seven days and one day before the date, then to both sides once it is
past."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import notify
from ensemblier.base.notices.topics import REMINDERS
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.applications.models import State
from ensemblier.fund.review.actions import write_to_applicant
from ensemblier.fund.review.clock import OVERDUE, reminder_due
from ensemblier.fund.review.models import ComplementRequest


def remind(now: datetime) -> int:
    """Send what is due today; each reminder leaves once, even with two workers."""
    rows = ComplementRequest.objects.filter(
        ComplementRequest.OPEN, application__state=State.INCOMPLETE
    )
    return sum(_remind_one(pk, now) for pk in list(rows.values_list("pk", flat=True)))


@transaction.atomic
def _remind_one(pk: int, now: datetime) -> bool:
    rows = ComplementRequest.objects.select_for_update(of=("self",))
    request = rows.select_related(
        "asked_by", "application__organisation", "application__filed_by", "application__created_by"
    ).get(pk=pk)
    day = in_paris(now).date()
    which = reminder_due(request.due_on, request.reminders, day)
    if which is None or request.answered_at is not None or request.closed_at is not None:
        return False
    request.reminders = [*request.reminders, which]
    request.save(update_fields=["reminders"])
    if which == OVERDUE:
        _write(request, request.asked_by, "overdue", "review:file")
        write_to_applicant(request.application, "review/emails/late.txt", {"request": request})
    else:
        writer = request.application.filed_by or request.application.created_by
        _write(request, writer, "reminder", "review:answer")
    record(
        actor=None,
        action="review.remind",
        subject=f"application:{request.application_id}",
        data={"request": request.pk, "days": which},
    )
    return True


def _write(request: ComplementRequest, account: Any, name: str, page: str) -> None:
    application = request.application
    link = settings.SITE_URL + reverse(page, args=[application.number])
    notify(
        account=account.pk,
        to=account.email,
        topic=REMINDERS,
        template=f"review/emails/{name}.txt",
        context={"request": request, "application": application, "link": link},
        about=f"application:{application.pk}",
    )
