"""Six tills at once: one key one line, the last cent of an envelope once, no number twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import actions, documents, queries
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.refusals import DatedBefore, NothingToBill
from ensemblier.chain.cofinancing.models import EnvelopeLeft, Share
from ensemblier.chain.cofinancing.queries import file_of
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.distribution.refusals import QuotaReached
from ensemblier.chain.stock.models import StockLevel
from ensemblier.engines.cofinancing.split import Splitter
from tests.factories_chain import (
    DAY,
    NOW,
    WRITTEN,
    make_card,
    make_chain,
    make_lot,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation

pytestmark = [pytest.mark.trust, pytest.mark.django_db(transaction=True)]
HANDS = 6
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "10"
[[step]]
kind = "share"
payers = [{ name = "CAF", weight = 2 }, { name = "MSA", weight = 1 }]
[[envelope]]
payer = "CAF"
cents = 1830
"""


def at_once(call) -> list:
    """The same call on as many connections; refusals are answers too."""

    def run(rank):
        try:
            return call(rank)
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(run, range(HANDS)))


@pytest.fixture
def sale():
    """What every till sells: one basket of one lot, at a price that does not divide."""
    shop = make_site(make_chain())
    basket = make_product(shop.chain)
    facts = {"chain": shop.chain, "site": shop, "seller": shop.keeper, "product": basket}
    lot = make_lot(basket, shop, 100_000, value_cents=5000)
    when = {"day": DAY, "now": NOW, "actor": None}
    return facts | when | {"lot": lot, "milli": 1000, "price_cents": 1015, "scheme": "paniers"}


def test_one_key_sent_six_times_sells_once(sale):
    make_scheme(sale["chain"], RULE, ["CAF", "MSA"])
    key = uuid4()
    answers = at_once(lambda _: actions.sell(key=key, **sale))
    assert {answer.pk for answer in answers} == {SaleLine.objects.get().pk}
    assert StockLevel.objects.get().milli == 99_000
    assert Transfer.objects.count() == 4


def test_the_end_of_an_envelope_is_drawn_once_and_no_cent_is_lost(sale):
    """Three lines fit; in whatever order they came, the shares are those of the engine."""
    version = make_scheme(sale["chain"], RULE, ["CAF", "MSA"])
    answers = at_once(lambda _: actions.sell(key=uuid4(), **sale))
    assert sum(isinstance(answer, SaleLine) for answer in answers) == 3
    assert sum(isinstance(answer, ShareRefused) for answer in answers) == HANDS - 3
    assert EnvelopeLeft.objects.get().cents == 1830 - (609 + 608 + 609)
    splitter = Splitter(rule_of(version.text))
    for raw, row in zip(file_of(version), version.shared.order_by("rank"), strict=True):
        written = Share.objects.filter(line=row.line).order_by("rank")
        assert [s.cents for s in written] == [s.cents for s in splitter.take(raw)]
    assert StockLevel.objects.get().milli == 97_000


def test_six_tills_keep_the_quota_of_a_card(sale):
    make_scheme(sale["chain"], RULE, ["CAF", "MSA"])
    card = make_card(sale["chain"], "paniers", month_milli=2000)
    answers = at_once(lambda _: actions.sell(key=uuid4(), card=card, **sale))
    assert sum(isinstance(answer, SaleLine) for answer in answers) == 2
    assert sum(isinstance(answer, QuotaReached) for answer in answers) == HANDS - 2


def test_a_line_is_undone_by_one_hand(sale):
    line = actions.sell(key=uuid4(), **sale | {"scheme": ""})
    again = {"line": line, "day": DAY, "now": NOW, "actor": None}
    answers = at_once(lambda _: actions.undo_sale(key=uuid4(), **again))
    assert sum(isinstance(answer, SaleLine) for answer in answers) == 1
    assert StockLevel.objects.get().milli == 100_000


def test_invoices_of_several_days_at_once_keep_the_order_of_their_numbers(sale):
    """Read outside the suite, two hands would both find no later invoice."""
    days = [DAY + timedelta(rank) for rank in (3, 0, 5, 1, 4, 2)]
    buyers = [make_organisation() for _ in days]
    for buyer in buyers:
        actions.sell(key=uuid4(), **sale | {"scheme": "", "buyer": buyer})
    facts = {"chain": sale["chain"], "seller": sale["seller"], "first": DAY, "last": DAY}
    facts |= {"now": WRITTEN, "actor": None}
    answers = at_once(
        lambda n: documents.invoice(key=uuid4(), buyer=buyers[n], day=days[n], **facts)
    )
    assert all(isinstance(answer, (Document, DatedBefore)) for answer in answers)
    written = list(Document.objects.order_by("number").values_list("day", flat=True))
    assert written and written == sorted(written) and queries.gaps(sale["seller"]) == []


def test_facts_go_in_one_document_and_numbers_have_no_gap(sale):
    buyer = make_organisation()
    facts = {"chain": sale["chain"], "seller": sale["seller"], "buyer": buyer}
    month = {"first": DAY, "last": DAY, "day": DAY, "now": NOW, "actor": None}
    for turn in range(2):
        actions.sell(key=uuid4(), **sale | {"scheme": "", "buyer": buyer})
        answers = at_once(lambda _: documents.invoice(key=uuid4(), **facts, **month))
        assert sum(isinstance(answer, Document) for answer in answers) == 1
        assert sum(isinstance(answer, NothingToBill) for answer in answers) == HANDS - 1
        assert Document.objects.count() == turn + 1
    assert queries.gaps(sale["seller"]) == []
