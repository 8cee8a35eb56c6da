"""SIRET, SIREN and RNA numbers: read as people type them, checked by their key, explained."""

from __future__ import annotations

import re

from stdnum import luhn
from stdnum.fr import siret as siret_rules

LA_POSTE = "356000000"
# W, the department (2A, 9R... overseas and Corsica carry a letter), a prefecture digit, a number.
RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
SEPARATORS = re.compile(r"[\s.\-_/\u00a0\u202f]+")


def compact(text: str) -> str:
    """The number without the spaces, dots and dashes people type."""
    return SEPARATORS.sub("", text).upper()


def siret_fault(text: str) -> str:
    """What is wrong with this SIRET, in French; "" when nothing is."""
    number = compact(text)
    if not number.isascii() or not number.isdigit():
        return "Le SIRET compte 14 chiffres, sans lettre : vérifiez ce que vous avez saisi."
    if len(number) == 9 and luhn.is_valid(number):
        return (
            "Ce numéro est un SIREN (9 chiffres). Le SIRET en compte 14 : ajoutez les 5 chiffres "
            "de l'établissement, indiqués sur l'avis de situation de l'Insee."
        )
    if len(number) != 14:
        few = len(number) < 14
        cause = "il en manque" if few else "il y en a trop"
        return f"Le SIRET compte 14 chiffres ; celui-ci en compte {len(number)} : {cause}."
    if not siret_rules.is_valid(number):
        return (
            "Ce SIRET n'existe pas : sa clé de contrôle est fausse. Un chiffre est erroné ou deux "
            "chiffres sont inversés ; recopiez-le depuis l'avis de situation de l'Insee."
        )
    return ""


def rna_fault(text: str) -> str:
    """What is wrong with this RNA number, in French; "" when nothing is.

    The RNA has no check digit: its form is all there is to check.
    """
    number = compact(text)
    if not number.startswith("W"):
        return "Le numéro RNA commence par la lettre W, par exemple W751234567."
    if len(number) != 10:
        return (
            "Le numéro RNA compte la lettre W puis 9 caractères ; "
            f"celui-ci en compte {len(number) - 1}."
        )
    if not RNA.fullmatch(number):
        return (
            "Après la lettre W, le numéro RNA ne contient que des chiffres (et une lettre pour la "
            "Corse et l'outre-mer, comme W2A ou W9R)."
        )
    return ""


def siren(siret: str) -> str:
    """The legal person behind an establishment."""
    return compact(siret)[:9]


def spaced(siret: str) -> str:
    """732 829 320 00074, as the Insee prints it."""
    return "\u00a0".join((siret[:3], siret[3:6], siret[6:9], siret[9:]))
