"""Fiche 2, GESMIP: a grower settled for the épiceries; needs, pre-orders, and two prices."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros
from ensemblier.chain.activities.actions import SignUpClosed
from ensemblier.chain.billing.refusals import MandateMissing, PriceMissing
from ensemblier.chain.catalogue.queries import price_on
from ensemblier.chain.commitments import queries as commitments
from ensemblier.chain.stock.refusals import NotEnough
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("02_gesmip")


class Gesmip(Life):
    """A grower, some épiceries, their group between them."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "GESMIP, groupement des épiceries", kind="network")
        self.grower = self.organisation("Le maraîcher", "farm", "grower", "production")
        self.state = self.organisation("DDETS Occitanie", "state", "funder")
        self.foundation = self.organisation("Fondation Carasso", "foundation", "funder")
        self.vegetables = self.product(
            "legumes",
            "Légumes de saison",
            season_first=figures.season_first,
            season_last=figures.season_last,
        )
        self.price(self.vegetables, "market", figures.fair_cents, source="sans subvention")
        self.price(self.vegetables, "producer", figures.grower_cents)
        self.price(self.vegetables, "person", figures.person_cents)
        self.stores = [
            self.organisation(f"Épicerie {rank}", part="store", link="distribution")
            for rank in range(1, figures.stores + 1)
        ]
        self.shops = [self.site("Boutique", "shop", store) for store in self.stores]

    def settle(self) -> int:
        """The investment is paid by grants, before anything grows."""
        self.grant(self.state, self.grower, self.figures.state_cents, "Matériel et conseil")
        return self.grant(
            self.foundation, self.grower, self.figures.foundation_cents, "Installation"
        )

    def survey(self) -> None:
        """What each épicerie would take; the crop plan answers it as far as it goes."""
        figures = self.figures
        self.needs = [
            self.promise(
                "need",
                self.vegetables,
                kg(figures.store_need_kilos),
                receiver=store,
                firmness="wished",
            )
            for store in self.stores
        ]
        self.plans = [
            self.promise(
                "plan",
                self.vegetables,
                kg(kilos),
                giver=self.grower,
                receiver=need.receiver,
                parent=need,
                firmness="promised",
            )
            for need, kilos in zip(
                self.needs, parts(figures.grown_kilos, figures.stores), strict=True
            )
        ]
        next_year = {
            "starts": date(self.last.year + 1, 1, 1),
            "ends": date(self.last.year + 1, 12, 31),
        }
        self.target = self.promise(
            "plan",
            self.vegetables,
            kg(figures.target_kilos),
            giver=self.grower,
            firmness="wished",
            **next_year,
        )

    def cycle(self, rank: int) -> None:
        """Pre-orders, then a round that delivers them, then sales at the accessible price."""
        figures = self.figures
        day = self.day(90 * rank + 80)
        opened = self.activity(
            "cycle",
            f"Précommande {rank + 1}",
            self.shops[0],
            day=day,
            opens_at=self.at(self.first) - timedelta(days=1),
            closes_at=self.at(day) - timedelta(hours=1),
        )
        tour = self.activity("round", f"Tournée {rank + 1}", self.shops[0], day=day)
        for plan, shop in zip(self.plans, self.shops, strict=True):
            milli = kg(parts(plan.milli // 1000, figures.cycles)[rank])
            order = self.promise(
                "order",
                self.vegetables,
                milli,
                receiver=plan.receiver,
                parent=plan,
                site=shop,
                starts=day,
                ends=day,
            )
            self.serve(opened, order)
            lot = self.deliver(shop, milli, day, tour)
            self.sell(self.vegetables, shop, milli, lot=lot, day=day)
        self.finish(tour)

    def deliver(self, shop, milli, day, tour=None):
        paid = price_on(self.vegetables, "producer", day).unit_cents
        facts = {"origin": self.grower, "value_cents": milli * paid // 1000, "activity": tour}
        return self.receive("purchase", self.vegetables, shop, milli, day=day, **facts)


def live(figures: Figures) -> SimpleNamespace:
    """Nine months: grants, needs, three cycles, a workshop, then one invoice by épicerie."""
    life = Gesmip(figures)
    invested = life.settle()
    life.survey()
    for rank in range(figures.cycles):
        life.cycle(rank)
    workshop = life.activity("workshop", "Cuisine de saison", life.shops[0], day=life.day(200))
    cooked = life.take_part(workshop, life.persons(figures.cooks), 120, nature="eater")
    invoices = []
    for store in life.stores:
        life.mandate(life.grower, store)
        invoices.append(life.self_bill(life.grower, buyer=store).total_cents)
    life.close()
    life.prove()
    paid = sum(life.till(shop) for shop in life.shops)
    return SimpleNamespace(
        life=life,
        invested=invested,
        invoices=invoices,
        owed=life.owed(life.grower),
        paid=paid,
        gap=sum(invoices) - paid,
        saved=figures.grown_kilos * figures.fair_cents - sum(invoices),
        cooked=sum(row.minutes for row in cooked),
        season=[month for month in range(1, 13) if life.vegetables.in_season(month)],
        missing=[commitments.shortfall(need).missing for need in life.needs],
        ordered=sum(commitments.called_off(plan) for plan in life.plans),
        quality=life.quality_figures(life.state),
        activity=life.activity_figures(life.foundation),
        reached=figures.grown_kilos * 100 // (life.target.milli // 1000),
    )


def test_thirteen_hundred_kilos_pre_ordered_at_two_prices(tell) -> None:
    end = live(FIGURES)
    assert end.invested == 20_000_00
    assert sum(end.invoices) == end.owed == 2_080_00, "1 300 kg at 1,60 €, owed to the grower"
    assert end.paid == 1_040_00, "1 300 kg at 0,80 €, paid by people"
    assert (end.gap, end.saved) == (1_040_00, 650_00)
    assert end.ordered == 1_300_000, "what was pre-ordered is what was grown: no waste"
    assert end.missing == [367_000, 367_000, 366_000]
    assert end.quality["short_chain_cents"] == end.quality["total_cents"] == 2_080_00
    assert end.activity["came_grams"] == {"purchase": {"FRUITS_ET_LEGUMES": 1_300_000}}
    assert end.activity["sites"] == 3
    assert (end.season, end.cooked) == ([3, 4, 5, 6, 7, 8, 9], 6 * 120)
    tell(
        FIGURES,
        f"1,3 t précommandée, {euros(end.owed)} au maraîcher, {euros(end.paid)} payés par les "
        f"personnes, reste {euros(end.gap)} à trouver ; {end.reached} % de l'objectif de 3 t",
    )


@pytest.mark.parametrize(
    ("changed", "owed", "paid", "missing"),
    [
        ({"grown_kilos": 3000, "store_need_kilos": 1000}, 4_800_00, 2_400_00, 0),
        ({"grower_cents": 200}, 2_600_00, 1_040_00, 1_100_000),
        ({"person_cents": 0}, 2_080_00, 0, 1_100_000),
        ({"stores": 1, "cycles": 1, "store_need_kilos": 1300}, 2_080_00, 1_040_00, 0),
    ],
)
def test_the_two_prices_and_the_need_follow(changed, owed, paid, missing) -> None:
    end = live(FIGURES.altered(**changed))
    assert (end.owed, end.paid, sum(end.missing)) == (owed, paid, missing)
    assert end.gap == owed - paid


def test_no_order_after_closing_no_invoice_without_mandate_no_sale_without_goods() -> None:
    life = Gesmip(FIGURES)
    life.survey()
    with pytest.raises(MandateMissing):
        life.self_bill(life.grower, buyer=life.stores[0])
    late = life.activity(
        "cycle",
        "Close hier",
        life.shops[0],
        day=life.first,
        closes_at=life.at(life.first) - timedelta(days=1),
    )
    order = life.promise(
        "order", life.vegetables, kg(1), receiver=life.stores[0], parent=life.plans[0]
    )
    with pytest.raises(SignUpClosed):
        life.serve(late, order)
    lot = life.deliver(life.shops[0], kg(5), life.first)
    with pytest.raises(NotEnough):
        life.sell(life.vegetables, life.shops[0], kg(6), lot=lot)
    with pytest.raises(PriceMissing):
        life.sell(life.vegetables, life.shops[0], kg(1), lot=lot, day=life.day(-1))
    life.prove()
