"""The last euro of an envelope has exactly one winner, a thousand times over."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from ensemblier.base.ledger import actions, locks
from ensemblier.base.ledger.actions import EnvelopeExhausted, post, void
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from tests.factories_ledger import DAY, envelope, hold, move, payee, state

pytestmark = pytest.mark.trust
ROUNDS = 1000
EURO = 100


def race(rounds: int, contenders: list[Callable[[], str]], between: Callable[[], None]):
    """All start each round together; what each answered, round by round."""
    barrier = threading.Barrier(len(contenders), timeout=60)

    def runner(place: int) -> list[str]:
        answers = []
        try:
            for _ in range(rounds):
                if barrier.wait() == 0:
                    between()
                barrier.wait()
                answers.append(contenders[place]())
            return answers
        except BaseException:
            barrier.abort()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(len(contenders)) as pool:
        results = [pool.submit(runner, place) for place in range(len(contenders))]
        return list(zip(*(result.result() for result in results), strict=True))


def attempt(verb, *arguments) -> str:
    try:
        verb(*arguments)
        return "won"
    except EnvelopeExhausted:
        return "refused"


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(20 * ROUNDS, marks=pytest.mark.slow)])
def test_the_last_euro_has_exactly_one_winner_in_1000_rounds(transactional_db, rounds):
    fund, garden, kitchen, source = envelope(), payee(), payee("cuisine"), state()
    answers = race(
        rounds,
        [lambda: attempt(move, fund, garden, EURO), lambda: attempt(hold, fund, kitchen, EURO)],
        between=lambda: move(source, fund, EURO),
    )
    assert len(answers) == rounds
    assert all(sorted(pair) == ["refused", "won"] for pair in answers)
    assert balance(fund).available == 0
    assert verify().faults == []


def test_two_envelopes_in_opposite_directions_never_block_each_other(transactional_db):
    first, second = envelope(1000, "a"), envelope(1000, "b")
    answers = race(
        100,
        [lambda: attempt(move, first, second, 1), lambda: attempt(move, second, first, 1)] * 2,
        between=lambda: None,
    )
    assert all(set(each) == {"won"} for each in answers)
    assert (balance(first).available, balance(second).available) == (1000, 1000)
    assert verify().faults == []


def test_the_same_key_sent_twice_at_once_pays_once(transactional_db):
    fund, garden = envelope(100_00), payee()
    keys = []
    race(
        100,
        [lambda: attempt(move, fund, garden, EURO, keys[-1])] * 2,
        between=lambda: keys.append(uuid4()),
    )
    assert balance(garden).posted == 100_00
    assert Transfer.objects.filter(credit=garden).count() == 100
    assert verify().faults == []


def test_a_reservation_posted_and_voided_at_once_is_settled_once(transactional_db):
    fund, garden = envelope(100_00), payee()
    held = []

    def settle(verb) -> str:
        try:
            verb(key=uuid4(), reservation=held[-1], day=DAY, actor=None, reason="essai")
            return "won"
        except actions.AlreadySettled:
            return "refused"

    answers = race(
        100,
        [lambda: settle(post), lambda: settle(void)],
        between=lambda: held.append(hold(fund, garden, EURO)),
    )
    assert all(sorted(pair) == ["refused", "won"] for pair in answers)
    assert verify().faults == []


@pytest.mark.postgresql
def test_negative_control_with_the_lock_off_the_envelope_is_overspent(
    transactional_db, monkeypatch
):
    """Read, check, write, without the lock: the same race gives two winners."""
    fund, garden, kitchen, source = envelope(), payee(), payee("cuisine"), state()
    pause = threading.Barrier(2, timeout=60)

    def put_without_lock(row: Transfer) -> locks.Outcome:
        left = balance(fund).available
        pause.wait()
        if left < row.cents:
            return locks.Outcome("exhausted", None, left)
        row.save(force_insert=True)
        return locks.Outcome("done", row.pk, left)

    real = locks.put
    monkeypatch.setattr(
        locks, "put", lambda row: real(row) if row.debit_id == source.pk else put_without_lock(row)
    )
    answers = race(
        20,
        [lambda: attempt(move, fund, garden, EURO), lambda: attempt(move, fund, kitchen, EURO)],
        between=lambda: move(source, fund, max(0, EURO - balance(fund).available)),
    )
    assert ("won", "won") in answers
    assert Transfer.objects.filter(debit=fund).count() > 20
    assert verify().faults != []
