"""The day of a document: never ahead, never before the last of its suite."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from ensemblier.chain.billing import actions, documents, queries
from ensemblier.chain.billing.refusals import DatedBefore, DatedInTheFuture
from tests.factories_chain import DAY, WRITTEN, make_chain, make_lot, make_product, make_site
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db
FIRST, LAST, NEXT = date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 30)


@pytest.fixture
def shop():
    return make_site(make_chain())


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


def asked(**fields):
    month = {"first": FIRST, "last": LAST, "day": LAST, "now": WRITTEN, "actor": None}
    return {"key": uuid4()} | month | fields


def sell(shop, basket, **fields):
    facts = {"chain": shop.chain, "site": shop, "seller": shop.keeper, "product": basket}
    facts |= {"milli": 1000, "price_cents": 1205, "day": DAY, "now": WRITTEN, "actor": None}
    return actions.sell(key=uuid4(), **facts | fields)


def bill(shop, buyer, **fields):
    who = {"chain": shop.chain, "seller": shop.keeper, "buyer": buyer}
    return documents.invoice(**who, **asked(**fields))


def test_the_dates_of_a_suite_follow_its_numbers(shop, basket):
    """CGI, annexe II, art. 242 nonies A: F-00002 is never dated before F-00001."""
    cook, school = make_organisation(), make_organisation()
    sell(shop, basket, buyer=cook, day=FIRST)
    sell(shop, basket, buyer=school, day=FIRST)
    assert bill(shop, cook, day=NEXT).number == "F-2027-00001"
    with pytest.raises(DatedBefore, match="F-2027-00001.*30/04/2027.*31/03/2027") as refused:
        bill(shop, school, day=LAST)
    assert refused.value.field == "day" and queries.gaps(shop.keeper) == []
    assert bill(shop, school, day=NEXT).number == "F-2027-00002"
    # Another suite has its own dates, and a note of what left is no invoice.
    sell(shop, basket, buyer=cook, lot=make_lot(basket, shop, 1000, day=FIRST))
    note = {"chain": shop.chain, "keeper": shop.keeper, "party": cook}
    assert documents.delivery_note(**note, **asked(day=NEXT)).day == NEXT


def test_no_document_is_dated_ahead(shop, basket):
    buyer = make_organisation()
    sell(shop, basket, buyer=buyer)
    with pytest.raises(DatedInTheFuture, match="01/04/2027.*aujourd'hui, le 31/03/2027"):
        bill(shop, buyer, day=date(2027, 4, 1), now=datetime(2027, 3, 31, 21, tzinfo=UTC))
    # In Paris it is already the first of April.
    late = datetime(2027, 3, 31, 22, 30, tzinfo=UTC)
    assert bill(shop, buyer, day=date(2027, 4, 1), now=late).day == date(2027, 4, 1)


def test_a_document_dated_ahead_long_ago_stops_no_other(shop, basket):
    cook, school = make_organisation(), make_organisation()
    for buyer in (cook, school):
        sell(shop, basket, buyer=buyer)
    bill(shop, cook, day=date(2027, 12, 1))
    april = datetime(2027, 4, 2, 9, tzinfo=UTC)
    assert bill(shop, school, now=april).number == "F-2027-00002"
