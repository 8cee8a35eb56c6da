"""Insertion by work: worked examples that a treasurer can check."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ensemblier.engines import insertion
from ensemblier.engines.insertion import Month, watch


def test_one_post_of_twenty_six_hours() -> None:
    """Barème d'août 2022 : 22 289 € x 26 / 35 = 16 557,54 €."""
    assert insertion.post_aid(22_289_00, 26 * 60) == 16_557_54
    assert insertion.post_aid(22_289_00, 26 * 60, months=6) == 8_278_77


def test_a_quarter_of_training_leaves_nineteen_hours_and_a_half() -> None:
    """Fiche 12 : contrats de 26 h, 25 % de formation."""
    assert insertion.productive_minutes(26 * 60, 2500) == 19 * 60 + 30


def test_exactly_thirty_percent_is_too_much() -> None:
    """D. 5132-34 : la part est strictement inférieure à 30 % des charges."""
    assert insertion.below(29_999_99, 100_000_00, 3000)
    assert not insertion.below(30_000_00, 100_000_00, 3000)
    assert insertion.below(30_000_00, 100_000_00, 5000)
    assert insertion.room(29_000_00, 100_000_00, 3000) == 999_99


def test_a_year_that_goes_above_in_october() -> None:
    """Huit mois à 25 %, puis au rythme des trois derniers (40 %) : dépassé au mois 10."""
    months = [Month(2_000_00, 10_000_00)] * 5 + [Month(4_000_00, 10_000_00)] * 3
    found = watch(months, 3000)
    assert (found.sales_cents, found.charges_cents) == (22_000_00, 80_000_00)
    assert (found.forecast_sales_cents, found.forecast_charges_cents) == (38_000_00, 120_000_00)
    assert (found.holds, found.will_hold, found.first_above) == (True, False, 10)
    assert found.level == "wait"
    assert "au mois 10" in found.sentence()


def test_what_each_level_says() -> None:
    calm = watch([Month(1_000_00, 10_000_00)] * 3, 3000)
    assert calm.level == "done"
    assert calm.sentence().endswith("Vous pouvez encore vendre pour 5\u00a0999,99\u00a0€.")
    above = watch([Month(3_000_00, 10_000_00)], 3000)
    assert (above.level, above.first_above) == ("stop", 1)
    assert "dépassée de 0,01" in above.sentence()


def test_sales_without_any_charge_written_have_no_share_yet() -> None:
    found = watch([Month(565_45, 0)], 3000)
    assert (found.is_known, found.level) == (False, "wait")
    assert "Aucune charge n'est notée" in found.sentence()
    assert watch([Month(565_45, 1_884_84)], 3000).level != watch([Month(565_45, 1)], 3000).level
    assert watch([Month(565_45, 1)], 3000).level == "stop"


@pytest.mark.parametrize("limit", [0, 10_001])
def test_a_limit_that_is_no_share_is_refused(limit: int) -> None:
    with pytest.raises(ValueError):
        watch([], limit)


@pytest.mark.parametrize(("minutes", "months"), [(0, 12), (36 * 60, 12), (1560, 13)])
def test_a_post_that_cannot_be_is_refused(minutes: int, months: int) -> None:
    with pytest.raises(ValueError):
        insertion.post_aid(22_289_00, minutes, months)


def test_a_year_has_twelve_months() -> None:
    with pytest.raises(ValueError):
        watch([Month(0, 1)] * 13, 3000)


def test_an_empty_year_is_calm() -> None:
    found = watch([], 3000)
    assert (found.level, found.first_above) == ("done", 0)
    assert insertion.percent_text(0, 0) == "0 %"


MONTHS = st.lists(
    st.builds(Month, st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=12
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(MONTHS, st.integers(1, 5000))
def test_the_room_left_may_be_sold_and_not_a_cent_more(months: list[Month], limit: int) -> None:
    found = watch(months, limit)
    sales, charges = found.sales_cents, found.charges_cents
    if found.room_cents > 0:
        assert insertion.below(sales + found.room_cents, charges, limit)
        assert not insertion.below(sales + found.room_cents + 1, charges, limit)
    if sales > 0:
        assert found.holds == (found.room_cents >= 0)


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(MONTHS, st.integers(1, 5000))
def test_more_charges_never_make_it_worse(months: list[Month], limit: int) -> None:
    more = [Month(m.sales_cents, m.charges_cents + 1) for m in months]
    assert watch(more, limit).room_cents >= watch(months, limit).room_cents
