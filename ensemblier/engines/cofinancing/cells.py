"""Reading one value of a scheme; what is wrong is said in French, with where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ensemblier.engines.cofinancing.scheme import PERSON, BadScheme

DECIMAL = re.compile(r"\d{1,12}([.,]\d{1,9})?", re.ASCII)
MOST_CENTS = 10**15


def known(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Refuse a key that means nothing: a typing error must not become a silent rule."""
    for key in table:
        if key not in keys:
            raise BadScheme(
                f"« {key} » n'existe pas dans {where} : écrivez l'un de {', '.join(keys)}."
            )


def whole_cents(value: Any, where: str) -> int:
    """A whole number of cents, not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_CENTS:
        raise BadScheme(f"{where} est un nombre entier de centimes, sans virgule ni signe.")
    return value


def decimal(value: Any, where: str) -> Fraction:
    """A number written "12.5", or a whole number; exact."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not DECIMAL.fullmatch(text):
        raise BadScheme(f'{where} est un nombre positif écrit entre guillemets : "12.5".')
    return Fraction(text.replace(",", "."))


def payer_name(value: Any, where: str) -> str:
    """A payer's name; never the person, who pays by rule only."""
    if not isinstance(value, str) or not value.strip():
        raise BadScheme(f"Nommez le payeur de {where}.")
    if value == PERSON:
        raise BadScheme(
            f"Le payeur de {where} ne peut pas être la personne : [person] dit sa part."
        )
    return value
