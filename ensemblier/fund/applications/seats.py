"""Seats on a file: offered to an address, taken up once, changed, removed at once; who is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.journal.models import Event
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.actions import vouch_for_address
from ensemblier.base.people.invitations import digest
from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access
from ensemblier.fund.applications.models import (
    Application,
    HelpMandate,
    Presence,
    Seat,
    SeatInvitation,
    SeatRole,
)

LASTS = timedelta(days=14)
KEPT = timedelta(days=365)
# An open page says so every minute; after two without a word it is closed.
HERE = timedelta(minutes=2)
MOST = 30


class BadSeat(Refusal):
    """A seat that cannot be offered: wrong address, already there, too many."""


class InvitationOver(Refusal):
    """Expired, withdrawn, used, or sent to another address."""


@transaction.atomic
def invite(
    *, application: Application, email: str, role: str, actor: Any, now: datetime
) -> SeatInvitation:
    """Send the link; the token has 256 bits and exists only in the e-mail."""
    _owner(application, actor, now)
    address = _address(email)
    if role not in SeatRole.values:
        raise BadSeat("Choisissez ce que cette personne pourra faire.", field="role")
    _check_room(application, address, now)
    token = token_urlsafe(32)
    invitation = SeatInvitation.objects.create(
        application=application,
        email=address,
        role=role,
        token_digest=digest(token),
        invited_by=actor,
        invited_at=now,
        expires_at=now + LASTS,
    )
    send(
        to=address,
        template="applications/emails/seat.txt",
        context={
            "application": application,
            "invitation": invitation,
            "inviter": str(actor),
            "link": settings.SITE_URL + reverse("applications:seat_accept", args=[token]),
        },
        about=f"application:{application.pk}",
        is_secret=True,
    )
    # The same daily ceiling as the other invitations.
    data = {"application": application.pk, "seat": role}
    about = f"application:{application.pk}"
    keep_under(record(actor=actor, action="invitation.send", subject=about, data=data))
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation: SeatInvitation, actor: Any, now: datetime) -> None:
    """From now on the link opens nothing."""
    _owner(invitation.application, actor, now)
    rows = SeatInvitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    if not rows.update(withdrawn_at=now):
        raise InvitationOver("Cette invitation a déjà servi ou a déjà été annulée.")
    _log(invitation.application, actor, "seat.withdraw", invitation=invitation.pk)


def find(token: str) -> SeatInvitation | None:
    rows = SeatInvitation.objects.select_related("application__organisation", "invited_by")
    return rows.filter(token_digest=digest(token)).first()


def why_over(invitation: SeatInvitation | None, now: datetime) -> str:
    """Why it can no longer be used, in French; "" when it can."""
    if invitation is None:
        return "Cette invitation n'existe pas. Recopiez le lien en entier."
    if invitation.accepted_at:
        return "Cette invitation a déjà servi. Le dossier est dans « Mes dossiers »."
    ask = " Demandez-en une nouvelle à la personne qui vous a invité."
    if invitation.withdrawn_at:
        return "Cette invitation a été annulée." + ask
    if now >= invitation.expires_at:
        return "Cette invitation a expiré." + ask
    return ""


@transaction.atomic
def accept(*, token: str, user: Any, now: datetime) -> Seat:
    """Take the seat: the person invited, on that file only, once."""
    found = SeatInvitation.objects.select_for_update(of=("self",)).select_related("application")
    invitation = found.filter(token_digest=digest(token)).first()
    if reason := why_over(invitation, now):
        raise InvitationOver(reason)
    assert invitation is not None
    if invitation.email != user.email:
        raise InvitationOver(
            f"Cette invitation a été envoyée à {invitation.email}. Connectez-vous avec le compte "
            "de cette adresse."
        )
    seat = seat_at(
        application=invitation.application,
        user=user,
        role=invitation.role,
        actor=invitation.invited_by,
        now=now,
    )
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    vouch_for_address(user=user)
    _log(invitation.application, user, "seat.accept", role=seat.role)
    return seat


def seat_at(*, application: Application, user: Any, role: str, actor: Any, now: datetime) -> Seat:
    """Give the seat itself; a person has one on a file."""
    facts = {"role": role, "given_by": actor, "given_at": now}
    try:
        with transaction.atomic():
            return Seat.objects.create(application=application, user=user, **facts)
    except IntegrityError as error:
        raise BadSeat("Cette personne a déjà une place sur ce dossier.", field="email") from error


@transaction.atomic
def change(*, seat: Seat, role: str, actor: Any, now: datetime) -> Seat:
    """Another role on the same file."""
    _owner(seat.application, actor, now)
    if role not in SeatRole.values:
        raise BadSeat("Choisissez ce que cette personne pourra faire.", field="role")
    _not_the_helper(seat)
    if not Seat.objects.filter(pk=seat.pk).update(role=role):
        raise BadSeat("Cette personne n'a plus de place sur ce dossier. Rechargez la page.")
    seat.role = role
    _log(seat.application, actor, "seat.change", user=seat.user_id, role=role)
    return seat


@transaction.atomic
def remove(*, seat: Seat, actor: Any, now: datetime) -> None:
    """Take the seat away, at once; one may also leave by oneself."""
    if seat.user_id != actor.pk:
        _owner(seat.application, actor, now)
    _not_the_helper(seat)
    Presence.objects.filter(application=seat.application_id, user=seat.user_id).delete()
    if not Seat.objects.filter(pk=seat.pk).delete()[0]:
        raise BadSeat("Cette personne n'a plus de place sur ce dossier. Rechargez la page.")
    _log(seat.application, actor, "seat.remove", user=seat.user_id, role=seat.role)


class Here(NamedTuple):
    """Somebody else who has the file open, and on which page."""

    who: str
    step: str
    same_page: bool


@transaction.atomic
def note_presence(*, application: Application, user: Any, step: str, now: datetime) -> list[Here]:
    """Say that this person has this page open; who else is there."""
    facts = {"step": step, "seen_at": now}
    Presence.objects.update_or_create(application=application, user=user, defaults=facts)
    rows = Presence.objects.filter(application=application, seen_at__gt=now - HERE)
    others = rows.exclude(user=user).select_related("user").order_by("pk")
    return [Here(str(row.user), row.step, row.step == step) for row in others]


class Saved(NamedTuple):
    """Who last changed a page, and when."""

    who: str
    at: datetime


def last_saved(application: Application, step: str) -> Saved | None:
    """By whom a page was last changed: the journal knows."""
    rows = Event.objects.filter(
        subject=f"application:{application.pk}", action="application.save"
    ).order_by("-pk")[:60]
    event = next((row for row in rows if row.data.get("step") == step), None)
    if event is None:
        return None
    person = User.objects.filter(pk=event.actor_id).first()
    return Saved(str(person or "Ensemblier"), event.at)


def purge_invitations(now: datetime) -> int:
    """Forget the addresses of people who never came, a year after."""
    rows = SeatInvitation.objects.filter(accepted_at__isnull=True, expires_at__lt=now - KEPT)
    return rows.delete()[0]


def purge_presences(now: datetime) -> int:
    return Presence.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()[0]


def _owner(application: Application, actor: Any, now: datetime) -> None:
    person = access.actor_on(actor, in_paris(now).date())
    access.require(access.may_act(person, application), actor=actor, application=application)


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadSeat("Écrivez une adresse e-mail complète.", field="email") from error
    return address


def _check_room(application: Application, address: str, now: datetime) -> None:
    Application.objects.select_for_update().get(pk=application.pk)
    waiting = SeatInvitation.objects.filter(
        application=application,
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
        expires_at__gt=now,
    )
    if waiting.filter(email=address).exists():
        raise BadSeat("Cette adresse est déjà invitée sur ce dossier.", field="email")
    if Seat.objects.filter(application=application, user__email=address).exists():
        raise BadSeat("Cette personne a déjà une place sur ce dossier.", field="email")
    if waiting.count() + application.seats.count() >= MOST:
        raise BadSeat(
            f"Un dossier accueille {MOST} personnes au plus. Retirez une place avant d'inviter."
        )


def _not_the_helper(seat: Seat) -> None:
    held = HelpMandate.objects.filter(
        application=seat.application_id, helper=seat.user_id, ended_at__isnull=True
    )
    if held.exists():
        raise BadSeat(
            "Cette personne saisit le dossier sous mandat : mettez d'abord fin au mandat, sur la "
            "page « Saisi pour vous »."
        )


def _log(application: Application, actor: Any, action: str, **data: Any) -> None:
    record(actor=actor, action=action, subject=f"application:{application.pk}", data=data)
