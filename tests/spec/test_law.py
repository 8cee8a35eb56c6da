"""Figures of law, as a treasurer would check them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines.law import vat
from ensemblier.engines.law.dated import Figure, NotYetInForce, in_force
from ensemblier.engines.law.subsidies import needs_agreement, payment_due_days, report_due
from ensemblier.engines.months import add_months, months_before


def test_an_agreement_is_due_above_23_000_euros_strictly() -> None:
    assert not needs_agreement(2_300_000, date(2027, 1, 1))
    assert needs_agreement(2_300_001, date(2027, 1, 1))


def test_a_grant_is_paid_within_60_days() -> None:
    assert payment_due_days(date(2027, 3, 1)) == 60


def test_no_figure_is_invented_before_its_text() -> None:
    with pytest.raises(NotYetInForce):
        payment_due_days(date(2020, 1, 1))


@pytest.mark.parametrize(
    ("year_end", "due"),
    [
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2026, 6, 30), date(2026, 12, 30)),
    ],
)
def test_the_report_is_due_six_months_after_the_year(year_end: date, due: date) -> None:
    assert report_due(year_end) == due


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_adding_months_lands_in_the_right_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.integers(0, 60))
def test_months_earlier_then_later_is_never_after(now: datetime, months: int) -> None:
    before = months_before(now.replace(tzinfo=UTC), months)
    assert before.time() == now.time()
    assert add_months(before.date(), months) <= now.date()


def test_vat_of_food_by_its_place() -> None:
    day = date(2027, 3, 1)
    found = [vat.food(department, day).value for department in ("62", "", "974", "976")]
    assert found == [550, 550, 210, 0]
    assert vat.rates() == (0, 210, 550, 1000, 2000)
    assert all("code général des impôts" in row.source for table in vat.TABLES for row in table)


def test_the_newest_figure_wins_whatever_the_order() -> None:
    old, new = Figure(1, date(2000, 1, 1), "a"), Figure(2, date(2010, 1, 1), "b")
    assert in_force([new, old], date(2015, 1, 1)) is new
    assert in_force([new, old], date(2005, 1, 1)) is old
