"""What a call makes known: files told to their desk, notices told to those who write a file.

Both run on the clock: what was told is in the journal, so that nothing leaves twice.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.base.notices.actions import notify
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Mandate, Role, User
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.calls.desks import desk_of
from ensemblier.fund.calls.models import CallNotice, Desk

DESK_TOLD, NOTICE_TOLD = "desk.told", "call.notice_told"
# Older than that, a file or a notice is not news any more.
FRESH = timedelta(days=7)
CONCERNED = (State.DRAFT, State.FILED, State.IN_REVIEW, State.INCOMPLETE, State.PROPOSED)
MOST_NAMED = 20


def tell_desks(now: datetime) -> int:
    """One e-mail to each person of a desk for the files filed since the last one."""
    rows = Application.objects.filter(
        state=State.FILED, filed_at__gt=now - FRESH, filed_at__lte=now
    ).select_related("call", "department__region", "organisation")
    by_desk: dict[int, list[Application]] = defaultdict(list)
    found: dict[tuple[int, Any], Desk | None] = {}
    for row in rows.order_by("filed_at", "pk"):
        region = row.department.region_id if row.department else None
        place = (row.call_id, region)
        if place not in found:
            found[place] = desk_of(row.call, row.department)
        if desk := found[place]:
            by_desk[desk.pk].append(row)
    return sum(_tell_desk(pk, files) for pk, files in sorted(by_desk.items()))


@transaction.atomic
def _tell_desk(pk: int, files: list[Application]) -> int:
    """The desk's row is locked: two workers tell a file once."""
    desk = Desk.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)
    told: set[int] = set()
    for data in Event.objects.filter(action=DESK_TOLD, subject=f"desk:{pk}").values_list(
        "data", flat=True
    ):
        told.update(data["files"])
    fresh = [row for row in files if row.pk not in told]
    if not fresh:
        return 0
    day = in_paris(max(row.filed_at for row in fresh if row.filed_at)).date()
    people = Mandate.objects.on(day).filter(
        organisation=desk.organisation_id, role__in=(Role.INSTRUCTOR, Role.PROGRAMME)
    )
    sent = 0
    for user in User.objects.filter(pk__in=people.values("user"), is_active=True).order_by("pk"):
        message = notify(
            account=user.pk,
            to=user.email,
            topic="desk",
            template="boards/emails/desk.txt",
            context={
                "desk": desk,
                "files": fresh[:MOST_NAMED],
                "count": len(fresh),
                "link": f"{settings.SITE_URL}{reverse('review:inbox')}?pour=guichet",
            },
            about=f"desk:{pk}",
        )
        sent += message is not None
    record(
        actor=None,
        action=DESK_TOLD,
        subject=f"desk:{pk}",
        data={"files": [row.pk for row in fresh]},
    )
    return sent


def tell_notices(now: datetime) -> int:
    """Each new notice of a call, to whoever writes or filed an undecided file in it."""
    fresh = CallNotice.objects.filter(published_at__gt=now - FRESH, published_at__lte=now)
    return sum(_tell_notice(pk) for pk in list(fresh.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _tell_notice(pk: int) -> int:
    notice = CallNotice.objects.select_for_update(of=("self",)).select_related("call").get(pk=pk)
    subject = f"call_notice:{pk}"
    if Event.objects.filter(action=NOTICE_TOLD, subject=subject).exists():
        return 0
    rows = Application.objects.filter(call=notice.call, state__in=CONCERNED)
    writers = {
        row.filed_by or row.created_by for row in rows.select_related("filed_by", "created_by")
    }
    sent = 0
    for user in sorted(writers, key=lambda user: user.pk):
        if not user.is_active:
            continue
        message = notify(
            account=user.pk,
            to=user.email,
            topic="call_notices",
            template="boards/emails/notice.txt",
            context={
                "notice": notice,
                "call": notice.call,
                "link": settings.SITE_URL + reverse("calls:detail", args=[notice.call.slug]),
            },
            about=f"call:{notice.call_id}",
        )
        sent += message is not None
    record(actor=None, action=NOTICE_TOLD, subject=subject, data={"people": len(writers)})
    return sent
