"""Cells of exports: a number below zero stays one, a text is never computed."""

import pytest

from ensemblier.base.pages.cells import decimal, harmless


@pytest.mark.parametrize("text", ["-12.00", "-12,00", "-0,05", "-7", decimal(-1_234_50, 2)])
def test_a_number_below_zero_stays_a_number(text):
    assert harmless(text) == text


@pytest.mark.parametrize(
    "text",
    ["-1+1", "-2+3+cmd|' /C calc'!A0", "--1", "-", "-012", "-1.2.3", "- 1", "+33", "-1\n", "=-1"]
    + ["-\u0661", "-1234567890123456"],
)
def test_any_other_text_that_could_be_computed_is_not(text):
    assert harmless(text) == f"'{text}"
