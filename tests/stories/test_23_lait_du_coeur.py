"""Fiche 23: 133 dairy farmers, one batch of a million bricks, 79 food banks and 31 branches."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.chain.billing import queries
from ensemblier.chain.stock import actions as goods
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import AidOnly, GiftOnly, MassNotBalanced, NotEnough, OnHold
from tests.stories import operation
from tests.stories.frame import Figures, Tell
from tests.stories.life import kg

pytestmark = pytest.mark.django_db
SHEET = "23_lait_du_coeur"
FEW = {"growers": 4, "banks": 2, "branches": 1, "litres": 7_000, "lost_litres": 1_000}


def live(figures: Figures) -> SimpleNamespace:
    return operation.live(figures, "lait", "gift")


def few(**changed) -> SimpleNamespace:
    return live(Figures.of(SHEET).altered(**FEW | changed))


def test_a_million_bricks_from_133_farms_to_110_points(tell: Tell) -> None:
    story = live(Figures.of(SHEET))
    life, figures = story.life, story.figures
    assert story.batch.parents.count() == 133 + 1, "each farm's milk, and the packs"
    assert len(stock.upstream(story.batch)) == 134
    balance = stock.mass_balance(story.filling)
    assert (balance.used, balance.gap) == (1_005_000 * 1030 + 1_000_000 * 28, 0)
    story.cleared()
    operation.allocate(story)
    assert len(story.parts) == 110 and sum(story.parts) == 1_000_000
    assert (story.parts[0], story.parts[-1]) == (11_194, 3_731)
    note = life.delivery_note(story.banks[0])
    assert [row["milli"] for row in note.content["lines"]] == [kg(11_194)]
    receipts = [life.tax_receipt(donor) for donor in (story.packer, *story.helpers)]
    assert [paper.total_cents for paper in receipts] == [90_000_00, 150_000_00, 60_000_00]
    milk = [
        row.value_cents
        for grower in story.growers
        for row in queries.gifts_to_receipt(life.chain, life.lead, grower, life.last)
    ]
    assert len(milk) == 133 and sum(milk) == 341_700_00
    assert life.tax_receipt(story.growers[0]).total_cents == milk[0]
    reach = stock.reached(story.lots[0])
    assert reach.parties.issuperset(bank.pk for bank in story.banks), "one farm, 110 to warn"
    told = figures_of(story)
    assert told["went_grams"] == 1_000_000 * 1058
    assert told["unweighed"] == 4, "two services given, each in and used"
    life.prove()
    assert life.left() == 0
    tell(figures, "1 000 000 de briques, 133 fermes, 110 points ; 641 700,00 € donnés en nature")


def figures_of(story: SimpleNamespace) -> dict:
    story.life.close()
    return story.life.activity_figures(story.life.lead)


def test_other_figures_another_allocation() -> None:
    story = few(litre_cents=40)
    story.cleared()
    operation.allocate(story)
    assert story.parts == [3000, 3000, 1000]
    assert story.life.tax_receipt(story.growers[0]).total_cents == 2000 * 40
    equal = few(branch_weight=3, service_cents=[100_00, 50_00])
    assert sorted(equal.parts) == [2333, 2333, 2334]
    assert equal.life.tax_receipt(equal.helpers[1]).total_cents == 50_00


def test_the_batch_waits_for_its_analysis_and_a_recall_reaches_it() -> None:
    story = few()
    life = story.life
    with pytest.raises(OnHold, match="analyse en cours"):
        operation.allocate(story)
    story.cleared()
    said = {"now": life.at(life.day(5)), "actor": life.actor}
    mark = goods.recall(lot=story.lots[2], reason="antibiotique", **said)
    with pytest.raises(OnHold, match="antibiotique"):
        operation.allocate(story)
    goods.release(lot=mark.lot, reason="fausse alerte", **said)
    operation.allocate(story)
    assert stock.level(story.batch, story.plant) == 0


def test_given_is_not_sold_nor_given_twice_nor_to_anybody() -> None:
    story = few()
    life = story.life
    story.cleared()
    facts = {"lot": story.batch, "day": life.day(5)}
    with pytest.raises(GiftOnly):
        life.sell(story.brick, story.plant, kg(1), price_cents=100, **facts)
    with pytest.raises(AidOnly):
        life.hand_over(story.batch, story.plant, kg(1), story.packer, day=life.day(5))
    operation.allocate(story)
    with pytest.raises(NotEnough):
        life.hand_over(story.batch, story.plant, kg(1), story.banks[0], day=life.day(10))
    milk = life.receive("gift", story.raw, story.plant, kg(10), origin=story.growers[0])
    with pytest.raises(MassNotBalanced):
        life.process(story.filling, [(milk, kg(10))], [Output(story.brick, kg(10))])
