"""Reading a scheme from TOML: everything is checked, and what is wrong is said in French."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from ensemblier.engines.cofinancing.scheme import (
    PERIODS,
    PERSON,
    REFUSE,
    BadScheme,
    Envelope,
    HouseholdCap,
    Payer,
    PersonRule,
    Scheme,
    Step,
    Window,
)

# key of [scope] -> column of the lines
SCOPES = {
    "products": "product",
    "structures": "structure",
    "communes": "commune",
    "tiers": "tier",
}
RULES = ("free", "full", "percent", "fixed", "table")
TOP = ("name", "valid", "scope", "person", "step", "envelope", "exhausted")
DECIMAL = re.compile(r"\d{1,12}([.,]\d{1,9})?")
MOST_CENTS = 10**15


def read_scheme(text: str) -> Scheme:
    """The scheme written in `text`; raises BadScheme."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScheme(f"Le fichier n'est pas du TOML valable : {error}.") from error
    known(data, TOP, "le dispositif")
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadScheme('Donnez un nom au dispositif : name = "…".')
    steps = tuple(_step(raw, rank) for rank, raw in enumerate(_tables(data, "step"), 1))
    return Scheme(
        name=name.strip(),
        person=_person(_table(data, "person")),
        steps=steps,
        valid=_window(_table(data, "valid"), "valid"),
        scope=_scope(_table(data, "scope")),
        envelopes=tuple(_envelope(e, n) for n, e in enumerate(_tables(data, "envelope"), 1)),
        exhausted=_exhausted(_table(data, "exhausted")),
    )


def known(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Refuse a key that means nothing: a typing error must not become a silent rule."""
    for key in table:
        if key not in keys:
            raise BadScheme(
                f"« {key} » n'existe pas dans {where} : écrivez l'un de {', '.join(keys)}."
            )


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise BadScheme(f"« {key} » doit être une table : [{key}].")
    return value


def _tables(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadScheme(f"« {key} » s'écrit avec deux crochets : [[{key}]].")
    return value


def _day(value: Any, where: str) -> date | None:
    if value is None:
        return None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise BadScheme(f"La date de {where} s'écrit sans guillemets : 2026-01-31.")
    return value


def _window(table: Mapping[str, Any], where: str) -> Window:
    known(table, ("from", "until"), where)
    window = Window(_day(table.get("from"), where), _day(table.get("until"), where))
    if window.first and window.last and window.last < window.first:
        raise BadScheme(f"Les dates de {where} sont à l'envers : la fin précède le début.")
    return window


def _scope(table: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    known(table, tuple(SCOPES), "scope")
    scope = {}
    for key, values in table.items():
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise BadScheme(f'scope.{key} est une liste de textes : ["…", "…"].')
        scope[SCOPES[key]] = frozenset(values)
    return scope


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


def _person(table: Mapping[str, Any]) -> PersonRule:
    rule = table.get("rule")
    if rule not in RULES:
        raise BadScheme(
            'Dites ce que la personne paie : rule = "' + '" ou "'.join(RULES) + '" dans [person].'
        )
    if rule in ("free", "full"):
        known(table, ("rule",), "[person]")
        return PersonRule(rule)
    if rule == "percent":
        known(table, ("rule", "percent"), "[person]")
        return PersonRule(rule, percents={"": decimal(table.get("percent"), "percent")})
    if rule == "fixed":
        known(table, ("rule", "cents_per_unit"), "[person]")
        return PersonRule(
            rule, unit_cents={"": decimal(table.get("cents_per_unit"), "cents_per_unit")}
        )
    return _person_table(table)


def _person_table(table: Mapping[str, Any]) -> PersonRule:
    known(table, ("rule", "by", "percent", "cents_per_unit"), "[person]")
    if table.get("by") not in ("size", "tier"):
        raise BadScheme('Un barème se lit selon la taille ou la tranche : by = "size" ou "tier".')
    values = {}
    for key in ("percent", "cents_per_unit"):
        raw = table.get(key, {})
        if not isinstance(raw, dict):
            raise BadScheme(f'Le barème {key} s\'écrit {{ "1" = "10", "2" = "8" }}.')
        values[key] = {name: decimal(value, f"{key} {name}") for name, value in raw.items()}
    if bool(values["percent"]) == bool(values["cents_per_unit"]):
        raise BadScheme("Un barème donne soit percent, soit cents_per_unit, et au moins une ligne.")
    return PersonRule(
        "table", by=table["by"], percents=values["percent"], unit_cents=values["cents_per_unit"]
    )


def payer_name(value: Any, where: str) -> str:
    """A payer's name; never the person, who pays by rule only."""
    if not isinstance(value, str) or not value.strip():
        raise BadScheme(f"Nommez le payeur de {where}.")
    if value == PERSON:
        raise BadScheme(
            f"Le payeur de {where} ne peut pas être la personne : [person] dit sa part."
        )
    return value


def _payer(raw: Any, where: str, key: str, extra: tuple[str, ...] = ()) -> Payer:
    if not isinstance(raw, dict):
        raise BadScheme(f'Les payeurs de {where} s\'écrivent {{ name = "…", weight = 1 }}.')
    known(raw, (key, *extra, "cap_per_unit", "cap_per_household"), where)
    name = payer_name(raw.get(key), where)
    per_unit = raw.get("cap_per_unit")
    household = raw.get("cap_per_household")
    return Payer(
        name=name,
        weight=_weight(raw.get("weight"), f"{where}, {name}") if "weight" in extra else 1,
        cap_per_unit=None if per_unit is None else whole_cents(per_unit, f"cap_per_unit ({name})"),
        cap_per_household=None if household is None else _household_cap(household, name),
    )


def _weight(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**9:
        raise BadScheme(f"Le poids de {where} est un nombre entier positif : weight = 40.")
    return value


def _household_cap(raw: Any, name: str) -> HouseholdCap:
    if not isinstance(raw, dict):
        raise BadScheme(f'cap_per_household ({name}) s\'écrit {{ cents = 2000, per = "month" }}.')
    known(raw, ("cents", "per"), f"cap_per_household ({name})")
    if raw.get("per") not in PERIODS:
        raise BadScheme(
            f"Le plafond par foyer de {name} est par mois, an ou dispositif : "
            'per = "month", "year" ou "scheme".'
        )
    return HouseholdCap(whole_cents(raw.get("cents"), f"cap_per_household ({name})"), raw["per"])


def _step(raw: Mapping[str, Any], rank: int) -> Step:
    where = f"l'étape {rank}"
    if raw.get("kind") == "rest":
        body = {key: value for key, value in raw.items() if key != "kind"}
        return Step("rest", (_payer(body, where, "payer"),))
    if raw.get("kind") != "share":
        raise BadScheme(f'Dites la sorte de {where} : kind = "share" ou "rest".')
    known(raw, ("kind", "payers"), where)
    payers = raw.get("payers")
    if not isinstance(payers, list) or not payers:
        raise BadScheme(f"Nommez au moins un payeur dans {where}.")
    group = tuple(_payer(item, where, "name", ("weight",)) for item in payers)
    if len({payer.name for payer in group}) < len(group):
        raise BadScheme(f"Un payeur est écrit deux fois dans {where}.")
    if not sum(payer.weight for payer in group):
        raise BadScheme(f"Les poids de {where} font zéro : personne ne paierait.")
    return Step("share", group)


def _envelope(raw: Mapping[str, Any], rank: int) -> Envelope:
    where = f"l'enveloppe {rank}"
    known(raw, ("payer", "cents", "from", "until"), where)
    dates = {key: raw[key] for key in ("from", "until") if key in raw}
    return Envelope(
        payer_name(raw.get("payer"), where),
        whole_cents(raw.get("cents"), f"cents de {where}"),
        _window(dates, where),
    )


def _exhausted(table: Mapping[str, Any]) -> str:
    known(table, ("then",), "[exhausted]")
    then = table.get("then", REFUSE)
    return REFUSE if then == REFUSE else payer_name(then, "[exhausted]")
