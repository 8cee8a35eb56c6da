"""The last kilogram has one winner, the same request sent twice at once acts once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ensemblier.chain.stock import queries, refusals
from ensemblier.chain.stock.models import Movement
from ensemblier.chain.stock.proof import prove
from tests.factories_stock import Pantry
from tests.trust.test_races import race

pytestmark = pytest.mark.trust
ROUNDS = 40
KG = 1_000


def attempt(verb, *arguments, **fields) -> str:
    try:
        verb(*arguments, **fields)
    except refusals.NotEnough:
        return "refused"
    except refusals.OnHold:
        return "held"
    return "won"


def test_the_last_kilogram_has_exactly_one_winner(transactional_db):
    pantry = Pantry()
    lots = [pantry.receive(KG) for _ in range(ROUNDS)]
    turn = iter(range(ROUNDS))
    now = [0]
    answers = race(
        ROUNDS,
        [
            lambda: attempt(pantry.take, lots[now[0]], KG),
            lambda: attempt(pantry.send, lots[now[0]], KG),
            lambda: attempt(pantry.lose, lots[now[0]], KG),
        ],
        between=lambda: now.__setitem__(0, next(turn)),
    )
    assert all(sorted(each) == ["refused", "refused", "won"] for each in answers)
    assert all(queries.level(lot, pantry.store) == 0 for lot in lots)
    assert prove() == []


def test_the_same_request_sent_twice_at_once_acts_once(transactional_db):
    pantry = Pantry()
    lot = pantry.receive(ROUNDS * KG)
    keys = [uuid4() for _ in range(ROUNDS)]
    turn = iter(range(ROUNDS))
    now = [0]

    def both() -> list:
        return [
            lambda: pantry.take(lot, KG, key=keys[now[0]]).pk,
            lambda: pantry.take(lot, KG, key=keys[now[0]]).pk,
        ]

    answers = race(ROUNDS, both(), between=lambda: now.__setitem__(0, next(turn)))
    assert all(first == second for first, second in answers)
    assert queries.level(lot, pantry.store) == 0
    assert Movement.objects.filter(kind="sale").count() == ROUNDS


def test_two_ways_through_the_same_lots_never_block_each_other(transactional_db):
    from ensemblier.chain.stock.actions import Output
    from tests.factories_stock import make_activity

    pantry = Pantry()
    first, second = pantry.receive(ROUNDS * KG), pantry.receive(ROUNDS * KG)
    work = make_activity(pantry.store)

    def sort(*lots):
        inputs = [(lot, KG // 2) for lot in lots]
        pantry.cook(inputs, [Output(pantry.carrots, KG, number=uuid4().hex)], activity=work)

    answers = race(
        ROUNDS,
        [lambda: attempt(sort, first, second), lambda: attempt(sort, second, first)],
        between=lambda: None,
    )
    assert all(set(each) == {"won"} for each in answers)
    assert queries.level(first, pantry.store) == queries.level(second, pantry.store) == 0
    assert prove() == []
