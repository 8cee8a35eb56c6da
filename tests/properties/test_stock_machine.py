"""Random days of a pantry against a model in memory that shares no code with the stock.

The model keeps the list of what happened, and adds it up again for every question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.refusal import Refusal
from ensemblier.chain.stock import closure, queries, refusals
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.proof import prove
from tests.factories_stock import DAY, Pantry, make_activity

PLACES = ("store", "shop")
DAYS = [DAY + timedelta(days=number) for number in range(5)]
SOME = st.sampled_from([1, 250, 999, 1_000, 4_000, 10_000])
days = st.sampled_from(DAYS)
places = st.sampled_from(PLACES)


@dataclass
class Fact:
    """Thousandths of a lot that came to a place (or left it, below zero) on a day."""

    lot: int
    place: str
    day: Any
    milli: int


@dataclass
class Told:
    """One answered request, to be sent again or undone."""

    verb: str
    arguments: dict[str, Any]
    key: UUID
    row: Any
    facts: list[Fact]
    is_undone: bool = False


@dataclass
class Parcel:
    """What the model knows of a lot."""

    row: Any
    use_by: Any
    is_gift_only: bool
    parents: set[int] = field(default_factory=set)
    mark: str = ""


class Model:
    """What the stock should say."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.lots: list[Parcel] = []
        self.told: list[Told] = []

    def on(self, lot: int, place: str, day: Any) -> int:
        return sum(
            fact.milli
            for fact in self.facts
            if (fact.lot, fact.place) == (lot, place) and fact.day <= day
        )

    def spare(self, lot: int, place: str, day: Any) -> int:
        return min(self.on(lot, place, then) for then in DAYS if then >= day)

    def allows(self, facts: list[Fact]) -> bool:
        """Nothing goes below zero on any day once these are written too."""
        self.facts += facts
        try:
            return all(self.on(f.lot, f.place, day) >= 0 for f in facts for day in DAYS)
        finally:
            del self.facts[len(self.facts) - len(facts) :]

    def above(self, lot: int) -> set[int]:
        found, waiting = {lot}, [lot]
        while waiting:
            for parent in self.lots[waiting.pop()].parents - found:
                found.add(parent)
                waiting.append(parent)
        return found

    def below(self, lot: int) -> set[int]:
        return {each for each in range(len(self.lots)) if lot in self.above(each)}

    def is_held(self, lot: int, marks: tuple[str, ...] = ("quarantine", "recall")) -> bool:
        return any(self.lots[each].mark in marks for each in self.above(lot))

    def is_past(self, lot: int, day: Any) -> bool:
        use_by = self.lots[lot].use_by
        return use_by is not None and day > use_by


class StockMachine(RuleBasedStateMachine):
    """The real stock beside the model, inside a transaction that is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.model = Model()

    @initialize()
    def open(self) -> None:
        self.pantry = Pantry()
        self.sites = {name: getattr(self.pantry, name) for name in PLACES}
        self.activity = make_activity(self.pantry.store, "sorting")
        self.receive("store", 10_000, DAY, None, False)

    @rule(
        place=places,
        milli=SOME,
        day=days,
        use_by=st.sampled_from([None, *DAYS]),
        gift=st.booleans(),
    )
    def receive(self, place: str, milli: int, day: Any, use_by: Any, gift: bool) -> None:
        arguments = {
            "milli": milli,
            "site": self.sites[place],
            "day": day,
            "use_by": use_by,
            "is_gift_only": gift,
        }
        number = len(self.model.lots)
        facts = [Fact(number, place, day, milli)]
        late = use_by is not None and use_by < day
        row = self._ask("arrival", arguments, facts, refusals.PastItsDate if late else None)
        if row is not None:
            self.model.lots.append(Parcel(row.lot, use_by, gift))

    @rule(data=st.data(), place=places, milli=SOME, day=days)
    def send(self, data: st.DataObject, place: str, milli: int, day: Any) -> None:
        lot, other = self._lot(data), PLACES[1 - PLACES.index(place)]
        arguments = {
            "lot": self.model.lots[lot].row,
            "milli": milli,
            "source": self.sites[place],
            "target": self.sites[other],
            "day": day,
        }
        held = self.model.is_held(lot, ("quarantine",))
        facts = [Fact(lot, place, day, -milli), Fact(lot, other, day, milli)]
        self._ask("send", arguments, facts, refusals.OnHold if held else None)

    @rule(
        data=st.data(),
        place=places,
        milli=SOME,
        day=days,
        kind=st.sampled_from(["sale", "handed", "own_use", "loss"]),
    )
    def leave(self, data: st.DataObject, place: str, milli: int, day: Any, kind: str) -> None:
        lot = self._lot(data)
        parcel = self.model.lots[lot]
        arguments = {"lot": parcel.row, "milli": milli, "site": self.sites[place], "day": day}
        no = None
        if kind != "loss":
            arguments["kind"] = kind
            if self.model.is_past(lot, day):
                no = refusals.PastItsDate
            elif self.model.is_held(lot):
                no = refusals.OnHold
            elif parcel.is_gift_only and kind == "sale":
                no = refusals.GiftOnly
        verb = "lose" if kind == "loss" else "take"
        self._ask(verb, arguments, [Fact(lot, place, day, -milli)], no)

    @rule(data=st.data(), place=places)
    def empty(self, data: st.DataObject, place: str) -> None:
        """The very last of it, and not one more."""
        lot = self._lot(data)
        rest = self.model.spare(lot, place, DAYS[-1])
        arguments = {"lot": self.model.lots[lot].row, "site": self.sites[place], "day": DAYS[-1]}
        for milli in (rest + 1, rest):
            if milli > 0:
                facts = [Fact(lot, place, DAYS[-1], -milli)]
                self._ask("lose", arguments | {"milli": milli}, facts, None)

    @rule(data=st.data(), place=places, found=st.sampled_from([0, 999, 4_000, 12_000]), day=days)
    def count(self, data: st.DataObject, place: str, found: int, day: Any) -> None:
        """Some lots are counted together; the books follow what was found."""
        numbers = range(len(self.model.lots))
        chosen = data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=2, unique=True))
        facts = [Fact(lot, place, day, found - self.model.on(lot, place, day)) for lot in chosen]
        arguments = {
            "counted": [(self.model.lots[lot].row, found) for lot in chosen],
            "site": self.sites[place],
            "day": day,
        }
        self._ask("count", arguments, [fact for fact in facts if fact.milli], None)

    @rule(
        data=st.data(),
        place=places,
        milli=SOME,
        day=days,
        lost=st.sampled_from([0, 1, 250]),
        wrong=st.sampled_from([0, 0, 0, 1, -1]),
    )
    def sort(
        self, data: st.DataObject, place: str, milli: int, day: Any, lost: int, wrong: int
    ) -> None:
        numbers = range(len(self.model.lots))
        chosen = data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=3, unique=True))
        out = milli * len(chosen) - lost + wrong
        if out <= 0:
            return
        arguments = {
            "inputs": [(self.model.lots[lot].row, milli) for lot in chosen],
            "outputs": [Output(self.pantry.carrots, out)],
            "lost_grams": lost,
            "site": self.sites[place],
            "activity": self.activity,
            "day": day,
        }
        child = len(self.model.lots)
        facts = [Fact(lot, place, day, -milli) for lot in chosen]
        facts.append(Fact(child, place, day, out))
        made = self._ask("cook", arguments, facts, self._no_to_sort(chosen, day, wrong))
        if made is not None:
            dates = [self.model.lots[lot].use_by for lot in chosen]
            gift = any(self.model.lots[lot].is_gift_only for lot in chosen)
            first = min((each for each in dates if each), default=None)
            self.model.lots.append(Parcel(made[0], first, gift, set(chosen)))

    def _no_to_sort(self, chosen: list[int], day: Any, wrong: int) -> Any:
        if any(self.model.is_past(lot, day) for lot in chosen):
            return refusals.PastItsDate
        if any(self.model.is_held(lot) for lot in chosen):
            return refusals.OnHold
        return refusals.MassNotBalanced if wrong else None

    @rule(data=st.data(), verb=st.sampled_from(["quarantine", "release", "recall"]))
    def mark(self, data: st.DataObject, verb: str) -> None:
        parcel = self.model.lots[self._lot(data)]
        if verb == "release" and not parcel.mark:
            with pytest.raises(refusals.NotHeld):
                self.pantry.mark(verb, parcel.row)
        elif verb == "quarantine" and parcel.mark == "recall":
            with pytest.raises(refusals.BadMovement):
                self.pantry.mark(verb, parcel.row)
        else:
            self.pantry.mark(verb, parcel.row)
            parcel.mark = "" if verb == "release" else verb

    @precondition(lambda self: self.model.told)
    @rule(data=st.data(), day=days)
    def undo(self, data: st.DataObject, day: Any) -> None:
        told = data.draw(st.sampled_from(self.model.told))
        movement = told.row
        if told.verb == "cook":
            movement = told.row[0].movements.order_by("pk").first()
        if told.verb == "count":
            if len(told.row) != 1:  # several gaps are several movements, each undone alone
                return
            movement = told.row[0]
        facts = [Fact(each.lot, each.place, day, -each.milli) for each in told.facts]
        no: Any = None
        if told.is_undone:
            no = refusals.AlreadyUndone
        elif day < movement.day:
            no = refusals.BadMovement
        elif not self.model.allows(facts):
            no = refusals.NotEnough
        if no:
            with pytest.raises(no), transaction.atomic():
                self.pantry.undo(movement, day=day)
        else:
            self.pantry.undo(movement, day=day)
            told.is_undone = True
            self.model.facts += facts

    @precondition(lambda self: self.model.told)
    @rule(data=st.data(), other=st.booleans())
    def send_again(self, data: st.DataObject, other: bool) -> None:
        told = data.draw(st.sampled_from(self.model.told))
        arguments = told.arguments | {"key": told.key}
        verb = getattr(self.pantry, told.verb)
        if other:
            with pytest.raises(KeyReused):
                verb(**(arguments | {"day": DAYS[-1] + timedelta(days=1)}))
        else:
            assert verb(**arguments) == told.row

    @invariant()
    def says_the_same(self) -> None:
        if not hasattr(self, "sites"):
            return
        kept = {
            (level.lot_id, level.site_id): level.milli
            for level in queries.StockLevel.objects.filter(lot__chain=self.pantry.chain)
        }
        for number, parcel in enumerate(self.model.lots):
            for place in PLACES:
                expected = self.model.on(number, place, DAYS[-1])
                assert kept.get((parcel.row.pk, self.sites[place].pk), 0) == expected
                assert all(self.model.on(number, place, day) >= 0 for day in DAYS)

    def teardown(self) -> None:
        try:
            if hasattr(self, "sites"):
                assert prove() == []
                assert queries.mass_balance(self.activity).gap == 0
                numbers = {parcel.row.pk: n for n, parcel in enumerate(self.model.lots)}
                for number, parcel in enumerate(self.model.lots):
                    up = {numbers[lot.pk] for lot in queries.upstream(parcel.row)}
                    down = {numbers[lot.pk] for lot in queries.downstream(parcel.row)}
                    assert up | {number} == self.model.above(number)
                    assert down | {number} == self.model.below(number)
                    assert (queries.held_by(parcel.row) is not None) == self.model.is_held(number)
        finally:
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)

    def _lot(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(range(len(self.model.lots))))

    def _ask(
        self, verb: str, arguments: dict[str, Any], facts: list[Fact], no: type[Refusal] | None
    ) -> Any:
        """Ask the stock; it must refuse as the model says, and write nothing then."""
        key = uuid4()
        if no is None and not self.model.allows(facts):
            no = refusals.NotEnough
        call = getattr(self.pantry, verb)
        if no is not None:
            with pytest.raises(no), transaction.atomic():
                call(**arguments, key=key)
            return None
        row = call(**arguments, key=key)
        self.model.facts += facts
        self.model.told.append(Told(verb, arguments, key, row, facts))
        return row


def _settings(**more: Any) -> settings:
    facts = {
        "max_examples": 20 if connection.vendor == "postgresql" else 60,
        "stateful_step_count": 20,
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
    }
    return settings(**(facts | more))


def test_the_stock_and_the_model_agree(db):
    run_machine(StockMachine, settings=_settings())


@pytest.mark.slow
def test_the_stock_and_the_model_agree_for_long(db):
    run_machine(StockMachine, settings=_settings(max_examples=400, stateful_step_count=40))


def test_negative_control_a_stock_that_forgets_quarantines_is_caught(db, monkeypatch):
    monkeypatch.setattr(closure, "first_hold", lambda lots, kinds: None)
    quick = _settings(
        max_examples=200, database=None, phases=[Phase.generate], report_multiple_bugs=False
    )
    # The stock accepts what the model refuses, or disagrees with it at the end.
    with pytest.raises((pytest.fail.Exception, AssertionError)):
        run_machine(StockMachine, settings=quick)
