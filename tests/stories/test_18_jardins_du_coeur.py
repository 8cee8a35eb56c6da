"""Fiche 18: gardens for insertion grow a tenth of the fruit and vegetables of the centres."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models import Sum

from ensemblier.chain.activities import queries as done
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.insertion import actions as insertion
from ensemblier.chain.insertion import queries as work
from ensemblier.chain.stock.models import Movement
from ensemblier.chain.stock.refusals import AidOnly, NotEnough
from ensemblier.reports import figures as told_figures
from tests.stories.frame import Figures, Tell
from tests.stories.frame_more import WideLife
from tests.stories.life import kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "18_jardins_du_coeur"
TOLD_BY = 10
FEW = {"gardens": 2, "near_gardens": 1, "shown_gardens": 1}


def live(figures: Figures) -> SimpleNamespace:
    """A year told in one harvest by garden, and one movement for each other supply."""
    life = WideLife(figures, "Les Restos du Cœur")
    story = SimpleNamespace(life=life, figures=figures, agreements=[], contracts=[], lots=[])
    story.state = life.organisation("DGCS", "state", part="funder")
    story.owner = life.organisation("Commune qui prête", "public")
    story.shop = life.organisation("Donateur", "company", part="donor")
    story.centre = life.organisation("Centres d'activité", part="store")
    life.authorise(life.lead, designated=[story.centre])
    story.crop = life.product("legumes", "Fruits et légumes")
    land = life.product("terrain", "Terrain prêté, en hectares", "piece", family="AUTRES")
    milli = kg(figures.lent_hectares * figures.gardens)
    lent = {"giver": story.owner, "receiver": life.lead, "unit_cents": 0}
    story.land = life.promise("framework", land, milli, **lent)
    for rank in range(figures.gardens):
        garden(story, rank)
    for rank in range(figures.near_gardens):
        near_garden(story, rank)
    others(story)
    came = told_figures.activity(life.chain, life.first, life.last)["came_grams"]
    story.came = {kind: families["FRUITS_ET_LEGUMES"] for kind, families in came.items()}
    story.off_share = grown(story) * 100 - figures.share_percent * sum(story.came.values())
    story.trace = trace(life.chain)
    return story


def garden(story: SimpleNamespace, rank: int) -> None:
    """Its agreement, its land, its harvest straight to the centres."""
    life, figures = story.life, story.figures
    agreement = life.aci(life.lead, "aci")
    site = life.site(f"Jardin {rank + 1}", "garden")
    facts = {"day": life.day(200), "iae_agreement": agreement}
    harvest = life.activity("harvest", "Récolte de l'année", site, **facts)
    milli = kg(figures.garden_kilos)
    lot = life.receive(
        "harvest", story.crop, site, milli, day=life.day(200), activity=harvest, is_aid_only=True
    )
    life.hand_over(lot, site, milli, story.centre, day=life.day(201))
    story.lots.append((lot, site))
    story.agreements.append(agreement)
    if rank < figures.shown_gardens:
        a_day_of_work(story, agreement)


def a_day_of_work(story: SimpleNamespace, agreement) -> None:
    life, figures = story.life, story.figures
    for person in life.persons(figures.shown_workers):
        facts = {"weekly_minutes": figures.work_minutes * 5, "ends": life.day(364)}
        contract = life.contract(agreement, person, **facts)
        life.hours(contract, "work", figures.work_minutes, life.day(199))
        life.hours(contract, "support", figures.support_minutes, life.day(199))
        story.contracts.append(contract)
    life.charge(agreement, life.first, "Charges de l'année", figures.charges_cents)


def near_garden(story: SimpleNamespace, rank: int) -> None:
    """Volunteers and people of the centre grow together. A harvest is told for ten gardens in the
    first of them, where a session tells its hours."""
    life, figures = story.life, story.figures
    site = life.site(f"Jardin de proximité {rank + 1}", "garden", story.centre)
    if rank % TOLD_BY:
        return
    told = min(TOLD_BY, figures.near_gardens - rank)
    milli, day = kg(figures.near_kilos * told), life.day(180)
    lot = life.receive("harvest", story.crop, site, milli, day=day, origin=story.centre)
    life.hand_over(lot, site, milli, None, day=day)
    if rank == 0:
        session = life.activity("harvest", "Séance au jardin", site, day=day)
        for nature, number in (("volunteer", figures.volunteers), ("eater", figures.eaters)):
            people = life.persons(number, story.centre)
            life.take_part(session, people, figures.garden_minutes, nature)


def others(story: SimpleNamespace) -> None:
    """What the gardens do not grow is bought and given."""
    life, figures = story.life, story.figures
    store = life.site("Entrepôts", "store")
    farm = life.organisation("Groupement de producteurs", "cooperative")
    for kind, origin, kilos, cents in (
        ("purchase", farm, figures.bought_kilos, figures.bought_cents),
        ("gift", story.shop, figures.given_kilos, figures.given_cents),
    ):
        facts = {"origin": origin, "value_cents": kilos * cents, "day": life.day(100)}
        lot = life.receive(kind, story.crop, store, kg(kilos), **facts)
        life.hand_over(lot, store, kg(kilos), story.centre, day=life.day(101))


def grown(story: SimpleNamespace) -> int:
    """Grams harvested in the gardens that have an agreement for insertion."""
    rows = Movement.objects.filter(kind="harvest", activity__iae_agreement__isnull=False)
    return rows.aggregate(grams=Sum("grams"))["grams"]


def test_a_tenth_of_the_fruit_and_vegetables(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    life.close()
    told = life.activity_figures(story.state)
    came = {kind: families["FRUITS_ET_LEGUMES"] for kind, families in told["came_grams"].items()}
    assert came == {
        "harvest": 490_000_000,
        "purchase": 2_110_000_000,
        "gift": 2_000_000_000,
    }
    assert grown(story) == 460_000_000
    assert story.off_share == 0 and story.came == came
    assert told["went_grams"] == sum(came.values()) and told["lost_grams"] == 0
    assert (told["volunteers"], told["volunteer_minutes"]) == (5, 600)
    assert done.hours(life.chain, life.first, life.last)["eater"] == (4, 480)
    receipt = life.tax_receipt(story.shop)
    assert receipt.total_cents == 1_600_000_00
    assert len(story.agreements) == 46 < figures.sites_aci == 106
    assert story.land.milli == kg(92) and story.land.unit_cents == 0
    life.prove()
    assert life.left() == 0
    tell(figures, "46 jardins sur 106 chantiers, 460 t : 10 % des 4 600 t de fruits et légumes")


def test_hours_and_exits_by_garden() -> None:
    story = live(Figures.of(SHEET).altered(**FEW))
    life, agreement = story.life, story.agreements[0]
    found = work.hours(agreement, life.first, life.last)
    assert (found.contracts, found.minutes) == (4, {"work": 1248, "support": 240})
    assert work.hours(story.agreements[1], life.first, life.last).minutes == {}
    insertion.leave(
        contract=story.contracts[0], exit="lasting_job", day=life.day(300), actor=life.actor
    )
    assert work.exits(agreement, life.first, life.last) == {"lasting_job": 1}
    watch = work.sales_watch(agreement, life.first.year, life.last)
    assert (watch.sales_cents, watch.charges_cents, watch.holds) == (0, 480_000_00, True)


def test_a_better_season_is_a_larger_share() -> None:
    story = live(Figures.of(SHEET).altered(**FEW, garden_kilos=20_000, given_kilos=100_000))
    story.life.close()
    told = story.life.activity_figures(story.state)
    assert grown(story) == 40_000_000
    assert told["came_grams"]["gift"]["FRUITS_ET_LEGUMES"] == 100_000_000


def test_what_is_kept_for_food_aid_goes_to_who_is_authorised() -> None:
    story = live(Figures.of(SHEET).altered(**FEW))
    life = story.life
    site = story.lots[0][1]
    lot = life.receive("harvest", story.crop, site, kg(10), is_aid_only=True)
    with pytest.raises(AidOnly):
        life.hand_over(lot, site, kg(10), life.organisation("Traiteur", "company"))
    with pytest.raises(NotEnough):
        life.hand_over(lot, site, kg(11), story.centre)
    with pytest.raises(commitments.FrameworkExceeded):
        facts = {"receiver": life.lead, "parent": story.land}
        life.promise("order", story.land.product, story.land.milli + 1, **facts)
    late = life.last + timedelta(days=1)
    with pytest.raises(commitments.OutsideFramework):
        life.promise("order", story.land.product, kg(1), **facts, starts=late, ends=late)
