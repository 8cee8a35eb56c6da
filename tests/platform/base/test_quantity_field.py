"""Quantities typed by people: what is understood, what is refused and with which words."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.base.pages import formats
from ensemblier.base.pages.forms import QuantityField


def refused(typed: Any, **bounds: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        QuantityField(**bounds).clean(typed)
    return str(caught.value.messages[0])


@pytest.mark.parametrize(
    ("typed", "milli"),
    [
        ("12,5", 12_500),
        ("12.5", 12_500),
        (" 1 234,125 ", 1_234_125),
        ("1\u202f234,5", 1_234_500),
        ("1\u00a0234", 1_234_000),
        ("0,001", 1),
        (",5", None),
        ("3,", 3_000),
        ("+2", 2_000),
        ("0" * 5000 + "7", 7_000),
        (7_250, 7_250),
    ],
)
def test_a_typed_quantity_becomes_thousandths(typed, milli):
    if milli is None:
        assert "n'est pas une quantité" in refused(typed)
    else:
        assert QuantityField().clean(typed) == milli


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Ce champ est obligatoire"),
        ("0", "La quantité doit être supérieure à zéro."),
        ("0,000", "La quantité doit être supérieure à zéro."),
        ("-3", "La quantité doit être supérieure à zéro."),
        ("\u22123", "La quantité doit être supérieure à zéro."),
        ("1,2345", "Gardez-en trois au plus."),
        ("douze", "« douze » n'est pas une quantité. Écrivez un nombre, par exemple 12,5."),
        ("=1+1", "n'est pas une quantité"),
        ("@SUM(A1)", "n'est pas une quantité"),
        ("1e5", "n'est pas une quantité"),
        ("1,234.5", "n'est pas une quantité"),
        ("12 34", "n'est pas une quantité"),
        ("١٢", "n'est pas une quantité"),
        ("²", "n'est pas une quantité"),
        ("1\x00", "n'est pas une quantité"),
        ("1000000001", "est trop grand. Le maximum est 1\u00a0000\u00a0000\u00a0000"),
        ("9" * 20, "est trop grand"),
    ],
)
def test_what_is_not_a_quantity_is_refused_with_plain_words(typed, said):
    assert said in refused(typed)


@pytest.mark.parametrize(
    "typed", ["1e3000000", "9" * 3_000_000, "1," + "0" * 3_000_000, "-" * 10**6]
)
def test_an_enormous_text_is_refused_fast(typed):
    begun = perf_counter()
    refused(typed)
    assert perf_counter() - begun < 1


def test_bounds_are_told_as_they_are_typed():
    assert "Le maximum est 2,5 :" in refused("3", max_milli=2_500)
    assert "Le minimum est 0,5." in refused("0,25", min_milli=500)
    assert QuantityField(min_milli=0).clean("0") == 0
    assert "trop petit" in refused("-1", min_milli=0)


@given(st.integers(min_value=1, max_value=10**12))
def test_a_quantity_shown_then_typed_again_is_the_same(milli):
    field = QuantityField()
    assert field.clean(field.prepare_value(milli)) == milli


@given(st.text(max_size=12))
def test_no_text_breaks_the_field(typed):
    try:
        milli = QuantityField(required=False).clean(typed)
    except ValidationError:
        return
    assert milli is None or milli > 0


@pytest.mark.parametrize(
    ("milli", "unit", "shown"),
    [
        (1_234_500, "kg", "1\u00a0234,5\u00a0kg"),
        (1_000, "", "1"),
        (1_999, "panier", "1,999\u00a0panier"),
        (2_000, "panier", "2\u00a0paniers"),
        (3_500, "bocal", "3,5\u00a0bocaux"),
        (-250, "kg", "\u22120,25\u00a0kg"),
        (None, "kg", "—"),
    ],
)
def test_quantity_is_written_in_french(milli, unit, shown):
    assert formats.quantity(milli, unit) == shown
