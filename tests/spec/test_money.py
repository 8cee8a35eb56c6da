"""Worked examples of exact sharing, percentages and amounts in French."""

from fractions import Fraction

import pytest

from ensemblier.engines.money import euros, percent, share_out

SHARES = [
    # total, weights, parts
    (100, [1, 1, 1], [34, 33, 33]),  # the odd cent goes to the first written
    (200, [1, 1, 1], [67, 67, 66]),
    (0, [1, 2], [0, 0]),
    (1, [1, 1], [1, 0]),
    (1, [1, 2], [0, 1]),  # the largest remainder first
    (1205, [30, 40, 30], [362, 482, 361]),
    (1205, [0, 1], [0, 1205]),
    (-100, [1, 1, 1], [-34, -33, -33]),  # a refund is the mirror of a payment
    (10, [Fraction(1, 3), Fraction(2, 3)], [3, 7]),
    (5, [7], [5]),
    (3, [10**30, 10**30 + 1], [1, 2]),
]
PERCENTS = [
    (1205, "30", 362),  # 361.5 is rounded up
    (1205, "30.0", 362),
    (1000, "12,5", 125),
    (1, 50, 1),
    (1, "49,9", 0),
    (-1, 50, -1),
    (-1205, 30, -362),
    (300, Fraction(100, 3), 100),
    (0, 80, 0),
    (10**17, "33.333", 33333 * 10**12),
]
EUROS = [
    (0, "0,00\u00a0€"),
    (5, "0,05\u00a0€"),
    (123456789, "1\u00a0234\u00a0567,89\u00a0€"),
    (-1205, "-12,05\u00a0€"),
]


@pytest.mark.parametrize(("total", "weights", "parts"), SHARES)
def test_share_out(total, weights, parts):
    assert share_out(total, weights) == parts


@pytest.mark.parametrize(("amount", "rate", "expected"), PERCENTS)
def test_percent(amount, rate, expected):
    assert percent(amount, rate) == expected


@pytest.mark.parametrize(("cents", "text"), EUROS)
def test_euros(cents, text):
    assert euros(cents) == text


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [-1, 2]])
def test_weights_that_share_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weight"):
        share_out(100, weights)


@pytest.mark.parametrize("number", [1.0, True, "1", None])
def test_only_exact_numbers_enter(number):
    with pytest.raises(TypeError):
        share_out(number, [1])
    with pytest.raises(TypeError):
        share_out(1, [number])
    with pytest.raises(TypeError):
        percent(number, 1)
    with pytest.raises(TypeError):
        euros(number)


@pytest.mark.parametrize("rate", [0.3, True, None])
def test_a_rate_is_exact(rate):
    with pytest.raises(TypeError):
        percent(100, rate)


def test_a_rate_that_is_no_number_is_refused():
    with pytest.raises(ValueError):
        percent(100, "trente")
