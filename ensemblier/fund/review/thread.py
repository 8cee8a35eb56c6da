"""The thread of a file: the organisation and the desk write to each other, with notes inside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import notify
from ensemblier.base.notices.topics import THREAD
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import HIDDEN, Actor, Answer
from ensemblier.base.people.models import Mandate, User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.panels import Panel
from ensemblier.fund.review import access
from ensemblier.fund.review.actions import actor_on, locked, require
from ensemblier.fund.review.models import Assignment, Interest, Message, Review, ThreadRead

PURPOSE = "message"


class BadMessage(Refusal):
    """A message that says nothing, or goes where it may not."""


@transaction.atomic
def post(
    *,
    application: Application,
    body: str,
    is_internal: bool,
    file: CheckedFile | None,
    actor: Any,
    now: datetime,
) -> Message:
    """Write in the thread; the others are told by e-mail as they chose."""
    fresh = locked(application)
    about = f"application:{fresh.pk}"
    person = actor_on(actor, in_paris(now).date())
    require(access.may_write_thread(person, fresh), by=actor, subject=about)
    if not body.strip():
        raise BadMessage("Écrivez votre message.", field="body")
    from_desk = writes_for_desk(person, fresh)
    if is_internal and not from_desk:
        raise BadMessage("Une note interne est réservée au service.", field="is_internal")
    message = Message.objects.create(
        application=fresh,
        author=actor,
        body=body.strip(),
        is_internal=is_internal,
        from_desk=from_desk,
        sent_at=now,
    )
    if file is not None:
        message.file = store(
            checked=file,
            purpose=PURPOSE,
            about=f"message:{message.pk}",
            actor=actor,
            organisation_id=fresh.organisation_id,
        )
        message.save(update_fields=["file"])
    _mark(fresh, actor, message)
    record(
        actor=actor,
        action="thread.note" if is_internal else "thread.post",
        subject=about,
        data={"message": message.pk, "file": message.file_id},
    )
    _tell(fresh, message, now)
    return message


def writes_for_desk(actor: Actor, application: Application) -> bool:
    """Whoever is a member of the organisation writes for it, whatever else they are."""
    own = application.organisation_id in actor.organisations(*access.MEMBERS)
    return not own and access.is_desk(actor, application)


def _tell(application: Application, message: Message, now: datetime) -> None:
    day = in_paris(now).date()
    told = readers_of(application, message, day).exclude(pk=message.author_id)
    for account in told.order_by("pk"):
        notify(
            account=account.pk,
            to=account.email,
            topic=THREAD,
            template="review/emails/message.txt",
            context={
                "application": application,
                "message": message,
                "link": settings.SITE_URL + reverse("review:thread", args=[application.number]),
            },
            about=f"application:{application.pk}",
        )


def readers_of(application: Application, message: Message, day: date) -> QuerySet[User]:
    """Who is told: those who hold the file at the desk; the organisation, unless it is a note."""
    recused = Interest.objects.filter(application=application, recused=True).values("user")
    desk = Q(pk__in=Assignment.objects.filter(application=application).values("instructor")) | Q(
        pk__in=Review.objects.filter(application=application)
        .exclude(level__in=[Review.Level.EXPERT, Review.Level.NETWORK])
        .values("reviewer")
    )
    found = desk & ~Q(pk__in=recused)
    if not message.is_internal:
        members = Mandate.objects.on(day).filter(
            organisation=application.organisation_id, role__in=access.MEMBERS
        )
        found |= Q(pk__in=members.values("user"))
    return User.objects.filter(found, is_active=True)


@transaction.atomic
def mark_read(*, application: Application, actor: Any, now: datetime) -> None:
    """Note that this person read the thread up to its last message."""
    person = actor_on(actor, in_paris(now).date())
    about = f"application:{application.pk}"
    require(access.may_read_thread(person, application), by=actor, subject=about)
    last = messages_for(person, application).order_by("pk").last()
    if last is not None:
        _mark(application, actor, last)


def _mark(application: Application, actor: Any, message: Message) -> None:
    ThreadRead.objects.update_or_create(
        application=application, user=actor, defaults={"last": message}
    )


def messages_for(actor: Actor, application: Application) -> QuerySet[Message]:
    """What this person may read of the thread: the organisation never sees the notes."""
    rows = Message.objects.filter(application=application)
    if application.organisation_id in actor.organisations(*access.MEMBERS):
        rows = rows.filter(is_internal=False)
    return rows


def last_read(user: Any, application: Application) -> int:
    row = ThreadRead.objects.filter(application=application, user=user.pk).first()
    return row.last_id if row else 0


def panel(application: Application, actor: Actor) -> Panel | None:
    """On the organisation's own page of its file: its messages, and how many are new."""
    own = application.organisation_id in actor.organisations(*access.MEMBERS)
    if not own or application.filed_at is None:
        return None
    read = ThreadRead.objects.filter(
        application=application.pk, user=actor.user.pk, last__gte=OuterRef("pk")
    )
    is_new = ~Exists(read.order_by()) & ~Q(author=actor.user.pk)
    counts = Message.objects.filter(application=application.pk, is_internal=False).aggregate(
        total=Count("pk"), unread=Count("pk", filter=is_new)
    )
    return Panel("review/panel.html", {"number": application.number, **counts})


def may_read_file(actor: Actor, stored: Any) -> Answer:
    """A file of a message is read by whoever reads that message."""
    message = (
        Message.objects.select_related("application__organisation", "application__department")
        .filter(pk=stored.subject_id("message"))
        .first()
    )
    if message is None or actor.is_anonymous:
        return HIDDEN
    answer = access.may_read_thread(actor, message.application)
    if answer.allowed and not messages_for(actor, message.application).filter(pk=message.pk):
        return HIDDEN
    return answer
