"""Fiche 7, Paniers de l'Enregado: a farm gives ten baskets a fortnight out of its own profits."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros
from ensemblier.chain.billing.posting import seller_account
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution.refusals import QuotaReached
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import MassNotBalanced
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("07_enregado")

RULE = """
name = "Paniers offerts"
[person]
rule = "free"
[[step]]
kind = "rest"
payer = "L'Enregado"
[[envelope]]
payer = "L'Enregado"
cents = {profits}
[[payer]]
name = "L'Enregado"
nature = "own"
"""


class Enregado(Life):
    """A farm that sells at its gate, and a CCAS that knows who needs a basket."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "L'Enregado", kind="farm")
        self.ccas = self.organisation("CCAS d'Ollioules", "public", "referrer")
        self.state = self.organisation("État, alimentation locale et solidaire", "state", "funder")
        self.farm = self.site("La ferme", "garden")
        self.vegetables = self.product("legumes", "Légumes bio")
        self.label(self.vegetables, grower=self.lead)
        self.basket = self.product("panier", "Panier", "basket", unit_grams=figures.basket_grams)
        self.price(self.vegetables, "person", figures.direct_cents)
        self.price(self.basket, "cost", figures.basket_cents, is_assumed=True)

    def trade(self) -> int:
        """A month of direct sale; its profits are all that pays for baskets."""
        figures = self.figures
        lot = self.receive("harvest", self.vegetables, self.farm, kg(figures.direct_kilos))
        self.sell(self.vegetables, self.farm, kg(figures.direct_kilos), lot=lot)
        return self.till(self.farm) * figures.profit_percent // 100

    def open_scheme(self, profits: int) -> None:
        self.offered = self.scheme(
            "offerts",
            "Paniers offerts",
            RULE.format(profits=profits),
            {"L'Enregado": self.lead},
            asks_card=True,
            own=seller_account(self.chain, self.lead),
        )
        self.cards = [self.card(self.ccas) for _ in range(self.figures.households)]
        for card in self.cards:
            self.entitle(card, self.offered, month_milli=kg(self.figures.times))

    def fortnight(self, rank: int) -> None:
        """What was not sold becomes baskets, one for each household."""
        figures = self.figures
        day = self.day(3 + rank * figures.days_between)
        grams = parts(kg(figures.surplus_kilos), figures.times)[rank]
        lost = parts(figures.compost_grams, figures.times)[rank]
        lot = self.receive("harvest", self.vegetables, self.farm, grams, day=day)
        packing = self.activity("packing", "Paniers", self.farm, day=day)
        (self.baskets,) = self.process(
            packing, [(lot, grams)], [Output(self.basket, kg(figures.households))], lost
        )
        for card in self.cards:
            self.offer(card, day)

    def offer(self, card, day):
        return self.sell(
            self.basket, self.farm, kg(1), lot=self.baskets, card=card, scheme="offerts", day=day
        )


def live(figures: Figures) -> SimpleNamespace:
    """A month, then what the farm gave, as the CCAS and the State read it."""
    life = Enregado(figures)
    granted = life.grant(life.state, life.lead, figures.grant_cents, "Investissement")
    profits = life.trade()
    life.open_scheme(profits)
    for rank in range(figures.times):
        life.fortnight(rank)
    life.close()
    life.prove()
    told = life.report(life.lead)
    activity = life.activity_figures(life.ccas)
    return SimpleNamespace(
        life=life,
        granted=granted,
        profits=profits,
        given=told["total_cents"],
        rows=len(told["rows"]),
        days=sorted({row["day"] for row in told["rows"]}),
        left=life.offered.versions.get().envelopes.get().cents,
        till=life.till(life.farm),
        households=activity["households"],
        visits=activity["visits"],
        grams=sum(row["milli"] for row in told["rows"]) // 1000 * figures.basket_grams,
        compost=figures.compost_grams
        * 1000
        // activity["came_grams"]["harvest"]["FRUITS_ET_LEGUMES"],
        kept=activity["unweighed"],
    )


def test_ten_households_twice_a_month_out_of_the_profits(tell) -> None:
    end = live(FIGURES)
    assert end.granted == 30_000_00
    assert (end.till, end.profits) == (2_520_00, 504_00)
    assert end.days == ["2021-10-04", "2021-10-18"]
    assert (end.rows, end.households, end.visits) == (20, 10, 20)
    assert end.given == 20 * 15_50 and end.left == 504_00 - 310_00
    assert end.grams == 80_000
    assert (end.compost, end.kept) == (5, 0), "five grams lost by kilo grown"
    tell(
        FIGURES,
        f"{end.households} foyers, {end.rows} paniers offerts pour {euros(end.given)}, sur "
        f"{euros(end.profits)} de bénéfices ; les personnes paient 0 €",
    )


@pytest.mark.parametrize(
    ("changed", "given", "left", "visits"),
    [
        ({"households": 8, "surplus_kilos": 69}, 248_00, 256_00, 16),
        ({"basket_cents": 1000}, 200_00, 304_00, 20),
        ({"times": 1, "surplus_kilos": 45}, 155_00, 349_00, 10),
        ({"direct_cents": 200, "direct_kilos": 775}, 310_00, 0, 20),  # not a cent of profit left
    ],
)
def test_what_is_given_follows(changed, given, left, visits) -> None:
    end = live(FIGURES.altered(**changed))
    assert (end.given, end.left, end.visits) == (given, left, visits)


def test_without_profits_the_last_basket_is_refused_not_charged() -> None:
    """It rests on goodwill: when the profits end, nobody is made to pay in silence."""
    life = Enregado(FIGURES.altered(direct_kilos=300))
    life.open_scheme(life.trade())
    life.fortnight(0)
    with pytest.raises(ShareRefused):
        life.fortnight(1)  # 168 € of profits pay ten baskets, not eleven
    assert life.till(life.farm) == 840_00, "direct sale only"
    assert life.offered.versions.get().envelopes.get().cents == 168_00 - 155_00
    life.prove()


def test_a_third_basket_in_the_month_and_a_basket_of_air() -> None:
    life = Enregado(FIGURES.altered(households=1, surplus_kilos=13))
    life.open_scheme(life.trade())
    for rank in range(2):
        life.fortnight(rank)
    life.baskets = life.receive("harvest", life.basket, life.farm, kg(1))
    with pytest.raises(QuotaReached):
        life.offer(life.cards[0], life.day(20))
    with pytest.raises(MassNotBalanced):
        Enregado(FIGURES.altered(surplus_kilos=13)).fortnight(0)
