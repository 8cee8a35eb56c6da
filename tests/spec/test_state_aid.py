"""State aid, the payment clock and sums in letters: worked examples and properties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines.in_words import euros_in_words, in_words
from ensemblier.engines.law.clock import Pause, clock
from ensemblier.engines.law.dated import NotYetInForce
from ensemblier.engines.law.state_aid import Aid, Basis, count, fault_of, window_start

FARM, SISTER, OTHER = "111111111", "222222222", "333333333"
DAY = date(2027, 5, 12)


def farm(day: date, cents: int, siren: str = FARM) -> Aid:
    return Aid(siren, Basis.AGRICULTURAL, day, cents)


def test_three_years_day_for_day():
    """12 May 2027 looks back to 13 May 2024."""
    assert window_start(DAY) == date(2024, 5, 13)
    aids = [farm(date(2024, 5, 12), 20_000_00), farm(date(2024, 5, 13), 30_000_00)]
    found = count(aids, Basis.AGRICULTURAL, frozenset({FARM}), 20_000_00, DAY)
    assert (found.received, found.left, found.is_above, found.is_near) == (
        30_000_00,
        20_000_00,
        False,
        True,
    )
    assert count(aids, Basis.AGRICULTURAL, frozenset({FARM}), 20_000_01, DAY).is_above


def test_the_single_undertaking_counts_together_and_rules_apart():
    aids = [
        farm(DAY, 10_000_00),
        farm(DAY, 15_000_00, SISTER),
        farm(DAY, 9_000_00, OTHER),
        Aid(FARM, Basis.GENERAL, DAY, 200_000_00),
    ]
    found = count(aids, Basis.AGRICULTURAL, frozenset({FARM, SISTER}), 0, DAY)
    assert found.received == 25_000_00


@pytest.mark.parametrize(
    ("regime", "day", "ceiling"),
    [
        (Basis.GENERAL, date(2023, 12, 31), 200_000_00),
        (Basis.GENERAL, date(2024, 1, 1), 300_000_00),
        (Basis.SIEG, date(2023, 12, 31), 500_000_00),
        (Basis.SIEG, date(2024, 1, 1), 750_000_00),
        (Basis.AGRICULTURAL, date(2024, 12, 15), 20_000_00),
        (Basis.AGRICULTURAL, date(2024, 12, 16), 50_000_00),
    ],
)
def test_ceilings_are_dated(regime, day, ceiling):
    assert count([], regime, frozenset(), 0, day).ceiling == ceiling


def test_before_any_text_there_is_no_ceiling():
    with pytest.raises(NotYetInForce):
        count([], Basis.GENERAL, frozenset(), 0, date(2000, 1, 1))


def test_a_line_based_top_up_is_never_general_de_minimis():
    assert "producteurs" in fault_of(Basis.GENERAL, line_based=True)
    for basis in Basis:
        if basis is not Basis.GENERAL:
            assert not fault_of(basis, line_based=True)
    assert not fault_of(Basis.GENERAL, line_based=False)


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 10**7))), st.integers(0, 10**7))
def test_a_counter_is_above_exactly_when_the_sum_passes(rows, asked):
    aids = [farm(DAY - timedelta(days=ago), cents) for ago, cents in rows]
    found = count(aids, Basis.AGRICULTURAL, frozenset({FARM}), asked, DAY)
    inside = sum(aid.cents for aid in aids if aid.granted_on >= window_start(DAY))
    assert found.received == inside
    assert found.is_above == (inside + asked > found.ceiling)
    assert not (found.is_above and found.is_near)
    assert found.left == max(0, found.ceiling - inside)


def test_ten_days_of_pause_push_the_sixty_days_by_ten():
    start = date(2027, 6, 1)
    pauses = [Pause(date(2027, 6, 11), date(2027, 6, 20))]
    found = clock(start, pauses, date(2027, 7, 1))
    assert (found.used, found.paused, found.due_on) == (20, 10, date(2027, 8, 10))
    going = clock(start, [Pause(date(2027, 6, 11))], date(2027, 7, 1))
    assert (going.used, going.due_on) == (9, None)
    assert clock(start, pauses, date(2027, 8, 11)).late == 1


def test_what_stops_after_the_payment_does_not_count():
    start, paid, today = date(2027, 6, 1), date(2027, 6, 10), date(2027, 10, 1)
    pauses = [Pause(date(2027, 6, 15), date(2027, 9, 15)), Pause(date(2027, 9, 20))]
    assert clock(start, pauses, today, paid) == clock(start, [], today, paid)
    assert clock(start, pauses, today).paused > 0  # control: not paid, they count


days = st.integers(0, 120)


@given(st.lists(st.tuples(days, days), max_size=4), st.integers(0, 300))
def test_the_clock_agrees_with_a_count_day_by_day(rows, passed):
    start = date(2027, 6, 1)
    pauses = [
        Pause(start + timedelta(days=a), start + timedelta(days=a + length)) for a, length in rows
    ]
    today = start + timedelta(days=passed)
    counted = 0
    for day in (start + timedelta(days=n) for n in range(1, passed + 1)):
        held = any(p.starts_on <= day <= p.ends_on for p in pauses)
        # Once the sixty days are over, a pause comes too late.
        counted += counted >= 60 or not held
    found = clock(start, pauses, today)
    assert found.used == counted
    assert found.late == max(0, counted - 60)
    assert (found.late > 0) == (today > found.due_on)


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "zéro euro"),
        (1_00, "un euro"),
        (71_00, "soixante et onze euros"),
        (80_00, "quatre-vingts euros"),
        (81_00, "quatre-vingt-un euros"),
        (200_00, "deux cents euros"),
        (1_999_00, "mille neuf cent quatre-vingt-dix-neuf euros"),
        (80_000_00, "quatre-vingt mille euros"),
        (12_300_50, "douze mille trois cents euros et cinquante centimes"),
        (200_000_00, "deux cent mille euros"),
        (1_000_000_00, "un million d'euros"),
        (2_000_001_00, "deux millions un euros"),
        (80_000_000_00, "quatre-vingts millions d'euros"),
        (1, "un centime"),
    ],
)
def test_sums_in_letters(cents, words):
    assert euros_in_words(cents) == words


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1))
def test_two_numbers_never_read_alike(one, other):
    assert (in_words(one) == in_words(other)) == (one == other)
