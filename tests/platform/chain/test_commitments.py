"""Promises: call-offs stay within a framework, a firm price holds, both sides see what misses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ensemblier.base.ledger.actions import KeyReused
from ensemblier.chain.catalogue.actions import BadPrice, BadQuantity, UnknownProduct
from ensemblier.chain.commitments import actions, queries
from ensemblier.chain.commitments.models import Commitment, PriceRevision
from tests.factories_people import make_organisation, make_user
from tests.factories_stock import make_chain, make_product, make_site

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
STARTS, ENDS, MAY = date(2026, 1, 5), date(2028, 12, 31), date(2026, 5, 4)


class Deal:
    """A garden, a grocery, and three years of carrots between them."""

    def __init__(self) -> None:
        self.chain = make_chain()
        self.product = make_product(self.chain)
        self.garden, self.grocery = make_organisation("Jardin"), make_organisation("Épicerie")

    def promise(self, milli=1000, **fields):
        facts = {
            "key": uuid4(),
            "chain": self.chain,
            "kind": "framework",
            "product": self.product,
            "starts": STARTS,
            "ends": ENDS,
            "firmness": "firm",
            "giver": self.garden,
            "receiver": self.grocery,
            "now": NOW,
            "actor": None,
        }
        return actions.promise(milli=milli, **(facts | fields))

    def call(self, parent, milli, **fields):
        facts = {"kind": "order", "starts": MAY, "ends": MAY, "parent": parent} | fields
        return self.promise(milli, **facts)


@pytest.fixture
def deal():
    return Deal()


def test_call_offs_stay_within_the_framework_and_nothing_is_written_beyond(deal):
    framework = deal.promise(100_000)
    deal.call(framework, 60_000)
    second = deal.call(framework, 39_999)
    with pytest.raises(actions.FrameworkExceeded) as refusal:
        deal.call(framework, 2)
    assert "Il reste 0,001\u00a0kg" in refusal.value.message
    assert refusal.value.field == "quantity" and refusal.value.left_milli == 1
    assert Commitment.objects.count() == 3
    deal.call(framework, 1)
    assert queries.shortfall(framework) == (100_000, 100_000, 0)
    actions.cancel(commitment=second, reason="gel", actor=None)
    assert queries.shortfall(framework) == (100_000, 60_001, 39_999)
    deal.call(framework, 39_999)


def test_both_sides_read_the_same_shortfall(deal):
    framework = deal.promise(100_000)
    deal.call(framework, 30_000)
    actions.cancel(commitment=deal.call(framework, 5_000), reason="gel", actor=None)
    seen = [
        queries.promises_of(side).values_list("called", "missing").get(pk=framework.pk)
        for side in (deal.garden, deal.grocery)
    ]
    assert seen == [(30_000, 70_000)] * 2
    assert queries.shortfall(framework)[1:] == seen[0]
    assert not queries.promises_of(make_organisation()).exists()


def test_a_need_may_be_answered_by_more_than_was_asked(deal):
    need = deal.promise(10_000, kind="need", firmness="wished", giver=None)
    deal.call(need, 8_000, kind="plan", firmness="promised")
    assert queries.shortfall(need).missing == 2_000
    deal.call(need, 8_000, kind="plan", firmness="promised")
    assert queries.shortfall(need) == (10_000, 16_000, 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts": date(2026, 1, 4)}, "starts"),
        ({"ends": date(2029, 1, 1)}, "starts"),
        ({"giver": "other"}, "giver"),
        ({"product": "other"}, "product"),
    ],
)
def test_a_call_off_has_the_dates_the_giver_and_the_product_of_its_framework(deal, fields, field):
    framework = deal.promise()
    made = {"giver": make_organisation, "product": lambda: make_product(deal.chain, "navets")}
    fields = {name: made[name]() if value == "other" else value for name, value in fields.items()}
    with pytest.raises(actions.OutsideFramework) as refusal:
        deal.call(framework, 1, **fields)
    assert refusal.value.field == field and not framework.children.exists()


def test_a_firm_price_holds_and_moves_only_by_its_clause_for_days_to_come(deal):
    framework = deal.promise(100_000, unit_cents=120, revision="indice IPAMPA, deux fois l'an")
    early, late = deal.call(framework, 1000), deal.call(framework, 1000, starts=ENDS, ends=ENDS)
    with pytest.raises(actions.FirmPriceHolds):
        deal.call(framework, 1000, unit_cents=119)
    with pytest.raises(actions.FirmPriceHolds, match="jours passés"):
        revise(framework, date(2026, 1, 6), 130, day=date(2026, 2, 1))
    revise(framework, date(2027, 1, 1), 131)
    framework.refresh_from_db()
    assert framework.unit_cents == 120
    assert [queries.price_on(framework, day) for day in (MAY, date(2026, 12, 31))] == [120, 120]
    assert queries.price_on(framework, date(2027, 1, 1)) == 131
    assert queries.price_on(early, MAY) == 120 and queries.price_on(late, ENDS) == 131
    deal.call(framework, 1, starts=ENDS, ends=ENDS, unit_cents=131)
    with pytest.raises(actions.BadPromise, match="déjà ce jour-là"):
        revise(framework, date(2027, 1, 1), 140)
    with pytest.raises(actions.BadPromise, match="entre les deux"):
        revise(framework, date(2029, 1, 1), 140)
    with pytest.raises(actions.BadPromise, match="indice"):
        revise(framework, ENDS, 140, reason=" ")
    assert PriceRevision.objects.count() == 1


def revise(commitment, starts, cents, day=STARTS, reason="IPAMPA 131,2"):
    return actions.revise_price(
        commitment=commitment, starts=starts, unit_cents=cents, reason=reason, day=day, actor=None
    )


def test_without_a_clause_no_price_moves(deal):
    framework = deal.promise(unit_cents=120)
    with pytest.raises(actions.NoRevisionClause, match="tient jusqu'à son terme"):
        revise(framework, MAY, 130)
    assert queries.price_on(framework, MAY) == 120


def test_the_same_key_gives_the_same_promise_another_content_is_refused(deal):
    person, framework = make_user(), deal.promise(2_000)
    asked = {"key": uuid4(), "milli": 2_000, "parent": framework, "actor": person}
    first = deal.call(**asked)
    assert deal.call(**asked).pk == first.pk  # although nothing is left on the framework
    for change in ({"milli": 1_999}, {"note": "autre"}, {"actor": None}):
        with pytest.raises(KeyReused):
            deal.call(**(asked | change))
    actions.keep(commitment=first, actor=person)
    assert deal.call(**asked).state == "kept"
    assert Commitment.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"milli": 0}, BadQuantity),
        ({"milli": -5}, BadQuantity),
        ({"milli": 1.5}, BadQuantity),
        ({"product": None}, UnknownProduct),
        ({"unit_cents": -1}, BadPrice),
        ({"kind": "vow"}, actions.BadPromise),
        ({"firmness": "maybe"}, actions.BadPromise),
        ({"ends": date(2025, 1, 1)}, actions.BadPromise),
        ({"receiver": None}, actions.BadPromise),
        ({"firmness": "wished", "giver": None, "receiver": None}, actions.BadPromise),
        ({"is_prepaid": True}, actions.BadPromise),
        ({"is_prepaid": True, "unit_cents": 100, "firmness": "promised"}, actions.BadPromise),
    ],
)
def test_a_promise_that_is_not_right_is_refused_and_nothing_is_written(deal, fields, refusal):
    with pytest.raises(refusal) as refused:
        deal.promise(**({"milli": 1000} | fields))
    assert refused.value.message and refused.value.field
    assert not Commitment.objects.exists()


def test_a_product_or_a_place_of_another_chain_is_refused(deal):
    other = make_chain()
    with pytest.raises(UnknownProduct, match="catalogue"):
        deal.promise(product=make_product(other))
    with pytest.raises(actions.BadPromise, match="lieu"):
        deal.promise(site=make_site(other))
    with pytest.raises(TypeError):
        deal.promise(colour="blue")


def test_a_prepaid_order_says_what_was_paid(deal):
    order = deal.promise(1_500, kind="order", unit_cents=333, is_prepaid=True)
    assert queries.prepaid_cents(order) == 500  # 499.5: half a cent counts for one
    framework = deal.promise(10_000, unit_cents=200)
    called = deal.call(framework, 2_000, is_prepaid=True)
    assert queries.prepaid_cents(called) == 400
    assert queries.prepaid_cents(deal.call(framework, 1)) == 0


def test_what_is_closed_stays_closed(deal):
    framework = deal.promise(10_000)
    order = deal.call(framework, 1_000)
    with pytest.raises(actions.HasCallOffs):
        actions.cancel(commitment=framework, reason="fin", actor=None)
    actions.keep(commitment=order, actor=None)
    with pytest.raises(actions.BadPromise, match="pourquoi"):
        actions.cancel(commitment=framework, reason=" ", actor=None)
    actions.cancel(commitment=framework, reason="fin", actor=None)
    for verb in (
        lambda: actions.keep(commitment=order, actor=None),
        lambda: actions.cancel(commitment=order, reason="encore", actor=None),
        lambda: revise(framework, MAY, 1),
        lambda: deal.call(framework, 1),
    ):
        with pytest.raises(actions.NotOpen):
            verb()


def test_a_promise_is_held_before_its_call_offs_are_read(deal):
    """Else one that is written meanwhile would stand on a promise that was cancelled."""
    framework = deal.promise(100_000)
    with CaptureQueriesContext(connection) as seen:
        actions.cancel(commitment=framework, reason="gel", actor=None)
    asked = [each["sql"] for each in seen if 'FROM "commitments_commitment"' in each["sql"]]
    assert '"parent_id" =' not in asked[0] and '"id" =' in asked[0]
    assert any('"parent_id" =' in sql for sql in asked[1:])
