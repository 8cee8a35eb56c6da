"""M9: the opinions of a file are written again from the journal alone, and are the same."""

from datetime import timedelta

import pytest

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.fund.review import actions as review
from ensemblier.fund.review import interests, revising
from ensemblier.fund.review.models import Assignment, Interest, Reconciliation, Review
from ensemblier.fund.review.replay import rebuild
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.platform.fund.test_co_instruction import LATER, answered, declare, second_opinion

pytestmark = pytest.mark.django_db


def told(application):
    events = Event.objects.filter(subject=f"application:{application.pk}").order_by("pk")
    return rebuild(events)


def written(opinion):
    """The same shape as the replay, read from the tables."""
    return {
        "reviewer": opinion.reviewer_id,
        "level": opinion.level,
        "edition": opinion.edition,
        "replaces": opinion.replaces_id,
        "opinion": opinion.opinion,
        "reasons": opinion.reasons,
        "proposed_cents": opinion.proposed_cents,
        "given_at": opinion.given_at.isoformat() if opinion.given_at else None,
        "grid": opinion.application.call.grid_digest,
        "scores": {
            s.criterion.code: (s.value, s.criterion.scale_max, s.criterion.weight, s.reason)
            for s in opinion.scores.all()
        },
    }


def whole_story():
    case = cases.given()
    application = case.application
    second_opinion(application, value=0)
    answered(application, case.desk)
    new = revising.revise(application=application, actor=case.desk, now=LATER)
    draft = cases.saved(new, cents=12_000_00)
    review.give_opinion(
        review=draft, version=draft.version, actor=case.desk, now=LATER + timedelta(hours=1)
    )
    revising.reconcile(application=application, note="Médiane.", actor=case.desk, now=LATER)
    gone = cases.desk(application)
    declare(application, gone)
    back = cases.desk(application)
    found = declare(application, back)
    interests.lift(
        interest=found, reason="Ancien poste.", actor=fund.user(Role.PROGRAMME), now=LATER
    )
    return case


def test_the_journal_alone_gives_the_opinions_back():
    case = whole_story()
    state = told(case.application)
    kept = Review.objects.filter(application=case.application)
    assert kept.count() == 3 and set(state.opinions) == {row.pk for row in kept}
    for row in kept:
        again = vars(state.opinions[row.pk]).copy()
        again.pop("review")
        assert again == written(row)
    assert {t.review for t in state.current} == {row.pk for row in Review.objects.current()}
    assert state.instructor == Assignment.objects.get(application=case.application).instructor_id
    recused = Interest.objects.filter(application=case.application, recused=True)
    assert state.recused == set(recused.values_list("user", flat=True)) and len(state.recused) == 1
    notes = Reconciliation.objects.values_list("author", "note")
    assert state.notes == list(notes)


def test_a_journal_that_lost_an_event_gives_another_state():
    """Negative control: the comparison sees what is missing."""
    case = whole_story()
    events = Event.objects.filter(subject=f"application:{case.application.pk}").order_by("pk")
    last = events.filter(action="review.give").last()
    state = rebuild(event for event in events if event.pk != last.pk)
    row = Review.objects.get(pk=last.data["review"])
    assert state.opinions[row.pk].given_at != row.given_at.isoformat()
