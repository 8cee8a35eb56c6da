"""Hearing people before a measure against them: a notice, a time to answer, an answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import check_bytes
from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import access
from ensemblier.fund.decisions.letter_pdf import notice_letter
from ensemblier.fund.decisions.models import Notice
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant


class NotYours(Refusal):
    """This person neither asks nor answers here."""


class BadNotice(Refusal):
    """A notice that says nothing, or leaves no time; or an answer that is empty or too late."""


class NotHeard(Refusal):
    """A measure was about to be taken before people could answer."""


@transaction.atomic
def send_notice(
    *,
    application: Application,
    about: str,
    title: str,
    grounds: str,
    due_on: date,
    actor: Any,
    now: datetime,
) -> Notice:
    """Tell what is blamed and what is intended, and ask for an answer. `about` is "kind:number"."""
    day = in_paris(now).date()
    require(access.may_send_notice(actor_on(actor, day), application), NotYours)
    if not title.strip() or not grounds.strip():
        raise BadNotice(
            "Écrivez ce que l'administration a constaté et ce qu'elle envisage.", field="grounds"
        )
    if due_on <= day:
        raise BadNotice("Laissez à l'organisation le temps de répondre.", field="due_on")
    notice = Notice.objects.create(
        application=application,
        about=about,
        title=title.strip(),
        grounds=grounds.strip(),
        sent_by=actor,
        sent_at=now,
        due_on=due_on,
    )
    _freeze(notice)
    write_to_applicant(
        application, "decisions/emails/notice.txt", {"notice": notice, "link": link_of(notice)}
    )
    return notice


def _freeze(notice: Notice) -> None:
    """Keep the letter as it is sent, and write the whole notice in the journal."""
    application, actor = notice.application, notice.sent_by
    letter = notice_letter(notice)
    notice.letter = store(
        checked=check_bytes(content=letter.content, name=f"observations-{notice.pk}.pdf"),
        purpose="decision_notice",
        about=f"notice:{notice.pk}",
        organisation_id=application.organisation_id,
        actor=actor,
    )
    notice.save(update_fields=["letter"])
    record(
        actor=actor,
        action="notice.send",
        subject=f"application:{application.pk}",
        reason=notice.grounds,
        data={
            "notice": notice.pk,
            "about": notice.about,
            "title": notice.title,
            "due_on": notice.due_on.isoformat(),
            "template": letter.version,
            "sha256": notice.letter.sha256,
        },
    )


@transaction.atomic
def reply(*, notice: Notice, text: str, actor: Any, now: datetime) -> Notice:
    """Answer, once, until the date given (or later, as long as nothing was decided)."""
    fresh = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    application = notice.application
    person = actor_on(actor, in_paris(now).date())
    require(access.may_reply(person, application), NotYours)
    if not text.strip():
        raise BadNotice("Écrivez vos observations.", field="reply")
    if fresh.replied_at is not None:
        raise BadNotice("Une réponse est déjà enregistrée : elle ne change plus.", field="reply")
    fresh.reply, fresh.replied_by, fresh.replied_at = text.strip(), actor, now
    fresh.save(update_fields=["reply", "replied_by", "replied_at"])
    record(
        actor=actor,
        action="notice.reply",
        subject=f"application:{application.pk}",
        reason=fresh.reply,
        data={"notice": fresh.pk, "about": fresh.about},
    )
    send(
        to=fresh.sent_by.email,
        template="decisions/emails/notice_reply.txt",
        context={"application": application, "notice": fresh, "link": link_of(fresh)},
        about=f"application:{application.pk}",
    )
    return fresh


def is_heard(about: str, day: date) -> bool:
    """A notice was sent for this, and each one was answered or its time is over."""
    rows = list(Notice.objects.filter(about=about))
    return bool(rows) and all(row.replied_at is not None or row.due_on < day for row in rows)


def require_heard(about: str, day: date) -> None:
    """Refuse a measure taken before the people it concerns could answer."""
    if is_heard(about, day):
        return
    waiting = Notice.objects.filter(about=about, replied_at__isnull=True).order_by("-due_on")
    last = waiting.values_list("due_on", flat=True).first()
    until = (
        f"attendez sa réponse, ou le {written(last)} passé"
        if last
        else "envoyez d'abord une demande d'observations"
    )
    raise NotHeard(f"L'organisation doit pouvoir répondre avant cette mesure : {until}.")


def link_of(notice: Notice) -> str:
    return settings.SITE_URL + reverse("decisions:notice", args=[notice.pk])
