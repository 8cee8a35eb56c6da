"""One value of a plan, read exactly: a number never passes through a float."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from ensemblier.engines.economics import terms

MOST = 10**9  # of any number of a plan, in its own unit
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
TEXT = 400


class BadCell(ValueError):
    """What is wrong with one value, in French."""


class Kind(NamedTuple):
    """How a value is written, and how it is read."""

    says: str
    read: Callable[[Any], Any]


def exact(value: Any) -> Fraction:
    """A whole or decimal number, exact; refuses what is too long before computing anything."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadCell("écrivez un nombre, sans guillemets ni unité (2.35)")
    if isinstance(value, Decimal):
        if not value.is_finite() or (value and not -12 <= value.adjusted() <= 12):
            raise BadCell("ce nombre est trop grand ou trop petit")
        if len(value.as_tuple().digits) > 24:
            raise BadCell("ce nombre a trop de chiffres")
    if not -MOST <= value <= MOST:
        raise BadCell("ce nombre est trop grand : le plus grand est un milliard")
    return Fraction(value)


def scaled(scale: int, *, least: int | None = 0, most: int | None = None) -> Callable[[Any], int]:
    """Read a number as a whole number of its `scale`-th part, within bounds in its own unit."""

    def read(value: Any) -> int:
        number = exact(value)
        if least is not None and number < least:
            raise BadCell(
                "ce nombre ne peut pas être négatif" if least == 0 else f"au moins {least}"
            )
        if most is not None and number > most:
            raise BadCell(f"au plus {most}")
        whole = number * scale
        if whole.denominator != 1:
            raise BadCell(f"trop de décimales : {len(str(scale)) - 1} au plus")
        return int(whole)

    return read


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT:
        raise BadCell(f"écrivez un texte entre guillemets, de 1 à {TEXT} caractères")
    return value.strip()


def slug(value: Any) -> str:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise BadCell("écrivez un nom court en minuscules sans accent ni espace : legumes_frais")
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadCell("écrivez true (oui) ou false (non)")
    return value


def month(value: Any) -> int:
    """A month as a number of months since year 0."""
    found = MONTH.fullmatch(value) if isinstance(value, str) else None
    if not found or not 2000 <= int(found[1]) <= 2200:
        raise BadCell('écrivez un mois entre guillemets : "2027-03"')
    return int(found[1]) * 12 + int(found[2]) - 1


def one_of(words: Any) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise BadCell("choisissez parmi " + ", ".join(f"« {word} »" for word in words))
        return value

    return read


def season(value: Any) -> tuple[int, ...]:
    """Twelve weights, January to December."""
    if not isinstance(value, list) or len(value) != terms.YEAR:
        raise BadCell("écrivez douze nombres, de janvier à décembre")
    weights = tuple(scaled(1, most=100_000)(each) for each in value)
    if not sum(weights):
        raise BadCell("un des douze mois au moins est plus grand que zéro")
    return weights


def growth(value: Any) -> tuple[int, ...]:
    """Percent a year over the year before: one for all, or four, one by year from the second."""
    read = scaled(100, least=-100, most=1000)
    if isinstance(value, list):
        if len(value) != terms.YEARS - 1:
            raise BadCell("écrivez quatre pourcentages, de la deuxième à la cinquième année")
        return tuple(read(each) for each in value)
    return (read(value),) * (terms.YEARS - 1)


def perimeter(value: Any) -> str:
    """ACI, EI, or an ACI by the name of its agreement."""
    if isinstance(value, str) and value.startswith(f"{terms.ACI}:"):
        return f"{terms.ACI}:{slug(value.removeprefix(f'{terms.ACI}:'))}"
    return one_of(terms.PERIMETERS)(value)


def limits(value: Any) -> tuple[tuple[str, int], ...]:
    """A percentage by name of agreement: « jardin 30 ; cuisine 45,5 »."""
    found: dict[str, int] = {}
    for part in text(value).split(";"):
        name, _, number = part.strip().partition(" ")
        if slug(name) in found:
            raise BadCell(f"« {name} » est écrit deux fois")
        typed = number.strip().removesuffix("%").strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed, re.ASCII):
            raise BadCell(
                "écrivez le nom de chaque convention et son pourcentage : "
                "« jardin 30 ; cuisine 45,5 »"
            )
        found[name] = scaled(100, most=100)(Decimal(typed))
    return tuple(found.items())


KINDS: dict[str, Kind] = {
    "text": Kind("texte", text),
    "slug": Kind("nom court", slug),
    "flag": Kind("true ou false", flag),
    "month": Kind('mois, "2027-03"', month),
    "euros": Kind("euros, 2 décimales", scaled(100)),
    "cash": Kind("euros, 2 décimales, négatif permis", scaled(100, least=None)),
    "price": Kind("euros, 4 décimales", scaled(10_000, most=1_000_000)),
    "quantity": Kind("nombre, 3 décimales", scaled(1_000)),
    "count": Kind("nombre entier", scaled(1, most=1_000_000)),
    "months": Kind("nombre de mois entier", scaled(1, most=600)),
    "wait": Kind("nombre de mois entier, 24 au plus", scaled(1, most=24)),
    "hours": Kind("heures par semaine", scaled(60, most=35)),
    "percent": Kind("pourcentage de 0 à 100, 2 décimales", scaled(100, most=100)),
    "rise": Kind("pourcentage par an, négatif permis", scaled(100, least=-50, most=100)),
    "rate": Kind("nombre, 6 décimales", scaled(1_000_000, most=1_000)),
    "season": Kind("douze nombres entiers", season),
    "growth": Kind("un pourcentage, ou quatre", growth),
    "link": Kind("maillon", one_of(terms.LINKS)),
    "class": Kind("type de dépense", one_of(terms.CLASSES)),
    "audience": Kind("public", one_of(terms.AUDIENCES)),
    "certainty": Kind("certitude", one_of(terms.CERTAINTIES)),
    "nature": Kind("nature", one_of(terms.NATURES)),
    "form": Kind("forme juridique", one_of(terms.FORMS)),
    "perimeter": Kind("ACI, EI, « ACI:nom » (une convention parmi plusieurs) ou rien", perimeter),
    "limits": Kind("texte, « jardin 30 ; cuisine 45,5 »", limits),
    "payment": Kind("rythme", one_of(terms.PAYMENTS)),
    "index": Kind("indice", one_of(terms.INDEXES)),
    "effect": Kind("effet utile", one_of(terms.EFFECTS)),
    "kind": Kind("sorte de charge", one_of(terms.KINDS)),
    "regime": Kind("règle d'aide d'État", one_of(terms.REGIMES)),
    "aid": Kind("ACI, EI, aided ou rien", one_of(("", "ACI", "EI", "aided"))),
}
