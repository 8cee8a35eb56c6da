"""Lines of a bank table: French amounts, what is not one, and the document that each line pays."""

from __future__ import annotations

from datetime import date

import pytest

from ensemblier.base.bank.tables import read_rows, signed_cents
from ensemblier.chain.billing.matching import Open, match

TODAY = date(2027, 4, 20)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1 234,50", 123450),
        ("-1 234,5 €", -123450),
        ("1.234,56", 123456),
        ("1\u202f234,56", 123456),
        ("\u2212 12", -1200),
        ("12.5", 1250),
        ("1.234", None),
        ("1e3000000", None),
        ("9" * 13, None),
        ("=1+1", None),
        ("١٢", None),
        ("", None),
    ],
)
def test_french_amounts(text, cents):
    assert signed_cents(text) == cents


def test_a_cell_that_is_no_amount_is_told_and_the_others_stand():
    rows = [["05/04/2027", "a", "1e3000000"], ["31/02/2027", "b", "1"], ["05/04/27", "c", "1"]]
    found = read_rows(["Date", "Libellé", "Montant"], rows)
    assert [bool(line.fault) for line in found] == [True, True, False]
    assert "1e3000000" in found[0].fault and "31/02/2027" in found[1].fault
    same = read_rows(["Date", "Libellé", "Montant"], [rows[2], rows[2]])
    assert same[0].reference != same[1].reference, "two lines alike are two"


@pytest.mark.parametrize(
    ("words", "cents", "outcome"),
    [
        ("VIR F202700012 MERCI", 500, "sure"),
        ("f-2027-12", 200, "sure"),
        ("AF-2027-00012", 300, "unmatched"),
        ("F-2027-000123", 300, "unmatched"),
        ("F-2027-00012", 501, "look"),
        ("F-2027-00012", -500, "look"),
        ("F-2027-00012 ET F-2027-00013", 1000, "look"),
        ("merci", 500, "look"),
        ("merci", 700, "likely"),
    ],
)
def test_matching(words, cents, outcome):
    open_ = [Open(rank, f"F-2027-000{rank}", "x", 500) for rank in (12, 13)]
    open_.append(Open(14, "F-2027-00014", "x", 700))
    rows = [["05/04/2027", words, str(cents / 100)]]
    lines = read_rows(["Date", "Libellé", "Montant"], rows)
    (found,) = match(lines, open_, {}, TODAY)
    assert found.outcome == outcome


def test_two_lines_never_take_the_same_document():
    rows = [["05/04/2027", "merci", "7"], ["06/04/2027", "F-2027-00014", "7"]]
    lines = read_rows(["Date", "Libellé", "Montant"], rows)
    found = match(lines, [Open(14, "F-2027-00014", "x", 700)], {}, TODAY)
    assert [row.outcome for row in found] == ["unmatched", "sure"]


@pytest.mark.parametrize(
    ("day", "amount", "outcome"),
    [("05/03/2027", "5", "known"), ("05/03/2027", "4", "look"), ("05/04/2027", "5", "look")],
)
def test_a_reference_that_comes_back_may_be_other_money(day, amount, outcome):
    rows = [[day, "loyer", amount, "VIR"]]
    lines = read_rows(["Date", "Libellé", "Montant", "Référence"], rows)
    (found,) = match(lines, [], {"VIR": (date(2027, 3, 5), 500)}, TODAY)
    assert (found.line.reference, found.outcome) == ("VIR", outcome)
    assert ("notés le 05/03/2027" in found.words) is (outcome == "look")
