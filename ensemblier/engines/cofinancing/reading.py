"""Reading a scheme from TOML: everything is checked, and what is wrong is said in French."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ensemblier.engines.cofinancing.cells import decimal, known, payer_name, whole_cents
from ensemblier.engines.cofinancing.faults import in_french
from ensemblier.engines.cofinancing.reading_person import choices, read_person, read_surcharge
from ensemblier.engines.cofinancing.scheme import (
    PERIODS,
    REFUSE,
    BadScheme,
    Envelope,
    HouseholdCap,
    Payer,
    Payment,
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
    "families": "family",
    "labels": "labels",
}
TOP = (
    "name",
    "valid",
    "scope",
    "person",
    "surcharge",
    "step",
    "envelope",
    "exhausted",
    "payer",
    "farm_goods",
)
BOUNDS = ("up_to_percent", "up_to_cents_per_unit")
NATURES = ("grant", "complement", "gift", "own")
# The bases on which a part may be paid where State aid rules look (domain rules, section 7).
BASES = ("not_economic", "farm_de_minimis", "sieg_mandate", "general_de_minimis", "exempted")


def read_scheme(text: str) -> Scheme:
    """The scheme written in `text`; raises BadScheme."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScheme(
            f"Le fichier n'est pas du TOML valable : {in_french(str(error))}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadScheme(
            "Un nombre est trop long, ou des crochets sont trop imbriqués : simplifiez le texte."
        ) from error
    known(data, TOP, "le dispositif")
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadScheme('Donnez un nom au dispositif : name = "…".')
    farm_goods = data.get("farm_goods", True)
    if not isinstance(farm_goods, bool):
        raise BadScheme("farm_goods vaut true (produits agricoles) ou false.")
    valid = _window(_table(data, "valid"), "valid")
    return Scheme(
        name=name.strip(),
        person=read_person(_table(data, "person"), valid),
        steps=tuple(_step(raw, rank) for rank, raw in enumerate(_tables(data, "step"), 1)),
        valid=valid,
        scope=_scope(_table(data, "scope")),
        envelopes=tuple(_envelope(e, n) for n, e in enumerate(_tables(data, "envelope"), 1)),
        exhausted=_exhausted(_table(data, "exhausted")),
        surcharge=read_surcharge(_table(data, "surcharge")),
        payments=_payments(_tables(data, "payer"), farm_goods),
        farm_goods=farm_goods,
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
            f"Le plafond par foyer de {name} est par semaine, mois, an ou dispositif : "
            'per = "week", "month", "year" ou "scheme".'
        )
    return HouseholdCap(whole_cents(raw.get("cents"), f"cap_per_household ({name})"), raw["per"])


def _step(raw: Mapping[str, Any], rank: int) -> Step:
    where, kind = f"l'étape {rank}", raw.get("kind")
    body = {key: value for key, value in raw.items() if key not in ("kind", *BOUNDS)}
    bounds = _bounds(raw, where)
    if kind == "rest":
        return Step("rest", (_payer(body, where, "payer"),), **bounds)
    if kind == "match":
        matched = payer_name(body.pop("of", None), f"{where} (of)")
        percent = decimal(body.pop("percent", "100"), f"percent de {where}")
        payers = (_payer(body, where, "payer"),)
        return Step("match", payers, matched=matched, match_percent=percent, **bounds)
    if kind != "share":
        raise BadScheme(f'Dites la sorte de {where} : kind = "share", "rest" ou "match".')
    known(raw, ("kind", "payers", *BOUNDS), where)
    listed = raw.get("payers")
    if not isinstance(listed, list) or not listed:
        raise BadScheme(f"Nommez au moins un payeur dans {where}.")
    group = tuple(_payer(item, where, "name", ("weight",)) for item in listed)
    if len({payer.name for payer in group}) < len(group):
        raise BadScheme(f"Un payeur est écrit deux fois dans {where}.")
    if not sum(payer.weight for payer in group):
        raise BadScheme(f"Les poids de {where} font zéro : personne ne paierait.")
    return Step("share", group, **bounds)


def _bounds(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What the step takes on at most, when it says so."""
    percent, cents = (raw.get(key) for key in BOUNDS)
    return {
        "up_to_percent": None if percent is None else decimal(percent, f"{BOUNDS[0]} de {where}"),
        "up_to_cents": None if cents is None else whole_cents(cents, f"{BOUNDS[1]} de {where}"),
    }


def _envelope(raw: Mapping[str, Any], rank: int) -> Envelope:
    where = f"l'enveloppe {rank}"
    known(raw, ("payer", "cents", "from", "until", "fed"), where)
    if not isinstance(raw.get("fed", False), bool):
        raise BadScheme(f"fed de {where} vaut true (une cagnotte que l'on alimente) ou false.")
    dates = {key: raw[key] for key in ("from", "until") if key in raw}
    return Envelope(
        payer_name(raw.get("payer"), where),
        whole_cents(raw.get("cents"), f"cents de {where}"),
        _window(dates, where),
        raw.get("fed", False),
    )


def _exhausted(table: Mapping[str, Any]) -> str:
    known(table, ("then",), "[exhausted]")
    then = table.get("then", REFUSE)
    return REFUSE if then == REFUSE else payer_name(then, "[exhausted]")


def _payments(tables: list[dict[str, Any]], farm_goods: bool) -> dict[str, Payment]:
    """The nature and legal basis of each payer's money.

    General de minimis does not cover the marketing of farm goods when the aid is set by the price
    or quantity bought from primary producers, or is conditional on being passed on to them
    (regulation (EU) 2023/2831, article 1): a part of a line is just that, so it is refused.
    """
    payments = {}
    for rank, raw in enumerate(tables, 1):
        where = f"le payeur {rank}"
        known(raw, ("name", "nature", "legal_basis"), where)
        name = payer_name(raw.get("name"), where)
        nature, basis = raw.get("nature", "grant"), raw.get("legal_basis", "")
        if nature not in NATURES:
            raise BadScheme(f"La nature de {where} est l'une de {choices(NATURES)}.")
        if basis and basis not in BASES:
            raise BadScheme(f"La base légale de {where} est l'une de {choices(BASES)}.")
        if basis == "general_de_minimis" and farm_goods:
            raise BadScheme(
                f"{name} ne peut pas payer au titre du de minimis général une part du prix de "
                "produits agricoles (règlement (UE) 2023/2831, article 1er). Choisissez une autre "
                "base : farm_de_minimis, sieg_mandate, not_economic ou exempted."
            )
        payments[name] = Payment(nature, basis)
    return payments
