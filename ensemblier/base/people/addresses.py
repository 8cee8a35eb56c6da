"""Changing one's own e-mail address: proved by a link sent to the new one, told to the old one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.notices.actions import send
from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal

LASTS = timedelta(hours=24)
SALT = "ensemblier.email-change"


class SameAddress(Refusal):
    """The address is the account's own."""


class LinkOver(Refusal):
    """The link is wrong, too old, already used, or another account's."""


def is_taken(email: str, *, by_other_than: User) -> bool:
    """Another account uses this address, or has proved that it is its own."""
    proved = EmailAddress.objects.filter(email=email, verified=True)
    others = User.objects.filter(email=email).exclude(pk=by_other_than.pk)
    return others.exists() or proved.exclude(user=by_other_than).exists()


@transaction.atomic
def ask_address(*, user: User, email: str, link: Callable[[str], str]) -> None:
    """Send `link(token)` to the new address. Nobody learns here whether it has an account: only
    its own letter box is told."""
    email = email.strip().lower()
    if email == user.email:
        raise SameAddress("C'est déjà l'adresse de votre compte.", field="email")
    subject = f"account:{user.pk}"
    keep_under(record(actor=user, action="account.ask_email", subject=subject))
    if is_taken(email, by_other_than=user):
        send(to=email, template="people/emails/email_taken.txt", context={}, about=subject)
        return
    token = signing.dumps({"user": user.pk, "old": user.email, "new": email}, salt=SALT)
    send(
        to=email,
        template="people/emails/email_change.txt",
        context={"link": link(token), "hours": LASTS // timedelta(hours=1)},
        about=subject,
        is_secret=True,
    )


def new_address(token: str, user: User) -> str:
    """The address that the link gives to this account; refuses a link that serves no more."""
    try:
        said = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature as error:
        raise LinkOver(
            "Ce lien est incomplet ou a plus de 24 heures. Demandez-en un autre depuis votre "
            "compte."
        ) from error
    if said["user"] != user.pk:
        raise LinkOver("Ce lien est celui d'un autre compte. Connectez-vous avec cet autre compte.")
    if said["old"] != user.email:
        raise LinkOver("Ce lien a déjà servi, ou votre adresse a changé depuis.")
    return str(said["new"])


@transaction.atomic
def change_address(*, user: User, token: str) -> None:
    """The account is known by the new address; the old one is told, and opens nothing more."""
    user = User.objects.select_for_update().get(pk=user.pk)
    old, new = user.email, new_address(token, user)
    taken = LinkOver("Cette adresse a maintenant un autre compte. Choisissez-en une autre.")
    if is_taken(new, by_other_than=user):
        raise taken
    user.email = new
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=new, verified=True, primary=True)
    except IntegrityError as error:  # somebody took it meanwhile
        raise taken from error
    record(actor=user, action="account.change_email", subject=f"account:{user.pk}")
    send(
        to=old,
        template="people/emails/email_changed.txt",
        context={"new": new, "contact": settings.OPERATOR["contact"]},
        about=f"account:{user.pk}",
    )
