"""Fiche 14: unsold food picked up five times a week becomes 450 meals a day, sold to centres.

Two structures for insertion, each with its own agreement: a company (EI) cooks and sells, an
association (ACI) picks up, delivers and writes the donors' receipts. The first week is lived day by
day, the other forty-nine in seven movements.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.billing.refusals import NotADonee
from ensemblier.chain.catalogue.actions import UnknownProduct
from ensemblier.chain.commitments.actions import FrameworkExceeded
from ensemblier.chain.insertion import actions as insertion
from ensemblier.chain.insertion import queries as work
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import GiftOnly, MassNotBalanced, NotEnough, PastItsDate
from ensemblier.engines.money import share_out
from ensemblier.reports import canteens
from ensemblier.reports import figures as told_figures
from tests.stories.frame import Figures, Tell
from tests.stories.life import Life, kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "14_le_radis"
ONE_DAY = {"periods": 0, "pick_ups": 1, "tonnes": 10}


def live(figures: Figures) -> SimpleNamespace:
    """A year, or its first week alone when it has no other period."""
    life = Life(figures, "Baluchon", kind="company")
    story = SimpleNamespace(life=life, figures=figures, batches=[])
    who_and_where(story)
    what_is_cooked(story)
    contracts(story)
    for day in range(figures.pick_ups):
        batch(story, life.day(day), days=1)
    weeks = (figures.year_weeks - 1) // figures.periods if figures.periods else 0
    for period in range(figures.periods):
        friday = life.day(7 * weeks * (period + 1) + 4)
        batch(story, friday, days=weeks * figures.pick_ups)
    a_week_of_work(story)
    story.trace = trace(life.chain)
    return story


def who_and_where(story: SimpleNamespace) -> None:
    life = story.life
    story.crew = life.organisation("Emmaüs Défi", part="carrier", link="distribution")
    story.shop = life.organisation("Distributeur partenaire", "company", part="donor")
    story.farm = life.organisation("Ferme céréalière", "farm", part="grower")
    story.centres = [
        life.organisation(f"Centre {rank}", part="buyer")
        for rank, _ in enumerate(story.figures.centre_weights, 1)
    ]
    story.depot = life.site("Dépôt de L'Équipage", "store", story.crew, is_cold=True)
    story.kitchen = life.site("Cuisine", "kitchen", is_cold=True)
    story.ei = life.aci(life.lead, "ei")
    story.aci = life.aci(story.crew, "aci")
    life.authorise(story.crew)


def what_is_cooked(story: SimpleNamespace) -> None:
    life, figures = story.life, story.figures
    facts = {"family": "AUTRES", "storage": "chilled", "has_use_by": True}
    story.unsold = life.product("invendus", "Invendus", **facts)
    meal = facts | {"unit": "meal", "unit_grams": figures.meal_grams}
    story.meal = life.product("repas", "Repas", **meal)
    story.veggie = life.product("repas-vegetarien", "Repas végétarien", **meal)
    story.dry = life.product("feculents", "Lentilles et blé", family="AUTRES")
    life.label(story.dry, grower=story.farm)
    for product in (story.meal, story.veggie):
        life.price(product, "wholesale", figures.meal_cents, is_assumed=True)
    days = figures.pick_ups * (figures.year_weeks if figures.periods else 1)
    kilos = figures.dry_kilos * days
    facts = {"origin": story.farm, "value_cents": kilos * figures.dry_cents}
    story.dry_lot = life.receive("purchase", story.dry, story.kitchen, kg(kilos), **facts)
    story.frames = [
        life.promise(
            "framework",
            product_for(story, rank),
            kg(meals * days),
            giver=life.lead,
            receiver=story.centres[rank],
            unit_cents=figures.meal_cents,
        )
        for rank, meals in enumerate(a_day(story))
    ]


def a_day(story: SimpleNamespace) -> list[int]:
    """The day's meals among the centres, as many as they take of the day today."""
    return share_out(story.figures.day_meals, story.figures.centre_weights)


def product_for(story: SimpleNamespace, rank: int):
    return story.veggie if rank == len(story.centres) - 1 else story.meal


def batch(story: SimpleNamespace, day: date, days: int) -> None:
    """Picked up, carried, cooked, delivered: one day, or several told in one movement."""
    life, figures = story.life, story.figures
    kilos = figures.tonnes * 1000 * days // (figures.year_weeks * figures.pick_ups)
    facts = {"origin": story.shop, "value_cents": kilos * figures.kilo_cents, "day": day}
    use_by = day + timedelta(1)
    pick_up = life.activity("collection", "Collecte", story.depot, day=day, host=story.crew)
    facts |= {"activity": pick_up, "use_by": use_by}
    lot = life.receive("gift", story.unsold, story.depot, kg(kilos), **facts)
    life.carry(lot, story.depot, story.kitchen, kg(kilos), day=day, activity=pick_up)
    cooking = life.activity(
        "cooking", "Cuisine du jour", story.kitchen, day=day, iae_agreement=story.ei
    )
    orders = [meals * days for meals in a_day(story)]
    dry = figures.dry_kilos * days
    made = sum(orders) * figures.meal_grams
    outputs = [
        Output(story.meal, kg(sum(orders[:-1])), use_by=day + timedelta(3)),
        Output(story.veggie, kg(orders[-1]), use_by=day + timedelta(3)),
    ]
    inputs = [(lot, kg(kilos)), (story.dry_lot, kg(dry))]
    lots = life.process(cooking, inputs, outputs, lost_grams=(kilos + dry) * 1000 - made)
    story.batches.append((cooking, lots))
    deliver(story, day, orders, lots)


def deliver(story: SimpleNamespace, day: date, orders: list[int], lots: list) -> None:
    """One round, one order and one line for each centre."""
    life = story.life
    rounds = life.activity("round", "Tournée", story.kitchen, day=day, host=story.crew)
    for rank, (centre, meals) in enumerate(zip(story.centres, orders, strict=True)):
        product = product_for(story, rank)
        facts = {"giver": life.lead, "receiver": centre, "parent": story.frames[rank]}
        order = life.promise("order", product, kg(meals), starts=day, ends=day, **facts)
        activities.serve(activity=rounds, commitment=order, actor=life.actor)
        sold = {"lot": lots[product == story.veggie], "buyer": centre, "day": day}
        sold |= {"vat_rate": story.figures.vat_rate, "iae_agreement": story.ei}
        life.sell(product, story.kitchen, kg(meals), activity=rounds, **sold)


def contracts(story: SimpleNamespace) -> None:
    life, figures = story.life, story.figures
    ends = life.first + timedelta(days=300)
    cooks, drivers = life.persons(figures.agents), life.persons(figures.drivers, story.crew)
    minutes = {True: figures.agent_minutes * 5, False: figures.driver_minutes * 5}
    story.contracts = [
        life.contract(
            story.ei if person in cooks else story.aci,
            person,
            weekly_minutes=minutes[person in cooks],
            ends=ends,
        )
        for person in cooks + drivers
    ]


def a_week_of_work(story: SimpleNamespace) -> None:
    life, figures = story.life, story.figures
    for contract in story.contracts:
        for day in range(figures.pick_ups):
            training = figures.training_minutes if day == figures.pick_ups - 1 else 0
            life.hours(contract, "work", contract.weekly_minutes // 5 - training, life.day(day))
        life.hours(contract, "training", figures.training_minutes, life.day(figures.pick_ups - 1))
    days = figures.pick_ups * figures.year_weeks
    facts = {"label": "Collecte et livraison", "now": life.afterwards, "actor": life.actor}
    cents = figures.round_cents * days
    insertion.note_outside_sale(
        key=uuid4(), agreement=story.aci, day=life.last, cents=cents, **facts
    )
    life.charge(story.aci, life.first, "Charges de l'année", figures.aci_charges_cents)


def test_a_year_of_meals(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    bills = [life.invoice(centre) for centre in story.centres]
    assert [bill.total_cents for bill in bills] == [275_000_00, 206_250_00, 137_500_00]
    assert (bills[2].net_cents, bills[2].vat_cents) == (125_000_00, 12_500_00)
    receipt = life.tax_receipt(story.shop, keeper=story.crew)
    assert receipt.total_cents == 37_500_00, "half of 75 000 €: the last days before the date"
    note = life.delivery_note(story.centres[0])
    assert sum(row["milli"] for row in note.content["lines"]) == kg(200 * 250)
    told = life_figures(story)
    assert told["came_grams"]["gift"] == {"AUTRES": 50_000_000}
    assert told["went_grams"] == 450 * 250 * 400
    life.prove()
    assert life.left() == 0
    now = (figures.day_meals, len(story.contracts), figures.tonnes)
    base, target = (figures.base_meals, figures.base_posts), (
        figures.target_meals, figures.target_posts, figures.target_tonnes,
    )  # fmt: skip
    assert now == (450, 8, 50) != base and target == (1200, 15, 150), "three things, kept apart"
    tell(figures, "50 t, 112 500 repas, 618 750,00 € facturés ; EI et ACI comptées à part")


def life_figures(story: SimpleNamespace) -> dict:
    story.life.close()
    return story.life.activity_figures(story.crew)


def test_two_agreements_never_mixed() -> None:
    """The company has no cap; the workshop's receipts are its rounds, below 30 % of its charges."""
    story = live(Figures.of(SHEET).altered(periods=0))
    life, monday, friday = story.life, story.life.first, story.life.day(4)
    cooked = work.hours(story.ei, monday, friday)
    assert (cooked.contracts, cooked.minutes) == (6, {"training": 360, "work": 6 * 2040})
    driven = work.hours(story.aci, monday, friday)
    assert (driven.contracts, driven.minutes) == (2, {"training": 120, "work": 2 * 1500})
    meals = sum(month.sales_cents for month in work.months(story.ei, 2022, life.last))
    assert meals == 450 * 5 * 550
    watch = work.sales_watch(story.aci, 2022, life.last)
    assert (watch.sales_cents, watch.charges_cents) == (30_000_00, 110_000_00)
    assert watch.holds and watch.room_cents == 2_999_99
    dearer = live(Figures.of(SHEET).altered(**ONE_DAY, round_cents=700_00))
    assert not work.sales_watch(dearer.aci, 2022, life.last).holds


def test_the_target_year_follows() -> None:
    figures = Figures.of(SHEET)
    story = live(figures.altered(periods=0, day_meals=1200, tonnes=150, meal_cents=600))
    bills = [story.life.invoice(centre) for centre in story.centres]
    assert sum(bill.total_cents for bill in bills) == 1200 * 5 * 600
    balance = stock.mass_balance(story.batches[0][0])
    assert (balance.used, balance.made, balance.lost) == (620_000, 480_000, 140_000)


def test_rows_for_ma_cantine() -> None:
    """What the kitchen bought, and what a centre bought from it, for the declaration of each."""
    story = live(Figures.of(SHEET).altered(periods=0))
    life = story.life
    days = {"first": life.first, "last": life.last}
    mine = told_figures.canteen_rows(life.chain, life.lead.siret, **days)
    assert [(row["prix_ht"], row["categories_egalim"]) for row in mine] == [("110.00", "BIO")]
    centre = canteens.rows_for(life.chain, story.centres[0], **days)
    assert len(centre) == 5
    assert {row["prix_ht"] for row in centre} == {"1000.00"}, "200 meals at 5,00 € without tax"
    assert {(row["fournisseur"], row["siret"]) for row in centre} == {
        ("Baluchon", story.centres[0].siret)
    }


def test_dates_stock_and_mass_hold() -> None:
    story = live(Figures.of(SHEET).altered(**ONE_DAY))
    life, day = story.life, story.life.first
    cooking, (meals, _) = story.batches[-1]
    sold = {"lot": meals, "buyer": story.centres[0]}
    with pytest.raises(NotEnough):
        life.sell(story.meal, story.kitchen, kg(1), day=day, **sold)
    facts = {"origin": story.shop, "value_cents": 15_00, "use_by": day, "day": day}
    lot = life.receive("gift", story.unsold, story.kitchen, kg(10), **facts)
    dishes = [Output(story.meal, kg(20), use_by=day + timedelta(3))]
    with pytest.raises(MassNotBalanced) as refusal:
        life.process(cooking, [(lot, kg(10))], dishes, lost_grams=0)
    assert refusal.value.gap == 2_000
    (late,) = life.process(cooking, [(lot, kg(10))], dishes, lost_grams=2_000)
    with pytest.raises(PastItsDate):
        life.sell(story.meal, story.kitchen, kg(1), day=day + timedelta(4), **sold | {"lot": late})


def test_a_gift_to_be_given_is_not_sold_even_cooked() -> None:
    story = live(Figures.of(SHEET).altered(**ONE_DAY))
    life, day = story.life, story.life.first
    facts = {"origin": story.shop, "use_by": day, "day": day, "is_gift_only": True}
    lot = life.receive("gift", story.unsold, story.depot, kg(8), value_cents=12_00, **facts)
    life.carry(lot, story.depot, story.kitchen, kg(8), day=day)
    with pytest.raises(GiftOnly):
        life.sell(story.unsold, story.kitchen, kg(1), lot=lot, price_cents=100, day=day)
    dishes = [Output(story.meal, kg(20), use_by=day + timedelta(3))]
    (made,) = life.process(story.batches[-1][0], [(lot, kg(8))], dishes)
    with pytest.raises(GiftOnly):
        life.sell(story.meal, story.kitchen, kg(20), lot=made, buyer=story.centres[0], day=day)
    life.hand_over(made, story.kitchen, kg(20), story.crew, day=day)


def test_orders_hold_to_the_framework_and_the_menu() -> None:
    """No more than was agreed; and no meal that the kitchen does not make (no halal line)."""
    story = live(Figures.of(SHEET).altered(**ONE_DAY))
    facts = {"giver": story.life.lead, "receiver": story.centres[0], "parent": story.frames[0]}
    with pytest.raises(FrameworkExceeded):
        story.life.promise("order", story.meal, kg(1), **facts)
    with pytest.raises(UnknownProduct):
        story.life.promise("need", None, kg(30), receiver=story.centres[0], firmness="wished")


def test_a_company_writes_no_tax_receipt() -> None:
    """T049: gifts that lower a tax go to the association; the company may only be given to."""
    story = live(Figures.of(SHEET).altered(**ONE_DAY))
    day = story.life.first
    facts = {"origin": story.shop, "value_cents": 15_00, "use_by": day, "day": day}
    story.life.receive("gift", story.unsold, story.kitchen, kg(10), **facts)
    with pytest.raises(NotADonee, match="Baluchon"):
        story.life.tax_receipt(story.shop, keeper=story.life.lead)
