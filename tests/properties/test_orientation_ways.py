"""Orientation: whatever is answered, there is a way on, and never an empty no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from ensemblier.fund.orientation.guide import guide
from ensemblier.fund.orientation.rules import ELSEWHERE, Guide, orient

DAY = date(2027, 5, 12)


def way_on(found: Guide, answers: dict[str, frozenset[str]]) -> bool:
    """A vehicle with its reason and somebody to call; a "no" says why too."""
    advice = orient(found, answers, day=DAY)
    told = all(row.why and row.who and row.source for row in advice.vehicles)
    return bool(advice.vehicles) and told and (advice.verdict != ELSEWHERE or bool(advice.reasons))


def own_way_on(found: Guide, answers: dict[str, frozenset[str]]) -> bool:
    """When the fund is the wrong vehicle, another than « talk to somebody » is named."""
    advice = orient(found, answers, day=DAY)
    return advice.verdict != ELSEWHERE or len(advice.vehicles) > 1


def answers_of(code: str) -> st.SearchStrategy[frozenset[str]]:
    question = next(row for row in guide().questions if row.code == code)
    values = [value for value, _ in question.options]
    most = None if question.many else 1
    return st.frozensets(st.sampled_from(values), max_size=most)


ANY = st.fixed_dictionaries({row.code: answers_of(row.code) for row in guide().questions}).map(
    lambda found: {code: values for code, values in found.items() if values}
)


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_any_answers_have_a_way_on(answers):
    assert way_on(guide(), answers)


def test_every_combination_that_makes_a_no_names_another_vehicle():
    """Exhaustive over the questions that a « wrong » check or its vehicles look at."""
    asked = {row.code: row for row in guide().questions}
    looked = ("people", "support", "carrier", "need", "what", "scale")
    values = [[None, *(code for code, _ in asked[name].options)] for name in looked]
    count = 0
    for chosen in product(*values):
        answers = {
            name: frozenset({value}) for name, value in zip(looked, chosen, strict=True) if value
        }
        assert way_on(guide(), answers), answers
        assert own_way_on(guide(), answers), answers
        count += 1
    assert count == 4 * 4 * 8 * 8 * 6 * 5


def test_one_more_zone_never_takes_a_vehicle_away():
    """So the combinations of zones need not all be walked."""
    zones = [code for code, _ in next(q for q in guide().questions if q.code == "zone").options]
    for size in range(len(zones)):
        for some in combinations(zones, size):
            before = orient(guide(), {"zone": frozenset(some)}, day=DAY).vehicles
            for more in zones:
                after = orient(guide(), {"zone": frozenset({*some, more})}, day=DAY).vehicles
                assert set(before) <= set(after)


def test_a_guide_without_its_last_vehicle_leaves_people_with_nothing():
    """Negative control: the property can fail."""
    poor = replace(guide(), vehicles=guide().vehicles[:-1])
    assert not way_on(poor, {})
    bare = replace(guide(), vehicles=guide().vehicles[-1:])
    assert not own_way_on(bare, {"need": frozenset({"law"})})
