"""Budgets printed without cents, by hand: totals hold on both sides."""

from ensemblier.engines.printing_lines import (
    SIGN_OF_CUT,
    Node,
    Row,
    adds_up,
    cut,
    printed,
    rounded,
    shared,
    table,
)


def test_three_thirds_of_a_hundred_euros():
    # 33,33 + 33,33 + 33,34 = 100,00: the largest remainder takes the last euro.
    assert shared(100, [3333, 3333, 3334], 100) == [33, 33, 34]


def test_rounding_each_line_alone_would_lose_a_euro():
    amounts = [10_40, 20_40, 30_40]
    assert sum(rounded(amount, 100) for amount in amounts) == 60
    assert shared(rounded(sum(amounts), 100), amounts, 100) == [11, 20, 30]


def test_ties_go_to_the_first_written():
    assert shared(1, [50, 50], 100) == [1, 0]


def test_an_amount_in_whole_euros_never_moves():
    assert shared(101, [50_00, 25_50, 25_50], 100) == [50, 26, 25]


def test_headings_are_the_sum_of_their_lines():
    tree = Node(
        "Total", parts=(Node("60", 99), Node("74", parts=(Node("État", 51), Node("V", 50))))
    )
    lines = printed(tree, 100)
    assert [(row.label, row.units) for row in lines] == [
        ("Total", 2), ("60", 1), ("74", 1), ("État", 1), ("V", 0),
    ]  # fmt: skip
    assert adds_up(lines)


def test_both_sides_print_the_same_total_in_cash_and_in_kind():
    charges = {"60": [("Achats", 1_000_33), ("Achats", 2_000_67)], "864": [("B", 499_50)]}
    products = {"70": [("Ventes", 999_99)], "74E": [("État", 2_001_01)], "870": [("B", 499_50)]}
    left = table("Total", [Row("60", ("60",))], [Row("86", ("864",))], charges, 100)
    right = table(
        "Total", [Row("70", ("70",)), Row("74", ("74E",))], [Row("87", ("870",))], products, 100
    )
    branches = [[row.units for row in lines if row.depth == 1] for lines in (left, right)]
    assert branches == [[3001, 500], [3001, 500]] or branches == [[3001, 499], [3001, 499]]
    assert left[0].units == right[0].units == 3501


def test_a_text_too_long_is_cut_between_words_and_says_so():
    assert cut("Des paniers pour tous", 100) == ("Des paniers pour tous", False)
    short, was_cut = cut("Des paniers de légumes pour tous les voisins", 25)
    assert was_cut and short == "Des paniers de" + SIGN_OF_CUT and len(short) <= 25


def test_adds_up_sees_a_wrong_total():
    lines = printed(Node("T", parts=(Node("a", 100), Node("b", 200))), 100)
    assert adds_up(lines)
    assert not adds_up([lines[0]._replace(units=4), *lines[1:]])
