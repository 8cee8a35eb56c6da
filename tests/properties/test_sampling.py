"""Samples: each unit, or each euro, has the same chance; nothing depends on the order."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemblier.engines import sampling
from ensemblier.engines.sampling import Method, Unit, allocation, below, draw, money_hits, ticket

AMOUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(any)
UNITS = st.lists(
    st.tuples(st.integers(1, 10**9), st.sampled_from("abc")), min_size=1, max_size=30
).map(lambda rows: [Unit(f"n{n}", cents, name) for n, (cents, name) in enumerate(rows)])


@given(AMOUNTS, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_over_all_starts_each_cent_has_exactly_the_same_chance(amounts, size):
    """Not an estimate: every start is tried, and an amount of a comes out a x size times."""
    total = sum(amounts)
    seen = Counter()
    for start in range(total):
        hits = money_hits(amounts, size, start)
        assert sum(hits) == size
        for place, times in enumerate(hits):
            seen[place] += times
            # Never more than one away from its exact part.
            assert abs(times * total - amounts[place] * size) < total
    assert all(seen[place] == amount * size for place, amount in enumerate(amounts))


@given(AMOUNTS.filter(lambda rows: len(set(rows)) > 1), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_lines_drawn_with_equal_chance_would_not_pass(amounts, size):
    """The negative control: the same count, with lines instead of cents, is not in proportion."""
    total, lines = sum(amounts), len(amounts)
    seen = Counter({place: size * total // lines for place in range(lines)})
    assert any(seen[place] != amount * size for place, amount in enumerate(amounts))


@given(UNITS, st.integers(1, 20), st.text(min_size=1, max_size=8), st.sampled_from(list(Method)),
       st.booleans(), st.randoms())  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_sample_is_drawn_again_whatever_the_order(units, size, seed, method, by_stratum, chance):
    first = draw(units, size, seed=seed, method=method, by_stratum=by_stratum)
    shuffled = list(units)
    chance.shuffle(shuffled)
    assert draw(shuffled, size, seed=seed, method=method, by_stratum=by_stratum) == first
    keys = [row.unit.key for row in first.drawn]
    assert len(set(keys)) == len(keys) <= size
    assert sum(row.asked for row in first.strata) == size
    assert first.units == len(units)
    if method is Method.MONETARY:
        assert sum(row.hits for row in first.drawn) == size
    elif not by_stratum:
        assert len(keys) == min(size, len(units))


@given(UNITS, st.integers(1, 20), st.sampled_from(list(Method)))
def test_the_size_is_shared_between_strata(units, size, method):
    groups = {name: [u for u in units if u.stratum == name] for name in {u.stratum for u in units}}
    sizes = allocation(groups, size, method)
    assert sum(sizes.values()) == size
    if size >= len(groups):
        assert min(sizes.values()) >= 1


def test_each_line_comes_out_as_often_as_another():
    """3 of 10, 2,000 seeds: 600 times each, give or take five standard deviations (102)."""
    units = [Unit(f"n{n}", 1) for n in range(10)]
    seen = Counter(
        row.unit.key for seed in range(2000) for row in draw(units, 3, seed=str(seed)).drawn
    )
    assert set(seen) == {unit.key for unit in units}
    assert all(abs(times - 600) < 103 for times in seen.values())


def test_below_draws_again_what_would_favour_some(monkeypatch):
    """A ticket past the last whole turn would favour the small numbers: the next one is taken."""
    tickets = iter([2**256 - 1, 7])
    monkeypatch.setattr(sampling, "ticket", lambda *words: next(tickets))
    assert below(3, "a") == 1


@given(st.integers(1, 1000), st.text(min_size=1, max_size=5))
def test_below_stays_below(bound, seed):
    assert 0 <= below(bound, seed) < bound
    assert ticket(seed, "a", "b") != ticket(seed, "ab")


def test_a_seed_is_needed_even_for_one_line():
    with pytest.raises(sampling.BadSample):
        draw([Unit("n", 1)], 1, seed="")
