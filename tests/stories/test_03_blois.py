"""Fiche 3, PAT de Blois: frameworks called off each week, gifts with receipts, the PAT's part."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.commitments import queries as commitments
from ensemblier.chain.commitments.actions import FirmPriceHolds, FrameworkExceeded
from ensemblier.chain.commitments.rules import cost_cents
from ensemblier.chain.stock.refusals import GiftOnly
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("03_blois")

RULE = """
name = "Légumes du PAT"
[person]
rule = "percent"
percent = "{percent}"
[[step]]
kind = "rest"
payer = "PAT"
[[envelope]]
payer = "PAT"
cents = {envelope}
"""


class Blois(Life):
    """The garden in the middle, growers on one side, associations on the other."""

    def __init__(self, figures: Figures) -> None:
        self.turn = 0
        super().__init__(figures, "Bio-Solidaire, Jardin de Cocagne de Blois")
        self.authorise(self.lead)
        self.pat = self.organisation("Projet alimentaire de Blois", "public", "funder")
        self.helpers = [self.organisation(name, part="store") for name in figures.associations]
        self.usual = self.organisation("Producteur d'automne", "farm", "grower")
        self.growers = [
            self.organisation(f"Producteur dédié {rank}", "farm", "grower")
            for rank in range(1, figures.dedicated_growers + 1)
        ]
        self.hub = self.site("Jardin de Cocagne", "store")
        self.vegetables = self.product("legumes", "Légumes bio de saison")
        self.label(self.vegetables)
        self.price(self.vegetables, "cost", figures.wholesale_cents, source="marché de gros")
        self.scheme_ = self.scheme(
            "pat",
            "Légumes du PAT",
            RULE.format(percent=figures.association_percent, envelope=figures.envelope_cents),
            {"PAT": self.pat},
        )
        self.frame(figures)

    def frame(self, figures: Figures) -> None:
        """One firm framework for autumn, one by dedicated grower for spring."""
        season = figures.season_weeks * figures.week_kilos
        for grower in (self.usual, *self.growers):
            self.mandate(grower)
        self.autumn = self.promise(
            "framework",
            self.vegetables,
            kg(season),
            giver=self.usual,
            receiver=self.lead,
            unit_cents=figures.autumn_cents,
            proposed_by=self.usual,
        )
        self.spring = [
            self.promise(
                "framework",
                self.vegetables,
                kg(kilos),
                giver=grower,
                receiver=self.lead,
                unit_cents=figures.wholesale_cents,
                proposed_by=grower,
            )
            for grower, kilos in zip(self.growers, parts(season, len(self.growers)), strict=True)
        ]

    def call_off(self, framework, milli, day):
        """A week's call on a framework, at its price."""
        return self.promise(
            "order",
            self.vegetables,
            milli,
            receiver=self.lead,
            parent=framework,
            starts=day,
            ends=day,
        )

    def autumn_week(self, day) -> None:
        """One grouped order; part of it is bought, part is given and stays given."""
        figures = self.figures
        order = self.call_off(self.autumn, kg(figures.week_kilos), day)
        given = order.milli * figures.gift_percent // 100
        for kind, milli in (("purchase", order.milli - given), ("gift", given)):
            if not milli:
                continue
            cents = cost_cents(milli, commitments.price_on(order, day))
            lot = self.receive(
                kind,
                self.vegetables,
                self.hub,
                milli,
                origin=self.usual,
                value_cents=cents,
                day=day,
                is_gift_only=kind == "gift",
            )
            for helper, kilos in zip(self.helpers, self.shares_of(milli), strict=True):
                if kind == "gift":
                    self.hand_over(lot, self.hub, kg(kilos), helper, day=day)
                else:
                    price = cost_cents(kg(kilos), figures.autumn_cents)
                    self.sell_to(helper, lot, kg(kilos), day, price_cents=price)

    def spring_week(self, day) -> None:
        """Each dedicated grower delivers its part; each association takes some of each."""
        kilos = parts(self.figures.week_kilos, len(self.growers))
        for framework, of_grower in zip(self.spring, kilos, strict=True):
            order = self.call_off(framework, kg(of_grower), day)
            cents = cost_cents(order.milli, commitments.price_on(order, day))
            lot = self.receive(
                "purchase",
                self.vegetables,
                self.hub,
                order.milli,
                origin=framework.giver,
                value_cents=cents,
                day=day,
            )
            for helper, of_helper in zip(self.helpers, self.shares_of(order.milli), strict=True):
                self.sell_to(helper, lot, kg(of_helper), day, scheme="pat")

    def shares_of(self, milli):
        """Kilos of each association; the odd ones go round."""
        kilos = parts(milli // 1000, len(self.helpers))
        self.turn = (self.turn + 1) % len(kilos)
        return kilos[self.turn :] + kilos[: self.turn]

    def sell_to(self, helper, lot, milli, day, **facts):
        return self.sell(self.vegetables, self.hub, milli, lot=lot, buyer=helper, day=day, **facts)


def live(figures: Figures) -> SimpleNamespace:
    """Some weeks of each season, then the papers of the associations, growers and PAT."""
    life = Blois(figures)
    for rank in range(figures.spring_weeks):
        life.spring_week(life.day(figures.spring_day + 7 * rank))
    for rank in range(figures.autumn_weeks):
        life.autumn_week(life.day(figures.autumn_day + 7 * rank))
    notes = [life.delivery_note(helper) for helper in life.helpers]
    invoices = [life.invoice(helper).total_cents for helper in life.helpers]
    bills = life.self_bill_month()
    call = life.call(life.scheme_, "PAT")
    receipt = life.tax_receipt(life.usual)
    life.close()
    life.prove()
    return SimpleNamespace(
        life=life,
        delivered=sum(row["milli"] for note in notes for row in note.content["lines"]),
        days=sorted({row["day"] for note in notes for row in note.content["lines"]}),
        by_helper=[sum(row["milli"] for row in note.content["lines"]) for note in notes],
        invoices=invoices,
        bills={bill.seller: bill.total_cents for bill in bills},
        pat=call.total_cents,
        told=life.report(life.pat)["total_cents"],
        receipt=receipt.total_cents,
        left=[commitments.shortfall(each).missing for each in (life.autumn, *life.spring)],
        envelope=life.scheme_.versions.get().envelopes.get().cents,
        quality=life.quality_figures(life.pat),
    )


def test_a_tonne_a_week_split_between_associations_and_pat(tell) -> None:
    end = live(FIGURES)
    assert end.delivered == 4 * 1_000_000
    assert end.by_helper == [1_000_000] * 4
    assert end.days == ["2022-04-13", "2022-04-20", "2022-10-10", "2022-10-17"]
    spring, autumn = 2 * 1000 * 1_65, 2 * 600 * 1_20
    assert sum(end.bills.values()) == spring + autumn, "owed to growers, whoever pays"
    assert [end.bills[grower] for grower in end.life.growers] == [825_00] * 4
    # 62 or 63 kg a line: half a price with half a cent goes up for the association.
    assert end.pat + sum(end.invoices) == spring + autumn
    assert end.pat == end.told == 1_649_92 and end.envelope == 500_000 - end.pat
    assert sum(end.invoices) == 3_090_08
    assert end.receipt == 2 * 400 * 1_20, "the given part at its cost price"
    assert end.left == [18_000_000] + [4_500_000] * 4
    assert end.quality["organic_cents"] == end.quality["total_cents"] == spring + autumn
    tell(
        FIGURES,
        f"1 t par semaine ({end.delivered // 1_000_000} t en 4 semaines) : associations "
        f"{euros(sum(end.invoices))}, PAT {euros(end.pat)}, reçu fiscal {euros(end.receipt)}",
    )


SMALL = {"spring_weeks": 1, "autumn_weeks": 1}


@pytest.mark.parametrize(
    ("changed", "pat", "associations", "receipt"),
    [
        ({}, 824_96, 825_04 + 720_00, 480_00),
        ({"week_kilos": 1600}, 1_320_00, 1_320_00 + 1_152_00, 768_00),
        ({"association_percent": "20", "week_kilos": 1600}, 2_112_00, 528_00 + 1_152_00, 768_00),
        ({"gift_percent": 10}, 824_96, 825_04 + 1_080_00, 120_00),
        ({"associations": ["AC41"], "autumn_cents": 100}, 825_00, 825_00 + 600_00, 400_00),
    ],
)
def test_the_split_follows_the_figures(changed, pat, associations, receipt) -> None:
    end = live(FIGURES.altered(**SMALL, **changed))
    assert (end.pat, sum(end.invoices), end.receipt) == (pat, associations, receipt)
    assert end.told == end.pat


def test_a_framework_holds_its_quantity_and_its_price() -> None:
    life = Blois(FIGURES)
    with pytest.raises(FirmPriceHolds):
        life.promise(
            "order",
            life.vegetables,
            kg(1),
            receiver=life.lead,
            parent=life.autumn,
            unit_cents=FIGURES.autumn_cents + 1,
        )
    life.call_off(life.autumn, life.autumn.milli, life.first)
    with pytest.raises(FrameworkExceeded):
        life.call_off(life.autumn, 1, life.first)
    life.prove()


def test_the_envelope_of_the_pat_ends_in_a_refusal_never_on_the_person() -> None:
    life = Blois(FIGURES.altered(envelope_cents=82_000))
    with pytest.raises(ShareRefused):
        life.spring_week(life.first)
    assert life.scheme_.versions.get().envelopes.get().cents == 4_701, "the last line is refused"
    assert life.chain.sale_lines.count() == 15
    life.prove()


def test_the_given_part_is_not_sold() -> None:
    life = Blois(FIGURES.altered(gift_percent=100))
    life.autumn_week(life.first)
    lot = life.receive("gift", life.vegetables, life.hub, kg(1), is_gift_only=True)
    with pytest.raises(GiftOnly):
        life.sell_to(life.helpers[0], lot, kg(1), life.first, price_cents=100)
    life.prove()
