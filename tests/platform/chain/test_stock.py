"""Lots and movements: never below zero, nothing past its date, mass kept, restrictions passed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from ensemblier.base.ledger.actions import KeyReused
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.catalogue.actions import BadPrice, BadQuantity, UnknownProduct
from ensemblier.chain.stock import actions, queries, refusals
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.models import Lot, LotParent, Movement, Processing, StockLevel
from tests.factories_people import make_organisation, make_user
from tests.factories_stock import DAY, Pantry, make_activity, make_chain, make_product, make_site

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@pytest.fixture
def pantry():
    return Pantry()


def left(pantry, lot):
    return [queries.level(lot, site) for site in (pantry.store, pantry.shop)]


def counts():
    return [model.objects.count() for model in (Lot, Movement, StockLevel, LotParent, Processing)]


def test_goods_come_move_and_leave(pantry):
    arrival = pantry.arrival(10_000, number="C-1", made_on=DAY - ONE, value_cents=1_500)
    lot = arrival.lot
    assert (arrival.kind, arrival.party, arrival.grams) == ("harvest", pantry.garden, 10_000)
    assert (lot.number, lot.origin, arrival.value_cents) == ("C-1", pantry.garden, 1_500)
    pantry.send(lot, 4_000)
    pantry.take(lot, 1_500, site=pantry.shop, party=make_organisation())
    pantry.take(lot, 500, kind="handed")
    pantry.take(lot, 250, kind="own_use")
    assert pantry.lose(lot, 250).note == "gâté"
    assert left(pantry, lot) == [5_000, 2_500]
    assert [queries.level_on(lot, pantry.store, day) for day in (DAY - ONE, DAY)] == [0, 5_000]
    assert pantry.receive().number.startswith("260303-")


def test_not_enough_says_what_is_left_and_writes_nothing(pantry):
    lot = pantry.receive(10_000)
    before = counts()
    for verb in (
        lambda: pantry.take(lot, 10_001),
        lambda: pantry.send(lot, 10_001),
        lambda: pantry.lose(lot, 10_001),
        lambda: pantry.take(lot, 1, site=pantry.shop),
        lambda: pantry.cook([(lot, 10_001)], [Output(pantry.carrots, 10_001)]),
    ):
        with pytest.raises(refusals.NotEnough) as refusal, transaction.atomic():
            verb()
        assert refusal.value.field == "quantity"
    with pytest.raises(refusals.NotEnough, match="il reste 10\u00a0kg du lot .* à « Réserve »"):
        pantry.take(lot, 12_000)
    assert counts() == before and left(pantry, lot) == [10_000, 0]


def test_a_late_entry_never_takes_what_left_on_a_later_day(pantry):
    lot = pantry.receive(10_000, day=DAY)
    pantry.take(lot, 9_000, day=DAY + 5 * ONE)
    pantry.send(lot, 1_000, day=DAY + 7 * ONE)
    with pytest.raises(refusals.NotEnough) as refusal:
        pantry.take(lot, 1, day=DAY + ONE)
    assert refusal.value.spare == 0
    with pytest.raises(refusals.NotEnough):
        pantry.take(lot, 1, day=DAY - ONE)  # before it came
    pantry.undo(Movement.objects.get(kind="transport"), day=DAY + 8 * ONE)
    assert left(pantry, lot) == [1_000, 0]
    with pytest.raises(refusals.NotEnough):  # it was away between the two days
        pantry.take(lot, 1, day=DAY + 6 * ONE)
    pantry.take(lot, 1_000, day=DAY + 8 * ONE)


@pytest.mark.parametrize(
    ("fields", "refusal", "field"),
    [
        ({"milli": 0}, BadQuantity, "quantity"),
        ({"milli": -1}, BadQuantity, "quantity"),
        ({"milli": 1.5}, BadQuantity, "quantity"),
        ({"milli": 10**13}, BadQuantity, "quantity"),
        ({"product": None}, UnknownProduct, "product"),
        ({"product": "other"}, UnknownProduct, "product"),
        ({"site": "other"}, refusals.BadMovement, "site"),
        ({"activity": "other"}, refusals.BadMovement, "activity"),
        ({"activity": "cancelled"}, refusals.BadMovement, "activity"),
        ({"kind": "sale"}, refusals.BadMovement, "kind"),
        ({"use_by": DAY - ONE}, refusals.PastItsDate, "lot"),
        ({"made_on": DAY + ONE}, refusals.BadMovement, "made_on"),
        ({"unit_grams": 0}, refusals.BadMovement, "unit_grams"),
        ({"value_cents": -1}, BadPrice, "unit_price"),
        ({"number": "x" * 41}, refusals.BadMovement, "number"),
        ({"legal_status": "x" * 501}, refusals.BadMovement, "legal_status"),
    ],
)
def test_an_arrival_that_is_not_right_is_refused_and_nothing_is_written(
    pantry, fields, refusal, field
):
    other = make_chain()
    cancelled = make_activity(pantry.store)
    activities.cancel(activity=cancelled, reason="gel", actor=None)
    made = {
        ("product", "other"): lambda: make_product(other),
        ("site", "other"): lambda: make_site(other),
        ("activity", "other"): lambda: make_activity(make_site(other)),
        ("activity", "cancelled"): lambda: cancelled,
    }
    fields = {
        name: made[name, value]() if (name, value) in made else value
        for name, value in fields.items()
    }
    with pytest.raises(refusal) as refused:
        pantry.arrival(**fields)
    assert refused.value.field == field and refused.value.message.endswith(".")
    assert counts() == [0] * 5


def test_a_dated_product_needs_its_use_by_and_a_number_serves_once(pantry):
    milk = make_product(pantry.chain, "lait", unit="litre", has_use_by=True)
    with pytest.raises(refusals.UseByMissing, match="DLC"):
        pantry.receive(product=milk)
    pantry.receive(product=milk, use_by=DAY, number="L-1")
    with pytest.raises(refusals.NumberTaken, match="L-1"):
        pantry.receive(number="L-1")
    with pytest.raises(TypeError):
        pantry.receive(colour="red")
    assert Lot.objects.count() == 1


def test_nothing_goes_out_after_its_use_by_but_a_loss(pantry):
    lot = pantry.receive(10_000, use_by=DAY)
    late = DAY + ONE
    pantry.take(lot, 1_000, day=DAY)
    for verb in (
        lambda: pantry.take(lot, 1, day=late),
        lambda: pantry.take(lot, 1, "handed", day=late),
        lambda: pantry.take(lot, 1, "own_use", day=late),
        lambda: pantry.cook([(lot, 1_000)], [Output(pantry.soup, 2_000)], day=late),
    ):
        with pytest.raises(refusals.PastItsDate, match="03/03/2026"):
            verb()
    pantry.lose(lot, 9_000, day=late)
    assert left(pantry, lot) == [0, 0]
    past = pantry.receive(1_000, best_before=DAY - ONE)
    pantry.take(past, 1_000, "handed")  # a best-before date informs, it forbids nothing


def test_packing_never_extends_a_use_by_cooking_may(pantry):
    lot, other = pantry.receive(4_000, use_by=DAY + ONE), pantry.receive(4_000)
    late = DAY + 30 * ONE
    [basket] = pantry.cook(
        [(lot, 1_000), (other, 1_000)], [Output(pantry.carrots, 2_000, use_by=late)], kind="packing"
    )
    [soup] = pantry.cook([(lot, 1_000)], [Output(pantry.soup, 2_000, use_by=late)])
    assert (basket.use_by, soup.use_by) == (DAY + ONE, late)


def test_mass_in_is_mass_out_and_the_written_loss(pantry):
    lot = pantry.receive(10_000)
    activity = make_activity(pantry.store)
    before = counts()
    for lost, words in ((249, "0,001\u00a0kg manquent"), (251, "0,001\u00a0kg sont en trop")):
        with pytest.raises(refusals.MassNotBalanced, match=words):
            cook(pantry, lot, activity, lost)
    with pytest.raises(refusals.BadMovement, match="perte"):
        cook(pantry, lot, activity, -1)
    assert counts() == before
    [soup] = cook(pantry, lot, activity, 250)
    assert queries.mass_balance(activity) == (1_000, 750, 250)
    assert queries.mass_balance(activity).gap == 0
    assert (soup.origin, soup.number[:7]) == (pantry.chain.lead, "260303-")
    assert left(pantry, lot) == [9_000, 0] and left(pantry, soup) == [1_500, 0]


def cook(pantry, lot, activity, lost, **fields):
    outputs = [Output(pantry.soup, 1_500)]
    return pantry.cook([(lot, 1_000)], outputs, lost, activity=activity, **fields)


def test_what_nobody_weighed_is_not_processed(pantry):
    basket = make_product(pantry.chain, "panier", unit="basket")
    lot = pantry.receive(1_000, product=basket)
    with pytest.raises(refusals.MassUnknown, match="panier"):
        pantry.cook([(lot, 1_000)], [Output(pantry.carrots, 4_000)])
    weighed = pantry.receive(1_000, product=basket, unit_grams=4_000)
    pantry.cook([(weighed, 1_000)], [Output(pantry.carrots, 4_000)])


def test_a_workshop_says_what_goes_in_once_and_what_comes_out(pantry):
    lot, soup = pantry.receive(), Output(pantry.soup, 2_000)
    other = Pantry()
    before = counts()
    for inputs, outputs in (
        ([], [soup]),
        ([(lot, 1_000)], []),
        ([(lot, 500), (lot, 500)], [soup]),
        ([(other.receive(), 1_000)], [soup]),
    ):
        with pytest.raises(refusals.BadMovement):
            pantry.cook(inputs, outputs)
    with pytest.raises(BadQuantity):
        pantry.cook([(lot, -1_000)], [soup])
    with pytest.raises(UnknownProduct):
        pantry.cook([(lot, 1_000)], [Output(other.soup, 2_000)])
    assert counts()[3:] == before[3:]


def test_the_same_key_gives_the_same_answer_another_content_is_refused(pantry):
    key, person = uuid4(), make_user()
    arrival = pantry.arrival(key=key, actor=person, number="C-1")
    assert pantry.arrival(key=key, actor=person, number="C-1") == arrival
    lot, activity = arrival.lot, make_activity(pantry.store)
    calls = [
        lambda key, milli: pantry.take(lot, milli, key=key),
        lambda key, milli: pantry.send(lot, milli, key=key),
        lambda key, milli: pantry.lose(lot, milli, key=key),
        lambda key, lost: cook(pantry, lot, activity, lost, key=key),
    ]
    keys = [uuid4() for _ in calls]
    first = [call(each, 250) for call, each in zip(calls, keys, strict=True)]
    undoing = uuid4()
    undone = pantry.undo(first[0], key=undoing)
    before = counts()
    assert [call(each, 250) for call, each in zip(calls, keys, strict=True)] == first
    assert pantry.undo(first[0], key=undoing) == undone
    for call, each in zip(calls, keys, strict=True):
        with pytest.raises(KeyReused):
            call(each, 251)
    for reused in (
        lambda: pantry.arrival(key=key, actor=person, number="C-2"),
        lambda: pantry.arrival(key=key, number="C-1"),
        lambda: pantry.arrival(key=keys[3]),
        lambda: cook(pantry, lot, activity, 250, key=keys[0]),
        lambda: pantry.undo(first[1], key=undoing),
    ):
        with pytest.raises(KeyReused):
            reused()
    assert counts() == before


def test_undoing_adds_the_opposite_row_once(pantry):
    lot = pantry.receive(10_000)
    sale = pantry.take(lot, 4_000)
    back = pantry.undo(sale, day=DAY + ONE)
    assert (back.undoes, back.source, back.target, back.milli) == (sale, None, pantry.store, 4_000)
    assert left(pantry, lot) == [10_000, 0]
    with pytest.raises(refusals.AlreadyUndone):
        pantry.undo(sale, day=DAY + ONE)
    with pytest.raises(refusals.CannotUndo):
        pantry.undo(back, day=DAY + ONE)
    pantry.take(lot, 1, day=DAY + ONE)
    with pytest.raises(refusals.NotEnough):  # some of what came is gone
        pantry.undo(lot.movements.first(), day=DAY + ONE)
    with pytest.raises(refusals.BadMovement, match="03/03/2026"):
        pantry.undo(lot.movements.first(), day=DAY - ONE)


def test_a_workshop_is_undone_whole_or_not_at_all(pantry):
    lot, activity = pantry.receive(10_000), make_activity(pantry.store)
    [soup] = cook(pantry, lot, activity, 250)
    used = Movement.objects.get(kind="used")
    sale = pantry.take(soup, 1)
    with pytest.raises(refusals.NotEnough):
        pantry.undo(used)
    pantry.undo(sale)
    pantry.undo(used)
    assert left(pantry, lot) == [10_000, 0] and left(pantry, soup) == [0, 0]
    assert queries.mass_balance(activity) == (0, 0, 0)
    with pytest.raises(refusals.AlreadyUndone):
        pantry.undo(Movement.objects.get(kind="made", undoes=None))


def test_tonnage_by_year_and_kind(pantry):
    lot = pantry.receive(10_000)
    pantry.undo(pantry.take(lot, 4_000), day=date(2027, 1, 2))
    pantry.take(lot, 3_000)
    pantry.receive(2_000, product=make_product(pantry.chain, "panier", unit="basket"), kind="gift")
    Pantry().receive()
    rows = queries.tonnage(pantry.chain, date(2026, 1, 1), date(2027, 12, 31))
    assert rows == [
        (2026, "gift", 0, 1),
        (2026, "harvest", 10_000, 0),
        (2026, "sale", 7_000, 0),
        (2027, "sale", -4_000, 0),
    ]
    assert len(queries.tonnage(pantry.chain, date(2027, 1, 1), date(2027, 12, 31))) == 1


def test_the_database_itself_holds_the_rules(pantry):
    lot = pantry.receive(1_000)
    [soup] = pantry.cook([(lot, 500)], [Output(pantry.soup, 1_000)])
    attempts = [
        lambda: StockLevel.objects.filter(lot=lot).update(milli=-1),
        lambda: LotParent.objects.create(child=lot, parent=soup),
        lambda: LotParent.objects.create(child=lot, parent=lot),
        lambda: Lot.objects.filter(pk=lot.pk).update(is_gift_only=False),
        lambda: Movement.objects.filter(lot=lot).update(milli=1),
        lambda: Movement.objects.filter(lot=lot).delete(),
        lambda: Processing.objects.update(lost_grams=1),
    ]
    for attempt in attempts:
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            attempt()


def test_a_lock_outside_a_transaction_is_a_mistake_of_ours(monkeypatch):
    from ensemblier.chain.stock import locks

    class Loose:
        in_atomic_block = False

    monkeypatch.setattr(locks, "connection", Loose())
    with pytest.raises(RuntimeError):
        locks.hold([1])


def test_wrong_words_of_the_other_verbs(pantry):
    lot = pantry.receive()
    for verb in (
        lambda: pantry.take(lot, 1, "purchase"),
        lambda: pantry.lose(lot, 1, " "),
        lambda: pantry.send(lot, 1, pantry.store),
        lambda: pantry.take(lot, 1, site=make_site(make_chain())),
    ):
        with pytest.raises(refusals.BadMovement):
            verb()
    for milli in (0, -1, True):
        with pytest.raises(BadQuantity):
            pantry.take(lot, milli)
    assert actions.EXITS == ("sale", "handed", "own_use")


def test_frozen_food_goes_from_freezer_to_freezer(pantry):
    cold = make_site(pantry.chain, "Chambre froide", is_frozen=True)
    fish = make_product(pantry.chain, "poisson", storage="frozen")
    with pytest.raises(refusals.NoFreezer, match="« Réserve »"):
        pantry.receive(product=fish)
    lot = pantry.receive(product=fish, site=cold)
    with pytest.raises(refusals.NoFreezer):
        pantry.send(lot, 1_000, source=cold)
    with pytest.raises(refusals.NoFreezer):
        carrots = pantry.receive()
        pantry.cook([(carrots, 1_000)], [Output(fish, 1_000)])
    pantry.take(lot, 1_000, "handed", site=cold)
    pantry.send(lot, 1_000, make_site(pantry.chain, "Camion", is_frozen=True), source=cold)
