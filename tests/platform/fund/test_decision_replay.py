"""M9: every decision is rebuilt from the journal alone, with its grid, scores, motive and order."""

import pytest
from django.db import connection

from ensemblier.base.journal.models import Event
from ensemblier.fund.decisions import drafting, notifying, replay
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.review.models import Score
from tests import factories_decisions as made
from tests import factories_fund as fund
from tests import factories_review as cases

pytestmark = pytest.mark.django_db
NOW = cases.NOW


def decided():
    """Five files: two from drafts, one refused, one held, one taken back then decided again."""
    world = made.shared(files=5, cents=200_000_00)
    rows = made.drafts(world)
    signatory = cases.signatory()
    drafting.sign_many(
        drafts=[(row, row.version) for row in rows[:2]], actor=signatory, now=NOW, notify=True
    )
    cases.decide(world.files[2], signatory, outcome="refused", awards=[])
    award = [(world.envelope, "engineering", 7_000_00)]
    cases.decide(world.files[3], signatory, awards=award, notify=False)
    first = cases.decide(world.files[4], signatory, awards=award, notify=False)
    notifying.withdraw(decision=first, why="Montant faux", actor=signatory, now=NOW)
    cases.decide(world.files[4], awards=award, conditions="Ouvrir avant l'été.")
    return world


def test_every_decision_is_rebuilt_from_the_journal_alone():
    world = decided()
    events = list(Event.objects.filter(action__in=replay.READ).order_by("pk"))
    with connection.execute_wrapper(_no_sql):
        told = replay.replay(events)
    kept = Decision.objects.select_related("application", "letter").prefetch_related("awards")
    assert set(told) == {row.number for row in kept} and len(told) == 5
    for row in kept:
        seen = told[row.number]
        assert (seen.signatory, seen.outcome, seen.reasons, seen.conditions) == (
            row.signatory_id,
            row.outcome,
            row.reasons,
            row.conditions,
        )
        assert seen.awards == tuple(
            (a.envelope_id, a.expense_class, a.amount_cents) for a in row.awards.all()
        )
        assert seen.letter == (row.letter.sha256 if row.letter else "")
        assert len(seen.order) == 5 and seen.rank == world.files.index(row.application) + 1
        assert len(seen.grid["criteria"]) == row.application.call.criteria.count()
        scores = Score.objects.filter(review__application=row.application)
        assert [(s["criterion"], s["value"], s["reason"]) for s in seen.opinions[0]["scores"]] == [
            (s.criterion.code, s.value, s.reason) for s in scores.select_related("criterion")
        ]
        assert seen.opinions[0]["reviewer"] == scores[0].review.reviewer_id
    # The order of all the files is written once while it does not change.
    assert Event.objects.filter(action="call.ranking").count() == 1


def _no_sql(execute, sql, params, many, context):
    raise AssertionError("replay reads nothing but the events")


def test_an_order_that_was_touched_is_seen():
    """Negative control: the digest of the order speaks."""
    case = cases.proposed()
    cases.decide(case.application)
    events = list(Event.objects.filter(action__in=replay.READ).order_by("pk"))
    events[0].data["order"][0][1] = "1"
    with pytest.raises(replay.Broken, match="is not the one"):
        replay.replay(events)
    with pytest.raises(replay.Broken, match="absent"):
        replay.replay(events[1:])


def test_a_new_opinion_writes_a_new_order():
    world = made.shared(files=1)
    other = cases.given(fund.filed(of=world.call))
    cases.decide(world.files[0])
    third = cases.proposed(fund.filed(of=world.call))
    cases.decide(third.application, awards=[], outcome="refused")
    orders = Event.objects.filter(action="call.ranking").order_by("pk")
    assert [len(event.data["order"]) for event in orders] == [2, 3]
    assert other.application.number in dict(orders[0].data["order"])
