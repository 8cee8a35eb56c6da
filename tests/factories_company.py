"""Several people on the files of one side of the world: seat, invitation, comment, help, copy."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from ensemblier.fund.applications import comments, seats
from ensemblier.fund.applications.models import (
    Carryover,
    Comment,
    HelpMandate,
    Seat,
    SeatInvitation,
    SeatRole,
)
from ensemblier.fund.printing.models import FormTemplate
from tests import factories_fund as fund


def near_people(side: SimpleNamespace) -> None:
    """On the draft: one seat, one invitation, one comment, one copy; another file is helped."""
    boss, now = side.representative, fund.NOW
    side.seat = seat(side.draft, "commenter")
    side.seat_invitation = SeatInvitation.objects.create(
        application=side.draft,
        email=f"invitee-{side.word}@exemple.fr",
        role=SeatRole.READER,
        token_digest=f"place-{side.word}".ljust(64, "0"),
        invited_by=boss,
        invited_at=now,
        expires_at=now.replace(year=2030),
    )
    side.comment = Comment.objects.create(
        application=side.draft, step="budget", author=boss, body=side.word, written_at=now
    )
    side.carryover = Carryover.objects.create(
        application=side.draft, source=side.filed, made_by=boss, made_at=now
    )
    side.helped = helped(side.draft)


def seat(application: Any, role: str, user: Any = None) -> Seat:
    return seats.seat_at(
        application=application,
        user=user or fund.user(),
        role=role,
        actor=application.created_by,
        now=fund.NOW,
    )


def helped(application: Any) -> HelpMandate:
    """A mandate on this file, whose helper holds a seat."""
    helper = fund.user()
    seat(application, SeatRole.EDITOR, helper)
    return HelpMandate.objects.create(
        application=application,
        helper=helper,
        quality="social",
        representative="Une présidente",
        proof="statement",
        statement="Accord donné au bureau.",
        given_on=date(2027, 5, 1),
        recorded_at=fund.NOW,
    )


def shared_comment(application: Any, body: str) -> Comment:
    row = comments.comment(
        application=application,
        step="budget",
        body=body,
        actor=application.created_by,
        now=fund.NOW,
    )
    return comments.share(comment=row, actor=application.created_by, now=fund.NOW)


def form_template(actor: Any) -> FormTemplate:
    from ensemblier.fund.printing.blocks import source_of

    return FormTemplate.objects.create(
        key="essai",
        version=1,
        title="Essai",
        source=source_of("region").replace('key = "region"', 'key = "essai"', 1),
        added_by=actor,
        added_at=fund.NOW,
    )
