"""Quantities: whole thousandths of a unit, their weight in whole grams, and how they are read."""

from __future__ import annotations

from ensemblier.base.pages.formats import quantity

MOST_MILLI = 10**12  # a billion units: every sum of weights stays inside 64 bits
MOST_UNIT_GRAMS = 10**6  # a tonne


def quantity_fault(milli: object) -> str:
    """What is wrong with this quantity, "" when nothing is."""
    if isinstance(milli, bool) or not isinstance(milli, int):
        return "La quantité doit être un nombre, avec trois décimales au plus."
    if milli <= 0:
        return "La quantité doit être supérieure à zéro : une sortie ou un retour a son propre mot."
    if milli > MOST_MILLI:
        return "Cette quantité est trop grande : vérifiez l'unité et la virgule."
    return ""


def unit_weight_fault(grams: object) -> str:
    """What is wrong with the weight of one unit, "" when nothing is or nobody weighed it."""
    if grams is None:
        return ""
    if isinstance(grams, bool) or not isinstance(grams, int) or grams <= 0:
        return "Le poids d'une unité doit être un nombre entier de grammes, supérieur à zéro."
    return "Une unité pèse une tonne au plus." if grams > MOST_UNIT_GRAMS else ""


def grams_of(milli: int, unit_grams: int | None) -> int | None:
    """The weight in whole grams, half a gram counting for one; None when nobody weighed a unit."""
    if unit_grams is None:
        return None
    return (milli * unit_grams + 500) // 1000


def written(milli: int, unit: str) -> str:
    """A quantity as a French reader writes it: "1 234,5 kg", with no-break spaces."""
    return quantity(milli, unit)


def written_day(day: object) -> str:
    """A day as a French reader writes it: 03/03/2026."""
    return f"{day:%d/%m/%Y}"
