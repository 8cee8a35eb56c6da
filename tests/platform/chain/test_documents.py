"""Documents: numbered without gaps, frozen, each fact once; the sheets' own figures."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from ensemblier.base.ledger.queries import balance
from ensemblier.chain.billing import actions, documents, posting, queries
from ensemblier.chain.billing.models import Document, DocumentLine, NumberedSeries
from ensemblier.chain.billing.refusals import (
    BadPeriod,
    DocumentKeyReused,
    MandateMissing,
    NothingToBill,
    PayerWithoutAddress,
)
from ensemblier.chain.billing.rules import digest_of, line_cents, vat_rows
from ensemblier.chain.stock.models import Movement
from tests.factories_chain import (
    DAY,
    WRITTEN,
    make_chain,
    make_grower,
    make_lot,
    make_payer_account,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db

FIRST, LAST, NEXT = date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 30)
SHEET_5 = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
"""
SHEET_10 = """
name = "Paniers des familles"
[person]
rule = "percent"
percent = "10"
[[step]]
kind = "share"
payers = [{ name = "CAF", weight = 45 }, { name = "MSA", weight = 45 }]
"""


@pytest.fixture
def shop():
    return make_site(make_chain())


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


def asked(**fields):
    month = {"first": FIRST, "last": LAST, "day": LAST, "now": WRITTEN, "actor": None}
    return {"key": uuid4()} | month | fields


def sell(shop, basket, price_cents=1205, **fields):
    facts = {
        "seller": shop.keeper,
        "milli": 1000,
        "day": DAY,
        "now": WRITTEN,
        "actor": None,
    } | fields
    return actions.sell(
        key=uuid4(), chain=shop.chain, site=shop, product=basket, price_cents=price_cents, **facts
    )


def undo(line, day=DAY):
    return actions.undo_sale(key=uuid4(), line=line, day=day, now=WRITTEN, actor=None)


def deliver(shop, basket, grower, value_cents, day):
    return make_lot(basket, shop, 1000, value_cents=value_cents, day=day, origin=grower)


def mandate(grower, buyer):
    actions.sign_mandate(grower=grower, buyer=buyer, signed_on=FIRST, actor=None)


def test_sheet_17_four_invoices_instead_of_forty_eight(shop, basket):
    """12 small deliveries of each of 4 growers: one invoice a month each, by mandate."""
    growers = [make_grower(f"Ferme {letter}") for letter in "ABCD"]
    for rank, grower in enumerate(growers):
        mandate(grower, shop.keeper)
        for number in range(12):
            deliver(shop, basket, grower, 4000 + rank, FIRST + timedelta(2 * number))
    month = {"chain": shop.chain, "buyer": shop.keeper, **asked()}
    found = documents.self_bill_month(**month)
    assert [row.total_cents for row in found] == [12 * (4000 + rank) for rank in range(4)]
    assert [row.seller for row in found] == growers
    assert {row.number for row in found} == {
        f"AF{shop.keeper.pk}-{g.pk}-2027-00001" for g in growers
    }
    assert DocumentLine.objects.count() == 48
    for grower, row in zip(growers, found, strict=True):
        owed = balance(posting.grower_account(shop.chain, grower)).posted
        assert owed == row.total_cents, "the books and the invoice say the same"
    assert documents.self_bill_month(**month) == []
    assert Document.objects.count() == 4


def test_a_grower_without_a_mandate_waits_and_is_named(shop, basket):
    grower = make_grower("Ferme sans mandat")
    deliver(shop, basket, grower, 4000, DAY)
    month = {"chain": shop.chain, "buyer": shop.keeper}
    assert documents.self_bill_month(**month, **asked()) == []
    assert queries.growers_without_mandate(shop.chain, shop.keeper, LAST) == [grower]
    with pytest.raises(MandateMissing, match="Ferme sans mandat"):
        documents.self_bill(grower=grower, **month, **asked())
    assert not NumberedSeries.objects.exists()


def call(version, name, **fields):
    payer = version.scheme.payers.get(name=name)
    return documents.funder_call(payer=payer, **asked(**fields))


def test_sheet_5_seventy_baskets(shop, basket):
    version = make_scheme(shop.chain, SHEET_5, ["DGCS", "bailleurs"])
    for number in range(70):
        sell(shop, basket, scheme="paniers", day=FIRST + timedelta(number % 28))
    assert call(version, "DGCS").total_cents == 337_20
    assert call(version, "bailleurs").total_cents == 252_90
    assert balance(posting.till_account(shop)).posted == -253_40
    assert balance(posting.seller_account(shop.chain, shop.keeper)).posted == 843_50


def test_sheet_10_four_thousand_baskets(shop, basket):
    """4 000 baskets at 16 €, by lines of a hundred: 10 % people, then CAF and MSA alike."""
    version = make_scheme(shop.chain, SHEET_10, ["CAF", "MSA"])
    for number in range(40):
        sell(
            shop,
            basket,
            1600_00,
            milli=100_000,
            scheme="paniers",
            day=FIRST + timedelta(number % 28),
        )
    assert balance(posting.till_account(shop)).posted == -6_400_00
    for name in ("CAF", "MSA"):
        found = call(version, name)
        assert (found.total_cents, found.lines.count()) == (28_800_00, 40)


def test_a_call_holds_its_lines_and_no_household(shop, basket):
    version = make_scheme(shop.chain, SHEET_5, ["DGCS", "bailleurs"])
    line = sell(shop, basket, scheme="paniers")
    found = call(version, "DGCS")
    (row,) = found.content["lines"]
    assert (row["line"], row["price_cents"], row["cents"]) == (line.pk, 1205, 482)
    assert row["reason"] == "40 parts sur 70"
    assert not {"card", "household", "tier", "size"} & set(row)
    assert found.recipient.name == "DGCS"


def test_what_is_undone_is_called_back_and_late_lines_are_told(shop, basket):
    version = make_scheme(shop.chain, SHEET_5, ["DGCS", "bailleurs"])
    line = sell(shop, basket, scheme="paniers")
    first = call(version, "DGCS")
    undo(line, NEXT - timedelta(3))
    sell(shop, basket, scheme="paniers", day=DAY + timedelta(1))
    second = call(version, "DGCS", first=date(2027, 4, 1), last=NEXT, day=NEXT)
    assert [row["cents"] for row in second.content["lines"]] == [482, -482]
    assert [row.get("late", False) for row in second.content["lines"]] == [True, False]
    assert (first.number, second.number) == ("AP-2027-00001", "AP-2027-00002")


def test_only_a_complement_of_price_bears_tax(shop, basket):
    text = SHEET_5 + '[[payer]]\nname = "DGCS"\nnature = "complement"\n'
    version = make_scheme(shop.chain, text, ["DGCS", "bailleurs"])
    sell(shop, basket, scheme="paniers", vat_rate=550)
    taxed, free = call(version, "DGCS"), call(version, "bailleurs")
    assert (taxed.net_cents, taxed.vat_cents, taxed.total_cents) == (457, 25, 482)
    assert (free.net_cents, free.vat_cents) == (361, 0)


def test_a_payer_that_is_nobody_is_not_called(shop, basket):
    version = make_scheme(
        shop.chain, SHEET_5, ["DGCS"], accounts={"bailleurs": make_payer_account("b")}
    )
    sell(shop, basket, scheme="paniers")
    with pytest.raises(PayerWithoutAddress):
        call(version, "bailleurs")


def bill(shop, buyer, **fields):
    return documents.invoice(chain=shop.chain, seller=shop.keeper, buyer=buyer, **asked(**fields))


def test_tax_is_rounded_once_for_each_rate(shop, basket):
    buyer = make_organisation()
    for _ in range(3):
        sell(shop, basket, 333, buyer=buyer, vat_rate=550)
    sell(shop, basket, 1000, buyer=buyer, vat_rate=2000)
    found = bill(shop, buyer)
    # Line by line 3 x 17 = 51 cents; once on 9,99 €, 52.
    assert [(row["rate"], row["vat_cents"]) for row in found.content["vat"]] == [
        (550, 52),
        (2000, 167),
    ]
    assert (found.net_cents, found.vat_cents, found.total_cents) == (1780, 219, 1999)


def test_rates_and_prices():
    assert vat_rows([(550, -999)]) == [(550, -947, -52, -999)]
    assert vat_rows([(550, 100), (550, -100)]) == [(550, 0, 0, 0)]
    assert line_cents(333, 1500) == 500 and line_cents(1, 499) == 0


def test_a_buyer_is_billed_its_own_part_when_payers_share_the_rest(shop, basket):
    make_scheme(shop.chain, SHEET_5, ["DGCS", "bailleurs"])
    buyer = make_organisation()
    sell(shop, basket, scheme="paniers", buyer=buyer)
    assert bill(shop, buyer).total_cents == 362


def test_a_credit_note_gives_back_what_was_undone_since(shop, basket):
    buyer = make_organisation()
    kept, gone = (sell(shop, basket, buyer=buyer, vat_rate=550) for _ in range(2))
    before = undo(sell(shop, basket, buyer=buyer))
    found = bill(shop, buyer)
    assert found.lines.count() == 2 and before.undoes not in {kept, gone}
    april = {"first": date(2027, 4, 1), "last": NEXT, "day": NEXT}
    with pytest.raises(NothingToBill):
        documents.credit_note(document=found, **asked(**april))
    undo(gone, NEXT)
    note = documents.credit_note(document=found, **asked(**april))
    assert (note.total_cents, note.vat_cents, note.corrects) == (-1205, -63, found)
    assert note.content["corrects"] == found.number
    with pytest.raises(NothingToBill):
        documents.credit_note(document=found, **asked(**april))
    with pytest.raises(NothingToBill):
        bill(shop, buyer, **april)


def test_the_same_key_gives_the_same_document(shop, basket):
    buyer, key = make_organisation(), uuid4()
    sell(shop, basket, buyer=buyer)
    found = bill(shop, buyer, key=key)
    sell(shop, basket, buyer=buyer)
    assert bill(shop, buyer, key=key) == found
    with pytest.raises(DocumentKeyReused):
        bill(shop, make_organisation(), key=key)
    assert Document.objects.count() == 1


def test_numbers_have_no_gap_and_a_refusal_takes_none(shop, basket):
    buyer = make_organisation()
    for number in range(3):
        with pytest.raises(NothingToBill):
            bill(shop, buyer)
        sell(shop, basket, buyer=buyer)
        assert bill(shop, buyer).number == f"F-2027-0000{number + 1}"
    assert queries.gaps(shop.keeper) == []
    sell(shop, basket, buyer=buyer, day=date(2028, 1, 5))
    january = {"first": date(2028, 1, 1), "last": date(2028, 1, 31), "day": date(2028, 1, 31)}
    january["now"] = datetime(2028, 2, 1, 9, tzinfo=UTC)
    assert bill(shop, buyer, **january).number == "F-2028-00001"
    # Negative control: a number that was given and has no document is seen.
    NumberedSeries.objects.filter(year=2027).update(last=4)
    assert queries.gaps(shop.keeper) == ["facture 2027"]


def test_the_database_refuses_a_fact_in_two_documents(shop, basket):
    buyer = make_organisation()
    line = sell(shop, basket, buyer=buyer)
    found = bill(shop, buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentLine.objects.create(document=found, sale_line=line, kind="invoice", cents=1)


def test_a_document_is_frozen_with_its_digest(shop, basket):
    buyer = make_organisation("Cantine")
    sell(shop, basket, buyer=buyer)
    found = bill(shop, buyer)
    buyer.name = "Cantine centrale"
    buyer.save()
    found.refresh_from_db()
    assert found.content["recipient"]["name"] == "Cantine"
    assert digest_of(found.content) == found.digest
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=found.pk).update(total_cents=1, net_cents=1)


@pytest.mark.parametrize(
    "fields", [{"first": LAST, "last": FIRST, "day": LAST}, {"day": LAST - timedelta(1)}]
)
def test_a_period_is_over_and_the_right_way_round(shop, basket, fields):
    with pytest.raises(BadPeriod):
        bill(shop, make_organisation(), **fields)


def test_a_delivery_note_has_lots_and_no_price(shop, basket):
    buyer, lot = make_organisation(), make_lot(basket, shop, 5000)
    sell(shop, basket, lot=lot, buyer=buyer, milli=1500)
    note = documents.delivery_note(
        chain=shop.chain, keeper=shop.keeper, party=buyer, **asked(last=DAY, day=DAY)
    )
    (row,) = note.content["lines"]
    assert (row["lot"], row["milli"], note.total_cents) == (lot.number, 1500, 0)
    assert "price_cents" not in row
    assert bill(shop, buyer).total_cents == 1205, "the sale is still to bill"


def test_two_schemes_with_one_funder_make_two_calls(shop, basket):
    one = make_scheme(shop.chain, SHEET_5, ["DGCS", "bailleurs"])
    two = make_scheme(shop.chain, SHEET_5, ["DGCS", "bailleurs"], code="autre")
    for code in ("paniers", "autre"):
        sell(shop, basket, scheme=code)
    assert [call(version, "DGCS").lines.count() for version in (one, two)] == [1, 1]


def test_a_delivery_undone_after_its_invoice_is_credited_and_owed_back(shop, basket):
    grower = make_grower()
    mandate(grower, shop.keeper)
    first, _ = (deliver(shop, basket, grower, cents, DAY) for cents in (4000, 2500))
    month = {"chain": shop.chain, "buyer": shop.keeper, "grower": grower}
    found = documents.self_bill(vat_rate=550, **month, **asked())
    bought = first.movements.get()
    Movement.objects.create(
        lot=first,
        kind=bought.kind,
        source=shop,
        party=grower,
        milli=bought.milli,
        value_cents=bought.value_cents,
        day=NEXT,
        undoes=bought,
        key=uuid4(),
        created_at=WRITTEN,
    )
    april = {"first": date(2027, 4, 1), "last": NEXT, "day": NEXT}
    note = documents.credit_note(document=found, **asked(**april))
    assert (note.total_cents, note.vat_cents, note.seller) == (-4000, -209, grower)
    assert note.number == f"AV{shop.keeper.pk}-{grower.pk}-2027-00001"
    assert balance(posting.grower_account(shop.chain, grower)).posted == 2500
