"""A sold line: goods, right, shares and money in one transaction; its undoing; what is refused."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from ensemblier.base.ledger.actions import EnvelopeExhausted
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import actions, posting
from ensemblier.chain.billing.refusals import NoPot, OtherLot, PriceMissing
from ensemblier.chain.catalogue.models import Price
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.models import EnvelopeLeft, Share
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.distribution.refusals import (
    BadLine,
    CannotUndo,
    CardMissing,
    EntitlementExpired,
    LineKeyReused,
)
from ensemblier.chain.stock.models import Movement, StockLevel
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_grower,
    make_lot,
    make_payer_account,
    make_product,
    make_scheme,
    make_site,
    open_to,
)
from tests.factories_ledger import move, state
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db

RULE = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
[[envelope]]
payer = "DGCS"
cents = 1000
until = 2027-12-31
"""
NAMES = ["DGCS", "bailleurs"]
QUERIES = 70


@pytest.fixture
def shop():
    return make_site(make_chain())


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


def sell(shop, basket, **fields):
    facts = {
        "key": uuid4(),
        "chain": shop.chain,
        "seller": shop.keeper,
        "milli": 1000,
        "price_cents": 1205,
        "day": DAY,
        "now": NOW,
        "actor": None,
    } | fields
    return actions.sell(site=shop, product=basket, **facts)


def undo(line, key=None):
    return actions.undo_sale(key=key or uuid4(), line=line, day=DAY, now=NOW, actor=None)


def posted(account):
    return balance(account).posted


def count():
    """All that a sale may write."""
    tables = (SaleLine, Share, Movement, Transfer)
    levels = list(StockLevel.objects.values_list("milli", flat=True))
    envelopes = list(EnvelopeLeft.objects.values_list("cents", flat=True))
    return [table.objects.count() for table in tables] + levels + envelopes


def test_each_part_goes_from_its_payer_to_the_seller(shop, basket):
    version = make_scheme(shop.chain, RULE, NAMES)
    line = sell(shop, basket, scheme="paniers")
    seller = posting.seller_account(shop.chain, shop.keeper)
    payers = {payer.name: posted(payer.account) for payer in version.scheme.payers.all()}
    assert payers == {"DGCS": -482, "bailleurs": -361}
    assert posted(posting.till_account(shop)) == -362
    assert posted(seller) == line.price_cents == 1205
    assert not Transfer.objects.filter(reason__contains="carte").exists()


def test_a_line_without_a_scheme_is_paid_whole(shop, basket):
    buyer = make_organisation()
    sell(shop, basket)
    sell(shop, basket, buyer=buyer, price_cents=5000)
    assert posted(posting.till_account(shop)) == -1205
    assert posted(posting.buyer_account(shop.chain, buyer)) == -5000


def test_the_same_key_does_nothing_more(shop, basket):
    make_scheme(shop.chain, RULE, NAMES)
    lot, key = make_lot(basket, shop, 5000, value_cents=4000), uuid4()
    line = sell(shop, basket, scheme="paniers", lot=lot, key=key)
    before = count()
    assert sell(shop, basket, scheme="paniers", lot=lot, key=key) == line
    assert count() == before
    other = make_lot(basket, shop, 5000)
    before = count()
    for changed in ({"milli": 2000}, {"price_cents": 1204}, {"lot": None}, {"lot": other}):
        with pytest.raises(LineKeyReused):
            sell(shop, basket, **{"scheme": "paniers", "lot": lot, "key": key} | changed)
    with pytest.raises(LineKeyReused):
        sell(shop, basket, lot=lot, key=key)
    assert count() == before


def test_the_keys_of_the_books_come_from_the_line_s(shop, basket):
    make_scheme(shop.chain, RULE, NAMES)
    key = uuid4()
    with transaction.atomic():
        sell(shop, basket, scheme="paniers", key=key)
        first = set(Transfer.objects.values_list("key", flat=True))
        transaction.set_rollback(True)
    sell(shop, basket, scheme="paniers", key=key)
    assert set(Transfer.objects.values_list("key", flat=True)) == first


def test_undoing_mirrors_everything(shop, basket):
    version = make_scheme(shop.chain, RULE, NAMES)
    lot = make_lot(basket, shop, 5000)
    accounts = [posting.till_account(shop), posting.seller_account(shop.chain, shop.keeper)]
    accounts += [payer.account for payer in version.scheme.payers.all()]
    line = sell(shop, basket, scheme="paniers", lot=lot, milli=2000)
    key = uuid4()
    opposite = undo(line, key)
    assert [posted(account) for account in accounts] == [0, 0, 0, 0]
    assert StockLevel.objects.get(lot=lot).milli == 5000
    assert version.envelopes.get().cents == 1000
    assert [-s.cents for s in opposite.shares.all()] == [s.cents for s in line.shares.all()]
    before = count()
    assert undo(line, key) == opposite
    with pytest.raises(CannotUndo):
        undo(line)
    with pytest.raises(CannotUndo):
        undo(opposite)
    assert count() == before


def test_undoing_a_line_without_a_scheme(shop, basket):
    undo(sell(shop, basket))
    assert posted(posting.till_account(shop)) == 0


@pytest.mark.parametrize(
    "sales",
    [
        [{}],
        [{"scheme": "paniers"}],
        [{"price_cents": 0}],
        [{"price_cents": 1}, {"price_cents": 9000, "milli": 2000}],
    ],
)
def test_the_grower_is_owed_the_same_whoever_pays_and_whoever_buys(shop, basket, sales):
    """Invariant 7: nothing of the sale changes it, undoing included."""
    make_scheme(shop.chain, RULE, NAMES)
    grower = make_grower()
    lot = make_lot(basket, shop, 5000, value_cents=4321, origin=grower)
    for sale in sales:
        line = sell(shop, basket, lot=lot, buyer=make_organisation(), **sale)
    owed = posting.grower_account(shop.chain, grower)
    assert posted(owed) == 4321
    undo(line)
    assert posted(owed) == 4321


def test_a_purchase_is_owed_once_and_an_undone_one_is_owed_back(shop, basket):
    grower = make_grower()
    lot = make_lot(basket, shop, 5000, value_cents=4321, origin=grower)
    movement = lot.movements.get()
    assert actions.owe_purchase(movement=movement, actor=None)
    assert not actions.owe_purchase(movement=movement, actor=None)
    sell(shop, basket, lot=lot)
    assert posted(posting.grower_account(shop.chain, grower)) == 4321
    back = Movement.objects.create(
        lot=lot,
        kind=movement.kind,
        source=shop,
        party=grower,
        milli=5000,
        value_cents=4321,
        day=DAY,
        undoes=movement,
        key=uuid4(),
        created_at=NOW,
    )
    assert actions.owe_purchase(movement=back, actor=None)
    assert posted(posting.grower_account(shop.chain, grower)) == 0


def test_goods_given_are_handed_over_and_move_no_money(shop, basket):
    lot = make_lot(basket, shop, 3000, is_gift_only=True, kind=Movement.Kind.GIFT)
    line = sell(shop, basket, lot=lot, price_cents=0)
    assert line.movement.kind == Movement.Kind.HANDED
    assert not Transfer.objects.exists()


def test_the_structure_of_last_resort_moves_nothing_when_it_is_the_seller(shop, basket):
    rule = RULE.replace("cents = 1000", "cents = 0") + '[exhausted]\nthen = "Structure"\n'
    own = posting.seller_account(shop.chain, shop.keeper)
    make_scheme(shop.chain, rule, NAMES, accounts={"Structure": own})
    line = sell(shop, basket, scheme="paniers")
    assert line.shares.get(payer__name="Structure").cents == 482
    assert posted(own) == 1205 - 482


def test_the_price_of_the_catalogue_is_taken_when_none_is_typed(shop, basket):
    facts = {"product": basket, "starts": date(2027, 1, 1)}
    Price.objects.create(basis="person", unit_cents=333, **facts)
    Price.objects.create(basis="wholesale", unit_cents=250, **facts)
    Price.objects.create(basis="cost", unit_cents=1205, **facts)
    Price.objects.create(basis="person", audience="A", unit_cents=100, **facts)
    make_scheme(shop.chain, RULE, NAMES)
    prices = [
        sell(shop, basket, price_cents=None, milli=1500, **more).price_cents
        for more in ({}, {"buyer": shop.keeper}, {"scheme": "paniers"}, {"tier": "A"})
    ]
    assert prices == [500, 375, 1808, 150]


def test_the_tier_of_a_cards_right_has_its_own_price(shop, basket):
    """Three tiers on one shelf: the desk reads the card, nobody says the tier aloud."""
    facts = {"product": basket, "starts": date(2027, 1, 1), "basis": "person"}
    Price.objects.create(unit_cents=333, **facts)
    Price.objects.create(audience="A", unit_cents=100, **facts)
    make_scheme(shop.chain, RULE, NAMES)
    cards = [make_card(shop.chain, "paniers", tier=tier) for tier in "AB"]
    lines = [sell(shop, basket, price_cents=None, scheme="paniers", card=card) for card in cards]
    assert [(line.price_cents, line.tier) for line in lines] == [(100, "A"), (333, "B")]


REFUSED = [
    ("no price", {"price_cents": None}, PriceMissing, "n'a pas de tarif"),
    ("nothing", {"milli": 0}, BadLine, "supérieure à zéro"),
    ("negative", {"milli": -1000}, BadLine, "supérieure à zéro"),
    ("negative price", {"price_cents": -1}, BadLine, "négatif"),
    ("unknown scheme", {"scheme": "autre"}, ShareRefused, "n'existe pas ici"),
    ("no card", {"scheme": "avec-carte"}, CardMissing, "demande une carte"),
    ("envelope ended", {"scheme": "paniers", "price_cents": 9000}, ShareRefused, "personne ne"),
    ("too late", {"scheme": "paniers", "day": date(2028, 1, 1)}, ShareRefused, "personne ne"),
    ("no rule yet", {"scheme": "paniers", "day": date(2026, 1, 1)}, ShareRefused, "publiée"),
    ("gift without a pot", {"extra_cents": 100}, NoPot, "cagnotte"),
    ("scheme without a pot", {"scheme": "paniers", "extra_cents": 1}, ShareRefused, "cagnotte"),
    ("more than there is", {"milli": 99_000}, Refusal, ""),
]


@pytest.mark.parametrize(
    ("fields", "refusal", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_refused_writes_nothing(shop, basket, fields, refusal, words):
    make_scheme(shop.chain, RULE, NAMES)
    make_scheme(shop.chain, RULE, NAMES, code="avec-carte", asks_card=True)
    lot = make_lot(basket, shop, 5000, value_cents=4000, day=date(2025, 12, 1))
    before = count()
    with pytest.raises(refusal) as raised:
        sell(shop, basket, lot=lot, **fields)
    assert words in raised.value.message
    assert count() == before


def test_an_expired_right_writes_nothing(shop, basket):
    make_scheme(shop.chain, RULE, NAMES, asks_card=True)
    lot = make_lot(basket, shop, 5000, value_cents=4000)
    card = make_card(shop.chain, "paniers", ends=DAY - timedelta(1))
    before = count()
    with pytest.raises(EntitlementExpired):
        sell(shop, basket, lot=lot, card=card, scheme="paniers")
    assert count() == before


def test_a_lot_of_another_product_or_past_its_date_is_refused(shop, basket):
    eggs = make_product(shop.chain, "oeufs")
    with pytest.raises(OtherLot):
        sell(shop, basket, lot=make_lot(eggs, shop, 5000))
    for lot in (
        make_lot(basket, shop, 5000, use_by=DAY - timedelta(1)),
        make_lot(basket, shop, 5000, is_gift_only=True),
    ):
        before = count()
        with pytest.raises(Refusal):
            sell(shop, basket, lot=lot)
        assert count() == before


def test_an_agreement_without_enough_refuses_the_whole_line(shop, basket):
    """The account of an agreement of the fund is held above zero: the books have the last word."""
    scheme = cofinancing.create_scheme(
        chain=shop.chain, code="paniers", name="Paniers", asks_card=False, actor=None
    )
    agreement = make_payer_account("convention-1", kind="agreement", floor_zero=True)
    open_to(shop.chain, agreement)
    for name, account in (("DGCS", agreement), ("bailleurs", make_payer_account("bailleurs"))):
        cofinancing.name_payer(scheme=scheme, name=name, account=account, actor=None)
    version = cofinancing.save_draft(scheme=scheme, text=RULE, actor=None)
    cofinancing.publish(version=version, starts=DAY, actor=None, now=NOW)
    move(state(), agreement, 500)
    lot = make_lot(basket, shop, 5000)
    sell(shop, basket, scheme="paniers", lot=lot)
    before = count()
    with pytest.raises(EnvelopeExhausted):
        sell(shop, basket, scheme="paniers", lot=lot)
    assert count() == before
    assert posted(agreement) == 500 - 482


def test_a_sale_asks_the_database_no_more_as_lines_and_households_come(
    shop, basket, django_assert_max_num_queries
):
    """One line moves its own rows: nothing is read or written again for the others."""
    household = "cap_per_household = { cents = 99999, per = 'month' }"
    rule = RULE.replace('"bailleurs", weight = 30', f'"bailleurs", weight = 30, {household}')
    make_scheme(shop.chain, rule.replace("cents = 1000", "cents = 100000"), NAMES, asks_card=True)
    lot = make_lot(basket, shop, 99_000, value_cents=4000)
    for _ in range(12):
        sell(shop, basket, scheme="paniers", lot=lot, card=make_card(shop.chain, "paniers"))
    card = make_card(shop.chain, "paniers", month_milli=5000)
    with django_assert_max_num_queries(QUERIES) as found:
        sell(shop, basket, scheme="paniers", lot=lot, card=card)
    assert len(found) > 10, "the count sees nothing"
