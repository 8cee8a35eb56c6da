"""Every printed table adds up, and no line moves by a whole unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines.printing_lines import Node, adds_up, cut, printed, rounded, shared

CENTS = st.integers(0, 10**11)
LEAF = st.builds(lambda cents: Node("x", cents), CENTS)
TREE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, min_size=1, max_size=6).map(lambda p: Node("h", parts=tuple(p))),
    max_leaves=25,
)
UNIT = st.sampled_from([1, 100, 100_000])


@given(TREE, UNIT)
def test_every_table_adds_up_and_stays_near(tree, unit):
    lines = printed(tree, unit)
    assert adds_up(lines)
    assert lines[0].units == rounded(tree.total, unit)
    for line in lines:
        assert abs(line.units * unit - line.cents) < unit


@given(st.lists(CENTS, min_size=1, max_size=12), st.data())
def test_a_balanced_budget_stays_balanced(charges, data):
    """Resources are the same money cut in another way: both totals are the same in print."""
    total = sum(charges)
    cuts = sorted(data.draw(st.lists(st.integers(0, total), max_size=8)))
    edges = [0, *cuts, total]
    resources = [b - a for a, b in zip(edges, edges[1:], strict=False)]
    whole = rounded(total, 100)
    assert sum(shared(whole, charges, 100)) == sum(shared(whole, resources, 100)) == whole


def test_rounding_each_line_alone_does_not_add_up():
    """Negative control: the property above is false of the naive way."""
    tree = Node("t", parts=(Node("a", 40), Node("b", 40), Node("c", 40)))
    naive = [printed(tree, 100)[0], *(r._replace(units=0) for r in printed(tree, 100)[1:])]
    assert not adds_up(naive)


def test_a_total_out_of_reach_is_refused():
    with pytest.raises(ValueError):
        shared(5, [100, 200], 100)


@given(st.text(max_size=400), st.integers(20, 200))
def test_a_cut_text_fits_and_says_so(text, most):
    short, was_cut = cut(text, most)
    assert len(short) <= most
    assert was_cut == short.endswith("[…]") or text.strip().endswith("[…]")
