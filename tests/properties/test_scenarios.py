"""Whatever the files, envelopes and rule: no envelope is passed, sums agree, promises hold."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemblier.engines.scenarios import Ask, Candidate, Purse, Rule, Terms, ranked, share

CLASSES = ("engineering", "operation", "food_purchase", "investment")
REGIONS = ("32", "93", "")
CENTS = st.integers(0, 90_000).map(lambda n: n * 100)
ASKS = st.lists(
    st.builds(Ask, st.sampled_from(CLASSES), st.integers(2027, 2028), CENTS),
    max_size=4,
    unique_by=lambda ask: ask[:2],
).map(tuple)
SCORES = st.none() | st.fractions(0, 1, max_denominator=24)
FILES = st.lists(
    st.tuples(SCORES, ASKS, st.sampled_from(REGIONS)).map(lambda row: row), max_size=8
).map(
    lambda rows: [
        Candidate(f"{rank:03d}", score, asks, region)
        for rank, (score, asks, region) in enumerate(rows)
    ]
)
PURSES = st.lists(
    st.tuples(
        st.integers(2027, 2028),
        st.integers(0, 20_000_000),
        st.sampled_from(REGIONS),
        st.sampled_from(("", *CLASSES)),
    ),
    max_size=5,
).map(
    lambda rows: [
        Purse(rank, year, cents, region, "", name)
        for rank, (year, cents, region, name) in enumerate(rows)
    ]
)
TERMS = st.builds(
    Terms,
    st.permutations(CLASSES).map(tuple),
    st.frozensets(st.sampled_from(CLASSES), max_size=2),
    st.dictionaries(st.sampled_from(CLASSES), st.integers(0, 10_000), max_size=2),
    st.sampled_from((0, 1_000_00)),
)
PLAIN = st.builds(
    Terms,
    st.permutations(CLASSES).map(tuple),
    st.frozensets(st.sampled_from(CLASSES), max_size=2),
)
RULES = st.builds(
    Rule,
    st.sampled_from(("rank", "rate", "floor", "manual")),
    st.integers(1, 10_000),
    st.none() | st.fractions(0, 1, max_denominator=4),
    st.integers(0, 10_000),
    st.booleans(),
)
PINS = st.dictionaries(st.integers(0, 7).map(lambda n: f"{n:03d}"), CENTS, max_size=3)


def holds(files, purses, terms, outcome):
    """Every envelope keeps what it does not give; nobody gets more than is asked, or by a closed
    envelope; a class stays under its cap."""
    spent = dict.fromkeys(outcome.left, 0)
    by_key = {purse.key: purse for purse in purses}
    for row in files:
        asked = {ask[:2]: ask.cents for ask in row.asks}
        got = dict.fromkeys(asked, 0)
        for part in outcome.awards[row.number]:
            assert part.cents > 0
            spent[part.purse] += part.cents
            got[part.expense_class, part.year] += part.cents
            assert by_key[part.purse].pays(row, Ask(part.expense_class, part.year, 0))
        assert all(got[place] <= asked[place] for place in got)
    for purse in purses:
        assert spent[purse.key] + outcome.left[purse.key] == purse.cents
        assert outcome.left[purse.key] >= 0
    assert outcome.spent + outcome.kept == sum(purse.cents for purse in purses)


@settings(max_examples=400, deadline=None)
@given(FILES, PURSES, TERMS, RULES, PINS)
def test_no_envelope_is_passed_and_every_sum_agrees(files, purses, terms, rule, pins):
    holds(files, purses, terms, share(files, purses, terms, rule, pins))


def test_the_property_sees_an_envelope_that_is_passed():
    """Negative control: the same checks refuse a share that gives what is not there."""
    files = [Candidate("1", None, (Ask("engineering", 2027, 100_00),))]
    purses = [Purse(1, 2027, 60_00)]
    good = share(files, purses, Terms(), Rule("rank"))
    part = good.awards["1"][0]
    bad = replace(good, awards={"1": (part._replace(cents=100_00),)})
    with pytest.raises(AssertionError):
        holds(files, purses, Terms(), bad)


@settings(max_examples=400, deadline=None)
@given(
    FILES,
    PURSES,
    PLAIN,
    st.sampled_from((Rule("rank"), Rule("rate"), Rule("rank", rate_bp=7000), Rule("rate", 3300))),
    st.integers(0, 4),
    st.integers(1, 5_000_000),
)
def test_a_larger_envelope_takes_from_nobody(files, purses, terms, rule, place, more):
    """Promised by rank and by rate, without caps nor a least amount (both may turn it round)."""
    if place >= len(purses):
        return
    larger = list(purses)
    larger[place] = larger[place]._replace(cents=larger[place].cents + more)
    before, after = share(files, purses, terms, rule), share(files, larger, terms, rule)
    for row in files:
        assert after.total(row.number) >= before.total(row.number)


@settings(max_examples=300, deadline=None)
@given(FILES, PURSES, TERMS, RULES, ASKS)
def test_a_better_score_never_gets_less_for_the_same_request(files, purses, terms, rule, asks):
    """Two files of one region that ask the same: the first one ranked gets as much or more."""
    same = [replace(row, asks=asks, region="32") for row in files]
    outcome = share(same, purses, terms, rule)
    amounts = [outcome.total(row.number) for row in ranked(same)]
    assert amounts == sorted(amounts, reverse=True)


@settings(max_examples=200, deadline=None)
@given(FILES, PURSES, TERMS, RULES, PINS, st.randoms())
def test_the_order_in_which_files_are_read_changes_nothing(
    files, purses, terms, rule, pins, random
):
    mixed = list(files)
    random.shuffle(mixed)
    assert share(mixed, purses, terms, rule, pins) == share(files, purses, terms, rule, pins)


@settings(max_examples=300, deadline=None)
@given(
    FILES,
    PURSES,
    st.integers(0, 9_999),
    st.sampled_from((Rule("rank"), Rule("rate"), Rule("floor", floor_bp=4000))),
)
def test_a_capped_class_stays_under_its_cap(files, purses, cap, rule):
    terms = Terms(CLASSES, frozenset({"investment"}), {"food_purchase": cap})
    outcome = share(files, purses, terms, rule)
    for parts in outcome.awards.values():
        total = sum(part.cents for part in parts)
        food = sum(part.cents for part in parts if part.expense_class == "food_purchase")
        assert Fraction(food, 1) <= Fraction(total * cap, 10_000)
