"""Charts of money over time and of who pays what: what is drawn is what is said."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.base.pages.drawings import HEIGHT, WIDE, FanCurve, Flow, Piles, Spans, in_euros

AMOUNTS = st.integers(0, 10**9)


def drawn(tag, chart):
    template = Template("{% load pages %}{% " + tag + " chart %}")
    return template.render(Context({"chart": chart}))


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=6), AMOUNTS)
def test_piles_reach_their_total_and_never_leave_the_picture(rows, mark):
    chart = Piles(["1", "2"], [(str(n), row) for n, row in enumerate(rows)], [mark] * 2, "", "")
    for pile, total in zip(chart.piles, chart.totals, strict=True):
        heights = [int(piece.height) for piece in pile.pieces]
        assert min(heights) >= 0
        expected = HEIGHT * total // chart.highest if chart.highest else 0
        assert sum(heights) == expected <= HEIGHT
        assert 0 <= int(pile.mark) <= HEIGHT


def test_piles_say_each_amount_in_their_table():
    chart = Piles(["2027"], [("Foyers", [5_200_00])], [6_000_00], "Qui paie.", "Charges")
    html = drawn("piles", chart).replace("\u00a0", " ")
    assert html.count("5 200 €") >= 2 and "6 000 €" in html and 'aria-hidden="true"' in html
    for wrong in ([("Foyers", [1, 2])], [("Foyers", [-1])]):
        with pytest.raises(ValueError):
            Piles(["2027"], wrong, [0], "", "")


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=60))
def test_a_fan_keeps_every_point_inside_and_zero_in_its_place(plan):
    fan = {5: [v - 9 for v in plan], 50: plan, 95: [v + 9 for v in plan]}
    chart = FanCurve([f"2027-{n}" for n in range(len(plan))], plan, fan, "")
    points = " ".join([chart.curve, chart.middle, *(band.points for band in chart.bands)])
    numbers = [tuple(map(int, pair.split(","))) for pair in points.split()]
    assert all(0 <= x <= WIDE and 0 <= y <= HEIGHT for x, y in numbers)
    assert 0 <= int(chart.zero) <= HEIGHT
    assert len(chart.bands) == 1 and "90" in chart.bands[0].title


def test_the_table_of_a_fan_shows_the_trough_that_the_end_of_a_year_hides():
    plan = [100_00] * 12
    plan[3] = -5_00
    chart = FanCurve([f"2027-{n:02}" for n in range(1, 13)], plan, {50: plan}, "Trésorerie.")
    assert chart.years == [["2027", f"{in_euros(-5_00)} (2027-04)", "100\u00a0€", "100\u00a0€"]]
    html = drawn("fan", chart)
    assert "2027-04" in html and "<polyline" in html
    with pytest.raises(ValueError):
        FanCurve(["1"], [1, 2], {}, "")


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_a_flow_fills_its_middle_from_both_sides(parts):
    chart = Flow([("tout", sum(parts))], [(str(n), c) for n, c in enumerate(parts)], "1", "")
    for side in (chart.left, chart.right):
        last = side[-1]
        assert int(last.node_y) + int(last.node_height) <= chart.height
        tops = [int(end.node_y) for end in side]
        assert tops == sorted(tops)
        assert all(int(end.node_height) >= chart.LEAST for end in side)


def test_a_flow_says_its_amounts_and_refuses_what_does_not_add_up():
    chart = Flow([("Foyers", 400)], [("producteur", 300), ("logistique", 100)], "1 panier", "Qui ?")
    html = drawn("flow", chart)
    assert re.search(r"<title>Qui \?</title><desc>", html) and html.count("3\u00a0€") == 2
    with pytest.raises(ValueError):
        Flow([("Foyers", 400)], [("producteur", 300)], "1 panier", "")
    with pytest.raises(ValueError):
        Flow([("Foyers", 0)], [("producteur", 300), ("x", -300)], "1 panier", "")


def test_spans_order_their_ends_and_mark_the_plan():
    chart = Spans([("Prix", 9_00, -1_00), ("Rien", 4_00, 4_00)], 4_00, "Ce qui pèse.")
    wide, thin = chart.spans
    assert (wide.low, wide.high) == (in_euros(-1_00), in_euros(9_00))
    assert int(wide.width) == WIDE and int(thin.width) == 4 and chart.middle == "500"
    assert "Ce qui pèse." in drawn("spans", chart)
