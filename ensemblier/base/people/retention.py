"""What is forgotten about people: accounts nobody uses, invitations nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.retention import Rule, register
from ensemblier.base.notices import digest
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Invitation, Mandate, User
from ensemblier.engines.months import months_before

IDLE_MONTHS = 24
NOTICE = timedelta(days=30)
INVITATION_MONTHS = 6


def purge_accounts(now: datetime) -> int:
    """Warn who has not signed in for two years less a month; forget who then does nothing."""
    idle = User.objects.filter(is_active=True).alias(last_seen=Coalesce("last_login", "created_at"))
    soon, limit = (months_before(in_paris(at), IDLE_MONTHS) for at in (now + NOTICE, now))
    for user in idle.filter(last_seen__lt=soon, warned_at__isnull=True):
        _warn(user, now)
    count = 0
    for user in idle.filter(last_seen__lt=limit, warned_at__lt=now - NOTICE):
        forget_account(user=user, now=now)
        count += 1
    return count


@transaction.atomic
def _warn(user: User, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(warned_at=now)
    send(
        to=user.email,
        template="people/emails/account_idle.txt",
        context={"name": user.name, "days": NOTICE.days},
        about=f"account:{user.pk}",
    )


@transaction.atomic
def forget_account(*, user: User, now: datetime) -> None:
    """The name and the address go, with all that opened the account; its number stays, so that
    the journal and the books remain whole."""
    day = timezone.localdate(now)
    for rows in (Authenticator, SocialAccount, EmailAddress):
        rows.objects.filter(user=user).delete()
    digest.forget_account(user.pk)
    Mandate.objects.on(day).filter(user=user, starts__lt=day).update(ends=day - timedelta(days=1))
    Mandate.objects.on(day).filter(user=user).delete()
    user.email, user.name, user.is_active = f"efface-{user.pk}@ensemblier.invalid", "", False
    user.set_unusable_password()
    user.save()
    record(actor=None, action="account.forget", subject=f"account:{user.pk}")


def purge_invitations(now: datetime) -> int:
    limit = months_before(in_paris(now), INVITATION_MONTHS)
    return Invitation.objects.filter(expires_at__lt=limit).delete()[0]


def register_rules() -> None:
    register(
        Rule(
            "accounts",
            "Comptes : nom, adresse e-mail, rôles",
            "2 ans après la dernière connexion, avec un message 30 jours avant",
            "CNIL, référentiel sur les durées de conservation (délibération 2023-095)",
            purge_accounts,
        )
    )
    register(
        Rule(
            "invitations",
            "Invitations à rejoindre une organisation",
            "6 mois après leur expiration",
            "RGPD, article 5 : le temps de répondre à une question",
            purge_invitations,
        )
    )
