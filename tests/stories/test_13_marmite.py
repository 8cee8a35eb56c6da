"""Fiche 13, La Marmite solidaire: lots of two days cooked the day after, dishes given back."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros
from ensemblier.chain.activities.models import Participation
from ensemblier.chain.stock import actions as goods
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import (
    AidOnly,
    GiftOnly,
    NotEnough,
    OnHold,
    PastItsDate,
    UseByMissing,
)
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("13_marmite")


class Marmite(Life):
    """A kitchen lent by a school, two that bring, several that take dishes back."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "La Marmite solidaire")
        self.funders = [self.organisation(name, "public", "funder") for name in figures.funders]
        self.red_cross = self.organisation("Croix-Rouge, aide mobile", part="donor")
        self.bank = self.organisation("Banque alimentaire du Doubs", part="donor")
        self.helpers = [
            self.organisation(f"Association {rank}", part="store")
            for rank in range(1, figures.associations + 1)
        ]
        self.authorise(self.bank, self.helpers)
        self.kitchen = self.site("Cuisines de la MFR", "kitchen", is_cold=True)
        self.unsold = self.product(
            "invendus", "Invendus de fin de vie", family="AUTRES", has_use_by=True
        )
        self.dish = self.product(
            "plat",
            "Plat cuisiné",
            "meal",
            family="AUTRES",
            storage="chilled",
            unit_grams=figures.dish_grams,
            has_use_by=True,
        )
        self.cooks = self.persons(figures.cooks)

    def arrive(self, donor, kilos: int, rank: int, **fields):
        """For two more days; for food aid, and for nothing."""
        use_by = self.day(rank + self.figures.keeps_days)
        facts = {"use_by": use_by, "is_aid_only": True, "is_gift_only": True} | fields
        return self.receive(
            "gift", self.unsold, self.kitchen, kg(kilos), origin=donor, day=self.day(rank), **facts
        )

    def cook(self, lots, rank: int):
        """The day after they came; only cooking may give a later date."""
        figures = self.figures
        inputs = [(lot, stock.level(lot, self.kitchen)) for lot in lots]
        grams = sum(milli for _, milli in inputs)
        dishes = grams * (100 - figures.peel_percent) // 100 // figures.dish_grams
        self.cooking = self.activity("cooking", "Plats", self.kitchen, day=self.day(rank))
        self.take_part(self.cooking, self.cooks, figures.cook_minutes, nature="employee")
        output = Output(self.dish, kg(dishes), use_by=self.day(rank + figures.dish_days))
        (made,) = self.process(self.cooking, inputs, [output], grams - dishes * figures.dish_grams)
        return made

    def give_back(self, dishes, rank: int) -> None:
        whole_dishes = stock.level(dishes, self.kitchen) // 1000
        for helper, number in zip(
            self.helpers, parts(whole_dishes, len(self.helpers)), strict=True
        ):
            self.hand_over(dishes, self.kitchen, kg(number), helper, day=self.day(rank))


def live(figures: Figures) -> SimpleNamespace:
    """Some batches; one lot that waited too long; then the waste avoided, as Préval reads it."""
    life = Marmite(figures)
    for funder in life.funders:
        granted = life.grant(funder, life.lead, figures.grant_cents, "Expérimentation")
    made = 0
    for batch in range(figures.batches):
        rank = 3 * batch
        lots = [
            life.arrive(life.red_cross, figures.red_cross_kilos, rank),
            life.arrive(life.bank, figures.bank_kilos, rank),
        ]
        dishes = life.cook(lots, rank + 1)
        made += stock.level(dishes, life.kitchen) // 1000
        life.give_back(dishes, rank + 2)
    late = life.arrive(life.red_cross, figures.late_kilos, 0)
    after = figures.keeps_days + 1
    lost = life.lose(late, life.kitchen, kg(figures.late_kilos), "DLC passée", day=life.day(after))
    notes = [life.delivery_note(helper) for helper in life.helpers]
    life.close()
    life.prove()
    told = life.activity_figures(life.funders[-1])
    worked = Participation.objects.filter(nature="employee").values_list("minutes", flat=True)
    return SimpleNamespace(
        life=life,
        granted=granted,
        dishes=made,
        given=[sum(row["milli"] for row in note.content["lines"]) // 1000 for note in notes],
        came=sum(told["came_grams"]["gift"].values()),
        avoided=told["went_grams"],
        lost=told["lost_grams"],
        peeled=told["workshop_lost_grams"],
        minutes=sum(worked),
        left=life.left(),
        lost_on=lost.day,
        eat_by=dishes.use_by,
    )


def test_what_would_have_been_thrown_away_becomes_dishes(tell) -> None:
    end = live(FIGURES)
    assert end.granted == 60_000_00
    assert end.dishes == 4 * 270 and end.given == [360, 360, 360]
    assert end.came == 4 * 120_000 + 15_000
    assert (end.avoided, end.peeled, end.lost) == (432_000, 48_000, 15_000)
    assert end.came == end.avoided + end.peeled + end.lost and end.left == 0
    assert end.minutes == 4 * 420
    assert (end.lost_on, end.eat_by) == (date(2021, 11, 4), date(2021, 11, 15))
    tell(
        FIGURES,
        f"{end.dishes} plats, {end.avoided // 1000} kg de déchets évités sur "
        f"{end.came // 1000} kg reçus, une cuisinière, {euros(end.granted)} de quatre financeurs",
    )


@pytest.mark.parametrize(
    ("changed", "dishes", "avoided", "lost", "peeled"),
    [
        ({"batches": 2}, 540, 216_000, 15_000, 24_000),
        ({"bank_kilos": 90}, 1440, 576_000, 15_000, 64_000),
        ({"late_kilos": 40, "peel_percent": 0}, 1200, 480_000, 40_000, 0),
        ({"dish_grams": 350, "batches": 1}, 308, 107_800, 15_000, 12_200),
    ],
)
def test_the_waste_avoided_follows(changed, dishes, avoided, lost, peeled) -> None:
    end = live(FIGURES.altered(**changed))
    assert (end.dishes, sum(end.given)) == (dishes, dishes)
    assert (end.avoided, end.lost, end.peeled) == (avoided, lost, peeled)


def test_nothing_is_cooked_nor_given_after_its_date() -> None:
    life = Marmite(FIGURES)
    lot = life.arrive(life.bank, 40, 0)
    with pytest.raises(PastItsDate):
        life.cook([lot], FIGURES.keeps_days + 1)
    with pytest.raises(PastItsDate):
        life.arrive(life.bank, 40, 5, use_by=life.day(4))
    with pytest.raises(UseByMissing):
        life.arrive(life.bank, 40, 0, use_by=None)
    dishes = life.cook([lot], FIGURES.keeps_days)
    last = FIGURES.keeps_days + FIGURES.dish_days
    with pytest.raises(PastItsDate):
        life.give_back(dishes, last + 1)
    life.give_back(dishes, last)
    assert life.left() == 0
    life.prove()


def test_a_recalled_lot_holds_its_dishes_and_says_who_got_some() -> None:
    life = Marmite(FIGURES)
    lots = [life.arrive(life.bank, 40, 0), life.arrive(life.red_cross, 40, 0)]
    dishes = life.cook(lots, 1)
    life.hand_over(dishes, life.kitchen, kg(10), life.helpers[0], day=life.day(2))
    goods.recall(lot=lots[0], reason="corps étranger", now=life.at(life.day(2)), actor=life.actor)
    with pytest.raises(OnHold):
        life.give_back(dishes, 2)
    _, _, warned = stock.warned(lots[0])
    assert life.helpers[0] in warned and life.helpers[1] not in warned
    life.prove()


def test_dishes_of_food_aid_are_not_sold_nor_given_to_who_may_not() -> None:
    life = Marmite(FIGURES)
    dishes = life.cook([life.arrive(life.bank, 40, 0)], 1)
    with pytest.raises(GiftOnly):
        life.sell(life.dish, life.kitchen, kg(1), lot=dishes, price_cents=300, day=life.day(2))
    with pytest.raises(AidOnly):
        canteen = life.organisation("Cantine d'entreprise", "company")
        life.hand_over(dishes, life.kitchen, kg(1), canteen, day=life.day(2))
    with pytest.raises(NotEnough):
        life.hand_over(dishes, life.kitchen, kg(91), life.helpers[0], day=life.day(2))
    life.prove()
