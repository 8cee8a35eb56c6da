"""Files under instruction for tests: desks, opinions given, files proposed and decided."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.people.models import Role, User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import actions as decisions
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import (
    ExpertInvitation,
    Interest,
    Review,
    SavedView,
    VisitChecklist,
)
from tests import factories_fund as fund

NOW = fund.NOW


def desk(application: Application) -> User:
    """An instructor of the file's department."""
    return fund.user(Role.INSTRUCTOR, department=application.department)


def signatory() -> User:
    return fund.user(Role.SIGNATORY)


def grades(application: Application, value: int = 3) -> dict[int, tuple[int | None, str]]:
    return {c.pk: (value, f"Constat sur {c.code}.") for c in application.call.criteria.all()}


def declare(application: Application, *people: User) -> None:
    """These people said that they have no link with the file: its pages open to them."""
    for person in people:
        Interest.objects.get_or_create(
            application=application,
            user=person,
            defaults={"kind": Interest.Kind.NONE, "declared_at": NOW},
        )


def taken(application: Application | None = None, *, by: User | None = None) -> SimpleNamespace:
    """A file under instruction, with its instructor and the draft of an opinion."""
    application = application or fund.filed()
    by = by or desk(application)
    declare(application, by)
    opinion = review.take(application=application, actor=by, now=NOW)
    return SimpleNamespace(application=application, desk=by, review=opinion)


def saved(opinion: Review, *, cents: int = 25_000_00, version: int | None = None) -> Review:
    return review.save_scores(
        review=opinion,
        scores=grades(opinion.application),
        opinion="favourable",
        reasons="Projet solide, ancré dans son territoire.",
        proposed_cents=cents,
        version=version or opinion.version,
        actor=opinion.reviewer,
        now=NOW,
    )


def given(application: Application | None = None, **fields: Any) -> SimpleNamespace:
    """A file with one opinion given."""
    case = taken(application, **fields)
    draft = saved(case.review)
    case.review = review.give_opinion(review=draft, version=draft.version, actor=case.desk, now=NOW)
    return case


def proposed(application: Application | None = None, **fields: Any) -> SimpleNamespace:
    """A file proposed to the signatory."""
    case = given(application, **fields)
    review.propose(application=case.application, actor=case.desk, now=NOW)
    case.application.refresh_from_db()
    return case


def decide(application: Application, by: User | None = None, **fields: Any) -> Decision:
    """Grant one line asked, unless told; the envelope is the first of the call."""
    envelope: Envelope | None = application.call.envelopes.first()
    defaults: dict[str, Any] = {
        "key": uuid4(),
        "outcome": "funded",
        "awards": [(envelope, "engineering", 20_000_00)],
        "reasons": "Le projet répond aux six critères.",
        "now": NOW,
        "version": application.version,
    }
    full = defaults | fields
    return decisions.decide(application=application, actor=by or signatory(), **full)


def open_desk(sides: Any, people: list[User]) -> None:
    """Each side gains what lies beside a file, and everybody said that they have no link."""
    for side in sides:
        file = side.filed
        side.interest = Interest.objects.create(
            application=file, user=fund.user(), kind="member", recused=True, declared_at=NOW
        )
        officer = fund.user(Role.PROGRAMME)
        side.visit = VisitChecklist.objects.create(
            application=file, author=officer, visited_on=NOW.date(), edition="2026-1"
        )
        side.expert = ExpertInvitation.objects.create(
            application=file,
            email="experte@exemple.fr",
            token_digest=f"{side.filed.pk:064d}",
            invited_by=officer,
            invited_at=NOW,
            expires_at=NOW + timedelta(days=30),
        )
        side.view = SavedView.objects.create(owner=officer, name="Ma vue", query="etat=filed")
    for application in Application.objects.all():
        declare(application, *people)
