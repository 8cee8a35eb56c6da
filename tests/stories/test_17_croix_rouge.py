"""Fiche 17: forty-eight small deliveries become four invoices; a private funder pays all of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.refusals import MandateMissing
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import NotEnough
from tests.stories.frame import Figures, Tell
from tests.stories.life import Life, kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "17_croix_rouge"
RULE = """
name = "Producteurs du coin"
[person]
rule = "percent"
percent = "{percent}"
[[step]]
kind = "rest"
payer = "Financeur privé"
[[envelope]]
payer = "Financeur privé"
cents = {cents}
[[payer]]
name = "Financeur privé"
nature = "gift"
"""


def live(figures: Figures) -> SimpleNamespace:
    """Four weeks: growers deliver, volunteers make baskets, people take them."""
    life = Life(figures, "Croix-Rouge, unité locale")
    funder = life.organisation("Financeur privé", "foundation", part="funder")
    centre = life.site("Centre de distribution", "shop")
    crops = life.product("legumes", "Légumes de saison")
    baskets = life.product("panier", "Panier frais", "basket", unit_grams=figures.basket_grams)
    life.label(crops)
    rule = RULE.format(percent=figures.person_percent, cents=figures.envelope_cents)
    scheme = life.scheme("producteurs", "Producteurs du coin", rule, {"Financeur privé": funder})
    growers = [
        life.organisation(f"Ferme {rank}", "farm", part="grower", link="production")
        for rank, _ in enumerate(figures.kilo_cents, 1)
    ]
    for grower in growers:
        life.mandate(grower)
    people = life.persons(figures.volunteers)
    story = SimpleNamespace(
        life=life, funder=funder, centre=centre, crops=crops, scheme=scheme, growers=growers
    )
    story.lines = [week(story, baskets, people, rank) for rank in range(figures.weeks)]
    story.bills = life.self_bill_month(vat_rate=figures.vat_rate)
    story.trace = trace(life.chain)
    return story


def week(story: SimpleNamespace, baskets, people, rank: int):
    """Three deliveries of each grower, one packing, one distribution at the growers' price."""
    life, figures = story.life, story.life.figures
    milli, lots, cents = kg(figures.delivery_kilos), [], 0
    for delivery in range(figures.week_deliveries):
        for grower, kilo_cents in zip(story.growers, figures.kilo_cents, strict=True):
            value = kilo_cents * figures.delivery_kilos
            facts = {"origin": grower, "value_cents": value, "day": life.day(7 * rank + delivery)}
            lots.append(life.receive("purchase", story.crops, story.centre, milli, **facts))
            cents += value
    day = life.day(7 * rank + 4)
    packing = life.activity("packing", "Paniers de la semaine", story.centre, day=day)
    life.take_part(packing, people, figures.shift_minutes)
    number = milli * len(lots) // figures.basket_grams
    made = life.process(packing, [(lot, milli) for lot in lots], [Output(baskets, kg(number))])
    facts = {"lot": made[0], "price_cents": cents, "scheme": "producteurs", "day": day}
    return life.sell(baskets, story.centre, kg(number), **facts)


def test_four_invoices_instead_of_forty_eight(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    bills = story.bills
    assert [bill.total_cents for bill in bills] == [432_00, 480_00, 528_00, 576_00]
    assert [(b.net_cents, b.vat_cents) for b in bills][0] == (409_48, 22_52)
    assert sum(len(bill.content["lines"]) for bill in bills) == 48
    assert [life.owed(grower) for grower in story.growers] == [b.total_cents for b in bills]
    call = life.call(story.scheme, "Financeur privé")
    assert call.total_cents == sum(line.price_cents for line in story.lines) == 2016_00
    assert {row["nature"] for row in call.content["lines"]} == {"gift"}
    assert life.till(story.centre) == 0, "people pay nothing"
    life.close()
    report = life.report(story.funder)
    assert report["total_cents"] == 2016_00
    assert len(report["rows"]) == figures.weeks
    told = life.activity_figures(story.funder)
    assert told["came_grams"] == {"purchase": {"FRUITS_ET_LEGUMES": 960_000}}
    assert told["went_grams"] == 960_000
    assert (told["volunteers"], told["volunteer_minutes"]) == (6, 6 * 150 * 4)
    quality = life.quality_figures(story.funder)
    assert quality["organic_cents"] == quality["short_chain_cents"] == 2016_00
    life.prove()
    tell(figures, "48 livraisons, 4 factures ; 2 016,00 € payés par le financeur, 0 € par personne")


def test_other_figures_give_other_papers() -> None:
    """Five growers, a dearer kilo: five invoices instead of sixty, and the funder pays more."""
    figures = Figures.of(SHEET)
    prices = [180, 200, 220, 250, 300]
    story = live(figures.altered(kilo_cents=prices, envelope_cents=3000_00))
    assert [bill.total_cents for bill in story.bills] == [cents * 240 for cents in prices]
    call = story.life.call(story.scheme, "Financeur privé")
    assert call.total_cents == 2760_00
    assert Document.objects.count() == 6


def test_the_money_ends_and_nobody_pays_in_silence() -> None:
    """24 € are left: the next delivery at 48 € is refused whole, to the people too."""
    story = live(Figures.of(SHEET))
    life = story.life
    facts = {"origin": story.growers[3], "value_cents": 48_00, "day": life.last}
    lot = life.receive("purchase", story.crops, story.centre, kg(20), **facts)
    sale = {"lot": lot, "scheme": "producteurs", "day": life.last}
    with pytest.raises(ShareRefused, match="24,00"):
        life.sell(story.crops, story.centre, kg(20), price_cents=48_00, **sale)
    assert life.till(story.centre) == 0
    assert life.left() == kg(20), "a refused line takes nothing out"
    with pytest.raises(NotEnough):
        life.sell(story.crops, story.centre, kg(21), price_cents=20_00, **sale)
    half = life.sell(story.crops, story.centre, kg(10), price_cents=24_00, **sale)
    assert half.price_cents == 24_00


def test_without_a_mandate_the_invoice_stays_with_the_grower() -> None:
    story = live(Figures.of(SHEET).altered(weeks=1))
    stranger = story.life.organisation("Ferme sans mandat", "farm", part="grower")
    with pytest.raises(MandateMissing, match="Ferme sans mandat"):
        story.life.self_bill(stranger)
