"""What holds for every budget: sums, bounds, and a balance that is really one."""

from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines import budget
from ensemblier.engines.budget import Asked, Caps, Line

WHOLE_EUROS = st.integers(0, 200_000).map(lambda units: units * 100)
CODES = st.sampled_from([(line.side, line.code) for line in budget.FORMS[-1].lines])
LINES = st.lists(st.builds(lambda key, cents: Line(*key, cents), CODES, WHOLE_EUROS), max_size=12)
CLASSES = ("engineering", "operation", "support", "food_purchase", "investment")
ASKED = st.dictionaries(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from((2027, 2028))), WHOLE_EUROS, max_size=6
).map(lambda found: [Asked(*key, cents) for key, cents in found.items()])
CAPS = st.builds(
    Caps,
    max_rate_bp=st.integers(1, 10_000),
    class_caps=st.dictionaries(st.sampled_from(CLASSES), st.integers(1, 10_000), min_size=1),
    years=st.just((2027, 2028)),
    min_cents=st.just(0),
    max_cents=st.none() | WHOLE_EUROS,
)


@given(LINES, ASKED)
def test_the_gap_is_what_makes_both_sides_equal(lines, asked):
    sums = budget.totals(lines, asked)
    assert sums.resources + sums.asked + sums.gap == sums.charges
    every = sum(line.amount_cents for line in lines)
    assert every == (sums.charges + sums.resources + sums.in_kind_charges + sums.in_kind_resources)


@given(LINES, ASKED, CAPS)
def test_what_the_fund_offers_balances_and_keeps_every_rule(lines, asked, caps):
    offered = budget.balanced_by_the_fund(lines, asked, caps)
    if offered is None:
        return
    sums = budget.totals(lines, offered)
    assert sums.gap == 0
    assert budget.cap_faults(sums, offered, caps) == []
    assert sums.asked <= sums.charges
    assert all(part.amount_cents >= 0 for part in offered)
    keys = [part[:2] for part in offered]
    assert len(keys) == len(set(keys))


@given(LINES, ASKED, CAPS)
def test_a_budget_without_fault_is_balanced_and_within_the_rate(lines, asked, caps):
    sums = budget.totals(lines, asked)
    if budget.faults(lines, asked, caps):
        return
    assert sums.is_balanced
    assert sums.rate_bp <= caps.max_rate_bp
    assert sums.asked * 10_000 <= sums.charges * caps.max_rate_bp
