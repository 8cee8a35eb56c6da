"""Cards, rights and lines: what a right refuses, what is undone, and what is forgotten."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import Sum

from ensemblier.base.journal import retention
from ensemblier.base.journal.models import Event
from ensemblier.chain.distribution import actions
from ensemblier.chain.distribution.models import Card, Entitlement, LineCard, SaleLine
from ensemblier.chain.distribution.refusals import (
    BadEntitlement,
    BadLine,
    CannotUndo,
    CardBlocked,
    CardMissing,
    EntitlementExpired,
    LineKeyReused,
    NoEntitlement,
    OtherChain,
    QuotaReached,
    RightMismatch,
)
from ensemblier.chain.distribution.rules import band_of, is_band
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_line,
    make_product,
    make_site,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_site(make_chain())


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


def sell(shop, basket, card=None, **fields):
    return make_line(shop, basket, card=card, scheme="paniers", **fields)


def test_a_card_has_a_number_and_no_name(shop):
    card = make_card(shop.chain)
    assert card.number.isdigit() and len(card.number) == 8
    fields = {field.name for field in Card._meta.get_fields()}
    assert not fields & {"name", "alias", "email", "birth", "address"}


def test_a_line_takes_tier_and_band_from_the_right(shop, basket):
    card = make_card(shop.chain, "paniers", tier="A", size="3-4")
    line = sell(shop, basket, card)
    assert (line.tier, line.size, line.tie.card) == ("A", "3-4", card)


def test_a_scheme_that_asks_no_card_takes_a_line_without_one(shop, basket):
    assert not LineCard.objects.filter(line=sell(shop, basket)).exists()
    with pytest.raises(CardMissing):
        sell(shop, basket, needs_card=True)


def refused(shop, basket, refusal, card, **fields):
    before = SaleLine.objects.count()
    with pytest.raises(refusal) as raised:
        sell(shop, basket, card, **fields)
    assert SaleLine.objects.count() == before
    return raised.value.message


def test_an_expired_right_is_refused_with_its_day(shop, basket):
    card = make_card(shop.chain, "paniers", ends=DAY - timedelta(1))
    assert "28/02/2027" in refused(shop, basket, EntitlementExpired, card)


def test_a_right_that_has_not_begun_is_refused(shop, basket):
    card = make_card(shop.chain, "paniers", starts=DAY + timedelta(1))
    assert "avant le 02/03/2027" in refused(shop, basket, NoEntitlement, card)


def test_a_card_without_a_right_is_refused_only_where_a_card_is_asked(shop, basket):
    card = make_card(shop.chain)
    refused(shop, basket, NoEntitlement, card, needs_card=True)
    assert sell(shop, basket, card).tie.card == card


def test_a_blocked_card_is_refused(shop, basket):
    card = make_card(shop.chain, "paniers")
    actions.block_card(card=card, reason="perdue", actor=None)
    assert card.number in refused(shop, basket, CardBlocked, card)
    with pytest.raises(CardBlocked):
        actions.entitle(card=card, scheme="autre", starts=DAY, actor=None)


def test_the_quota_counts_the_month_and_not_undone_lines(shop, basket):
    card = make_card(shop.chain, "paniers", month_milli=2500)
    first = sell(shop, basket, card)
    sell(shop, basket, card, day=date(2027, 2, 28))
    sell(shop, basket, card, milli=1500, day=date(2027, 3, 31))
    assert "Il reste 0 ce mois-ci" in refused(shop, basket, QuotaReached, card)
    actions.undo_line(key=uuid4(), line=first, day=DAY, now=NOW, actor=None)
    sell(shop, basket, card)


def test_what_is_typed_may_not_contradict_the_right(shop, basket):
    card = make_card(shop.chain, "paniers", tier="A")
    assert "tier" in refused(shop, basket, RightMismatch, card, tier="B")


@pytest.mark.parametrize(
    "fields",
    [{"milli": 0}, {"milli": -1000}, {"extra_cents": -1}, {"cost_cents": -5}, {"vat_rate": 10_001}],
)
def test_negative_figures_are_refused(shop, basket, fields):
    refused(shop, basket, BadLine, None, **fields)


def test_a_product_of_another_chain_is_refused(shop):
    with pytest.raises(OtherChain):
        sell(shop, make_product(make_chain()), chain=shop.chain)


def test_the_same_key_gives_the_same_line(shop, basket):
    key, card = uuid4(), make_card(shop.chain, "paniers")
    line = sell(shop, basket, card, key=key)
    assert sell(shop, basket, card, key=key) == line
    for other in ({"milli": 2000}, {"price_cents": 1}, {"day": DAY + timedelta(1)}):
        with pytest.raises(LineKeyReused):
            sell(shop, basket, card, key=key, **other)
    with pytest.raises(LineKeyReused):
        sell(shop, basket, make_card(shop.chain, "paniers"), key=key)
    assert SaleLine.objects.count() == 1


def test_a_line_is_undone_once_by_its_opposite(shop, basket):
    line, key = sell(shop, basket), uuid4()
    again = {"line": line, "day": DAY + timedelta(3), "now": NOW, "actor": None}
    opposite = actions.undo_line(key=key, **again)
    assert (opposite.undoes, opposite.price_cents, opposite.milli) == (line, 1205, 1000)
    assert actions.undo_line(key=key, **again) == opposite
    with pytest.raises(CannotUndo):
        actions.undo_line(key=uuid4(), **again)
    with pytest.raises(CannotUndo):
        actions.undo_line(key=uuid4(), **again | {"line": opposite})
    with pytest.raises(LineKeyReused):
        actions.undo_line(key=key, **again | {"line": sell(shop, basket)})


def test_a_new_right_ends_the_one_before(shop):
    card = make_card(shop.chain, "paniers", tier="A")
    actions.entitle(card=card, scheme="paniers", starts=DAY, tier="B", actor=None)
    old = Entitlement.objects.get(card=card, tier="A")
    assert old.ends == DAY - timedelta(1)
    with pytest.raises(BadEntitlement):
        actions.entitle(card=card, scheme="paniers", starts=DAY, actor=None)


@pytest.mark.parametrize("size", ["deux adultes", "3-4 et un chien", "4-3", "123"])
def test_a_size_is_a_band_and_nothing_else(shop, size):
    with pytest.raises(BadEntitlement):
        make_card(shop.chain, "paniers", size=size)


def test_a_size_is_one_of_the_table(shop):
    make_card(shop.chain, "paniers", size="5+", bands=["1", "2-4", "5+"])
    for size, bands in (("3", ["1", "2-4", "5+"]), ("1", [])):
        with pytest.raises(BadEntitlement):
            make_card(shop.chain, "paniers", size=size, bands=bands)


def test_bands():
    assert [band_of(n, ["1", "2-4", "5+"]) for n in (1, 2, 4, 5, 30)] == [
        "1",
        "2-4",
        "2-4",
        "5+",
        "5+",
    ]
    assert band_of(9, ["1", "2-4"]) is None
    assert is_band("5+") and not is_band("5 +")


def totals():
    return SaleLine.objects.aggregate(Sum("price_cents"), Sum("milli"))


def test_old_ties_are_forgotten_and_totals_stay(shop, basket):
    """The rule of retention is in the table and really runs."""
    card = make_card(shop.chain, "paniers", starts=date(2026, 1, 1))
    for day in (date(2026, 1, 20), date(2026, 3, 1), DAY):
        sell(shop, basket, card, day=day)
    rule = next(line for line in retention.table() if line.key == "sale_line_ties")
    before, tiers = totals(), list(SaleLine.objects.values_list("tier", "size", "day"))
    assert rule.purge is not None
    assert rule.purge(datetime(2027, 3, 1, 12, tzinfo=UTC)) == 1
    assert LineCard.objects.count() == 2
    assert totals() == before
    assert list(SaleLine.objects.values_list("tier", "size", "day")) == tiers


def test_erasing_a_card_leaves_its_lines(shop, basket):
    card = make_card(shop.chain, "paniers")
    sell(shop, basket, card)
    before = totals()
    actions.erase_card(card=card, actor=None)
    assert totals() == before
    assert (Card.objects.count(), LineCard.objects.count()) == (0, 0)
    assert Event.objects.filter(action="distribution.card_erased").exists()
