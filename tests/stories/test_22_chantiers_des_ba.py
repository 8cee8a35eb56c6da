"""Fiche 22: what is collected becomes soups and compotes, given or sold until the work pays itself.

Sales must reach what the wages and the running cost leave after the State's aid, and stay strictly
below 30 % of the charges: the way between the two is narrow, and is told.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils.text import slugify

from ensemblier.chain.insertion import queries as work
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import AidOnly, GiftOnly, MassNotBalanced, PastItsDate
from ensemblier.engines.insertion import post_aid
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.insertion import ACI_POST_AID
from tests.stories.frame import Figures, Tell
from tests.stories.life import Life, kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "22_chantiers_des_ba"


def live(figures: Figures) -> SimpleNamespace:
    """A year: two collections, a workshop, gifts to associations and sales to two shops."""
    life = Life(figures, "Banque Alimentaire")
    story = SimpleNamespace(life=life, figures=figures)
    story.farm = life.organisation("Ferme qui donne", "farm", part="donor")
    story.aid = life.organisation("Association partenaire", part="store")
    story.shops = [life.organisation(f"Boutique {rank}", "company", part="buyer") for rank in "AB"]
    life.authorise(life.lead, designated=[story.aid])
    story.store = life.site("Entrepôt", "store", is_cold=True)
    story.workshop = life.site("Atelier", "kitchen", is_cold=True)
    story.raw = life.product("collecte", "Fruits et légumes collectés")
    story.soup, story.packs, story.compote = (
        life.product(slugify(name), name, "jar", unit_grams=figures.jar_grams, has_use_by=dated)
        for name, dated in zip(figures.products, (False, True, False), strict=True)
    )
    life.price(story.compote, "wholesale", figures.jar_cents, is_assumed=True)
    story.aci = life.aci(life.lead, "aci")
    cook(story)
    work_and_cost(story)
    story.trace = trace(life.chain)
    return story


def collect(story: SimpleNamespace, kilos: int, **restrictions):
    """From the field to the workshop; the giver says whether it may be sold."""
    life, day = story.life, story.life.day(150)
    facts = {"origin": story.farm, "value_cents": kilos * story.figures.kilo_cents, "day": day}
    lot = life.receive("gift", story.raw, story.store, kg(kilos), **facts, **restrictions)
    life.carry(lot, story.store, story.workshop, kg(kilos), day=day)
    return lot


def cook(story: SimpleNamespace) -> None:
    """Half of what may only be given is soup, half is vacuum-packed; the rest is compote."""
    life, figures = story.life, story.figures
    story.day = life.day(152)
    story.cooking = life.activity(
        "cooking", "Transformation", story.workshop, day=story.day, iae_agreement=story.aci
    )
    story.given = collect(story, figures.given_kilos, is_gift_only=True, is_aid_only=True)
    story.free = collect(story, figures.free_kilos)
    number = jars(figures, figures.given_kilos) // 2
    use_by = story.day + timedelta(days=figures.vacuum_days)
    given = [Output(story.soup, kg(number)), Output(story.packs, kg(number), use_by=use_by)]
    lost = figures.given_kilos * 1000 - 2 * number * figures.jar_grams
    inputs = [(story.given, kg(figures.given_kilos))]
    story.soups, story.vacuum = life.process(story.cooking, inputs, given, lost)
    number = jars(figures, figures.free_kilos)
    lost = figures.free_kilos * 1000 - number * figures.jar_grams
    inputs = [(story.free, kg(figures.free_kilos))]
    (story.sold,) = life.process(story.cooking, inputs, [Output(story.compote, kg(number))], lost)
    share(story, number)


def jars(figures: Figures, kilos: int) -> int:
    return kilos * 10 * figures.yield_percent // figures.jar_grams


def share(story: SimpleNamespace, number: int) -> None:
    """To associations for nothing, to two shops at the price of a jar."""
    life, day = story.life, story.day + timedelta(days=1)
    for lot in (story.soups, story.vacuum):
        milli = stock.level(lot, story.workshop)
        life.hand_over(lot, story.workshop, milli, story.aid, day=day)
    for shop, part in zip(story.shops, (number // 2, number - number // 2), strict=True):
        facts = {"lot": story.sold, "buyer": shop, "iae_agreement": story.aci}
        life.sell(story.compote, story.workshop, kg(part), day=day, **facts)


def work_and_cost(story: SimpleNamespace) -> None:
    life, figures = story.life, story.figures
    for person in life.persons(figures.workers):
        facts = {"weekly_minutes": figures.week_minutes, "ends": life.last}
        contract = life.contract(story.aci, person, **facts)
        life.hours(contract, "work", figures.week_minutes // 5, story.day)
    life.charge(story.aci, life.first, "Salaires", figures.wages_cents)
    life.charge(story.aci, life.first, "Bocaux, énergie, tournées", figures.running_cents)


def balance_of(story: SimpleNamespace) -> tuple[int, int, int]:
    """Cents of aid to the posts, of sales that balance the year, and the jars that make them."""
    figures, life = story.figures, story.life
    base = in_force(ACI_POST_AID, life.first).value
    aid = figures.workers * post_aid(base, figures.week_minutes)
    charges = sum(month.charges_cents for month in work.months(story.aci, 2023, life.last))
    needed = charges - aid
    return aid, needed, -(-needed // figures.jar_cents)


def test_given_sold_and_almost_balanced(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    bills = [life.invoice(shop) for shop in story.shops]
    assert [bill.total_cents for bill in bills] == [10_240_00, 10_240_00]
    note = life.delivery_note(story.aid)
    assert [row["milli"] for row in note.content["lines"]] == [kg(4800), kg(4800)]
    receipt = life.tax_receipt(story.farm)
    assert receipt.total_cents == 6_000_00
    balance = stock.mass_balance(story.cooking)
    assert (balance.used, balance.made, balance.lost) == (10_000_000, 8_000_000, 2_000_000)
    assert balance_of(story) == (66_230_16, 23_769_84, 7_429)
    watch = work.sales_watch(story.aci, 2023, life.last)
    assert (watch.sales_cents, watch.charges_cents) == (20_480_00, 90_000_00)
    assert watch.holds and watch.sales_cents + watch.room_cents == 26_999_99
    assert work.hours(story.aci, life.first, life.last).minutes == {"work": 4 * 312}
    life.close()
    told = life.activity_figures(life.lead)
    assert told["came_grams"] == {"gift": {"FRUITS_ET_LEGUMES": 10_000_000}}
    assert told["went_grams"] == 8_000_000
    life.prove()
    assert life.left() == 0
    tell(figures, "16 000 bocaux ; 6 400 vendus, 7 429 équilibreraient l'année, 8 437 au plus")


def test_the_narrow_way_between_balance_and_the_law() -> None:
    """At 3,80 € the sales balance the year and hold; at 4,30 € they pass 30 % of the charges."""
    figures = Figures.of(SHEET)
    story = live(figures.altered(jar_cents=380))
    watch = work.sales_watch(story.aci, 2023, story.life.last)
    assert watch.sales_cents == 24_320_00 > balance_of(story)[1]
    assert watch.holds
    above = live(figures.altered(jar_cents=430))
    watch = work.sales_watch(above.aci, 2023, above.life.last)
    assert (watch.sales_cents, watch.holds) == (27_520_00, False)
    assert "dépassée de 520,01" in watch.sentence().replace("\u00a0", " ")


def test_what_was_given_is_not_sold_even_in_a_jar() -> None:
    story = live(Figures.of(SHEET))
    life, day = story.life, story.day
    lot = collect(story, 10, is_gift_only=True, is_aid_only=True)
    use_by = day + timedelta(days=7)
    packs = [Output(story.packs, kg(16), use_by=use_by)]
    with pytest.raises(MassNotBalanced):
        life.process(story.cooking, [(lot, kg(10))], packs, 1_000)
    (made,) = life.process(story.cooking, [(lot, kg(10))], packs, 2_000)
    facts = {"lot": made, "price_cents": 100, "buyer": story.shops[0]}
    with pytest.raises(GiftOnly):
        life.sell(story.packs, story.workshop, kg(1), day=day, **facts)
    with pytest.raises(AidOnly):
        life.hand_over(made, story.workshop, kg(1), story.shops[0], day=day)
    with pytest.raises(PastItsDate):
        late = use_by + timedelta(days=1)
        life.hand_over(made, story.workshop, kg(1), story.aid, day=late)
    life.lose(made, story.workshop, kg(16), "DLC passée", day=use_by + timedelta(days=1))
    assert life.left() == 0
