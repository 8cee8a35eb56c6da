"""Fiche 4, Graine d'Emmaüs: a community grows for its own table, sells some, gives some."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros, whole
from ensemblier.chain.commitments import queries as commitments
from ensemblier.chain.stock.refusals import BadMovement, NotEnough, PastItsDate
from tests.stories.frame import Figures
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("04_emmaus")


class Emmaus(Life):
    """A garden, a table, a shop."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "Communauté Emmaüs d'Angers")
        self.garden = self.site("Le jardin", "garden")
        self.table = self.site("Le réfectoire", "kitchen")
        self.shop = self.site("La boutique", "shop")
        self.charity = self.organisation("Association amie", part="store")
        kinds = ("network", "state", "foundation")
        self.investors = [
            self.organisation(name, kind, "funder")
            for name, kind in zip(figures.investors, kinds, strict=True)
        ]
        self.vegetables = self.product("legumes", "Légumes bio du jardin")
        self.price(self.vegetables, "market", figures.market_cents, is_assumed=True)
        self.price(self.vegetables, "person", figures.public_cents)
        self.price(self.vegetables, "person", figures.staff_cents, audience="salaries")

    def invest(self) -> int:
        figures = self.figures
        amounts = (figures.emmaus_cents, figures.recovery_cents, figures.crowd_cents)
        for funder, cents in zip(self.investors, amounts, strict=True):
            total = self.grant(funder, self.lead, cents, "Investissement et démarrage")
        return total

    def learn(self) -> None:
        """Companions in the garden, then in training with those who know the trade."""
        figures = self.figures
        self.lessons, self.works = [], []
        companions = self.persons(figures.companions)
        for rank in range(figures.sessions):
            work = self.activity("harvest", "Au jardin", self.garden, day=self.day(7 * rank))
            self.take_part(work, companions, figures.garden_minutes, nature="eater")
            lesson = self.activity("workshop", "Sol vivant", self.garden, day=self.day(7 * rank))
            self.take_part(lesson, companions, figures.training_minutes, nature="training")
            self.lessons.append(lesson)
            self.works.append(work)

    def month(self) -> None:
        """The harvest of the month goes first to the table."""
        figures = self.figures
        self.plan = self.promise(
            "plan",
            self.vegetables,
            kg(figures.planned_kilos),
            giver=self.lead,
            firmness="promised",
        )
        self.lot = self.receive("harvest", self.vegetables, self.garden, kg(figures.grown_kilos))
        self.bring(self.table, figures.table_kilos + figures.refectory_kilos)
        self.bring(self.shop, figures.sold_kilos + figures.given_kilos)
        self.take_out("own_use", self.lot, self.table, kg(figures.table_kilos))
        self.sell(
            self.vegetables, self.table, kg(figures.refectory_kilos), lot=self.lot, tier="salaries"
        )
        self.sell(self.vegetables, self.shop, kg(figures.sold_kilos), lot=self.lot)
        self.hand_over(self.lot, self.shop, kg(figures.given_kilos), self.charity)

    def bring(self, place, kilos):
        self.carry(self.lot, self.garden, place, kg(kilos))


def live(figures: Figures) -> SimpleNamespace:
    """A month, with what is left noted as lost, and its figures for those who invested."""
    life = Emmaus(figures)
    invested = life.invest()
    life.learn()
    life.month()
    left = life.left()
    if left:
        life.lose(life.lot, life.garden, left, "plus de légumes que de repas", day=life.last)
    note = life.delivery_note(life.charity)
    life.close()
    life.prove()
    told = life.activity_figures(life.investors[0])
    worked = [row.minutes for each in life.works for row in each.participations.all()]
    trained = [row.minutes for each in life.lessons for row in each.participations.all()]
    return SimpleNamespace(
        life=life,
        invested=invested,
        table=told["own_use_cents"],
        refectory=life.till(life.table),
        shop=life.till(life.shop),
        given=sum(row["milli"] for row in note.content["lines"]),
        lost=told["lost_grams"],
        by=told["went_by"],
        trained=sum(trained),
        worked=sum(worked),
        missing=life.plan.milli - told["came_grams"]["harvest"]["FRUITS_ET_LEGUMES"],
        called=commitments.called_off(life.plan),
    )


def test_a_table_fed_by_its_garden_valued_at_the_price_of_the_market(tell) -> None:
    end = live(FIGURES)
    assert end.invested == 41_500_00
    assert end.table == 1_170_00, "450 kg at 2,60 €: eaten by those who grew them"
    assert (end.refectory, end.shop) == (150_00, 360_00)
    assert end.by == {"own_use": 450_000, "sale": 250_000, "handed": 80_000}
    assert (end.given, end.lost) == (80_000, 20_000)
    assert end.missing == 100_000, "less grew than was planned"
    assert (end.trained, end.worked) == (3 * 8 * 180, 3 * 8 * 240)
    tell(
        FIGURES,
        f"table {euros(end.table)} valorisés, réfectoire {euros(end.refectory)}, ventes "
        f"{euros(end.shop)}, {end.given // 1000} kg donnés, {whole(end.trained // 60)} h formées",
    )


@pytest.mark.parametrize(
    ("changed", "table", "refectory", "shop", "lost"),
    [
        ({"market_cents": 300}, 1_350_00, 150_00, 360_00, 20_000),
        ({"table_kilos": 300}, 780_00, 150_00, 360_00, 170_000),
        ({"staff_cents": 0}, 1_170_00, 0, 360_00, 20_000),
        ({"grown_kilos": 780, "public_cents": 100}, 1_170_00, 150_00, 150_00, 0),
    ],
)
def test_what_the_table_is_worth_follows(changed, table, refectory, shop, lost) -> None:
    end = live(FIGURES.altered(**changed))
    assert (end.table, end.refectory, end.shop, end.lost) == (table, refectory, shop, lost)


def test_nobody_eats_more_than_grew_nor_after_its_date() -> None:
    life = Emmaus(FIGURES.altered(grown_kilos=100))
    with pytest.raises(NotEnough):
        life.month()
    assert life.left() == 100_000, "what grew is still in the garden"
    lot = life.receive("harvest", life.vegetables, life.table, kg(1), use_by=life.day(2))
    with pytest.raises(PastItsDate):
        life.take_out("own_use", lot, life.table, kg(1), day=life.day(3))
    with pytest.raises(BadMovement):
        life.take_out("own_use", lot, Emmaus(FIGURES).table, kg(1))
    life.prove()
