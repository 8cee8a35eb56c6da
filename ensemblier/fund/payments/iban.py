"""IBAN: read as people type it, checked by its key, and explained when it is wrong."""

from __future__ import annotations

from stdnum import iban as rules
from stdnum.exceptions import ValidationError

from ensemblier.base.people.identifiers import compact

# EPC409-09: countries whose banks receive SEPA transfers.
SEPA = frozenset(
    """
    AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT
    NL NO PL PT RO RS SE SI SK SM VA
    """.split()  # noqa: SIM905, a table is easier to read
)
LENGTHS = {"FR": 27, "MC": 27}


def iban_fault(text: str) -> str:
    """What is wrong with this IBAN, in French; "" when nothing is. Never repeats the number."""
    number = compact(text)
    if not number.isascii() or not number.isalnum() or not number[:2].isalpha():
        return "Un IBAN commence par deux lettres (FR pour la France), puis des chiffres."
    if number[:2] not in SEPA:
        return f"Le pays « {number[:2]} » ne reçoit pas de virement SEPA."
    wanted = LENGTHS.get(number[:2])
    if wanted and len(number) != wanted:
        cause = "il en manque" if len(number) < wanted else "il y en a trop"
        return f"Un IBAN français compte {wanted} caractères ; celui-ci {len(number)} : {cause}."
    try:
        rules.validate(number)
    except ValidationError:
        return (
            "La clé de contrôle de cet IBAN est fausse. Un chiffre est erroné ou deux chiffres "
            "sont inversés ; recopiez-le depuis le relevé d'identité bancaire (RIB)."
        )
    return ""


def spaced(number: str) -> str:
    """FR14 2004 1010…, as a bank prints it."""
    return "\u00a0".join(number[start : start + 4] for start in range(0, len(number), 4))
