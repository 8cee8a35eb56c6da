"""Random sequences of moves against a model in memory that shares no code with the ledger.

The model keeps the list of what happened, and adds it up again for every question.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ensemblier.base.ledger import actions, seals
from ensemblier.base.ledger.models import Counter, Transfer
from ensemblier.base.ledger.queries import balance, balances
from ensemblier.base.ledger.verify import verify
from tests.factories_ledger import DAY, envelope, hold, move, payee, state

PLACES = ("state", "first", "second", "garden")
FLOORED = ("first", "second")
AMOUNTS = st.one_of(st.integers(1, 50), st.integers(1, 10**9))


@dataclass
class Fact:
    """Something that happened: money moved, or money held (closed when settled)."""

    source: str
    target: str
    cents: int
    held: bool = False
    closed: bool = False
    row: Transfer | None = None
    key: UUID | None = None


class Model:
    """What the books should say."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def owned(self, place: str) -> int:
        done = [fact for fact in self.facts if not fact.held]
        inward = sum(fact.cents for fact in done if fact.target == place)
        return inward - sum(fact.cents for fact in done if fact.source == place)

    def held(self, place: str) -> int:
        return sum(fact.cents for fact in self.pending() if fact.source == place)

    def free(self, place: str) -> int:
        return self.owned(place) - self.held(place)

    def pending(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.held and not fact.closed]

    def allows(self, place: str, cents: int) -> bool:
        return place not in FLOORED or cents <= self.free(place)


class LedgerMachine(RuleBasedStateMachine):
    """The real ledger beside the model, inside a transaction that is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.model = Model()

    @initialize(cents=st.integers(0, 10**6))
    def open(self, cents: int) -> None:
        self.accounts = {
            "state": state(),
            "first": envelope(code="first"),
            "second": envelope(code="second"),
            "garden": payee(),
        }
        if cents:
            self._try(move, "state", "first", cents, held=False)

    @rule(source=st.sampled_from(PLACES), goal=st.sampled_from(PLACES), cents=AMOUNTS)
    def pay(self, source: str, goal: str, cents: int) -> None:
        if source != goal:
            self._try(move, source, goal, cents, held=False)

    @rule(source=st.sampled_from(PLACES), goal=st.sampled_from(PLACES), cents=AMOUNTS)
    def set_aside(self, source: str, goal: str, cents: int) -> None:
        if source != goal:
            self._try(hold, source, goal, cents, held=True)

    @rule(source=st.sampled_from(FLOORED))
    def spend_the_last_cent(self, source: str) -> None:
        if self.model.free(source) > 0:
            self._try(move, source, "garden", self.model.free(source), held=False)

    @precondition(lambda self: self.model.pending())
    @rule(data=st.data())
    def post_some(self, data: st.DataObject) -> None:
        fact = data.draw(st.sampled_from(self.model.pending()))
        cents = data.draw(st.integers(1, fact.cents))
        actions.post(key=uuid4(), reservation=fact.row, day=DAY, actor=None, amount_cents=cents)
        fact.closed = True
        self.model.facts.append(Fact(fact.source, fact.target, cents))

    @precondition(lambda self: self.model.pending())
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        fact = data.draw(st.sampled_from(self.model.pending()))
        actions.void(key=uuid4(), reservation=fact.row, day=DAY, actor=None, reason="essai")
        fact.closed = True

    @precondition(lambda self: any(fact.closed for fact in self.model.facts))
    @rule(data=st.data())
    def settle_again(self, data: st.DataObject) -> None:
        fact = data.draw(st.sampled_from([f for f in self.model.facts if f.closed]))
        with pytest.raises(actions.AlreadySettled):
            actions.post(key=uuid4(), reservation=fact.row, day=DAY, actor=None)

    @precondition(lambda self: any(fact.key for fact in self.model.facts))
    @rule(data=st.data(), other=st.booleans())
    def send_again(self, data: st.DataObject, other: bool) -> None:
        fact = data.draw(st.sampled_from([f for f in self.model.facts if f.key]))
        verb = hold if fact.held else move
        source, target = self.accounts[fact.source], self.accounts[fact.target]
        if other:
            with pytest.raises(actions.KeyReused):
                verb(source, target, fact.cents + 1, fact.key)
        else:
            assert verb(source, target, fact.cents, fact.key).pk == fact.row.pk

    @rule(amounts=st.lists(AMOUNTS, min_size=1, max_size=5), source=st.sampled_from(PLACES[:3]))
    def month(self, amounts: list[int], source: str) -> None:
        lines = [
            actions.Line(
                key=uuid4(),
                debit=self.accounts[source],
                credit=self.accounts["garden"],
                amount_cents=cents,
                day=DAY,
                reason="mois",
            )
            for cents in amounts
        ]
        if self.model.allows(source, sum(amounts)):
            assert actions.transfer_many(lines) == len(lines)
            self.model.facts += [Fact(source, "garden", cents) for cents in amounts]
        else:
            with pytest.raises(actions.EnvelopeExhausted):
                actions.transfer_many(lines)

    @rule()
    def seal(self) -> None:
        from ensemblier.base.ledger.digest import EPOCH

        seals.seal(now=EPOCH)

    @invariant()
    def says_the_same(self) -> None:
        if not hasattr(self, "accounts"):
            return
        found = balances()
        for place, account in self.accounts.items():
            expected = (self.model.owned(place), self.model.held(place), self.model.free(place))
            assert found.get(account.pk, (0, 0, 0)) == expected
            assert place not in FLOORED or expected[2] >= 0
        assert sum(each.posted for each in found.values()) == 0

    def teardown(self) -> None:
        try:
            if hasattr(self, "accounts"):
                assert verify().faults == []
                for place in FLOORED:
                    account = self.accounts[place]
                    kept = Counter.objects.get(account=account).available_cents
                    assert kept == self.model.free(place) == balance(account).available
        finally:
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)

    def _try(self, verb, source: str, target: str, cents: int, held: bool) -> None:
        key = uuid4()
        pair = (self.accounts[source], self.accounts[target])
        if self.model.allows(source, cents):
            row = verb(*pair, cents, key)
            self.model.facts.append(Fact(source, target, cents, held=held, row=row, key=key))
        else:
            with pytest.raises(actions.EnvelopeExhausted) as refusal:
                verb(*pair, cents, key)
            assert refusal.value.left_cents == self.model.free(source)


def _settings(**more):
    examples = 40 if connection.vendor == "postgresql" else 100
    return settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def test_the_ledger_and_the_model_agree(db):
    run_machine(LedgerMachine, settings=_settings())


def test_negative_control_a_ledger_that_forgets_reservations_is_caught(db, monkeypatch):
    monkeypatch.setattr(Model, "held", lambda self, place: 0)
    with pytest.raises(AssertionError):
        run_machine(LedgerMachine, settings=_settings(database=None, phases=[Phase.generate]))
