"""Activities: planned, moved with those who signed up, full, closed; hours outlive names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from ensemblier.base.chains.actions import set_open
from ensemblier.base.journal.models import Event
from ensemblier.chain.activities import actions
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.activities.queries import hours
from ensemblier.chain.commitments import actions as commitments
from tests.factories_people import make_organisation
from tests.factories_stock import DAY, make_activity, make_chain, make_product, make_site

pytestmark = pytest.mark.django_db
AT_EIGHT = datetime(2026, 3, 3, 8, tzinfo=UTC)
LATER = timedelta(days=2)


@pytest.fixture
def field():
    return make_site(make_chain(), "Champ", "garden")


def person(chain, alias="Le grand"):
    return actions.add_participant(chain=chain, organisation=chain.lead, alias=alias, actor=None)


def sign(activity, participant=None, nature="volunteer", **fields):
    participant = participant or person(activity.chain)
    return actions.sign_up(
        activity=activity, participant=participant, nature=nature, actor=None, **fields
    )


def postpone(activity, reason="orage"):
    return actions.move(
        activity=activity,
        starts_at=activity.starts_at + LATER,
        ends_at=activity.ends_at + LATER,
        reason=reason,
        actor=None,
    )


def test_weather_moves_the_date_and_those_who_signed_up_follow(field):
    first = make_activity(field, "gleaning", closes_at=AT_EIGHT - timedelta(hours=12), places=2)
    signed = sign(first)
    order = a_promise(field.chain)
    actions.serve(activity=first, commitment=order)
    new = postpone(first)
    assert new.pk != first.pk and new.starts_at == AT_EIGHT + LATER and new.places == 2
    assert new.closes_at == AT_EIGHT - timedelta(hours=12) + LATER
    first.refresh_from_db()
    assert (first.state, first.moved_to, first.reason) == ("moved", new, "orage")
    assert first.starts_at == AT_EIGHT  # the former date stays readable
    assert list(new.participations.all()) == [signed] and new.servings.get().commitment == order
    assert not first.participations.exists()
    sign(new)
    with pytest.raises(actions.Full, match="2 places"):
        sign(new)


def test_what_is_over_is_neither_moved_nor_joined(field):
    moved, done, cancelled = (make_activity(field) for _ in range(3))
    postpone(moved)
    actions.finish(activity=done, actor=None)
    with pytest.raises(actions.BadActivity, match="pourquoi"):
        actions.cancel(activity=cancelled, reason="", actor=None)
    actions.cancel(activity=cancelled, reason="plus de fruits", actor=None)
    for over in (moved, done, cancelled):
        for verb in (
            lambda over=over: postpone(over),
            lambda over=over: sign(over),
            lambda over=over: actions.finish(activity=over, actor=None),
            lambda over=over: actions.cancel(activity=over, reason="x", actor=None),
        ):
            with pytest.raises(actions.NotPlanned):
                verb()
    with pytest.raises(actions.BadActivity, match="date change"):
        postpone(make_activity(field), reason=" ")


def test_nothing_is_planned_in_a_closed_place(field):
    planned = make_activity(field)
    set_open(site=field, is_open=False, reason="travaux", actor=None)
    with pytest.raises(actions.SiteClosed, match="Champ"):
        make_activity(field)
    with pytest.raises(actions.SiteClosed):
        postpone(Activity.objects.get(pk=planned.pk))
    assert Activity.objects.get().state == "planned"
    set_open(site=field, is_open=True, reason="fini", actor=None)
    make_activity(field)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "party"},
        {"title": " "},
        {"ends_at": AT_EIGHT},
        {"places": 0},
        {"opens_at": AT_EIGHT, "closes_at": AT_EIGHT},
    ],
)
def test_an_activity_that_is_not_right_is_refused_and_nothing_is_written(field, fields):
    with pytest.raises(actions.BadActivity) as refusal:
        make_activity(field, **fields)
    assert refusal.value.message
    with pytest.raises(TypeError):
        make_activity(field, colour="blue")
    assert not Activity.objects.exists()


def test_a_place_or_a_person_of_another_chain_is_refused(field):
    other = make_chain()
    with pytest.raises(actions.BadActivity, match="lieu"):
        actions.plan(
            chain=other,
            kind="sorting",
            title="Tri",
            site=field,
            host=other.lead,
            starts_at=AT_EIGHT,
            ends_at=AT_EIGHT + LATER,
            actor=None,
        )
    with pytest.raises(actions.BadActivity, match="personne"):
        sign(make_activity(field), person(other))
    with pytest.raises(actions.BadActivity, match="promesse"):
        actions.serve(activity=make_activity(field), commitment=a_promise(other))


def test_sign_up_is_open_from_its_opening_to_its_closing(field):
    opens, closes = AT_EIGHT - timedelta(days=3), AT_EIGHT - timedelta(days=1)
    activity = make_activity(field, opens_at=opens, closes_at=closes)
    second = timedelta(seconds=1)
    with pytest.raises(actions.SignUpClosed, match="pas encore"):
        sign(activity, now=opens - second)
    sign(activity, now=opens)
    sign(activity, now=closes - second)
    with pytest.raises(actions.SignUpClosed, match="close"):
        sign(activity, now=closes)
    with pytest.raises(actions.SignUpClosed):  # without a closing, its end closes it
        sign(make_activity(field), now=AT_EIGHT + timedelta(hours=4))
    assert Participation.objects.count() == 2


def test_a_person_signs_up_once_and_in_a_known_capacity(field):
    activity, someone = make_activity(field), person(field.chain)
    sign(activity, someone)
    with pytest.raises(actions.AlreadySignedUp):
        sign(activity, someone)
    with pytest.raises(actions.BadActivity, match="titre"):
        sign(activity, nature="king")


def test_erasing_a_person_leaves_every_total(field):
    activity, someone = make_activity(field), person(field.chain, "Nom choisi")
    code = someone.code
    rows = [sign(activity, someone), sign(activity, nature="insertion"), sign(activity)]
    for row, minutes in zip(rows, (90, 240, 0), strict=True):
        actions.record_minutes(participation=row, minutes=minutes, now=AT_EIGHT, actor=None)
    before = hours(field.chain, DAY, DAY)
    assert before == {"volunteer": (1, 90), "insertion": (1, 240)}
    actions.erase_participant(participant=someone, now=AT_EIGHT, actor=None)
    assert hours(field.chain, DAY, DAY) == before
    someone.refresh_from_db()
    assert (someone.alias, someone.erased_at) == ("", AT_EIGHT) and someone.code != code
    traces = Event.objects.filter(subject=f"participant:{someone.pk}")
    assert traces.count() == 2 and "Nom choisi" not in str([event.data for event in traces])
    with pytest.raises(actions.Erased):
        sign(make_activity(field), someone)
    assert hours(field.chain, date(2026, 3, 4), date(2026, 3, 5)) == {}


@pytest.mark.parametrize("minutes", [-1, 1441, 1.5, True, "60"])
def test_minutes_are_whole_and_fit_in_a_day(field, minutes):
    row = sign(make_activity(field))
    with pytest.raises(actions.BadMinutes):
        actions.record_minutes(participation=row, minutes=minutes, now=AT_EIGHT, actor=None)
    row.refresh_from_db()
    assert row.minutes is None


def test_no_hour_counts_for_what_did_not_take_place(field):
    activity = make_activity(field)
    row = sign(activity)
    actions.cancel(activity=activity, reason="gel", actor=None)
    row.refresh_from_db()
    with pytest.raises(actions.NotPlanned):
        actions.record_minutes(participation=row, minutes=60, now=AT_EIGHT, actor=None)


def a_promise(chain, now=AT_EIGHT):
    return commitments.promise(
        key=uuid4(),
        chain=chain,
        kind="order",
        product=make_product(chain, f"panier-{uuid4().hex[:8]}", unit="basket"),
        milli=1000,
        starts=DAY,
        ends=DAY,
        firmness="firm",
        giver=chain.lead,
        receiver=make_organisation(),
        unit_cents=900,
        is_prepaid=True,
        now=now,
        actor=None,
    )


def test_an_order_cycle_takes_the_orders_given_while_it_is_open(field):
    cycle = make_activity(
        field, "cycle", opens_at=AT_EIGHT - LATER, closes_at=AT_EIGHT - timedelta(hours=1)
    )
    order = a_promise(field.chain, now=AT_EIGHT - LATER)
    actions.serve(activity=cycle, commitment=order)
    with pytest.raises(actions.AlreadyServed):
        actions.serve(activity=cycle, commitment=order)
    with pytest.raises(actions.SignUpClosed, match="La commande est close"):
        actions.serve(activity=cycle, commitment=a_promise(field.chain))
    dropped = a_promise(field.chain, now=AT_EIGHT - LATER)
    commitments.cancel(commitment=dropped, reason="remboursée", actor=None)
    with pytest.raises(actions.AlreadyServed):
        actions.serve(activity=cycle, commitment=dropped)
    assert cycle.servings.count() == 1


@pytest.mark.parametrize("kind", Activity.Kind.values)
def test_people_take_part_at_every_step_and_the_status_of_their_work_is_told_apart(field, kind):
    """Volunteers, people welcomed or in insertion: in any activity, and hours counted apart."""
    activity = make_activity(field, kind)
    for minutes, nature in enumerate(Participation.Nature.values, start=1):
        signed = sign(activity, nature=nature)
        actions.record_minutes(participation=signed, minutes=minutes, now=AT_EIGHT, actor=None)
    assert hours(field.chain, DAY, DAY) == {
        "volunteer": (1, 1),
        "eater": (1, 2),
        "insertion": (1, 3),
        "training": (1, 4),
        "employee": (1, 5),
    }


def test_a_gleaning_has_a_signed_agreement_that_insures_and_keeps_it_when_it_moves(field):
    """Report, sheet 19: with a legal person, including insurance of civil liability."""
    first = make_activity(field, "gleaning", plot="whole")
    assert (first.agreed_on, first.is_insured) == (DAY, True)
    new = postpone(first)
    assert (new.agreed_on, new.is_insured, new.plot) == (DAY, True, "whole")
    for wrong in ({"agreed_on": None}, {"agreed_on": DAY + LATER}, {"is_insured": False}):
        with pytest.raises(actions.NoAgreement):
            make_activity(field, "gleaning", **wrong)
    with pytest.raises(actions.BadActivity, match="parcelle"):
        make_activity(field, "gleaning", plot="sand")
    for other in ({"agreed_on": DAY}, {"is_insured": True}, {"plot": "left"}):
        with pytest.raises(actions.BadActivity, match="pour un glanage"):
            make_activity(field, "harvest", **other)
    with pytest.raises(IntegrityError, match="activity_agreement_is_of_a_gleaning"):
        Activity.objects.filter(pk=new.pk).update(kind="harvest")
