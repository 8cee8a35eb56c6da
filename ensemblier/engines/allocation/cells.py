"""Decimal cells of a Pabulib file, as whole numbers of one unit; faults in French."""

from __future__ import annotations

import re
from decimal import Decimal

from ensemblier.engines.allocation.model import BadProblem

# Long exponents and thousands of digits are refused before they are turned into numbers.
NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,](\d{0,9}))?")


def decimal(cell: str, where: str) -> Decimal:
    """A number above or equal to zero, written with a point or a comma; raises BadProblem."""
    text = cell.strip()
    if not NUMBER.fullmatch(text):
        shown = text if len(text) <= 30 else text[:30] + "…"
        raise BadProblem(
            f"{where} : « {shown} » n'est pas un nombre (exemple : 12500 ou 12500.50)."
        )
    value = Decimal(text.replace(",", "."))
    if value < 0:
        raise BadProblem(f"{where} : {text} est négatif.")
    return value


def scale_of(values: list[Decimal]) -> int:
    """The least power of ten that makes all of them whole."""
    places = 0
    for value in values:
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int):
            places = max(places, -exponent)
    return int(10**places)


def whole(value: Decimal, scale: int) -> int:
    return int(value * scale)
