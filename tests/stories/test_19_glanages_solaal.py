"""Fiche 19: a farmer opens a plot, rain moves the day, gleaners come, all is given away."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities import queries as done
from ensemblier.chain.billing.refusals import NothingToBill
from ensemblier.chain.stock.refusals import BadMovement, GiftOnly, NotEnough
from ensemblier.engines.money import share_out
from tests.stories.frame import Figures, Tell
from tests.stories.life import Life, kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "19_glanages_solaal"


def live(figures: Figures) -> SimpleNamespace:
    life = Life(figures, "SOLAAL")
    story = SimpleNamespace(life=life, figures=figures)
    story.farm = life.organisation("Ferme des Plaines", "farm", part="donor", link="production")
    story.organisers = [life.organisation(name) for name in figures.organisers]
    story.aid = [
        life.organisation(f"Aide alimentaire {rank}", part="store")
        for rank, _ in enumerate(figures.shares, 1)
    ]
    life.authorise(life.lead, designated=story.aid)
    story.plot = life.site("Parcelle de carottes", "garden")
    story.orchard = life.site("Verger", "garden")
    story.carrots = life.product("carottes", "Carottes")
    story.apples = life.product("pommes", "Pommes")
    agree(story)
    glean(story)
    hand_out(story)
    story.trace = trace(life.chain)
    return story


def agree(story: SimpleNamespace) -> None:
    """The agreement says what may be gleaned at no price, and that the organiser is insured."""
    life, figures = story.life, story.figures
    note = "convention de glanage ; assurance en responsabilité civile de l'organisateur"
    facts = {"giver": story.farm, "receiver": life.lead, "unit_cents": 0, "note": note}
    story.terms = [
        life.promise("framework", product, kg(kilos), **facts)
        for product, kilos in (
            (story.carrots, figures.left_kilos),
            (story.apples, figures.whole_kilos),
        )
    ]


def glean(story: SimpleNamespace) -> None:
    """Signed up for one day; it rains; everybody is asked for another one."""
    life, figures = story.life, story.figures
    planned = life.activity(
        "gleaning",
        "Glanage de carottes",
        story.plot,
        day=life.day(10),
        minutes=figures.minutes,
        places=figures.gleaners,
        plot="left",
        closes_at=life.at(life.day(8)),
    )
    activities.serve(activity=planned, commitment=story.terms[0], actor=life.actor)
    signed = [
        activities.sign_up(
            activity=planned,
            participant=person,
            nature="volunteer",
            actor=life.actor,
            now=life.at(life.day(5)),
        )
        for organiser in story.organisers
        for person in life.persons(figures.gleaners // len(story.organisers), organiser)
    ]
    starts = planned.starts_at + timedelta(days=figures.moved_days)
    ends = planned.ends_at + timedelta(days=figures.moved_days)
    facts = {"starts_at": starts, "ends_at": ends, "actor": life.actor}
    story.planned = planned
    story.moved = activities.move(activity=planned, reason="Pluie, sol détrempé", **facts)
    for rank, row in enumerate(signed):
        row.refresh_from_db()
        minutes = figures.minutes if rank < figures.present else 0
        activities.record_minutes(participation=row, minutes=minutes, now=ends, actor=life.actor)
    bring_in(story, starts.date())
    life.finish(story.moved)


def bring_in(story: SimpleNamespace, day) -> None:
    """Weighed at the edge of the field; the farm alone says what it is worth to it."""
    life, figures = story.life, story.figures
    given = {"origin": story.farm, "day": day, "is_gift_only": True, "is_aid_only": True}
    cents = figures.left_kilos * figures.left_cents
    facts = given | {"value_cents": cents, "activity": story.moved}
    story.left = life.receive("gleaned", story.carrots, story.plot, kg(figures.left_kilos), **facts)
    facts = given | {"value_cents": figures.whole_kilos * figures.whole_cents}
    kilos = kg(figures.whole_kilos)
    story.whole = life.receive("gleaned", story.apples, story.orchard, kilos, **facts)


def hand_out(story: SimpleNamespace) -> None:
    life, shares = story.life, story.figures.shares
    for lot, site, kilos in (
        (story.left, story.plot, story.figures.left_kilos),
        (story.whole, story.orchard, story.figures.whole_kilos),
    ):
        for party, milli in zip(story.aid, share_out(kg(kilos), shares), strict=True):
            life.hand_over(lot, site, milli, party, day=life.day(15))


def receipt(story: SimpleNamespace):
    """What was left in a harvested plot could no longer be sold as usual."""
    return story.life.tax_receipt(story.farm, unmarketable=[story.left.movements.first().pk])


def test_a_day_moved_by_the_rain_and_all_given(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    story.planned.refresh_from_db()
    assert (story.planned.state, story.planned.moved_to) == ("moved", story.moved)
    assert story.moved.participations.count() == figures.gleaners, "sign-ups followed"
    assert story.moved.servings.get().commitment == story.terms[0]
    assert done.hours(life.chain, life.first, life.last)["volunteer"] == (10, 2100)
    paper = receipt(story)
    assert paper.total_cents == 120_00 + 405_00, "half of 240 € left, the whole of 405 € unpicked"
    assert [row["percent"] for row in paper.content["lines"]] == [50, 100]
    notes = [life.delivery_note(party) for party in story.aid]
    given = [sum(row["milli"] for row in note.content["lines"]) for note in notes]
    assert given == [kg(480 + 270), kg(320 + 180)]
    life.close()
    told = life.activity_figures(life.lead)
    assert told["came_grams"] == {"gleaned": {"FRUITS_ET_LEGUMES": 1_250_000}}
    assert told["went_grams"] == 1_250_000
    assert (told["volunteers"], told["volunteer_minutes"]) == (10, 2100)
    life.prove()
    assert life.left() == 0
    tell(figures, "1 250 kg glanés par 10 personnes en 35 heures, 525,00 € au reçu fiscal")


def test_other_figures_another_receipt() -> None:
    figures = Figures.of(SHEET).altered(left_kilos=1000, whole_cents=100, present=6)
    story = live(figures)
    assert receipt(story).total_cents == 150_00 + 450_00
    assert done.hours(story.life.chain, story.life.first, story.life.last)["volunteer"][0] == 6


def test_what_was_given_is_not_sold_and_not_given_twice() -> None:
    story = live(Figures.of(SHEET))
    life, day = story.life, story.life.day(15)
    with pytest.raises(NotEnough):
        life.hand_over(story.left, story.plot, kg(1), story.aid[0], day=day)
    facts = {"origin": story.farm, "day": day, "is_gift_only": True}
    more = life.receive("gleaned", story.carrots, story.plot, kg(5), **facts)
    with pytest.raises(GiftOnly):
        life.sell(story.carrots, story.plot, kg(5), lot=more, price_cents=500, day=day)
    receipt(story)
    with pytest.raises(NothingToBill):
        receipt(story)  # the last one was valued by nobody: no receipt for it


def test_sign_up_has_places_a_closing_and_a_day() -> None:
    story = live(Figures.of(SHEET))
    life = story.life
    (person,) = life.persons(1)
    facts = {"participant": person, "nature": "volunteer", "actor": life.actor}
    small = life.activity("gleaning", "Verger", story.orchard, day=life.day(20), places=1)
    activities.sign_up(activity=small, **facts | {"participant": life.persons(1)[0]})
    with pytest.raises(activities.Full):
        activities.sign_up(activity=small, **facts)
    soon = life.activity(
        "gleaning", "Verger", story.orchard, day=life.day(22), closes_at=life.at(life.day(20))
    )
    with pytest.raises(activities.SignUpClosed):
        activities.sign_up(activity=soon, **facts, now=life.at(life.day(21)))
    with pytest.raises(activities.NotPlanned):
        activities.sign_up(activity=story.planned, **facts)
    with pytest.raises(BadMovement, match="déplacée"):
        life.receive("gleaned", story.carrots, story.plot, kg(1), activity=story.planned)
