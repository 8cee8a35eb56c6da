"""The reference amount of gifts, by worked examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines.gifts import NoPastYear, reference

MILLION = 100_000_000  # cents


def test_the_missing_gifts_are_the_mean_less_this_year():
    """Gifts of 110, 100 and 90 M€, then 84: the mean is 100, so 16 M€ may be reinvested."""
    gifts = {2022: 110 * MILLION, 2023: 100 * MILLION, 2024: 90 * MILLION, 2025: 84 * MILLION}
    found = reference(gifts, 2025, over=5, relief_rate=60)
    assert (found.mean, found.reinvestable) == (100 * MILLION, 16 * MILLION)
    assert found.years == (2022, 2023, 2024)
    assert found.relief_unspent == 960_000_000  # 9.6 M€


def test_only_the_last_years_count():
    gifts = {2018: 900, 2023: 100, 2024: 101, 2025: 0}
    assert reference(gifts, 2025, over=2, relief_rate=60).mean == 100  # 100.5 rounded down


def test_gifts_that_grow_leave_nothing_to_reinvest():
    assert reference({2024: 100, 2025: 150}, 2025, over=5, relief_rate=60).reinvestable == 0


def test_without_a_past_year_there_is_no_reference():
    with pytest.raises(NoPastYear):
        reference({2025: 100}, 2025, over=5, relief_rate=60)


@given(
    st.dictionaries(st.integers(2000, 2030), st.integers(0, 10**13), min_size=2),
    st.integers(1, 8),
)
def test_what_may_be_reinvested_stays_between_nothing_and_the_mean(gifts, over):
    year = max(gifts)
    try:
        found = reference(gifts, year, over=over, relief_rate=60)
    except NoPastYear:
        return
    past = [gifts[one] for one in found.years]
    assert min(past) <= found.mean <= max(past)
    assert 0 <= found.reinvestable <= found.mean
    assert found.relief_unspent <= found.reinvestable
