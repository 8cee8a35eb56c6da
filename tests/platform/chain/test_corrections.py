"""What a document cannot undo, and what it must: mandates, credit notes, goods given back."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from ensemblier.base.ledger.queries import balance
from ensemblier.chain.billing import actions, documents, month_end, posting, queries
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.refusals import MandateKnown, NotCredited
from ensemblier.chain.distribution.refusals import BadLine
from ensemblier.chain.stock import actions as stock
from tests.factories_chain import (
    DAY,
    WRITTEN,
    make_aid,
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
FIRST, LAST = date(2027, 3, 1), date(2027, 3, 31)
RULE = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
"""


@pytest.fixture
def shop():
    return make_site(make_chain())


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


def asked() -> Any:
    return {
        "key": uuid4(),
        "first": FIRST,
        "last": LAST,
        "day": LAST,
        "now": WRITTEN,
        "actor": None,
    }


def sell(shop, basket, **fields):
    facts = {
        "seller": shop.keeper,
        "milli": 1000,
        "day": DAY,
        "now": WRITTEN,
        "actor": None,
    } | fields
    facts |= {"chain": shop.chain, "site": shop, "product": basket, "price_cents": 1205}
    return actions.sell(key=uuid4(), **facts)


def deliver(shop, basket, grower, cents):
    return make_lot(basket, shop, 1000, value_cents=cents, day=DAY, origin=grower)


def test_only_what_the_chain_wrote_as_an_invoice_is_credited(shop, basket):
    donor = make_organisation()
    gift = make_lot(basket, shop, 1000, kind="gift", origin=donor, value_cents=10_00)
    make_aid(shop.keeper)
    who = {"chain": shop.chain, "keeper": shop.keeper, "donor": donor}
    found = documents.tax_receipt(**who, **asked())
    stock.undo(key=uuid4(), movement=gift.movements.get(), day=LAST, now=WRITTEN, actor=None)
    with pytest.raises(NotCredited, match="reçu fiscal"):
        documents.credit_note(document=found, **asked())
    assert Document.objects.count() == 1


def test_the_last_mandate_signed_gives_the_rate(shop, basket):
    grower = make_grower()
    who = {"grower": grower, "buyer": shop.keeper, "actor": None}
    first = actions.sign_mandate(signed_on=FIRST, **who)
    assert actions.sign_mandate(signed_on=FIRST, **who) == first
    with pytest.raises(MandateKnown, match="le dernier signé compte"):
        actions.sign_mandate(signed_on=FIRST, vat_rate=550, **who)
    first.refresh_from_db()
    assert first.vat_rate == 0
    actions.sign_mandate(signed_on=FIRST + timedelta(9), vat_rate=550, **who)
    deliver(shop, basket, grower, 4000)
    bill = documents.self_bill(chain=shop.chain, buyer=shop.keeper, grower=grower, **asked())
    assert bill.content["lines"][0]["vat_rate"] == 550
    assert queries.mandate_on(grower, shop.keeper, FIRST) == first


def test_a_structure_that_bears_a_part_on_its_sales_is_not_called(shop, basket):
    """Nobody owes it: such a call could never be settled."""
    own = posting.seller_account(shop.chain, shop.keeper)
    funds = {"DGCS": make_payer_account("dgcs"), "bailleurs": own}
    version = make_scheme(shop.chain, RULE, [], accounts=funds)
    for payer in version.scheme.payers.all():
        payer.organisation = shop.keeper if payer.account == own else make_organisation("DGCS")
        payer.save()
    sell(shop, basket, scheme="paniers")
    assert [row.name for row in queries.payers_to_call(shop.chain)] == ["DGCS"]
    month_end.close_month(chain=shop.chain, until=LAST, day=LAST, actor=None, clock=lambda: WRITTEN)
    (found,) = Document.objects.filter(kind="funder_call")
    assert found.recipient.name == "DGCS"


@pytest.mark.parametrize("by", ["month", "month_end"])
def test_a_purchase_undone_after_its_first_sale_is_owed_back(shop, basket, by):
    """The sale had written it in the books, and no invoice holds it: no credit note would."""
    grower = make_grower()
    who = {"grower": grower, "buyer": shop.keeper, "actor": None}
    actions.sign_mandate(signed_on=FIRST, **who)
    lot = deliver(shop, basket, grower, 4000)
    line = sell(shop, basket, lot=lot)
    actions.undo_sale(key=uuid4(), line=line, day=DAY, now=WRITTEN, actor=None)
    stock.undo(key=uuid4(), movement=lot.movements.first(), day=DAY, now=WRITTEN, actor=None)
    account = posting.grower_account(shop.chain, grower)
    assert balance(account).posted == 4000
    for _ in range(2):
        if by == "month":
            documents.self_bill_month(chain=shop.chain, buyer=shop.keeper, **asked())
        else:
            run = {"chain": shop.chain, "until": LAST, "day": LAST, "actor": None}
            month_end.close_month(clock=lambda: WRITTEN, **run)
        assert balance(account).posted == 0
    assert not Document.objects.exists()


def test_two_buyers_write_for_one_grower_under_two_numbers(shop, basket):
    """A grower never has two invoices of one number, whoever writes them."""
    grower, other = make_grower(), make_site(shop.chain, keeper=make_organisation())
    numbers = set()
    for place in (shop, other):
        who = {"grower": grower, "buyer": place.keeper}
        actions.sign_mandate(signed_on=FIRST, actor=None, **who)
        lot = deliver(place, basket, grower, 4000)
        document = documents.self_bill(chain=shop.chain, **who, **asked())
        stock.undo(key=uuid4(), movement=lot.movements.get(), day=LAST, now=WRITTEN, actor=None)
        credit = documents.credit_note(document=document, **asked())
        numbers |= {document.number, credit.number}
        assert queries.gaps(place.keeper) == []
    assert len(numbers) == 4
    assert all(number.endswith("-2027-00001") and len(number) <= 35 for number in numbers)


def test_an_invoice_in_a_sellers_name_bears_the_tax_of_its_mandate(shop, basket):
    """The lead writes it: what the seller said of its VAT holds, not what its kind lets suppose."""
    canteen = make_organisation("Cantine")
    for rate, reason, net, said in ((550, "", 1142, None), (0, "overseas", 1205, "overseas")):
        place = make_site(shop.chain, keeper=make_organisation(kind="company"))
        who = {"grower": place.keeper, "buyer": shop.chain.lead, "actor": None}
        actions.sign_mandate(signed_on=FIRST, vat_rate=rate, no_vat=reason, **who)
        sell(place, basket, seller=place.keeper, buyer=canteen)
        document = documents.invoice(
            chain=shop.chain, seller=place.keeper, buyer=canteen, written_by=shop.chain.lead,
            **asked(),
        )  # fmt: skip
        assert (document.net_cents, document.total_cents) == (net, 1205)
        assert document.content.get("no_vat", {}).get("code") == said


def test_a_line_is_not_undone_before_it_was_sold(shop, basket):
    """A line without a lot too: its month would give back what it never took."""
    line = sell(shop, basket)
    with pytest.raises(BadLine, match="01/03/2027 : son annulation vient ce jour-là ou après"):
        actions.undo_sale(key=uuid4(), line=line, day=DAY - timedelta(1), now=WRITTEN, actor=None)
    actions.undo_sale(key=uuid4(), line=line, day=DAY, now=WRITTEN, actor=None)
