"""Experts from outside: asked for an opinion on one file, by a link that expires."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.actions import vouch_for_address
from ensemblier.base.people.invitations import digest
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review import access
from ensemblier.fund.review.actions import actor_on, desk_on, locked, require
from ensemblier.fund.review.models import ExpertInvitation

LASTS = timedelta(days=30)
KEPT = timedelta(days=365)


class BadInvitation(Refusal):
    """An invitation that cannot be sent: no address, or one that is already invited."""


class InvitationOver(Refusal):
    """Expired, withdrawn, used by someone else, or for another address."""


@transaction.atomic
def invite_expert(
    *, application: Application, email: str, question: str, actor: Any, now: datetime
) -> ExpertInvitation:
    """Send the link; the token has 256 bits and exists only in the e-mail."""
    desk_on(application, actor, now)
    if application.state != State.IN_REVIEW:
        raise BadInvitation("Un expert s'invite pendant l'instruction. Rechargez la page.")
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadInvitation("Écrivez une adresse e-mail complète.", field="email") from error
    held = ExpertInvitation.objects.filter(
        application=application, email=address, withdrawn_at__isnull=True, expires_at__gt=now
    )
    if held.exists():
        raise BadInvitation("Cette personne est déjà invitée sur ce dossier.", field="email")
    token = token_urlsafe(32)
    invitation = ExpertInvitation.objects.create(
        application=application,
        email=address,
        question=question.strip(),
        token_digest=digest(token),
        invited_by=actor,
        invited_at=now,
        expires_at=now + LASTS,
    )
    send(
        to=address,
        template="review/emails/expert.txt",
        context={
            "invitation": invitation,
            "application": application,
            "link": settings.SITE_URL + reverse("review:expert", args=[token]),
        },
        about=f"application:{application.pk}",
        is_secret=True,
    )
    _log(invitation, actor, "expert.invite")
    return invitation


@transaction.atomic
def withdraw_expert(*, invitation: ExpertInvitation, actor: Any, now: datetime) -> None:
    """From now on the link opens nothing; an opinion already given stays."""
    desk_on(invitation.application, actor, now)
    changed = ExpertInvitation.objects.filter(pk=invitation.pk, withdrawn_at__isnull=True).update(
        withdrawn_at=now
    )
    if not changed:
        raise InvitationOver("Cette invitation est déjà annulée. Rechargez la page.")
    _log(invitation, actor, "expert.withdraw")


def find(token: str) -> ExpertInvitation | None:
    rows = ExpertInvitation.objects.select_related("application__organisation")
    return rows.filter(token_digest=digest(token)).first()


def why_over(invitation: ExpertInvitation | None, now: datetime) -> str:
    """Why it can no longer be used, in French; "" when it can."""
    if invitation is None:
        return "Cette invitation n'existe pas. Recopiez le lien en entier."
    if invitation.withdrawn_at:
        return "Cette invitation a été annulée par le service instructeur."
    if now >= invitation.expires_at:
        return "Cette invitation a expiré. Demandez-en une nouvelle au service instructeur."
    return ""


@transaction.atomic
def accept_expert(*, token: str, user: Any, now: datetime) -> ExpertInvitation:
    """Take it up: the person invited, on that file only, until it expires."""
    found = ExpertInvitation.objects.select_for_update(of=("self",)).select_related("application")
    invitation = found.filter(token_digest=digest(token)).first()
    if reason := why_over(invitation, now):
        raise InvitationOver(reason)
    assert invitation is not None
    if invitation.email != user.email:
        raise InvitationOver(
            f"Cette invitation a été envoyée à {invitation.email}. Connectez-vous avec le compte "
            "de cette adresse."
        )
    person = actor_on(user, in_paris(now).date())
    application = locked(invitation.application)
    require(may_be_expert(person, application), by=user, subject=f"application:{application.pk}")
    if invitation.accepted_at is None:
        invitation.accepted_at, invitation.accepted_by = now, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        vouch_for_address(user=user)
        _log(invitation, user, "expert.accept")
    return invitation


def may_be_expert(actor: Actor, application: Application) -> Answer:
    """Anyone but those who ask, and those who decided."""
    if access.belongs_to_applicant(actor, application):
        return access.OWN_FILE
    return YES if not actor.is_anonymous else HIDDEN


def purge_invitations(now: datetime) -> int:
    """Forget the addresses of experts who never came, a year after."""
    rows = ExpertInvitation.objects.filter(accepted_at__isnull=True, expires_at__lt=now - KEPT)
    return rows.delete()[0]


def _log(invitation: ExpertInvitation, actor: Any, action: str) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"application:{invitation.application_id}",
        data={"invitation": invitation.pk},
    )
