"""Fiche 24: the milk's chain copied for 620 000 bricks of juice, paid by a company and a bank."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.chain.billing.refusals import NothingToBill
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.refusals import GiftOnly, NotEnough, OnHold
from tests.stories import operation
from tests.stories.frame import Figures, Tell
from tests.stories.life import kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "24_jus_du_coeur"
FEW = {"banks": 2, "branches": 1, "litres": 7_000, "lost_litres": 0}
RULE = """
name = "Jus offert"
[person]
rule = "free"
[[step]]
kind = "share"
payers = [
  {{ name = "{names[0]}", weight = {weights[0]} }},
  {{ name = "{names[1]}", weight = {weights[1]} }},
]
[[envelope]]
payer = "{names[1]}"
cents = {patron}
"""


def few(**changed) -> SimpleNamespace:
    return live(Figures.of(SHEET).altered(**FEW | changed))


def live(figures: Figures) -> SimpleNamespace:
    """The same operation, but the juice is bought, and two payers share what it costs."""
    story = operation.live(figures, "jus", "purchase")
    life = story.life
    kinds = ("company", "foundation")
    story.payers = {
        name: life.organisation(name, kind)
        for name, kind in zip(figures.payers, kinds, strict=True)
    }
    facts = {"weights": figures.weights, "patron": figures.patron_cents}
    rule = RULE.format(names=figures.payers, **facts)
    story.scheme = life.scheme("jus", "Jus offert", rule, story.payers)
    for grower in story.growers:
        life.mandate(grower)
    story.trace = trace(life.chain)
    return story


def pay(story: SimpleNamespace):
    """The cost of the juice, in one line: the bricks themselves are given, not sold."""
    figures = story.figures
    cents = (figures.litres + figures.lost_litres) * figures.litre_cents
    return story.life.sell(
        story.brick, story.plant, kg(figures.litres), price_cents=cents, scheme="jus"
    )


def test_620_000_bricks_and_two_who_pay(tell: Tell) -> None:
    story = live(Figures.of(SHEET))
    life, figures = story.life, story.figures
    pay(story)
    story.cleared()
    operation.allocate(story)
    assert len(story.parts) == 110 and sum(story.parts) == 620_000
    assert (story.parts[0], story.parts[-1]) == (6_941, 2_314)
    bills = life.self_bill_month()
    assert [bill.total_cents for bill in bills] == [186_300_00, 186_300_00]
    calls = [life.call(story.scheme, name) for name in figures.payers]
    assert [call.total_cents for call in calls] == [186_300_00, 186_300_00]
    receipts = [life.tax_receipt(donor) for donor in (story.packer, *story.helpers)]
    assert [paper.total_cents for paper in receipts] == [55_800_00, 80_000_00, 40_000_00]
    with pytest.raises(NothingToBill):
        life.tax_receipt(story.growers[0])  # who is paid gave nothing
    note = life.delivery_note(story.banks[-1])
    assert [row["milli"] for row in note.content["lines"]] == [kg(2_314)]
    assert life.till(story.plant) == 0, "nobody paid for a brick"
    life.close()
    assert life.report(story.payers["Mécène bancaire"])["total_cents"] == 186_300_00
    told = life.activity_figures(life.lead)
    assert told["went_grams"] == 620_000 * 1073
    life.prove()
    assert life.left() == 0
    tell(figures, "620 000 briques à 110 points ; 372 600,00 € payés par LSDH et une banque")


def test_the_copy_follows_its_own_figures() -> None:
    story = few(litre_cents=50, weights=[3, 1])
    pay(story)
    story.cleared()
    operation.allocate(story)
    assert story.parts == [3000, 3000, 1000]
    calls = [story.life.call(story.scheme, name).total_cents for name in story.figures.payers]
    assert calls == [2_625_00, 875_00]
    assert [each.total_cents for each in story.life.self_bill_month()] == [1750_00, 1750_00]


def test_the_patron_has_no_more() -> None:
    """His half would pass his envelope: the operation is refused whole, and nothing is posted."""
    story = few(patron_cents=2_000_00)
    with pytest.raises(ShareRefused):
        pay(story)
    for name in story.figures.payers:
        with pytest.raises(NothingToBill):
            story.life.call(story.scheme, name)


def test_bricks_are_given_and_no_more_than_there_are() -> None:
    story = few()
    life = story.life
    with pytest.raises(OnHold):
        operation.allocate(story)
    story.cleared()
    facts = {"lot": story.batch, "day": life.day(5)}
    with pytest.raises(GiftOnly):
        life.sell(story.brick, story.plant, kg(1), price_cents=100, **facts)
    with pytest.raises(NotEnough):
        life.hand_over(story.batch, story.plant, kg(7_001), story.banks[0], day=life.day(5))
    operation.allocate(story)
    assert stock.level(story.batch, story.plant) == 0
