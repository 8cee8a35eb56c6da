"""The books: moves, reservations, keys, refusals, bulk posting, triggers, start-up check."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import transaction

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger import actions
from ensemblier.base.ledger.actions import (
    AlreadySettled,
    BadAccounts,
    BadAmount,
    EnvelopeExhausted,
    KeyReused,
    Line,
    post,
    transfer_many,
    void,
)
from ensemblier.base.ledger.models import Account, Counter, Transfer
from ensemblier.base.ledger.queries import Balance, balance, balances, history
from ensemblier.base.ledger.verify import verify
from tests.factories_ledger import DAY, envelope, hold, move, payee, state


@pytest.fixture
def fund(db):
    return envelope(100_00)


@pytest.fixture
def garden(db):
    return payee()


def settle(verb, reservation, key=None, **more):
    fields = {"day": DAY, "actor": None, "reason": "essai", **more}
    return verb(key=key or uuid4(), reservation=reservation, **fields)


def stored(account):
    return Counter.objects.get(account=account).available_cents


def test_a_transfer_moves_money_at_once(fund, garden):
    row = move(fund, garden, 30_00)
    assert balance(fund) == Balance(70_00, 0, 70_00)
    assert balance(garden) == Balance(30_00, 0, 30_00)
    assert list(history(garden)) == [row]
    assert verify().faults == []


def test_a_reservation_keeps_money_aside_until_it_is_posted(fund, garden):
    held = hold(fund, garden, 60_00)
    assert balance(fund) == Balance(100_00, 60_00, 40_00)
    assert balance(garden) == Balance(0, 0, 0)
    settle(post, held)
    assert balance(fund) == Balance(40_00, 0, 40_00)
    assert balance(garden) == Balance(60_00, 0, 60_00)


def test_a_part_is_posted_and_the_rest_released(fund, garden):
    settle(post, hold(fund, garden, 60_00), amount_cents=45_00)
    assert balance(fund) == Balance(55_00, 0, 55_00)
    assert stored(fund) == 55_00


def test_a_void_gives_all_back(fund, garden):
    settle(void, hold(fund, garden, 60_00))
    assert balance(fund) == Balance(100_00, 0, 100_00)
    assert balance(garden) == Balance(0, 0, 0)


@pytest.mark.parametrize("first", [post, void])
@pytest.mark.parametrize("second", [post, void])
def test_a_reservation_is_settled_once(fund, garden, first, second):
    held = hold(fund, garden, 60_00)
    settle(first, held)
    before = balance(fund)
    with pytest.raises(AlreadySettled, match="déjà soldée") as refusal:
        settle(second, held)
    assert refusal.value.status == 409
    assert balance(fund) == before
    assert verify().faults == []


def test_more_than_the_reservation_cannot_be_posted(fund, garden):
    held = hold(fund, garden, 60_00)
    with pytest.raises(BadAmount, match=r"60,00\s€"):
        settle(post, held, amount_cents=60_01)


def test_only_a_reservation_is_settled(fund, garden):
    with pytest.raises(BadAccounts, match="pas une réservation"):
        settle(post, move(fund, garden, 100))


@pytest.mark.parametrize("verb", [move, hold])
def test_the_envelope_never_goes_below_zero_counting_what_is_reserved(fund, garden, verb):
    hold(fund, garden, 60_00)
    with pytest.raises(EnvelopeExhausted) as refusal:
        verb(fund, garden, 40_01)
    assert "Enveloppe 2026" in str(refusal.value)
    assert "40,00\u00a0€" in str(refusal.value)
    assert refusal.value.left_cents == 40_00
    assert refusal.value.account == fund
    verb(fund, garden, 40_00)
    assert balance(fund).available == 0


def test_the_refusal_leaves_the_callers_transaction_usable(fund, garden):
    with transaction.atomic():
        with pytest.raises(EnvelopeExhausted):
            move(fund, garden, 200_00)
        move(fund, garden, 10_00)
    assert balance(fund).posted == 90_00


def test_an_account_without_floor_goes_below_zero(fund):
    assert balance(state()).posted == -100_00


def test_the_same_key_with_the_same_content_answers_the_same(fund, garden):
    key = uuid4()
    first = move(fund, garden, 10_00, key)
    assert move(fund, garden, 10_00, key).pk == first.pk
    assert balance(fund).posted == 90_00
    held, settling = hold(fund, garden, 20_00), uuid4()
    assert settle(post, held, settling).pk == settle(post, held, settling).pk
    assert verify().faults == []


def test_the_same_key_answers_the_same_even_when_the_envelope_is_empty_since(fund, garden):
    key = uuid4()
    first = move(fund, garden, 100_00, key)
    assert move(fund, garden, 100_00, key).pk == first.pk


@pytest.mark.parametrize(
    "change",
    [{"amount_cents": 10_01}, {"day": date(2026, 3, 3)}, {"reason": "autre"}, {"reference": "x"}],
    ids=str,
)
def test_the_same_key_with_another_content_is_refused(fund, garden, change):
    key = uuid4()
    fields = {
        "key": key,
        "debit": fund,
        "credit": garden,
        "amount_cents": 10_00,
        "day": DAY,
        "reason": "essai",
        "actor": None,
    }
    actions.transfer(**fields)
    with pytest.raises(KeyReused) as refusal:
        actions.transfer(**{**fields, **change})
    assert refusal.value.status == 409
    with pytest.raises(KeyReused):
        actions.reserve(**fields)
    assert balance(fund).posted == 90_00
    assert stored(fund) == 90_00


@pytest.mark.parametrize("cents", [0, -1, 1.5, True, "12", None, 10**15])
def test_a_bad_amount_is_refused(fund, garden, cents):
    with pytest.raises(BadAmount):
        move(fund, garden, cents)
    assert balance(fund).posted == 100_00


def test_an_account_does_not_pay_itself(fund):
    with pytest.raises(BadAccounts, match="le même"):
        move(fund, fund, 100)


def test_an_account_that_does_not_exist_is_refused(fund, garden):
    with pytest.raises(BadAccounts):
        move(fund, Account(pk=garden.pk + 1000, name="?"), 100)
    with pytest.raises(BadAccounts):
        transfer_many([line(fund, Account(pk=garden.pk + 1000, name="?"), 100)])
    assert stored(fund) == 100_00


def test_opening_again_gives_the_same_account_and_one_event(fund):
    assert envelope().pk == fund.pk
    assert (
        Event.objects.filter(
            action="ledger.account_opened", subject=f"ledger_account:{fund.pk}"
        ).count()
        == 1
    )
    with pytest.raises(BadAccounts):
        actions.open_account(code=fund.code, name="x", kind="envelope", floor_zero=False)


def test_money_between_two_envelopes_in_both_directions(db):
    first, second = envelope(50_00, "a"), envelope(50_00, "b")
    move(first, second, 30_00)
    move(second, first, 80_00)
    with pytest.raises(EnvelopeExhausted):
        move(second, first, 1)
    settle(post, hold(first, second, 70_00), amount_cents=1)
    settle(void, hold(first, second, 70_00))
    assert (balance(first).available, balance(second).available) == (99_99, 1)
    assert verify().faults == []


def test_balances_of_all_accounts_in_one_query_and_at_a_day(
    fund, garden, django_assert_num_queries
):
    hold(fund, garden, 5_00)
    move(fund, garden, 7_00)
    with django_assert_num_queries(1):
        found = balances()
    assert found[fund.pk] == Balance(93_00, 5_00, 88_00)
    assert found[garden.pk] == Balance(7_00, 0, 7_00)
    assert sum(each.posted for each in found.values()) == 0
    assert balance(fund, date(2026, 3, 1)) == Balance(0, 0, 0)
    assert balances(DAY) == found


def line(debit, credit, cents, **more):
    fields = {"key": uuid4(), "day": DAY, "reason": "panier", **more}
    return Line(debit=debit, credit=credit, amount_cents=cents, **fields)


def test_a_month_is_posted_in_one_go_and_only_once(fund, garden):
    lines = [line(fund, garden, 1_00, reason="tab\tligne\n\\ é €") for _ in range(60)]
    assert transfer_many(lines) == 60
    assert transfer_many(lines) == 60
    assert balance(fund) == Balance(40_00, 0, 40_00)
    assert stored(fund) == 40_00
    assert set(Transfer.objects.filter(credit=garden).values_list("reason", flat=True)) == {
        "tab\tligne\n\\ é €"
    }
    assert verify().faults == []


def test_a_month_is_posted_whole_or_not_at_all(fund, garden):
    lines = [line(fund, garden, 60_00), line(fund, garden, 40_00), line(fund, garden, 1)]
    with pytest.raises(EnvelopeExhausted) as refusal:
        transfer_many(lines)
    assert refusal.value.left_cents == 0
    assert balance(fund).posted == 100_00


def test_a_month_follows_the_floor_line_after_line(fund, garden):
    """Spending before the money comes is refused, even if the sum would do."""
    with pytest.raises(EnvelopeExhausted):
        transfer_many([line(fund, garden, 110_00), line(state(), fund, 50_00)])
    transfer_many([line(state(), fund, 50_00), line(fund, garden, 110_00)])
    assert balance(fund).available == 40_00
    assert verify().faults == []


def test_a_month_sent_again_answers_the_same_when_the_envelope_is_empty(fund, garden):
    lines = [line(fund, garden, 100_00)]
    assert transfer_many(lines) == transfer_many(lines) == 1
    assert balance(fund).available == 0
