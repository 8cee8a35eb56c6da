"""Fiche 8, L'Econome: surplus picked up; a part is given, a part becomes jars that are sold."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.models import Movement
from ensemblier.chain.stock.refusals import GiftOnly, MassNotBalanced, NotEnough
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("08_econome")


class Econome(Life):
    """Growers around Toulon, charities, a kitchen and a counter."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "L'Econome")
        self.authorise(self.lead)
        near = [km for km in figures.distances_km if km <= figures.radius_km]
        self.growers = [self.organisation(f"Ferme à {km} km", "farm", "donor") for km in near]
        self.charities = [
            self.organisation(f"Association caritative {rank}", part="store")
            for rank in range(1, figures.charities + 1)
        ]
        self.state = self.organisation("État", "state", "funder")
        self.town = self.organisation("Métropole de Toulon", "public", "funder")
        self.kitchen = self.site("Atelier", "kitchen")
        self.shop = self.site("Comptoir", "shop")
        self.surplus = self.product("surplus", "Fruits et légumes en surplus")
        self.jar = self.product("bocal", "Bocal", "jar", unit_grams=figures.jar_grams)
        self.buffet = self.product("buffet", "Buffet anti-gaspi", "piece", family="AUTRES")
        self.price(self.jar, "person", figures.jar_cents, is_assumed=True)
        self.price(self.jar, "cost", figures.jar_cost_cents, is_assumed=True)
        self.price(self.buffet, "person", figures.buffet_cents, is_assumed=True)

    def pick_up(self) -> None:
        """One stop by grower; each says what is to be given, and what may be made into jars."""
        figures = self.figures
        self.to_give, self.to_cook = [], []
        for rank, grower in enumerate(self.growers):
            tour = self.activity("collection", f"Ramasse {rank}", self.kitchen, day=self.day(rank))
            given = kg(figures.picked_kilos) * figures.given_percent // 100
            split = [(given, True, self.to_give)]
            split.append((kg(figures.picked_kilos) - given, False, self.to_cook))
            for milli, only, lots in split:
                if milli:
                    lots.append(self.collect(grower, milli, tour, rank, is_gift_only=only))
            self.finish(tour)

    def collect(self, grower, milli, tour, rank, **fields):
        facts = {"activity": tour, "value_cents": milli * self.figures.cost_cents // 1000} | fields
        return self.receive(
            "gift", self.surplus, self.kitchen, milli, origin=grower, day=self.day(rank), **facts
        )

    def give(self) -> None:
        """What is to be given goes the day after, shared between charities."""
        for lot in self.to_give:
            milli = lot.levels.get().milli
            for charity, part in zip(
                self.charities, parts(milli, len(self.charities)), strict=True
            ):
                self.hand_over(lot, self.kitchen, part, charity, day=self.day(5))

    def cook(self, lots) -> None:
        """Whole jars; what does not fill one is lost with the peelings."""
        inputs = [(lot, lot.levels.get().milli) for lot in lots]
        grams = sum(milli for _, milli in inputs)
        kept = grams * (100 - self.figures.trimmed_percent) // 100
        jars = kept // self.figures.jar_grams
        cooking = self.activity("cooking", "Bocaux", self.kitchen, day=self.day(6))
        output = Output(self.jar, kg(jars), best_before=self.day(370))
        (self.jars,) = self.process(
            cooking, inputs, [output], grams - jars * self.figures.jar_grams
        )
        self.cooking = cooking
        self.carry(self.jars, self.kitchen, self.shop, kg(jars), self.day(7))

    def trade(self) -> None:
        self.sell(self.jar, self.shop, kg(self.figures.sold_jars), lot=self.jars, day=self.day(10))
        self.sell(self.buffet, self.shop, kg(1), buyer=self.town, day=self.day(12))
        workshop = self.activity("workshop", "Manger durable", self.shop, day=self.day(13))
        persons = self.persons(self.figures.workshop_persons)
        self.taught = self.take_part(workshop, persons, 90, nature="eater")


def live(figures: Figures) -> SimpleNamespace:
    """A month of rounds, then what charities, growers, the town and the funders get."""
    life = Econome(figures)
    life.grant(life.state, life.lead, figures.state_cents, "Investissement")
    granted = life.grant(life.town, life.lead, figures.town_cents, "Démarrage")
    life.pick_up()
    life.give()
    life.cook(life.to_cook)
    life.trade()
    notes = [life.delivery_note(charity) for charity in life.charities]
    # The last stop was too ripe to be sold: half its cost price counts.
    ripe = [row.pk for row in Movement.objects.filter(kind="gift", party=life.growers[-1])]
    receipts = [life.tax_receipt(grower, unmarketable=ripe).total_cents for grower in life.growers]
    invoice = life.invoice(life.town, seller=life.lead)
    life.close()
    life.prove()
    sold = life.till(life.shop)
    cost = figures.sold_jars * figures.jar_cost_cents
    mass = stock.mass_balance(life.cooking)
    return SimpleNamespace(
        life=life,
        granted=granted,
        given=[sum(row["milli"] for row in note.content["lines"]) for note in notes],
        receipts=receipts,
        invoice=invoice.total_cents,
        sold=sold,
        margin=sold - cost,
        taught=sum(row.minutes for row in life.taught),
        jars=life.jars.movements.get(kind="made").milli // 1000,
        mass=(mass.used, mass.made, mass.lost),
        activity=life.activity_figures(life.state),
    )


def test_a_tonne_saved_given_and_cooked(tell) -> None:
    end = live(FIGURES)
    assert end.granted == 30_000_00
    assert end.given == [300_000, 300_000]
    assert end.mass == (400_000, 340_000, 60_000) and end.jars == 680
    assert end.receipts == [225_00] * 3 + [112_50], "250 kg at 0,90 €; half for the too ripe"
    assert (end.sold, end.margin) == (2_250_00, 1_300_00)
    assert (end.invoice, end.taught) == (600_00, 12 * 90)
    assert end.activity["came_grams"] == {"gift": {"FRUITS_ET_LEGUMES": 1_000_000}}
    assert end.activity["went_by"] == {"handed": 600_000, "sale": 250_000}
    tell(
        FIGURES,
        f"1 t de surplus : {sum(end.given) // 1000} kg donnés, {end.jars} bocaux, marge "
        f"{euros(end.margin)} sur {euros(end.sold)} vendus",
    )


@pytest.mark.parametrize(
    ("changed", "given", "jars", "receipts", "margin"),
    [
        ({"given_percent": 50}, 500_000, 850, 787_50, 1_300_00),
        ({"distances_km": [10, 120], "sold_jars": 170}, 150_000, 170, 112_50, 442_00),
        ({"jar_cost_cents": 460}, 600_000, 680, 787_50, -50_00),
        ({"trimmed_percent": 20, "cost_cents": 100}, 600_000, 640, 875_00, 1_300_00),
    ],
)
def test_what_is_given_and_earned_follows(changed, given, jars, receipts, margin) -> None:
    end = live(FIGURES.altered(**changed))
    assert (sum(end.given), end.jars, sum(end.receipts)) == (given, jars, receipts)
    assert end.margin == margin


def test_what_was_given_to_be_given_is_sold_neither_raw_nor_in_jars() -> None:
    life = Econome(FIGURES)
    life.pick_up()
    with pytest.raises(GiftOnly):
        life.sell(life.surplus, life.kitchen, kg(1), lot=life.to_give[0], price_cents=100)
    life.cook([*life.to_cook, life.to_give[0]])
    with pytest.raises(GiftOnly):
        life.trade()
    life.hand_over(life.jars, life.shop, kg(1), life.charities[0], day=life.day(9))
    assert [lot.is_gift_only for lot in stock.upstream(life.jars)] == [True] + [False] * 4
    life.prove()


def test_jars_do_not_come_from_nowhere_nor_twice() -> None:
    life = Econome(FIGURES)
    life.pick_up()
    cooking = life.activity("cooking", "Trop", life.kitchen, day=life.day(6))
    lot = life.to_cook[0]
    with pytest.raises(MassNotBalanced):
        life.process(cooking, [(lot, kg(100))], [Output(life.jar, kg(201))])
    with pytest.raises(NotEnough):
        life.process(cooking, [(lot, kg(101))], [Output(life.jar, kg(202))])
    life.prove()
