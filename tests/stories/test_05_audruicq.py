"""Fiche 5, Ecopôle d'Audruicq: growers in a group, baskets under two schemes, calls by funder."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros_exact
from ensemblier.chain.commitments import queries as commitments
from ensemblier.chain.distribution.refusals import CardMissing, EntitlementExpired
from ensemblier.chain.insertion import queries as insertion
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import MassNotBalanced, NotEnough
from tests.stories.frame import Figures
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("05_audruicq")

NATIONAL = """
name = "Paniers solidaires, dispositif national"
[person]
rule = "percent"
percent = "{user}"
[[step]]
kind = "share"
payers = [{{ name = "DGCS", weight = {dgcs} }}, {{ name = "Bailleurs locaux", weight = {local} }}]
"""
PANIERS = """
name = "P.A.N.I.E.R.S"
[person]
rule = "percent"
percent = "{user}"
[[step]]
kind = "rest"
payer = "Bailleurs du P.A.N.I.E.R.S"
"""


class Audruicq(Life):
    """The site before its baskets are handed over."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "Ecopôle alimentaire de la région d'Audruicq")
        self.ccas = self.organisation("CCAS d'Audruicq", "public", "referrer")
        self.dgcs = self.organisation("DGCS", "state", "funder")
        self.landlords = self.organisation("Bailleurs sociaux et CCAS", "public", "funder")
        self.trial = self.organisation("Bailleurs du P.A.N.I.E.R.S", "foundation", "funder")
        self.hall = self.site("Ecopôle", "store")
        self.vegetables = self.product("legumes", "Légumes de saison")
        self.label(self.vegetables)
        self.basket = self.product(
            "panier", "Panier solidaire", "basket", unit_grams=figures.basket_grams
        )
        self.price(self.basket, "cost", figures.basket_cents, is_assumed=True)
        self.national = self.scheme(
            "national",
            "Dispositif national",
            NATIONAL.format(
                user=figures.user_percent, dgcs=figures.dgcs_weight, local=figures.local_weight
            ),
            {"DGCS": self.dgcs, "Bailleurs locaux": self.landlords},
            asks_card=True,
        )
        self.paniers = self.scheme(
            "paniers",
            "P.A.N.I.E.R.S",
            PANIERS.format(user=figures.paniers_user_percent),
            {"Bailleurs du P.A.N.I.E.R.S": self.trial},
            asks_card=True,
        )
        self.growers = [
            self.organisation(f"Ferme {rank} du groupement", "farm", "grower", "production")
            for rank in range(1, figures.growers + 1)
        ]

    def compose(self):
        """The garden does not grow enough: the group completes its harvest, then baskets."""
        figures = self.figures
        grams = figures.households * figures.basket_grams
        self.need = self.promise(
            "need", self.vegetables, grams, receiver=self.lead, firmness="wished"
        )
        lots = [self.receive("harvest", self.vegetables, self.hall, kg(figures.garden_kilos))]
        for grower in self.growers:
            self.mandate(grower)
            plan = self.promise(
                "plan",
                self.vegetables,
                kg(figures.grower_kilos),
                giver=grower,
                receiver=self.lead,
                parent=self.need,
            )
            worth = figures.grower_kilos * figures.kilo_cents
            facts = {"origin": grower, "value_cents": worth}
            lots.append(self.receive("purchase", plan.product, self.hall, plan.milli, **facts))
        packing = self.activity("packing", "Composition des paniers", self.hall, day=self.day(1))
        (self.baskets,) = self.process(
            packing,
            [(lot, lot.levels.get().milli) for lot in lots],
            [Output(self.basket, kg(figures.households))],
            figures.trimmed_grams,
        )
        return packing

    def hand_out(self):
        """One basket by household, each under its scheme, with a right that ends."""
        figures = self.figures
        self.day_out = self.activity("distribution", "Remise", self.hall, day=self.day(2))
        for rank in range(figures.households):
            card = self.card(self.ccas)
            scheme = self.national if rank < figures.national else self.paniers
            self.entitle(card, scheme, ends=self.first + timedelta(days=figures.right_days))
            self.basket_for(card, scheme)
        self.last_card = card

    def basket_for(self, card, scheme, **facts):
        asked = {"lot": self.baskets, "activity": self.day_out, "day": self.day(2)} | facts
        return self.sell(self.basket, self.hall, kg(1), card=card, scheme=scheme.code, **asked)

    def teach(self):
        """A cooking workshop, and the week of those who work there."""
        figures = self.figures
        workshop = self.activity("workshop", "Atelier cuisine", self.hall, day=self.day(3))
        eaters = self.persons(figures.workshop_persons)
        self.cooked = self.take_part(workshop, eaters, 120, nature="eater")
        agreement = self.aci(self.lead)
        for person in self.persons(figures.shown_contracts):
            contract = self.contract(
                agreement,
                person,
                weekly_minutes=figures.week_minutes,
                ends=self.first + timedelta(days=200),
            )
            for rank in range(5):
                self.hours(contract, "work", figures.week_minutes // 5, self.day(rank))
        return agreement


def live(figures: Figures) -> SimpleNamespace:
    """The month, then the papers of each funder and grower."""
    life = Audruicq(figures)
    life.compose()
    life.hand_out()
    agreement = life.teach()
    calls = {
        "dgcs": life.call(life.national, "DGCS"),
        "landlords": life.call(life.national, "Bailleurs locaux"),
        "trial": life.call(life.paniers, "Bailleurs du P.A.N.I.E.R.S"),
    }
    invoices = life.self_bill_month()
    life.close()
    life.prove()
    return SimpleNamespace(
        life=life,
        calls={name: document.total_cents for name, document in calls.items()},
        documents=calls,
        till=life.till(life.hall),
        invoices=[document.total_cents for document in invoices],
        told={
            "dgcs": life.report(life.dgcs)["total_cents"],
            "landlords": life.report(life.landlords)["total_cents"],
            "trial": life.report(life.trial)["total_cents"],
        },
        activity=life.activity_figures(life.dgcs),
        quality=life.quality_figures(life.dgcs),
        hours=insertion.hours(agreement, life.first, life.last),
        cooked=sum(row.minutes for row in life.cooked),
        rights_end=life.last_card.entitlements.get().ends,
        need=commitments.shortfall(life.need),
    )


def test_seventy_baskets_then_thirty_each_funder_its_own_call(tell) -> None:
    end = live(FIGURES)
    national = 253_40
    assert end.calls == {"dgcs": 337_20, "landlords": 252_90, "trial": 180_60}
    assert end.till == national + 180_90
    assert end.till + sum(end.calls.values()) == 100 * 12_05
    assert end.invoices == [220_00] * 3
    assert end.told == end.calls
    assert end.documents["dgcs"].lines.count() == 70
    assert (end.activity["households"], end.activity["visits"]) == (100, 100)
    assert end.activity["came_grams"]["purchase"] == {"FRUITS_ET_LEGUMES": 300_000}
    assert end.activity["went_grams"] == 350_000
    assert end.quality["organic_cents"] == end.quality["total_cents"] == 660_00
    assert end.quality["short_chain_cents"] == 660_00
    assert end.hours.minutes == {"work": 2 * 26 * 60}
    assert (end.cooked, end.rights_end) == (8 * 120, date(2022, 8, 28))
    assert end.need.missing == 50_000, "the garden grows what the group does not"
    jobs = (FIGURES.insertion_jobs, FIGURES.insertion_basin)
    tell(
        FIGURES,
        f"70 paniers à 40/30/30 : usagers {euros_exact(national)}, "
        f"DGCS {euros_exact(end.calls['dgcs'])}, bailleurs {euros_exact(end.calls['landlords'])} ; "
        f"30 à 50/50 ; {jobs[0]} emplois dont {jobs[1]} déclarés par la fiche",
    )


# Ten households, seven of them under the national scheme: the same month, quicker.
SMALL = {"households": 10, "national": 7, "growers": 1, "grower_kilos": 30, "garden_kilos": 10}


@pytest.mark.parametrize(
    ("changed", "calls", "till"),
    [
        ({}, {"dgcs": 33_72, "landlords": 25_29, "trial": 18_06}, 25_34 + 18_09),
        (
            {"basket_cents": 1100},
            {"dgcs": 30_80, "landlords": 23_10, "trial": 16_50},
            23_10 + 16_50,
        ),
        ({"local_weight": 40}, {"dgcs": 29_51, "landlords": 29_50, "trial": 18_06}, 25_34 + 18_09),
        ({"user_percent": "10"}, {"dgcs": 43_36, "landlords": 32_52, "trial": 18_06}, 8_47 + 18_09),
        (
            {"paniers_user_percent": "20"},
            {"dgcs": 33_72, "landlords": 25_29, "trial": 28_92},
            32_57,
        ),
    ],
)
def test_what_is_paid_follows_the_figures(changed, calls, till) -> None:
    end = live(FIGURES.altered(**SMALL, **changed))
    assert (end.calls, end.till) == (calls, till)
    assert end.activity["households"] == 10


def test_a_right_that_ended_a_card_not_shown_a_basket_too_many() -> None:
    life = Audruicq(FIGURES.altered(households=1, national=1, right_days=1, trimmed_grams=351_500))
    life.compose()
    with pytest.raises(EntitlementExpired):
        life.hand_out()
    card = life.card(life.ccas)
    life.entitle(card, life.national)
    with pytest.raises(CardMissing):
        life.basket_for(None, life.national)
    life.basket_for(card, life.national)
    with pytest.raises(NotEnough):
        life.basket_for(card, life.national)
    life.prove()


def test_baskets_weigh_what_went_into_them() -> None:
    with pytest.raises(MassNotBalanced):
        Audruicq(FIGURES.altered(trimmed_grams=0)).compose()
