"""A member says yes or no to its share: by its link, or signed in."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import day as in_french
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.invitations import digest as digest_of
from ensemblier.base.people.models import Mandate, Role
from ensemblier.fund.applications.models import EDITABLE
from ensemblier.fund.frameworks import access
from ensemblier.fund.frameworks.models import Framework, MemberShare
from ensemblier.fund.frameworks.shaping import BadShare, content_digest, locked, log

State = MemberShare.State


class LinkOver(BadShare):
    """The link expired, was replaced, or the share changed since."""


@transaction.atomic
def ask(*, share: MemberShare, actor: Any, now: datetime) -> MemberShare:
    """Send the member its link: it shows its share alone, and asks for a yes or a no."""
    framework = locked(share.framework)
    person = access.actor_at(actor, now)
    access.require(access.may_shape(person, framework), actor=actor, about=framework)
    share = MemberShare.objects.select_for_update(of=("self",)).get(pk=share.pk)
    if share.state == State.REMOVED:
        raise BadShare("Ce membre est retiré de la demande.")
    if share.state == State.CONFIRMED:
        raise BadShare("Ce membre a déjà confirmé sa part.")
    address = contact(share, now)
    if not address:
        raise BadShare(
            f"Aucune adresse e-mail n'est connue pour {share.member} : complétez sa fiche, ou "
            "invitez son représentant."
        )
    if address.lower() == actor.email.lower():
        raise BadShare("Cette adresse est la vôtre : le membre répond lui-même.")
    token = token_urlsafe(32)
    share.token_digest, share.asked_at = digest_of(token), now
    share.save(update_fields=["token_digest", "asked_at"])
    send(
        to=address,
        template="frameworks/emails/ask.txt",
        context={
            "share": share,
            "member": share.member,
            "framework": framework,
            "application": framework.application,
            "link": settings.SITE_URL + reverse("frameworks:confirm", args=[token]),
        },
        about=f"framework:{framework.pk}",
        is_secret=True,
    )
    log(framework, actor, "framework.ask", share=share.pk)
    return share


def contact(share: MemberShare, now: datetime) -> str:
    """A representative known to the site first, else the organisation's own address."""
    known = Mandate.objects.on(in_paris(now).date()).filter(
        organisation=share.member_id, role=Role.REPRESENTATIVE
    )
    found = known.select_related("user").order_by("pk").first()
    return found.user.email if found else share.member.email


def find(token: str) -> MemberShare | None:
    rows = MemberShare.objects.select_related(
        "member", "framework__application__organisation", "framework__application__call"
    )
    return rows.filter(token_digest=digest_of(token)).exclude(token_digest="").first()


def why_over(share: MemberShare | None, now: datetime) -> str:
    if share is None:
        return (
            "Ce lien n'existe pas, a déjà servi ou a été remplacé. Recopiez-le en entier, ou "
            "demandez-en un autre à votre tête de réseau."
        )
    framework = share.framework
    if framework.application.state not in EDITABLE:
        return "La demande groupée est déjà déposée : sa composition ne change plus."
    if in_paris(now).date() > framework.answer_by:
        return (
            f"La réponse était attendue avant le {in_french(framework.answer_by)}. Demandez un "
            "délai à votre tête de réseau."
        )
    return ""


@transaction.atomic
def answer_by_link(
    *, token: str, seen: str, agrees: bool, name: str, reason: str, now: datetime
) -> MemberShare:
    """Yes or no from whoever holds the member's link, to the content they read (`seen`)."""
    found = find(token)
    framework = locked(found.framework) if found else None
    share = find(token)
    if over := why_over(share, now):
        raise LinkOver(over)
    assert share is not None and framework is not None
    return _answer(framework, share, seen, agrees, name, reason, None, now)


@transaction.atomic
def answer_as(
    *, share: MemberShare, seen: str, agrees: bool, reason: str, actor: Any, now: datetime
) -> MemberShare:
    """Yes or no from the member's representative, signed in."""
    framework = locked(share.framework)
    rows = MemberShare.objects.select_related("framework__application__organisation", "member")
    share = rows.get(pk=share.pk)
    answer = access.may_answer(access.actor_at(actor, now), share)
    access.require(answer, actor=actor, about=framework)
    if over := why_over(share, now):
        raise LinkOver(over)
    return _answer(framework, share, seen, agrees, str(actor), reason, actor, now)


def _answer(
    framework: Framework,
    share: MemberShare,
    seen: str,
    agrees: bool,
    name: str,
    reason: str,
    actor: Any,
    now: datetime,
) -> MemberShare:
    if share.state == State.REMOVED:
        raise LinkOver("Votre organisation a été retirée de cette demande.")
    if share.state in (State.CONFIRMED, State.REFUSED) and actor is None:
        raise LinkOver("Une réponse a déjà été donnée pour votre organisation.")
    if seen != content_digest(share):
        raise LinkOver("La part a changé pendant que vous lisiez. Relisez-la, puis répondez.")
    if not name.strip():
        raise BadShare("Écrivez votre nom et votre fonction.", field="name")
    if not agrees and not reason.strip():
        raise BadShare("Dites pourquoi : votre tête de réseau doit comprendre.", field="reason")
    share.state = State.CONFIRMED if agrees else State.REFUSED
    share.answered_digest, share.answered_name = seen, name.strip()[:120]
    share.answered_by, share.answered_at = actor, now
    share.reason = "" if agrees else reason.strip()[:1000]
    share.token_digest = ""
    share.save()
    action = "framework.confirm" if agrees else "framework.refuse"
    log(
        framework,
        actor,
        action,
        share.reason,
        share=share.pk,
        digest=seen,
        name=share.answered_name,
    )
    send(
        to=framework.created_by.email,
        template="frameworks/emails/answered.txt",
        context={
            "share": share,
            "member": share.member,
            "application": framework.application,
            "agrees": agrees,
        },
        about=f"framework:{framework.pk}",
    )
    return share
