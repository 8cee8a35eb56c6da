"""A gift of food, day by day to its use-by date (BOI-BIC-RICI-20-30-10-20)."""

from datetime import date

import pytest

from ensemblier.engines.food_gifts import PastUseBy, food_gift
from ensemblier.engines.law.dated import NotYetInForce

USE_BY = date(2027, 3, 10)


@pytest.mark.parametrize(
    ("given_on", "expected"),
    [
        (date(2027, 3, 1), 10_01),
        (date(2027, 3, 7), 10_01),
        (date(2027, 3, 8), 5_01),
        (date(2027, 3, 10), 5_01),
    ],
)
def test_food_with_a_use_by_date(given_on, expected):
    assert food_gift(10_01, given_on, USE_BY).cents == expected


def test_food_is_never_given_after_its_use_by_date():
    with pytest.raises(PastUseBy, match="10/03/2027"):
        food_gift(10_00, date(2027, 3, 11), USE_BY)


def test_other_food_counts_whole_while_it_could_be_sold():
    assert food_gift(10_01, USE_BY).cents == 10_01
    half = food_gift(10_01, USE_BY, marketable=False)
    assert (half.cents, half.percent) == (5_01, 50)


def test_the_rule_is_dated():
    with pytest.raises(NotYetInForce):
        food_gift(10_00, date(2016, 8, 2))
