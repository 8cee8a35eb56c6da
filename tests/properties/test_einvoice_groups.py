"""Rows of an electronic invoice, whatever the lines: they add up, and give their price back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ensemblier.base.bank.tables import signed_cents
from ensemblier.base.pages.formats import typed_euros
from ensemblier.chain.billing.einvoice import groups, terms
from ensemblier.chain.billing.rules import vat_rows

LINES = st.lists(
    st.tuples(
        st.sampled_from(["Carottes", "Panier"]),
        st.integers(1, 5_000_000),
        st.integers(-300_000, 300_000),
        st.sampled_from([210, 550, 2000]),
    ),
    min_size=1,
    max_size=40,
)
PARTY = {"name": "x", "siret": "73282932000074", "address": ""}


def content(lines: list[tuple[str, int, int, int]], kind: str = "invoice") -> dict[str, Any]:
    rows = [
        {"product": p, "unit": "kg", "milli": m, "cents": c, "vat_rate": r, "day": "2027-03-05"}
        for p, m, c, r in lines
    ]
    vat = vat_rows((row["vat_rate"], row["cents"]) for row in rows)
    names = ("net_cents", "vat_cents", "total_cents")
    totals = {name: sum(getattr(row, name) for row in vat) for name in names}
    return {
        "number": "F-2027-00001",
        "kind": kind,
        "day": "2027-03-31",
        "period": ["2027-03-01", "2027-03-31"],
        "seller": PARTY,
        "recipient": PARTY,
        "lines": rows,
        "vat": [row._asdict() for row in vat],
        "totals": totals,
        "notes": [],
        "terms": "",
    }


@given(LINES)
def test_rows_add_up_to_each_rate_to_the_cent(lines):
    frozen = content(lines)
    rows = groups(frozen)
    for rate in frozen["vat"]:
        mine = [row for row in rows if row.rate == rate["rate"]]
        assert sum(row.net_cents for row in mine) == rate["net_cents"]
        assert sum(row.cents for row in mine) == rate["total_cents"]
    assert sum(abs(row.milli) for row in rows) == sum(line[1] for line in lines)


@given(LINES)
def test_quantity_times_price_is_the_row(lines):
    for row in terms(content(lines))["BG-25"]:
        price, base = Fraction(row["BT-146"]), Fraction(row.get("BT-149", "1"))
        assert price >= 0
        told = price / base * Fraction(row["BT-129"])
        assert abs(told - Fraction(row["BT-131"])) <= Fraction(1, 200)


@given(LINES)
def test_a_credit_note_is_its_invoice_turned_round(lines):
    back = content([(p, m, -c, r) for p, m, c, r in lines], "credit_note")
    back |= {"corrects": "F-1", "corrects_day": "2027-03-01", "corrects_kind": "invoice"}
    mine, told = terms(back), terms(content(lines))
    for name in ("BT-106", "BT-110", "BT-112"):
        assert float(mine[name]) == float(told[name])


@given(st.integers(-(10**13), 10**13))
def test_an_amount_written_by_us_is_read_back(cents):
    assert signed_cents(typed_euros(cents)) == cents
