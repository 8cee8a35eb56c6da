"""Fiche 15: people choose the panel, 300 families pay when the month starts, food comes after.

A vote is a wish of the lab: so many families want it. Votes are told as needs that the lab serves.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils.text import slugify

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing import documents
from ensemblier.chain.catalogue import actions as catalogue
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.commitments import queries as promised
from ensemblier.chain.stock.refusals import NotEnough
from tests.stories.frame import Figures, Tell
from tests.stories.frame_more import WideLife
from tests.stories.life import kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "15_emplettes_et_cagettes"
FUNDERS = ("PAT Terres de Lorraine", "Métropole de Nancy", "DRAAF")


def live(figures: Figures) -> SimpleNamespace:
    """A lab, frameworks with the growers, one month of group orders."""
    life = WideLife(figures, "Terres de Lorraine", kind="public")
    story = SimpleNamespace(life=life, figures=figures, lines=[], orders=[])
    story.funders = [life.organisation(name, "public", part="funder") for name in FUNDERS]
    story.points = [
        life.organisation(f"Centre {rank}", part="store") for rank in range(1, figures.points + 1)
    ]
    story.hub = life.site("Plateforme", "pick_up")
    choose(story)
    agree(story)
    order(story)
    deliver(story)
    story.trace = trace(life.chain)
    return story


def choose(story: SimpleNamespace) -> None:
    """The lab: everybody says what they want; what the half wants is the panel."""
    life, figures = story.life, story.figures
    lab = life.activity("lab", "Labo d'usage", story.hub, day=life.first)
    life.take_part(lab, life.persons(figures.lab_people), figures.lab_minutes, "eater")
    story.panel, story.left_out = [], []
    for name, votes in zip(figures.names, figures.votes, strict=True):
        unit = "piece" if name == "Œufs" else "kg"
        product = life.product(slugify(name), name, unit)
        facts = {"receiver": life.lead, "firmness": "wished", "note": "voix du labo d'usage"}
        if votes:
            wish = life.promise("need", product, kg(votes), **facts)
            activities.serve(activity=lab, commitment=wish, actor=life.actor)
        kept = votes >= figures.quorum
        (story.panel if kept else story.left_out).append(product)
        if not kept:
            catalogue.withdraw_product(product=product, actor=life.actor)
    story.lab = life.finish(lab)


def agree(story: SimpleNamespace) -> None:
    """Through the chamber of farmers: a year at a fixed price, for each product of the panel."""
    life, figures = story.life, story.figures
    terms = zip(figures.unit_cents, figures.a_family, strict=True)
    taken = dict(zip(figures.names, terms, strict=True))
    story.terms = [taken[product.name] for product in story.panel]
    story.growers, story.frames = [], []
    for product, (cents, each) in zip(story.panel, story.terms, strict=True):
        grower = life.organisation(f"Ferme, {product.name}", "farm", part="grower")
        life.mandate(grower)
        life.label(product, grower=grower)
        story.growers.append(grower)
        frame = life.promise(
            "framework",
            product,
            kg(each * figures.families * figures.months),
            giver=grower,
            receiver=life.lead,
            unit_cents=cents,
            ends=life.first + timedelta(days=364),
            proposed_by=grower,
        )
        story.frames.append(frame)


def order(story: SimpleNamespace) -> None:
    """Each point gives and pays the order of its families; the growers get one call-off each."""
    life, figures = story.life, story.figures
    story.cycle = life.activity(
        "cycle",
        "Commande d'octobre",
        story.hub,
        day=life.day(figures.delivery),
        opens_at=life.at(life.first),
        closes_at=life.at(life.day(figures.closing)),
    )
    families = figures.families // figures.points
    for product, frame, (cents, each) in zip(story.panel, story.frames, story.terms, strict=True):
        facts = {"giver": life.lead, "unit_cents": cents, "is_prepaid": True}
        for point in story.points:
            taken = life.promise("order", product, kg(each * families), receiver=point, **facts)
            activities.serve(activity=story.cycle, commitment=taken, actor=life.actor)
            story.orders.append(taken)
        milli = kg(each * families * figures.points)
        life.promise("order", product, milli, receiver=life.lead, parent=frame)


def deliver(story: SimpleNamespace) -> None:
    """What was ordered comes in, and goes out the same day at the price paid for it."""
    life, day = story.life, story.life.day(story.figures.delivery)
    families = story.figures.families // story.figures.points
    story.lots = []
    for product, grower, (cents, each) in zip(story.panel, story.growers, story.terms, strict=True):
        number = each * families * len(story.points)
        facts = {"origin": grower, "value_cents": number * cents, "day": day}
        lot = life.receive("purchase", product, story.hub, kg(number), **facts)
        story.lots.append(lot)
        for point in story.points:
            sold = {"lot": lot, "price_cents": cents * each * families, "buyer": point}
            line = life.sell(product, story.hub, kg(each * families), day=day, **sold)
            story.lines.append(line)


def test_paid_when_the_month_starts_delivered_after(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    assert [product.name for product in story.panel] == list(figures.names[:5])
    assert [product.is_offered for product in story.left_out] == [False]
    assert sum(promised.prepaid_cents(order) for order in story.orders) == 3480_00
    bills = [life.invoice(point) for point in story.points]
    assert [bill.total_cents for bill in bills] == [696_00] * 5, "11,60 € for each of 60 families"
    growers = life.self_bill_month()
    assert [bill.total_cents for bill in growers] == [930_00, 720_00, 960_00, 540_00, 330_00]
    assert sum(bill.total_cents for bill in growers) == 3480_00, "bought and sold at one price"
    assert {promised.shortfall(frame).missing for frame in story.frames} == {
        kg(each * 300 * 11) for _, each in story.terms
    }
    life.close()
    for funder in story.funders:
        assert life.activity_figures(funder)["lost_grams"] == 0
        assert life.quality_figures(funder)["organic_cents"] == 3480_00
    life.prove()
    assert life.left() == 0
    assert figures.people == 3 * figures.families
    tell(figures, "300 familles, 900 personnes ; 3 480,00 € payés d'avance et livrés au même prix")


def test_the_panel_and_the_prices_are_those_of_the_figures() -> None:
    figures = Figures.of(SHEET)
    votes, prices = [38, 35, 33, 31, 12, 25], [*figures.unit_cents[:5], 50]
    story = live(figures.altered(votes=votes, points=2, families=10, unit_cents=prices))
    assert [product.name for product in story.left_out] == ["Farine"]
    assert story.life.invoice(story.points[0]).total_cents == 5 * (310 + 240 + 320 + 180 + 50)
    assert sum(promised.prepaid_cents(order) for order in story.orders) == 110_00


def short() -> SimpleNamespace:
    return live(Figures.of(SHEET).altered(points=1, families=10, votes=[38, 0, 0, 0, 0, 0]))


def test_the_price_holds_whatever_inflation_does() -> None:
    story = short()
    life, frame = story.life, story.frames[0]
    dearer = {"unit_cents": frame.unit_cents + 20}
    with pytest.raises(commitments.FirmPriceHolds):
        life.promise("order", frame.product, kg(1), receiver=life.lead, parent=frame, **dearer)
    with pytest.raises(commitments.NoRevisionClause):
        commitments.revise_price(
            commitment=frame, starts=life.last, reason="indice", day=life.last, actor=None, **dearer
        )
    left = promised.shortfall(frame).missing
    with pytest.raises(commitments.FrameworkExceeded) as refusal:
        life.promise("order", frame.product, left + 1, receiver=life.lead, parent=frame)
    assert refusal.value.left_milli == left == kg(110)


def test_a_late_order_waits_for_the_next_cycle() -> None:
    story = short()
    life, late = story.life, story.life.day(story.figures.closing)
    facts = {"giver": life.lead, "receiver": story.points[0], "unit_cents": 310, "firmness": "firm"}
    order = commitments.promise(
        key=uuid4(),
        chain=life.chain,
        kind="order",
        product=story.panel[0],
        milli=kg(1),
        starts=life.last,
        ends=life.last,
        now=life.at(late),
        actor=life.actor,
        is_prepaid=True,
        **facts,
    )
    with pytest.raises(activities.SignUpClosed):
        activities.serve(activity=story.cycle, commitment=order, actor=life.actor)
    with pytest.raises(commitments.BadPromise, match="a un prix"):
        life.promise(
            "order", story.panel[0], kg(1), **facts | {"unit_cents": None}, is_prepaid=True
        )


def test_what_was_paid_and_did_not_come_is_given_back() -> None:
    """A crate is missing after the invoice: the line is undone, a credit note gives 31 € back."""
    story = short()
    life = story.life
    bill = life.invoice(story.points[0])
    now = {"now": life.afterwards, "actor": life.actor}
    billing.undo_sale(key=uuid4(), line=story.lines[0], day=life.last, **now)
    days = {"first": life.first, "last": life.last, "day": life.last}
    note = documents.credit_note(document=bill, key=uuid4(), **days, **now)
    assert (bill.total_cents, note.total_cents) == (31_00, -31_00)
    with pytest.raises(NotEnough):
        facts = {"lot": story.lots[0], "price_cents": 1, "day": life.last}
        life.sell(story.panel[0], story.hub, kg(11), **facts)
