"""A member's expense asked twice at once, by a double click: one expense, one amount set aside."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.refusal import Refusal
from ensemblier.fund.frameworks import spending
from ensemblier.fund.frameworks.models import Draw, ShareTransfer
from tests import factories_frameworks as networks
from tests.trust.test_races import race

pytestmark = [pytest.mark.trust]
ROUNDS = 6


def attempt(act: Callable[[], object]) -> str:
    try:
        act()
        return "won"
    except Refusal:
        return "refused"


@pytest.fixture
def case(transactional_db):
    return networks.opened()


def test_one_key_raced_draws_once_and_gives_the_same_answer(case) -> None:
    keys = [uuid4() for _ in range(ROUNDS)]
    turn, current = iter(keys), []
    before = balance(case.sources[0].account).available

    def draw() -> str:
        return attempt(lambda: networks.drawn(case, 10_00, key=current[-1]))

    answers = race(ROUNDS, [draw] * 3, between=lambda: current.append(next(turn)))
    assert {answer for row in answers for answer in row} == {"won"}
    assert Draw.objects.count() == ROUNDS
    assert balance(case.sources[0].account).available == before - ROUNDS * 10_00
    assert verify().faults == []


def test_one_key_raced_proposes_one_transfer(case) -> None:
    keys = [uuid4() for _ in range(ROUNDS)]
    turn, current = iter(keys), []

    def propose() -> str:
        return attempt(
            lambda: spending.propose_transfer(
                key=current[-1],
                giver=case.sources[0],
                taker=case.shares[1],
                amount_cents=10_00,
                reason="Moins de paniers",
                actor=case.leader,
                now=networks.NOW,
            )
        )

    answers = race(ROUNDS, [propose] * 3, between=lambda: current.append(next(turn)))
    assert {answer for row in answers for answer in row} == {"won"}
    assert ShareTransfer.objects.count() == ROUNDS
