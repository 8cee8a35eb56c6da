"""A request for complements that nobody answered: the desk closes the file, and may open it again.

Never the clock alone: an officer decides, with a reason, once the date is past and was recalled.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.applications.moves import MoveRefused, move
from ensemblier.fund.review.actions import (
    BadRequest,
    desk_on,
    locked,
    send_request,
    write_to_applicant,
)
from ensemblier.fund.review.clock import OVERDUE
from ensemblier.fund.review.models import ComplementRequest


class TooSoon(Refusal):
    """The organisation may still answer in time, or was not told that the date is past."""


def open_request(application: Application) -> ComplementRequest | None:
    """The request that waits for an answer."""
    rows = ComplementRequest.objects.filter(ComplementRequest.OPEN, application=application)
    return rows.first()


@transaction.atomic
def abandon(
    *, application: Application, reason: str, actor: Any, now: datetime
) -> ComplementRequest:
    """Close a file whose complements never came; the organisation is told, with its remedies."""
    desk_on(application, actor, now)
    fresh = locked(application)
    request = open_request(fresh)
    if fresh.state != State.INCOMPLETE or request is None:
        raise MoveRefused(
            f"Ce dossier est maintenant « {fresh.get_state_display()} » : il n'attend pas de "
            "compléments. Rechargez la page."
        )
    _check_late(request, in_paris(now).date())
    if not reason.strip():
        raise BadRequest("Dites pourquoi vous classez ce dossier.", field="reason")
    request.closed_at, request.closed_by = now, actor
    request.closed_why = reason.strip()
    request.save(update_fields=["closed_at", "closed_by", "closed_why"])
    move(application=application, verb="abandon", actor=actor, reason=request.closed_why)
    write_to_applicant(
        fresh, "review/emails/abandoned.txt", {"request": request}, path="review:thread"
    )
    return request


def _check_late(request: ComplementRequest, day: date) -> None:
    if day <= request.due_on:
        raise TooSoon(
            f"L'organisation peut répondre jusqu'au {in_words(request.due_on)} : le dossier ne se "
            "classe qu'ensuite."
        )
    if OVERDUE not in request.reminders:
        raise TooSoon(
            "L'organisation n'a pas encore reçu le message qui lui dit que la date est passée : il "
            "part la nuit prochaine. Classez ensuite le dossier."
        )


@transaction.atomic
def reopen(
    *,
    application: Application,
    due_on: date,
    message: str,
    reason: str,
    actor: Any,
    now: datetime,
) -> ComplementRequest:
    """Open again a file closed without an answer: what is missing is asked again, with a date."""
    desk_on(application, actor, now)
    if not reason.strip():
        raise BadRequest("Dites pourquoi vous rouvrez ce dossier.", field="reason")
    return send_request(
        verb="reopen",
        application=application,
        due_on=due_on,
        message=message,
        reason=reason,
        actor=actor,
        now=now,
    )
