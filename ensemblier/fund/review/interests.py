"""Declared interests: said once on each file before opening it; a link recuses at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import access
from ensemblier.fund.review.actions import actor_on, locked, require
from ensemblier.fund.review.models import Assignment, Interest


class AlreadyDeclared(Refusal):
    """A declaration is made once; only the programme officer comes back on it."""


class BadInterest(Refusal):
    """A declaration that says nothing."""


ONCE = (
    "Vous avez déjà fait votre déclaration sur ce dossier. Si votre situation a changé, "
    "prévenez le responsable du programme : lui seul peut la modifier."
)


@transaction.atomic
def declare(
    *, application: Application, kind: str, reason: str, actor: Any, now: datetime
) -> Interest:
    """Say that one has no link, or which. A person with no link may still declare one later."""
    fresh = locked(application)
    about = f"application:{fresh.pk}"
    person = actor_on(actor, in_paris(now).date())
    require(access.may_declare(person, fresh), by=actor, subject=about)
    if kind not in Interest.Kind.values:
        raise BadInterest("Choisissez une réponse de la liste.", field="kind")
    if kind == Interest.Kind.OTHER and not reason.strip():
        raise BadInterest("Dites quel est ce lien, en quelques mots.", field="reason")
    known = Interest.objects.select_for_update().filter(application=fresh, user=actor).first()
    if known is not None and (known.kind != Interest.Kind.NONE or kind == Interest.Kind.NONE):
        raise AlreadyDeclared(ONCE)
    found = known or Interest(application=fresh, user=actor)
    found.kind, found.reason, found.declared_at = kind, reason.strip(), now
    found.recused = kind != Interest.Kind.NONE
    _save(found)
    record(
        actor=actor,
        action="interest.declare",
        subject=about,
        reason=found.reason,
        data={"interest": found.pk, "kind": kind, "recused": found.recused},
    )
    if found.recused:
        _let_go(fresh, actor)
    return found


def _save(interest: Interest) -> None:
    """Two declarations at once: one winner, the other is told."""
    try:
        with transaction.atomic():
            interest.save()
    except IntegrityError as error:
        raise AlreadyDeclared(ONCE) from error


def _let_go(application: Application, actor: Any) -> None:
    """Whoever steps aside no longer holds the file: the desk sees that nobody does."""
    if Assignment.objects.filter(application=application, instructor=actor).delete()[0]:
        subject = f"application:{application.pk}"
        record(actor=actor, action="review.unassign", subject=subject)


@transaction.atomic
def lift(*, interest: Interest, reason: str, actor: Any, now: datetime) -> Interest:
    """Bring a recused person back on the file: the programme officer, and why."""
    application = locked(interest.application)
    about = f"application:{application.pk}"
    person = actor_on(actor, in_paris(now).date())
    require(access.may_lift(person, application), by=actor, subject=about)
    fresh = Interest.objects.select_for_update().get(pk=interest.pk)
    if not fresh.recused:
        raise AlreadyDeclared("Ce déport est déjà levé. Rechargez la page.")
    if not reason.strip():
        raise BadInterest("Dites pourquoi ce déport est levé.", field="reason")
    fresh.recused, fresh.lifted_at, fresh.lifted_by = False, now, actor
    fresh.lifted_reason = reason.strip()
    fresh.save(update_fields=["recused", "lifted_at", "lifted_by", "lifted_reason"])
    record(
        actor=actor,
        action="interest.lift",
        subject=about,
        reason=fresh.lifted_reason,
        data={"interest": fresh.pk, "user": fresh.user_id},
    )
    return fresh
