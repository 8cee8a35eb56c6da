"""What holds for any plan: it balances, no cash is created, more is more, chance changes nothing
that it should not."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemblier.engines.economics import (
    BadPlan,
    compute,
    levers,
    needs,
    plan_of,
    plan_text,
    read_plan,
    simulate,
)
from ensemblier.engines.economics.factors import CHUNK, draw, neutral
from ensemblier.engines.economics.fan import drawn
from ensemblier.engines.economics.folding import fold, run
from ensemblier.engines.economics.plan import Uncertainty
from tests.properties.economics_plain import Plain
from tests.properties.economics_plans import any_plan

STILL = Uncertainty(**{each.name: 0 for each in fields(Uncertainty)})
FEW = settings(max_examples=30, deadline=None)


@FEW
@given(any_plan())
def test_the_engine_gives_the_cents_of_the_plain_model(data):
    text = plan_text(data)
    assert plan_of(data) == read_plan(text)
    made, plain = compute(read_plan(text)), Plain(text)
    assert list(made.cash) == [100 * euros for euros in plain.cash()]
    for year, budget in enumerate(made.budgets):
        charges = budget.charges | budget.in_kind_charges
        resources = budget.resources | budget.in_kind_resources
        assert charges == {k: 100 * v[year] for k, v in plain.years(plain.charges).items()}
        assert resources == {k: 100 * v[year] for k, v in plain.years(plain.resources).items()}


@FEW
@given(any_plan())
def test_no_cash_is_created(data):
    """Cash is the opening, results, wear, loans and equipment, less what others still owe."""
    made = compute(plan_of(data))

    def whole(kind):
        return sum(sum(x.payments) for x in made.lines if x.kind == kind)

    wear = sum(sum(line.amounts) for line in made.lines if line.kind == "wear")
    grants = [line for line in made.lines if line.kind == "investment_grant"]
    ahead = sum(sum(line.payments) - sum(line.amounts) for line in grants)
    expected = made.plan.opening + sum(made.result) + wear + ahead + whole("drawn")
    expected -= whole("bought") + whole("repaid") + made.working_capital[-1]
    assert made.cash[-1] == expected
    for budget in made.budgets:
        assert budget.in_kind_charges.values() and budget.total_in_kind == sum(
            budget.in_kind_resources.values()
        )
        whole_euros = budget.whole_euros()
        assert all(cents % 100 == 0 for cents in whole_euros.charges.values())
        assert abs(whole_euros.total_resources - budget.total_resources) <= 50


@FEW
@given(any_plan(), st.sampled_from(["cost", "resource", "sale"]))
def test_more_is_more(data, table):
    """A higher cost lowers no result upwards; a higher price or grant lowers none."""
    before = compute(plan_of(data))
    rows = [dict(row) for row in data[table]]
    key = next(key for key in ("yearly", "price", "once") if key in rows[0])
    rows[0][key] = rows[0][key] + 1
    after = compute(plan_of({**data, table: rows}))
    sign = -1 if table == "cost" else 1
    assert all(sign * (b - a) >= 0 for a, b in zip(before.results, after.results, strict=True))
    assert all(sign * (b - a) >= 0 for a, b in zip(before.cash, after.cash, strict=True))
    for first, second in zip(needs(before), needs(after), strict=True):
        assert sign * (first.top_up.missing_cents - second.top_up.missing_cents) >= 0


@FEW
@given(any_plan())
def test_without_uncertainty_draws_are_the_plan(data):
    plan = replace(plan_of(data), uncertainty=STILL)
    sure = tuple(replace(row, chance=10_000) for row in plan.resources)
    made = compute(replace(plan, resources=sure))
    found = drawn(made, 3, 1)
    assert (
        np.abs(found.cash - np.array(made.cash)[:, None]).max() < 1e-4
    )  # a ten-thousandth of a cent
    results, cash = run(fold(made), neutral(made.plan, 1))
    assert [round(x) for x in results[:, 0]] == list(made.results)
    assert [round(x) for x in cash[:, 0]] == list(made.cash)


@FEW
@given(any_plan())
def test_what_the_levers_find_restores_balance_and_nothing_smaller_of_one_lever_does(data):
    made = compute(plan_of(data))
    found = levers(made)
    if not found.found:
        assert found.changes == {}
    elif not found.changes:
        assert min(made.results) >= 0 and min(made.cash) >= 0
    else:
        assert min(made.results) < 0 or min(made.cash) < 0
        assert all(found.changes.values())


@pytest.fixture(scope="module")
def plan():
    from tests.spec.test_economics_plans import outcome

    return outcome(14).plan


def test_neither_the_block_nor_the_threads_change_a_figure(plan):
    whole = simulate(plan, 9_000, 7)
    assert simulate(plan, 9_000, 7, workers=3, block=1) == whole
    assert simulate(plan, 9_000, 7, workers=2, block=4) == whole
    assert simulate(plan, 9_000, 8) != whole


def test_more_draws_begin_with_the_same_ones(plan):
    made = compute(plan)
    few, many = drawn(made, 1_500, 7), drawn(made, 4_000, 7, workers=2, block=1)
    assert (many.cash[:, :1_500] == few.cash).all() and (many.lost[:, :1_500] == few.lost).all()


def test_draws_come_in_mirrored_pairs_with_the_spread_that_is_said(plan):
    """Means are exact by symmetry; spreads and chances are those written, within three errors."""
    chunks = [draw(plan, 3, chunk) for chunk in range(40)]
    absence = np.hstack([each.absence for each in chunks])
    assert np.abs(absence[:, 0::2] + absence[:, 1::2]).max() == 0
    count = 40 * CHUNK
    assert abs(absence.std() / 0.06 - 1) < 3 / np.sqrt(2 * 5 * count)
    volume = np.hstack([each.volumes["repas"] for each in chunks])
    expected = np.sqrt(0.07**2 + 0.06**2)
    assert abs(volume.std() / expected - 1) < 0.03
    late = np.hstack([each.late for each in chunks])
    assert abs(late.mean() - 0.25) < 3 * np.sqrt(0.25 * 0.75 / (5 * count))
    kept = np.hstack([each.alive["cuisiniers.aid"][4] for each in chunks])
    # Renewals of one resource in different years share nothing: 97 % four times.
    assert abs(kept.mean() - 0.97**4) < 4 * np.sqrt(0.1 / count)


def test_a_political_change_ends_several_resources_at_once(plan):
    """With the common factor two losses come together; without it, they are independent."""
    lost = {}
    for part in (0, 4_000):
        tied = replace(plan, uncertainty=replace(plan.uncertainty, politics=part))
        found = drawn(compute(tied), 40_000, 5)
        first, second = found.lost[1].astype(float), found.lost[2].astype(float)
        lost[part] = np.corrcoef(first, second)[0, 1]
    assert abs(lost[0]) < 0.02 < 0.05 < lost[4_000]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_spoilt_plan_is_computed_or_refused_with_words(data):
    """A line lost, doubled or given any value: never another error than the refusal."""
    from tests.spec.test_economics_plans import FILES

    lines = data.draw(st.sampled_from(FILES)).read_text().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        value = data.draw(
            st.sampled_from(["-1", "1e999", "nan", '"x"', "[]", "true", "0", "99", '"2027-01"'])
        )
        key = lines[place].split(" = ")[0]
        lines[place : place + 1] = data.draw(
            st.sampled_from([[], [lines[place]] * 2, [f"{key} = {value}"]])
        )
    try:
        plan = read_plan("\n".join(lines))
    except BadPlan as refusal:
        assert refusal.message.strip() and (refusal.line or "le plan" in refusal.message.lower())
        return
    assert len(compute(plan).cash) == 60
