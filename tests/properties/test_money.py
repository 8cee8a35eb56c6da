"""Whatever the amounts: parts add up, stay within a cent of the exact share, and mirror refunds."""

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines.money import percent, share_out

TOTALS = st.integers(-(10**15), 10**15)
WEIGHT = st.one_of(
    st.integers(0, 10**12), st.fractions(min_value=0, max_value=1000, max_denominator=10**6)
)
WEIGHTS = st.lists(WEIGHT, min_size=1, max_size=8).filter(any)


@given(TOTALS, WEIGHTS)
def test_parts_add_up_and_stay_within_a_cent(total, weights):
    parts = share_out(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total) * weight / sum(weights)) < 1
        assert part * total >= 0
        assert weight or not part


@given(TOTALS, WEIGHTS)
def test_a_refund_mirrors_the_payment(total, weights):
    assert share_out(-total, weights) == [-part for part in share_out(total, weights)]


@given(st.integers(0, 10**9), WEIGHTS, st.integers(1, 1000))
def test_the_scale_of_weights_does_not_matter(total, weights, scale):
    assert share_out(total, [weight * scale for weight in weights]) == share_out(total, weights)


def test_small_cases_have_the_largest_remainders_and_the_first_written():
    """Every split of up to 40 cents by up to three weights up to 5, against a slow definition."""
    for size in (1, 2, 3):
        for weights in product(range(6), repeat=size):
            if any(weights):
                for total in range(41):
                    assert share_out(total, list(weights)) == _slowly(total, weights)


def _slowly(total, weights):
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    for _ in range(total - sum(parts)):
        best = remainders.index(max(remainders))
        parts[best] += 1
        remainders[best] = -1
    return parts


@given(st.integers(-(10**12), 10**12), st.fractions(min_value=0, max_value=300))
def test_a_percentage_is_the_nearest_cent_half_away_from_zero(amount, rate):
    exact = Fraction(amount) * rate / 100
    found = percent(amount, rate)
    assert abs(found - exact) <= Fraction(1, 2)
    if abs(found - exact) == Fraction(1, 2):
        assert abs(found) > abs(exact)
