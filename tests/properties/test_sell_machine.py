"""Random days of a grocery against a model in memory: lines sold and undone, rights given and
ended, envelopes that close or run out.

The model is a list of what happened, added up again for every question.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.chain.billing import actions, posting
from ensemblier.chain.cofinancing.models import EnvelopeLeft, Share
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.distribution.refusals import (
    CannotUndo,
    CardBlocked,
    EntitlementExpired,
    LineKeyReused,
    NoEntitlement,
)
from ensemblier.chain.stock.models import Movement, StockLevel
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_grower,
    make_lot,
    make_product,
    make_scheme,
    make_site,
)

RULE = """
name = "Machine"
[person]
rule = "percent"
percent = "10"
[[step]]
kind = "share"
payers = [
  { name = "CAF", weight = 2, cap_per_household = { cents = 1500, per = "month" } },
  { name = "MSA", weight = 1 },
]
[[step]]
kind = "rest"
payer = "Ville"
[[envelope]]
payer = "MSA"
cents = 900
until = 2027-03-12
[[envelope]]
payer = "Ville"
cents = 6000
until = 2027-03-20
[[envelope]]
payer = "Ville"
cents = 2500
from = 2027-03-15
"""
PAYERS = ("CAF", "MSA", "Ville")
RIGHT_REFUSED = (CardBlocked, EntitlementExpired, NoEntitlement)
STOCK = 10**9
VALUE = 77_77


@dataclass
class Sale:
    """A line of the model, with what it was asked with."""

    asked: dict[str, object]
    line: SaleLine
    undone_with: UUID | None = None


@dataclass
class Household:
    """A card and the days on which its right holds, as the model remembers them."""

    card: object
    rights: list[tuple[date, date | None]] = field(default_factory=list)
    blocked: bool = False

    def may_buy(self, day: date) -> bool:
        held = any(first <= day and (last is None or day <= last) for first, last in self.rights)
        return held and not self.blocked


class SellMachine(RuleBasedStateMachine):
    """The real tables beside the model, inside a transaction that is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.day = DAY
        self.sales: list[Sale] = []

    @initialize()
    def open(self) -> None:
        self.shop = make_site(make_chain())
        self.basket = make_product(self.shop.chain)
        self.grower = make_grower()
        facts = {"value_cents": VALUE, "origin": self.grower, "day": DAY - timedelta(30)}
        self.lot = make_lot(self.basket, self.shop, STOCK, **facts)
        self.version = make_scheme(self.shop.chain, RULE, list(PAYERS), asks_card=True)
        self.payers = {payer.name: payer for payer in self.version.scheme.payers.all()}
        self.homes = [Household(make_card(self.shop.chain)) for _ in range(2)]
        right = {"scheme": "paniers", "starts": DAY, "actor": None}
        distribution.entitle(card=self.homes[0].card, **right)
        self.homes[0].rights.append((DAY, None))

    @rule(home=st.integers(0, 1), days=st.none() | st.integers(0, 15))
    def entitle(self, home: int, days: int | None) -> None:
        """A right from today; a second one the same day would be refused."""
        mine = self.homes[home]
        if mine.blocked or any(first >= self.day for first, _ in mine.rights):
            return
        ends = None if days is None else self.day + timedelta(days)
        facts = {"card": mine.card, "scheme": "paniers", "starts": self.day, "ends": ends}
        distribution.entitle(actor=None, **facts)
        eve = self.day - timedelta(1)
        mine.rights = [(a, eve if b is None or b > eve else b) for a, b in mine.rights]
        mine.rights.append((self.day, ends))

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        """Envelopes close and open with them, rights end."""
        self.day += timedelta(days)

    @rule(
        home=st.integers(0, 1),
        cents=st.sampled_from([0, 1, 7, 333, 1205, 4000, 20_000]),
        milli=st.sampled_from([1, 1000, 1333]),
        late=st.sampled_from([0, 0, 9]),
    )
    def sell(self, home: int, cents: int, milli: int, late: int) -> None:
        mine, day = self.homes[home], self.day - timedelta(late)
        asked = {
            "key": uuid4(),
            "chain": self.shop.chain,
            "site": self.shop,
            "seller": self.shop.keeper,
            "product": self.basket,
            "lot": self.lot,
            "card": mine.card,
            "scheme": "paniers",
            "milli": milli,
            "price_cents": cents,
            "day": day,
            "now": NOW,
            "actor": None,
        }
        before = self._written()
        if not mine.may_buy(day):
            with pytest.raises(RIGHT_REFUSED):
                actions.sell(**asked)
            assert self._written() == before
            return
        try:
            self.sales.append(Sale(asked, actions.sell(**asked)))
        except ShareRefused as refusal:
            assert "que personne ne paie" in refusal.reason
            assert self._written() == before
            assert self._open("Ville", day) < cents, "the town could take it all"
        else:
            assert self._written() != before

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), other=st.booleans())
    def send_again(self, data: st.DataObject, other: bool) -> None:
        sale = data.draw(st.sampled_from(self.sales))
        before = self._written()
        if other:
            with pytest.raises(LineKeyReused):
                actions.sell(**sale.asked | {"price_cents": sale.line.price_cents + 1})
        else:
            assert actions.sell(**sale.asked) == sale.line
        assert self._written() == before

    @precondition(lambda self: self.sales)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        sale = data.draw(st.sampled_from(self.sales))
        facts = {"line": sale.line, "day": self.day, "now": NOW, "actor": None}
        if sale.undone_with is None:
            sale.undone_with = uuid4()
            actions.undo_sale(key=sale.undone_with, **facts)
            return
        before = self._written()
        actions.undo_sale(key=sale.undone_with, **facts)
        with pytest.raises(CannotUndo):
            actions.undo_sale(key=uuid4(), **facts)
        assert self._written() == before

    @rule(home=st.integers(0, 1), sure=st.integers(0, 9))
    def block(self, home: int, sure: int) -> None:
        if not sure:
            distribution.block_card(card=self.homes[home].card, reason="perdue", actor=None)
            self.homes[home].blocked = True

    @invariant()
    def shares_add_to_the_price(self) -> None:
        """Invariant 5, and nobody pays less than nothing, and the person pays the rule's part."""
        for sale in self.sales:
            shares = list(Share.objects.filter(line=sale.line))
            assert sum(share.cents for share in shares) == sale.line.price_cents
            assert all(share.cents > 0 for share in shares)
            person = sum(share.cents for share in shares if share.payer_id is None)
            assert person == (sale.line.price_cents + 5) // 10
            if sale.undone_with:
                back = Share.objects.filter(line__key=sale.undone_with)
                told = sorted((share.payer_id or 0, -share.cents) for share in back)
                assert told == sorted((share.payer_id or 0, share.cents) for share in shares)

    @invariant()
    def no_envelope_is_exceeded(self) -> None:
        """Invariant 6."""
        if not hasattr(self, "payers"):
            return
        for name, whole in (("MSA", 900), ("Ville", 8500)):
            left = EnvelopeLeft.objects.filter(version=self.version, payer=name)
            assert all(row.cents >= 0 for row in left)
            assert self._paid(name) == whole - sum(row.cents for row in left) <= whole

    @invariant()
    def the_books_say_the_same(self) -> None:
        if not hasattr(self, "payers"):
            return
        kept = [sale for sale in self.sales if sale.undone_with is None]
        total = sum(sale.line.price_cents for sale in kept)
        bought = VALUE if self.sales else 0
        for name, payer in self.payers.items():
            assert balance(payer.account).posted == -self._paid(name)
        till = balance(posting.till_account(self.shop)).posted
        assert till == -sum((sale.line.price_cents + 5) // 10 for sale in kept)
        seller = posting.seller_account(self.shop.chain, self.shop.keeper)
        assert balance(seller).posted == total - bought
        grower = posting.grower_account(self.shop.chain, self.grower)
        assert balance(grower).posted == bought
        level = StockLevel.objects.get(lot=self.lot).milli
        assert level == STOCK - sum(sale.line.milli for sale in kept)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    def _paid(self, name: str) -> int:
        shares = Share.objects.filter(payer=self.payers[name])
        return shares.aggregate(total=Sum("cents"))["total"] or 0

    def _open(self, name: str, day: date) -> int:
        """What the envelopes of a payer that are open that day have left."""
        rows = EnvelopeLeft.objects.filter(version=self.version, payer=name).order_by("rank")
        first, second = (row.cents for row in rows)
        early = first if day <= date(2027, 3, 20) else 0
        return early + (second if day >= date(2027, 3, 15) else 0)

    def _written(self) -> list[int]:
        tables = (SaleLine, Share, Movement, Transfer)
        left = EnvelopeLeft.objects.order_by("pk").values_list("cents", flat=True)
        return [table.objects.count() for table in tables] + list(left)


def _settings(examples: int, **more):
    return settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def test_a_grocery_and_the_model_agree(db):
    run_machine(SellMachine, settings=_settings(6 if connection.vendor == "postgresql" else 10))


@pytest.mark.slow
def test_a_grocery_and_the_model_agree_for_long(db):
    run_machine(SellMachine, settings=_settings(400))


def test_negative_control_a_part_that_is_not_posted_is_caught(db, monkeypatch):
    whole = posting.post_line

    def without_the_last(line, shares, actor):
        return whole(line, shares[:-1], actor)

    monkeypatch.setattr(actions, "post_line", without_the_last)
    with pytest.raises(AssertionError):
        run_machine(SellMachine, settings=_settings(60, database=None, phases=[Phase.generate]))
