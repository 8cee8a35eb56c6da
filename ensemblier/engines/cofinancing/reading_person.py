"""Reading what the person pays, and what is given more, from the tables of a scheme."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ensemblier.engines.cofinancing.cells import decimal, known, payer_name, whole_cents
from ensemblier.engines.cofinancing.scheme import (
    PERIODS,
    BadScheme,
    PersonRule,
    Surcharge,
    Window,
)

RULES = (
    "free",
    "full",
    "percent",
    "fixed",
    "table",
    "cost",
    "producer",
    "credit",
    "rest",
)
WHERE = "[person]"


def read_person(table: Mapping[str, Any], valid: Window) -> PersonRule:
    """What the person pays; raises BadScheme."""
    rule = table.get("rule")
    if rule not in RULES:
        raise BadScheme(
            "Dites ce que la personne paie dans [person] : rule = " + choices(RULES) + "."
        )
    if rule in ("free", "full"):
        known(table, ("rule",), WHERE)
        return PersonRule(rule)
    if rule == "percent":
        known(table, ("rule", "percent"), WHERE)
        return PersonRule(rule, percents={"": decimal(table.get("percent"), "percent")})
    if rule == "fixed":
        known(table, ("rule", "cents_per_unit"), WHERE)
        return PersonRule(
            rule, unit_cents={"": decimal(table.get("cents_per_unit"), "cents_per_unit")}
        )
    if rule == "table":
        return _table(table)
    if rule in ("cost", "producer"):
        return _coefficient(table)
    return _credit(table, valid) if rule == "credit" else _rest(table)


def choices(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _by(table: Mapping[str, Any]) -> str:
    if table.get("by") not in ("size", "tier"):
        raise BadScheme('Un barème se lit selon la taille ou la tranche : by = "size" ou "tier".')
    return str(table["by"])


def _decimals(raw: Any, key: str) -> dict[str, Fraction]:
    if not isinstance(raw, dict):
        raise BadScheme(f'Le barème {key} s\'écrit {{ "1" = "10", "2" = "8" }}.')
    return {name: decimal(value, f"{key} {name}") for name, value in raw.items()}


def _table(table: Mapping[str, Any]) -> PersonRule:
    known(table, ("rule", "by", "percent", "cents_per_unit"), WHERE)
    by = _by(table)
    percents = _decimals(table.get("percent", {}), "percent")
    cents = _decimals(table.get("cents_per_unit", {}), "cents_per_unit")
    if bool(percents) == bool(cents):
        raise BadScheme("Un barème donne soit percent, soit cents_per_unit, et au moins une ligne.")
    return PersonRule("table", by=by, percents=percents, unit_cents=cents)


def _coefficient(table: Mapping[str, Any]) -> PersonRule:
    known(table, ("rule", "by", "coefficient"), WHERE)
    raw = table.get("coefficient", "1")
    if isinstance(raw, dict):
        values = _decimals(raw, "coefficient")
        if not values:
            raise BadScheme("Le barème coefficient a au moins une ligne.")
        return PersonRule(table["rule"], by=_by(table), coefficients=values)
    return PersonRule(table["rule"], coefficients={"": decimal(raw, "coefficient")})


def _credit(table: Mapping[str, Any], valid: Window) -> PersonRule:
    known(table, ("rule", "by", "cents", "per", "carry"), WHERE)
    if table.get("per") not in PERIODS:
        raise BadScheme(f"Le crédit est par période : per = {choices(PERIODS)}.")
    carry = table.get("carry", False)
    if not isinstance(carry, bool):
        raise BadScheme("carry vaut true (ce qui n'est pas dépensé reste) ou false.")
    if carry and valid.first is None:
        raise BadScheme(
            "Un crédit qui se garde d'une période à l'autre commence un jour : écrivez "
            "valid = { from = … }."
        )
    raw = table.get("cents")
    if isinstance(raw, dict):
        credit = {name: whole_cents(value, f"cents {name}") for name, value in raw.items()}
        return PersonRule("credit", by=_by(table), credit=credit, per=table["per"], carry=carry)
    credit = {"": whole_cents(raw, "cents de [person]")}
    return PersonRule("credit", credit=credit, per=table["per"], carry=carry)


def _rest(table: Mapping[str, Any]) -> PersonRule:
    known(table, ("rule", "at_most_percent", "at_most_cents_per_unit"), WHERE)
    percent, cents = table.get("at_most_percent"), table.get("at_most_cents_per_unit")
    if (percent is None) == (cents is None):
        raise BadScheme(
            "Si la personne paie ce qui reste, dites jusqu'où : at_most_percent ou "
            "at_most_cents_per_unit. Sans cette limite, la fin d'une enveloppe retomberait sur "
            "elle."
        )
    if percent is not None:
        return PersonRule("rest", percents={"": decimal(percent, "at_most_percent")})
    return PersonRule("rest", unit_cents={"": decimal(cents, "at_most_cents_per_unit")})


def read_surcharge(table: Mapping[str, Any]) -> Surcharge | None:
    """What feeds a pot; None when nothing does."""
    if not table:
        return None
    known(table, ("pot", "percent", "tiers"), "[surcharge]")
    tiers = table.get("tiers", [])
    if not isinstance(tiers, list) or not all(isinstance(tier, str) for tier in tiers):
        raise BadScheme('surcharge.tiers est une liste de textes : ["soutien"].')
    percent = decimal(table.get("percent", "0"), "surcharge.percent")
    if percent and not tiers:
        raise BadScheme('Dites qui paie plus : surcharge.tiers = ["…"].')
    return Surcharge(payer_name(table.get("pot"), "[surcharge]"), percent, frozenset(tiers))
