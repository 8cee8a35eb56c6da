"""Invitations: a role offered to one address for one organisation, and taken up once."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.db import transaction
from django.utils import timezone

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.notices.actions import send
from ensemblier.base.people.actions import give_mandate, vouch_for_address
from ensemblier.base.people.models import Invitation, Mandate, Organisation, Role, User
from ensemblier.base.refusal import Refusal

LASTS = timedelta(days=14)


class InvitationOver(Refusal):
    """Expired, withdrawn, or used by someone else."""


class WrongInvitee(Refusal):
    """The invitation was sent to another address."""


class RoleNotOffered(Refusal):
    """Whoever invites may not give this role."""


def digest(token: str) -> str:
    """What the database keeps of a token: enough to know it, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    *,
    email: str,
    role: str,
    organisation: Organisation,
    actor: User,
    offered: list[Role],
    now: datetime,
    link: Any,
    region: Any = None,
    department: Any = None,
) -> Invitation:
    """Send the link `link(token)`. `offered` are the roles the inviter may give
    (access.invitable_roles). The token has 256 bits and exists only in the e-mail."""
    if role not in offered:
        raise RoleNotOffered("Vous ne pouvez pas donner ce rôle.", field="role")
    token = token_urlsafe(32)
    invitation = Invitation(
        email=email.strip().lower(),
        role=role,
        organisation=organisation,
        region=region,
        department=department,
        token_digest=digest(token),
        invited_by=actor,
        invited_at=now,
        expires_at=now + LASTS,
    )
    invitation.full_clean()
    invitation.save()
    subject = f"invitation:{invitation.pk}"
    send(
        to=invitation.email,
        template="people/emails/invitation.txt",
        context={
            "organisation": organisation.name,
            "role": invitation.get_role_display(),
            "inviter": str(actor),
            "link": link(token),
            "days": LASTS.days,
        },
        about=subject,
        is_secret=True,
    )
    data = {"role": str(role)}
    keep_under(record(actor=actor, action="invitation.send", subject=subject, data=data))
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: User, now: datetime) -> None:
    changed = Invitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    if not changed:
        raise InvitationOver("Cette invitation a déjà servi ou a déjà été annulée.")
    record(actor=actor, action="invitation.withdraw", subject=f"invitation:{invitation.pk}")


def why_over(invitation: Invitation, now: datetime) -> str:
    """Why the invitation can no longer be used, in French; "" when it can."""
    ask = " Demandez-en une nouvelle à votre organisation."
    if invitation.accepted_at:
        return "Cette invitation a déjà servi."
    if invitation.withdrawn_at:
        return "Cette invitation a été annulée." + ask
    if now >= invitation.expires_at:
        return "Cette invitation a expiré." + ask
    return ""


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Mandate:
    """Take up the role: only that role, for that organisation, by the person invited, once."""
    found = Invitation.objects.select_for_update(of=("self",)).select_related("organisation")
    invitation = found.filter(token_digest=digest(token)).first()
    if invitation is None:
        raise InvitationOver("Cette invitation n'existe pas. Recopiez le lien en entier.")
    if reason := why_over(invitation, now):
        raise InvitationOver(reason)
    if invitation.email != user.email:
        raise WrongInvitee(
            f"Cette invitation a été envoyée à {invitation.email}. Connectez-vous avec le compte "
            "de cette adresse, ou demandez une invitation à votre adresse actuelle."
        )
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    vouch_for_address(user=user)
    mandate = give_mandate(
        user=user,
        role=invitation.role,
        organisation=invitation.organisation,
        region=invitation.region,
        department=invitation.department,
        day=timezone.localdate(now),
        actor=user,
        reason=f"invitation {invitation.pk}",
    )
    record(actor=user, action="invitation.accept", subject=f"invitation:{invitation.pk}")
    return mandate
