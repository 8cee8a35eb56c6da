"""How the figures of a plan are said in French: values, rows, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ensemblier.atelier.rows import PLAN, UNSURE, fields_of, row_of
from ensemblier.base.pages.formats import MINUS, MONTHS, NOTHING, SPACE
from ensemblier.engines.economics import terms
from ensemblier.engines.economics.activities import BY_KEY
from ensemblier.engines.economics.format import TABLES, Field

TITLES = {PLAN: "Le plan", UNSURE: "Ce qui peut varier"} | {
    name: table.says for name, table in TABLES.items()
}
AIDS = {"": "aucune", "ACI": "ACI", "EI": "EI", "aided": "emploi aidé"}
REGIMES = {
    "": "non précisée",
    "not_economic": "activité non économique",
    "agricultural": "de minimis agricole",
    "sieg": "SIEG",
    "general": "de minimis général",
    "scheme": "régime notifié ou exempté",
}
WORDS: dict[str, dict[str, str]] = {
    "link": terms.LINKS,
    "class": terms.CLASSES,
    "audience": terms.AUDIENCES,
    "certainty": terms.CERTAINTIES,
    "nature": terms.NATURES,
    "form": terms.FORMS,
    "perimeter": terms.PERIMETERS,
    "payment": terms.PAYMENTS,
    "index": terms.INDEXES,
    "effect": terms.EFFECTS,
    "kind": {name: kind.label for name, kind in terms.KINDS.items()},
    "regime": REGIMES,
    "aid": AIDS,
}
UNITS = {
    "euros": "€",
    "cash": "€",
    "price": "€",
    "percent": "%",
    "rise": "%",
    "months": "mois",
    "wait": "mois",
    "hours": "h",
}


def perimeters_of(data: Mapping[str, Any]) -> dict[str, str]:
    """ACI, EI, and each agreement that the plan names: by its limit, or in one of its rows."""
    names = {part.split()[0] for part in str(data.get("aci_limits", "")).split(";") if part.strip()}
    rows = [row for table in TABLES for row in data.get(table, [])]
    named = {f"{terms.ACI}:{name}" for name in names} | {
        row["perimeter"] for row in rows if ":" in row.get("perimeter", "")
    }
    return terms.PERIMETERS | {each: each.replace(":", ", convention ") for each in sorted(named)}


ACTIVITY_KEY = "activity"
QUIET = ("id", "label", "source", "assumed")


def number(value: int | Decimal, *, cents: bool = False) -> str:
    """12345.5 as 12 345,5; with `cents`, 5.8 as 5,80."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    whole, _, rest = text.partition(".")
    sign = MINUS if whole.startswith("-") else ""
    digits = f"{int(whole.lstrip('-') or 0):,}".replace(",", SPACE)
    rest = rest.rstrip("0")
    if cents and rest:
        rest = rest.ljust(2, "0")
    return f"{sign}{digits}{',' + rest if rest else ''}"


def month(text: str) -> str:
    """2027-03 as mars 2027."""
    year, _, rank = text.partition("-")
    return f"{MONTHS[int(rank) - 1]}{SPACE}{year}"


def said(field: Field, value: Any, key: str = "") -> str:
    """One value, with its unit."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return " · ".join(number(each) for each in value)
    if key == ACTIVITY_KEY and value in BY_KEY:
        return BY_KEY[value].label
    if isinstance(value, str):
        if field.kind == "month":
            return month(value)
        return WORDS.get(field.kind, {}).get(value, value)
    unit = UNITS.get(field.kind, "%" if field.kind == "growth" else "")
    told = number(value, cents=unit == "€")
    return f"{told}{SPACE}{unit}" if unit else told


def facts(table: str, row: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a row says, but its names: key in words, value in words."""
    fields = fields_of(table)
    return [
        (fields[key].says, labels.get(value, said(fields[key], value, key)))
        if isinstance(value, str)
        else (fields[key].says, said(fields[key], value, key))
        for key, value in row.items()
        if key not in QUIET
    ]


def labels_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Id -> label, of every row."""
    return {
        row["id"]: row.get("label") or row["id"].replace("_", " ").capitalize()
        for name in TABLES
        for row in data.get(name, [])
    }


class Change(NamedTuple):
    """One value that differs between two texts; "" on one side when it is not there."""

    table: str
    label: str
    says: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed from one to the other, in the order of the format."""
    found: list[Change] = []
    labels = labels_of(before) | labels_of(after)
    for table in (PLAN, UNSURE, *TABLES):
        for item in ids(before, after, table):
            rows = [row_of(data, table, item) for data in (before, after)]
            name = labels.get(item, TITLES[table])
            if rows[0] is None or rows[1] is None:
                sides = ["" if row is None else "présent" for row in rows]
                found.append(Change(TITLES[table], name, "la ligne entière", *sides))
            else:
                found += differing(table, name, rows[0], rows[1], labels)
    return found


def ids(before: Mapping[str, Any], after: Mapping[str, Any], table: str) -> list[str]:
    if table in (PLAN, UNSURE):
        return [""]
    names = [row["id"] for data in (before, after) for row in data.get(table, [])]
    return list(dict.fromkeys(names))


def differing(
    table: str,
    name: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    labels: Mapping[str, str],
) -> Iterator[Change]:
    for key, field in fields_of(table).items():
        if old.get(key) != new.get(key):
            told = [labels.get(str(r.get(key)), said(field, r.get(key), key)) for r in (old, new)]
            yield Change(TITLES[table], name, field.says, *told)
