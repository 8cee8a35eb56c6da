"""Files under instruction for tests: desks, opinions given, files proposed and decided."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.people.models import Role, User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import actions as decisions
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import Review
from tests import factories_fund as fund

NOW = fund.NOW


def desk(application: Application) -> User:
    """An instructor of the file's department."""
    return fund.user(Role.INSTRUCTOR, department=application.department)


def signatory() -> User:
    return fund.user(Role.SIGNATORY)


def grades(application: Application, value: int = 3) -> dict[int, tuple[int | None, str]]:
    return {c.pk: (value, f"Constat sur {c.code}.") for c in application.call.criteria.all()}


def taken(application: Application | None = None, *, by: User | None = None) -> SimpleNamespace:
    """A file under instruction, with its instructor and the draft of an opinion."""
    application = application or fund.filed()
    by = by or desk(application)
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
