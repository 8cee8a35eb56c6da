"""A plan said again: as text, moved by sliders, compared."""

from decimal import Decimal

import pytest

from ensemblier.atelier.wording import changes
from ensemblier.engines.economics import (
    compute,
    moves,
    plan_text,
    read_plan,
    with_values,
)
from tests.spec.test_economics_plans import FILES, outcome


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_plan_written_again_is_the_same_plan(path):
    plan = read_plan(path.read_text())
    again = read_plan(plan_text(plan.data))
    assert again == plan and again.data == plan.data and changes(plan.data, again.data) == []


def test_any_words_come_back_as_they_were():
    words = 'Ici « là » "guillemets" \\ barre\ttabulation\u2028fin 🥕'
    data = {"name": words, "start": "2027-01", "cost": [{"id": "c", "kind": "fees", "yearly": 3}]}
    assert read_plan(plan_text(data)).name == words


def test_three_sliders():
    """10 % more on 3.05 € is 3.355 €; 10 % less of 112 500 meals is 101 250."""
    plan = outcome(14).plan
    changed = moves(plan, price=10, volume=-10, resources={"ville": -100})
    assert changed["centres", "price"] == Decimal("3.3550")
    assert changed["repas", "yearly"] == 101_250 and changed["ville", "yearly"] == 0
    assert ("invendus", "yearly") not in changed
    moved = compute(with_values(plan, changed))
    sold = sum(outcome(14).course.quantities["repas"][:12])
    assert sum(moved.course.quantities["repas"][:12]) == sold * 9 // 10
    assert moves(plan) == {}
    with pytest.raises(KeyError):
        moves(plan, resources={"personne": 5})
    with pytest.raises(KeyError):
        with_values(plan, {("personne", "yearly"): 5})


def test_what_changed_since_last_year():
    plan = outcome(12).plan
    after = with_values(plan, {("ventes", "share"): 30, ("", "inflation"): 3})
    told = [(each.before, each.after) for each in changes(plan.data, after.data)]
    assert len(told) == 2
    assert [(old.split()[0], new.split()[0]) for old, new in told] == [("2", "3"), ("25", "30")]
    data = {key: rows for key, rows in plan.data.items() if key != "in_kind"}
    (gone,) = changes(plan.data, data)
    assert (gone.label, gone.before, gone.after) == ("Fruits et légumes donnés", "présent", "")
