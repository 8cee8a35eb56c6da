"""Comments on the pages of a file: written, answered, settled, shared with the service or not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import notify
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Mandate, User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access
from ensemblier.fund.applications.models import Application, Comment
from ensemblier.fund.applications.rules import NAMES

TOPIC = "comments"
LONGEST = 2000


class BadComment(Refusal):
    """A comment that says nothing, is too long, or answers nothing."""


class Thread(NamedTuple):
    """A remark with its answers."""

    first: Comment
    replies: list[Comment]
    step_name: str


@transaction.atomic
def comment(
    *,
    application: Application,
    step: str,
    body: str,
    actor: Any,
    now: datetime,
    thread: Comment | None = None,
) -> Comment:
    """Write on a page of the file, or answer; the others are told as they chose."""
    person = access.actor_on(actor, in_paris(now).date())
    access.require(access.may_comment(person, application), actor=actor, application=application)
    text = body.strip()
    if not text:
        raise BadComment("Écrivez votre commentaire.", field="body")
    if len(text) > LONGEST:
        raise BadComment(f"Un commentaire compte {LONGEST} signes au plus.", field="body")
    if step not in NAMES:
        raise BadComment("Choisissez la page dont vous parlez.", field="step")
    if thread is not None and (thread.application_id != application.pk or thread.thread_id):
        raise BadComment("Ce commentaire n'est plus là. Rechargez la page.")
    row = Comment.objects.create(
        application=application,
        step=thread.step if thread else step,
        thread=thread,
        author=actor,
        body=text,
        written_at=now,
    )
    _log(row, actor, "comment.write")
    _tell(row, now)
    return row


@transaction.atomic
def resolve(*, comment: Comment, actor: Any, now: datetime) -> Comment:
    """The remark is dealt with."""
    return _change(comment, actor, now, "resolve", resolved_at=now, resolved_by=actor)


@transaction.atomic
def reopen(*, comment: Comment, actor: Any, now: datetime) -> Comment:
    return _change(comment, actor, now, "reopen", resolved_at=None, resolved_by=None)


@transaction.atomic
def share(*, comment: Comment, actor: Any, now: datetime) -> Comment:
    """Let the service that instructs read this thread: those who write the file decide."""
    _writer(comment, actor, now)
    return _change(comment, actor, now, "share", shared_at=now)


@transaction.atomic
def unshare(*, comment: Comment, actor: Any, now: datetime) -> Comment:
    _writer(comment, actor, now)
    return _change(comment, actor, now, "unshare", shared_at=None)


def threads(application: Application, *, shared_only: bool = False) -> list[Thread]:
    """Open threads first, each with its answers, in the order of the pages."""
    rows = list(application.comments.select_related("author", "resolved_by"))
    firsts = [row for row in rows if row.thread_id is None]
    if shared_only:
        firsts = [row for row in firsts if row.shared_at]
    order = list(NAMES)
    firsts.sort(key=lambda row: (bool(row.resolved_at), order.index(row.step), row.pk))
    return [Thread(row, _replies(row, rows), NAMES[row.step]) for row in firsts]


def open_count(application: Application, step: str) -> int:
    return Comment.objects.filter(
        application=application, step=step, thread__isnull=True, resolved_at__isnull=True
    ).count()


def _replies(first: Comment, rows: Iterable[Comment]) -> list[Comment]:
    return [row for row in rows if row.thread_id == first.pk]


def _writer(comment: Comment, actor: Any, now: datetime) -> None:
    person = access.actor_on(actor, in_paris(now).date())
    allowed = access.may_write(person, comment.application)
    access.require(allowed, actor=actor, application=comment.application)


def _change(comment: Comment, actor: Any, now: datetime, verb: str, **facts: Any) -> Comment:
    person = access.actor_on(actor, in_paris(now).date())
    allowed = access.may_comment(person, comment.application)
    access.require(allowed, actor=actor, application=comment.application)
    rows = Comment.objects.filter(pk=comment.pk, thread__isnull=True)
    if not rows.update(**facts):
        raise BadComment("Ce commentaire n'est plus là. Rechargez la page.")
    comment.refresh_from_db()
    _log(comment, actor, f"comment.{verb}")
    return comment


def _log(row: Comment, actor: Any, action: str) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"application:{row.application_id}",
        data={"comment": row.pk, "step": row.step},
    )


def _tell(row: Comment, now: datetime) -> None:
    """Members of the organisation and people seated, but the author."""
    application = row.application
    day = in_paris(now).date()
    members = Mandate.objects.on(day).filter(
        organisation=application.organisation_id, role__in=access.MEMBERS
    )
    people = set(members.values_list("user", flat=True))
    people |= set(application.seats.values_list("user", flat=True))
    link = settings.SITE_URL + reverse("applications:comments", args=[application.number])
    for user in User.objects.filter(pk__in=people - {row.author_id}, is_active=True):
        notify(
            account=user.pk,
            to=user.email,
            topic=TOPIC,
            template="applications/emails/comment.txt",
            context={
                "application": application,
                "comment": row,
                "page": NAMES[row.step],
                "link": link,
            },
            about=f"application:{application.pk}",
        )
