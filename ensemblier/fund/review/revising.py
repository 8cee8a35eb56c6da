"""Revising one's own opinion after complements: a new edition, the old one kept for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review import access
from ensemblier.fund.review.actions import (
    BadRequest,
    NotInReview,
    actor_on,
    desk_on,
    locked,
    log_review,
    own_review,
    require,
)
from ensemblier.fund.review.models import ComplementRequest, Reconciliation, Review, Score


class NothingNew(Refusal):
    """The applicant answered nothing since the opinion was given."""


@transaction.atomic
def revise(*, application: Application, actor: Any, now: datetime) -> Review:
    """Open a new edition of one's given opinion, filled with the old one."""
    fresh = locked(application)
    reviewing = access.may_review(actor_on(actor, in_paris(now).date()), fresh)
    require(reviewing, by=actor, subject=f"application:{fresh.pk}")
    old = own_review(fresh, actor)
    if old is None or old.given_at is None:
        raise NothingNew("Vous n'avez pas d'avis rendu à réviser sur ce dossier.")
    if not may_be_revised(old, fresh):
        raise NothingNew(
            "Un avis rendu se révise quand l'organisation a répondu à une demande de compléments, "
            "pendant l'instruction. Rien n'est arrivé depuis le vôtre."
        )
    try:
        with transaction.atomic():
            new = _copy(old)
    except IntegrityError as error:
        raise NotInReview("Votre révision est déjà ouverte. Rechargez la page.") from error
    data = {"review": new.pk, "replaces": old.pk, "edition": new.edition, "level": new.level}
    log_review(new, actor, "review.revise", data)
    return new


def may_be_revised(review: Review, application: Application) -> bool:
    """Complements came after it, and the file is still being instructed."""
    if application.state != State.IN_REVIEW or review.given_at is None:
        return False
    rows = ComplementRequest.objects.filter(application=application)
    return rows.filter(answered_at__gt=review.given_at).exists()


def _copy(old: Review) -> Review:
    new = Review.objects.create(
        application=old.application,
        reviewer=old.reviewer,
        level=old.level,
        opinion=old.opinion,
        reasons=old.reasons,
        proposed_cents=old.proposed_cents,
        edition=old.edition + 1,
        replaces=old,
    )
    Score.objects.bulk_create(
        Score(review=new, criterion_id=score.criterion_id, value=score.value, reason=score.reason)
        for score in old.scores.all()
    )
    return new


@transaction.atomic
def reconcile(*, application: Application, note: str, actor: Any, now: datetime) -> Reconciliation:
    """Write, for whoever decides, how opinions that disagree are reconciled."""
    desk_on(application, actor, now)
    if application.state not in (State.IN_REVIEW, State.PROPOSED):
        raise NotInReview("Ce dossier n'est plus en instruction : la note n'est plus possible.")
    if not note.strip():
        raise BadRequest("Écrivez comment les avis se concilient.", field="note")
    if Review.objects.current().filter(application=application).count() < 2:
        raise NothingNew("Il faut au moins deux avis rendus pour les concilier.")
    written = Reconciliation.objects.create(
        application=application, author=actor, note=note.strip(), written_at=now
    )
    record(
        actor=actor,
        action="review.reconcile",
        subject=f"application:{application.pk}",
        reason=written.note,
        data={"reconciliation": written.pk},
    )
    return written


def notes_on(application: Application) -> list[Reconciliation]:
    """The notes of a file, the newest first."""
    rows = Reconciliation.objects.filter(application=application).select_related("author")
    return list(rows.order_by("-pk"))
