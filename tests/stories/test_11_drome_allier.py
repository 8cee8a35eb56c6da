"""Fiche 11, Drôme et Allier: members garden with growers, harvest, preserve; little is covered."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros_exact
from ensemblier.chain.activities.models import Participation
from ensemblier.chain.commitments import queries as commitments
from ensemblier.chain.distribution.refusals import EntitlementExpired, NoEntitlement
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import MassNotBalanced, NotEnough
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("11_drome_allier")

RULE = """
name = "Légumes des ateliers"
[person]
rule = "free"
[[step]]
kind = "share"
payers = [
    {{ name = "Fondations", weight = {foundation} }},
    {{ name = "Région AURA", weight = {region} }},
]
"""


class Workshops(Life):
    """Two départements, each with its growers and its épiceries."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "GESRA, groupement des épiceries", kind="network")
        self.foundations = self.organisation("Fondations", "foundation", "funder")
        self.region = self.organisation("Région AURA", "public", "funder")
        self.vegetables = self.product("legumes", "Légumes des ateliers")
        self.price(self.vegetables, "cost", figures.kilo_cents, is_assumed=True)
        self.jars = [
            self.product(f"bocal-{rank}", name, "jar", unit_grams=figures.jar_grams)
            for rank, name in enumerate(figures.preserves)
        ]
        for jar in self.jars:
            self.price(jar, "cost", figures.jar_cents, is_assumed=True)
        self.places = {
            "Drôme": self.settle("Drôme", figures.drome_growers, figures.drome_stores),
            "Allier": self.settle("Allier", figures.allier_growers, figures.allier_stores),
        }
        self.paid = self.scheme(
            "ateliers",
            "Légumes des ateliers",
            RULE.format(foundation=figures.foundation_weight, region=figures.region_weight),
            {"Fondations": self.foundations, "Région AURA": self.region},
            asks_card=True,
        )

    def settle(self, where: str, growers: int, stores: int) -> SimpleNamespace:
        """Growers with a field, épiceries with a shelf and a need."""
        farms = [
            self.organisation(f"Maraîcher {rank}, {where}", "farm", "grower")
            for rank in range(1, growers + 1)
        ]
        shops = [
            self.organisation(f"Épicerie {rank}, {where}", part="store")
            for rank in range(1, stores + 1)
        ]
        need = kg(self.figures.store_need_kilos)
        return SimpleNamespace(
            farms=farms,
            fields=[self.site("Le champ", "garden", farm) for farm in farms],
            shelves=[self.site("Rayon", "shop", shop) for shop in shops],
            kitchen=self.site(f"Cuisine, {where}", "kitchen"),
            needs=[
                self.promise("need", self.vegetables, need, receiver=shop, firmness="wished")
                for shop in shops
            ],
        )

    def grow(self, place) -> list:
        """Members garden and harvest with the grower, who is paid what grew."""
        figures, lots = self.figures, []
        members = self.persons(figures.gardeners, place.needs[0].receiver)
        for farm, field in zip(place.farms, place.fields, strict=True):
            session = self.activity("harvest", "Maraîchage", field, day=self.day(5))
            self.take_part(session, members, figures.workshop_minutes, nature="eater")
            lots.append(
                self.receive(
                    "purchase",
                    self.vegetables,
                    place.kitchen,
                    kg(figures.grown_kilos),
                    origin=farm,
                    value_cents=figures.grown_kilos * figures.grower_cents,
                    day=self.day(5),
                    activity=session,
                )
            )
            self.mandate(farm)
        self.answer(place, figures.grown_kilos * len(place.farms))
        return lots

    def answer(self, place, kilos: int) -> None:
        """What grew is planned for each need: the rest of the need stays in sight."""
        for need, part in zip(place.needs, parts(kilos, len(place.needs)), strict=True):
            self.promise(
                "plan",
                self.vegetables,
                kg(part),
                giver=place.farms[0],
                receiver=need.receiver,
                parent=need,
                firmness="promised",
            )

    def preserve(self, place, lots) -> list:
        """A collective workshop: a part of each lot, in as many jars of each recipe."""
        figures = self.figures
        inputs = [(lot, self.kept(lot, place)) for lot in lots]
        grams = sum(milli for _, milli in inputs)
        jars = grams * (100 - figures.lost_percent) // 100 // figures.jar_grams
        outputs = [
            Output(jar, kg(number))
            for jar, number in zip(self.jars, parts(jars, len(self.jars)), strict=True)
        ]
        cooking = self.activity("cooking", "Conserves", place.kitchen, day=self.day(6))
        made = self.process(cooking, inputs, outputs, grams - jars * figures.jar_grams)
        self.cooking = cooking
        return [(jar, stock.level(jar, place.kitchen)) for jar in made]

    def kept(self, lot, place) -> int:
        return stock.level(lot, place.kitchen) * self.figures.preserved_percent // 100

    def serve_members(self, place, goods) -> None:
        """Everything goes to the shelves, then to members who have a right."""
        cards = {shelf.pk: self.member_cards(shelf) for shelf in place.shelves}
        for lot, milli in goods:
            whole = milli // 1000
            for shelf, number in zip(place.shelves, parts(whole, len(place.shelves)), strict=True):
                if not number:
                    continue
                self.carry(lot, place.kitchen, shelf, kg(number), self.day(7))
                for card, units in zip(
                    cards[shelf.pk], parts(number, len(cards[shelf.pk])), strict=True
                ):
                    if units:
                        self.hand(card, shelf, lot, kg(units), self.day(8))

    def member_cards(self, shelf) -> list:
        self.cards = cards = [self.card(shelf.keeper) for _ in range(self.figures.members)]
        for card in cards:
            self.entitle(card, self.paid, ends=self.first + timedelta(days=self.figures.right_days))
        return cards

    def hand(self, card, shelf, lot, milli, day):
        return self.sell(
            lot.product,
            shelf,
            milli,
            lot=lot,
            card=card,
            scheme="ateliers",
            seller=self.lead,
            day=day,
        )


def live(figures: Figures) -> SimpleNamespace:
    """A month in both départements, then the growers' and the funders' papers."""
    life = Workshops(figures)
    for place in life.places.values():
        lots = life.grow(place)
        jars = life.preserve(place, lots) if figures.preserved_percent else []
        fresh = [(lot, stock.level(lot, place.kitchen)) for lot in lots]
        life.serve_members(place, [*fresh, *jars])
    calls = [life.call(life.paid, name).total_cents for name in ("Fondations", "Région AURA")]
    bills = [bill.total_cents for bill in life.self_bill_month()]
    life.close()
    life.prove()
    needs = [need for place in life.places.values() for need in place.needs]
    asked, met = sum(need.milli for need in needs), sum(map(commitments.called_off, needs))
    told = life.activity_figures(life.region)
    minutes = Participation.objects.values_list("minutes", flat=True)
    return SimpleNamespace(
        life=life,
        calls=calls,
        told=[life.report(each)["total_cents"] for each in (life.foundations, life.region)],
        bills=bills,
        till=sum(life.till(shelf) for place in life.places.values() for shelf in place.shelves),
        covered=met * 1000 // asked,
        came=told["came_grams"]["purchase"]["FRUITS_ET_LEGUMES"],
        went=told["went_grams"],
        peeled=told["workshop_lost_grams"],
        households=told["households"],
        minutes=sum(minutes),
        rights_end=life.cards[0].entitlements.get().ends,
        left=life.left(),
    )


def test_workshops_cover_a_small_part_of_the_need_and_cost_members_nothing(tell) -> None:
    end = live(FIGURES)
    assert end.came == 360_000 and end.left == 0
    assert end.came == end.went + end.peeled, "to the gram: fresh, in jars, or peeled"
    assert end.peeled == 9_000
    # 270 kg at 1,55 € and 162 jars at 3,10 €.
    assert sum(end.calls) == 270 * 155 + 162 * 310 == 920_70
    assert end.calls == end.told == [460_35, 460_35]
    assert end.bills == [156_00] * 3 and end.till == 0
    assert end.covered == 85, "8,5 % of the need"
    assert end.households == 12
    assert end.minutes == 3 * 5 * 180
    assert end.rights_end == date(2022, 1, 28)
    tell(
        FIGURES,
        f"360 kg aux ateliers, {end.covered // 10},{end.covered % 10} % des besoins, maraîcher "
        f"{euros_exact(end.bills[0])} chacun, fondations {euros_exact(end.calls[0])}, Région "
        f"{euros_exact(end.calls[1])}, adhérents {euros_exact(end.till)}",
    )


SMALL = {"drome_stores": 1, "allier_stores": 1, "allier_growers": 1, "members": 1}


@pytest.mark.parametrize(
    ("changed", "calls", "bills", "covered"),
    [
        ({}, [306_90, 306_90], [156_00, 156_00], 171),
        ({"grown_kilos": 200}, [511_50, 511_50], [260_00, 260_00], 285),
        ({"preserved_percent": 0}, [186_00, 186_00], [156_00, 156_00], 171),
        ({"region_weight": 150}, [153_45, 460_35], [156_00, 156_00], 171),
        ({"store_need_kilos": 120, "grower_cents": 0}, [306_90, 306_90], [], 1000),
    ],
)
def test_calls_bills_and_cover_follow(changed, calls, bills, covered) -> None:
    end = live(FIGURES.altered(**SMALL, **changed))
    assert (end.calls, end.bills, end.covered) == (calls, bills, covered)
    assert end.told == end.calls and end.left == 0


def test_a_right_that_ended_none_at_all_and_a_jar_too_many() -> None:
    life = Workshops(FIGURES.altered(**SMALL, right_days=3))
    place = life.places["Drôme"]
    lots = life.grow(place)
    with pytest.raises(EntitlementExpired):
        life.serve_members(place, [(lots[0], kg(1))])
    with pytest.raises(NoEntitlement):
        life.hand(life.card(), place.kitchen, lots[0], kg(1), life.day(8))
    life.preserve(place, lots)
    with pytest.raises(NotEnough):
        life.carry(lots[0], place.kitchen, place.shelves[0], kg(120), life.day(7))
    with pytest.raises(MassNotBalanced):
        life.process(life.cooking, [(lots[0], kg(1))], [Output(life.jars[0], kg(3))])
    life.prove()
