"""Fiche 6, Equalis: parcels of an insertion site, split State and structures; persons pay 0."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros_exact
from ensemblier.chain.activities.actions import Full
from ensemblier.chain.billing.refusals import NothingToBill
from ensemblier.chain.distribution.refusals import NoEntitlement
from ensemblier.chain.insertion import queries as insertion
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import GiftOnly, MassNotBalanced
from tests.stories.frame import Figures
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("06_equalis")

RULE = """
name = "Colis de {structure}"
[person]
rule = "fixed"
cents_per_unit = "{person}"
[[step]]
kind = "share"
payers = [{{ name = "DDETS 78", weight = {state} }}, {{ name = "{structure}", weight = {own} }}]
"""
SCATTERED = "Service d'hébergement en diffus"


class Equalis(Life):
    """Three gardens, a place where parcels are made, and the structures that lodge people."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "Equalis")
        self.authorise(self.lead)
        self.state = self.organisation("DDETS des Yvelines", "state", "funder")
        self.partners = [
            self.organisation(f"Partenaire bio {rank}", "company", "donor")
            for rank in range(1, figures.partners + 1)
        ]
        self.gardens = [
            self.site(f"Jardin {rank}", "garden") for rank in range(1, figures.gardens + 1)
        ]
        self.hub = self.site("Préparation", "store")
        self.vegetables = self.product("legumes", "Légumes bio")
        self.parcel = self.product("colis", "Colis", "basket", unit_grams=figures.parcel_grams)
        self.price(self.parcel, "cost", figures.parcel_cents, is_assumed=True)
        self.agreement = self.aci(self.lead)
        names = [f"Centre {rank}" for rank in range(1, figures.centres + 1)] + [SCATTERED]
        self.structures = [self.structure(name) for name in names]

    def structure(self, name) -> SimpleNamespace:
        """Who lodges people, its place, and the scheme that shares the price of its parcels."""
        figures, made = self.figures, self.organisation(name, part="store")
        rule = RULE.format(
            structure=name,
            state=figures.state_weight,
            own=figures.structure_weight,
            person=figures.person_cents,
        )
        scheme = self.scheme(
            f"colis-{made.pk}",
            f"Colis de {name}",
            rule,
            {"DDETS 78": self.state, name: made},
            asks_card=name == SCATTERED,
        )
        place = self.site("Accueil", "centre", made)
        return SimpleNamespace(name=name, organisation=made, scheme=scheme, place=place)

    def gather(self) -> list:
        """Gardens first, then what shops and growers would have thrown away."""
        figures = self.figures
        lots = []
        for garden in self.gardens:
            lot = self.receive("harvest", self.vegetables, garden, kg(figures.garden_kilos))
            self.carry(lot, garden, self.hub, kg(figures.garden_kilos))
            lots.append((lot, kg(figures.garden_kilos)))
        for partner in self.partners:
            worth = figures.partner_kilos * figures.partner_cents
            facts = {"origin": partner, "value_cents": worth}
            lot = self.receive(
                "gift", self.vegetables, self.hub, kg(figures.partner_kilos), **facts
            )
            lots.append((lot, kg(figures.partner_kilos)))
        return lots

    def compose(self, lots):
        figures = self.figures
        parcels = figures.centres * figures.centre_parcels + figures.scattered
        packing = self.activity(
            "packing", "Colis", self.hub, day=self.day(1), iae_agreement=self.agreement
        )
        (self.parcels,) = self.process(
            packing, lots, [Output(self.parcel, kg(parcels))], figures.lost_grams
        )

    def deliver(self) -> None:
        """A round; then each centre takes its parcels, and each household in scattered housing."""
        figures = self.figures
        tour = self.activity("round", "Tournée", self.hub, day=self.day(2))
        for each in self.structures:
            scattered = each.name == SCATTERED
            number = figures.scattered if scattered else figures.centre_parcels
            self.carry(self.parcels, self.hub, each.place, kg(number), self.day(2), activity=tour)
            if not scattered:
                self.hand(each, kg(number))
                continue
            for _ in range(number):
                card = self.card(each.organisation)
                self.entitle(card, each.scheme)
                self.hand(each, kg(1), card=card)

    def hand(self, structure, milli, **facts):
        return self.sell(
            self.parcel,
            structure.place,
            milli,
            lot=self.parcels,
            seller=self.lead,
            scheme=structure.scheme.code,
            day=self.day(3),
            iae_agreement=self.agreement,
            **facts,
        )

    def cook(self):
        """No kitchen for more than ten: the workshop has so many places."""
        places = self.figures.kitchen_places
        workshop = self.activity("workshop", "Cuisine", self.hub, day=self.day(4), places=places)
        self.take_part(workshop, self.persons(places), 120, nature="eater")
        return workshop

    def work(self) -> None:
        """A week of each contract: at work, in training, with somebody who listens."""
        figures = self.figures
        for person in self.persons(figures.contracts):
            contract = self.contract(
                self.agreement,
                person,
                weekly_minutes=figures.week_minutes,
                ends=self.first + timedelta(days=180),
            )
            support = 60
            self.hours(contract, "support", support, self.first)
            for rank in range(4):
                self.hours(contract, "work", (figures.week_minutes - support) // 4, self.day(rank))
        self.charge(self.agreement, self.first, "charges du mois", figures.charges_cents)


def live(figures: Figures) -> SimpleNamespace:
    """A month of parcels, then what the State, each structure and each partner gets."""
    life = Equalis(figures)
    life.compose(life.gather())
    life.deliver()
    life.work()
    cooking = life.cook()
    state = [life.call(each.scheme, "DDETS 78").total_cents for each in life.structures]
    own = [life.call(each.scheme, each.name).total_cents for each in life.structures]
    receipts = [life.tax_receipt(partner).total_cents for partner in life.partners]
    life.close()
    life.prove()
    told = life.report(life.state)
    return SimpleNamespace(
        life=life,
        state=state,
        own=own,
        receipts=receipts,
        told=told["total_cents"],
        schemes=len(told["by_scheme"]),
        at_kitchen=cooking.participations.count(),
        persons=sum(life.till(each.place) for each in life.structures),
        activity=life.activity_figures(life.state),
        hours=insertion.hours(life.agreement, life.first, life.last).minutes,
        watch=insertion.sales_watch(life.agreement, life.first.year, life.last),
    )


def test_parcels_paid_by_the_state_and_structures_and_never_by_persons(tell) -> None:
    end = live(FIGURES)
    assert end.state == [321_60, 321_60, 64_32]
    assert end.own == [80_40, 80_40, 16_08]
    assert (end.persons, end.at_kitchen) == (0, 10)
    assert sum(end.state) + sum(end.own) == 88 * 10_05
    assert (end.told, end.schemes) == (sum(end.state), 3)
    assert end.receipts == [108_00, 108_00]
    assert end.activity["households"] == 8, "the centres keep their own lists"
    assert (end.activity["went_grams"], end.activity["went_by"]) == (352_000, {"sale": 352_000})
    assert end.hours == {"support": 3 * 60, "work": 3 * 1500}
    assert (end.watch.sales_cents, end.watch.charges_cents) == (884_40, 12_000_00)
    assert end.watch.holds
    tell(
        FIGURES,
        f"88 colis : DDETS 78 {euros_exact(sum(end.state))}, structures "
        f"{euros_exact(sum(end.own))}, personnes {euros_exact(end.persons)}",
    )


@pytest.mark.parametrize(
    ("changed", "state", "own", "persons"),
    [
        ({"structure_weight": 80}, 442_20, 442_20, 0),
        ({"parcel_cents": 500}, 352_00, 88_00, 0),
        ({"person_cents": 100}, 637_12, 159_28, 88_00),
        ({"scattered": 6, "parcel_grams": 4000, "lost_grams": 16000}, 691_44, 172_86, 0),
    ],
)
def test_the_split_follows(changed, state, own, persons) -> None:
    end = live(FIGURES.altered(**changed))
    assert (sum(end.state), sum(end.own), end.persons) == (state, own, persons)
    assert end.told == state


def test_a_kitchen_of_ten_the_eleventh_is_told_to_come_another_day() -> None:
    life = Equalis(FIGURES)
    workshop = life.cook()
    with pytest.raises(Full):
        life.sign_up(workshop, life.persons(1)[0], "eater")


def test_a_parcel_weighs_what_went_into_it_and_stays_given() -> None:
    life = Equalis(FIGURES)
    lots = life.gather()
    with pytest.raises(MassNotBalanced):
        life.compose(lots[:-1])
    kept = life.receive("gift", life.vegetables, life.hub, kg(60), is_gift_only=True)
    life.compose([*lots[:-1], (kept, kg(60))])
    with pytest.raises(GiftOnly):
        life.deliver()
    with pytest.raises(NothingToBill):
        life.call(life.structures[0].scheme, "Centre 1")
    life.prove()


def test_a_household_in_scattered_housing_needs_its_right() -> None:
    life = Equalis(FIGURES)
    life.compose(life.gather())
    scattered = life.structures[-1]
    life.carry(life.parcels, life.hub, scattered.place, kg(1), life.day(2))
    with pytest.raises(NoEntitlement):
        life.hand(scattered, kg(1), card=life.card(scattered.organisation))
    assert life.left() == 88_000, "the parcel is still there"
    life.prove()
