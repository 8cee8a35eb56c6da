"""A plan said again: as TOML text, as moves of three sliders, as what changed, as Cerfa lines."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ensemblier.engines.economics.format import TABLES
from ensemblier.engines.economics.plan import Plan


def plan_text(data: Mapping[str, Any]) -> str:
    """The TOML of plain values; `read_plan` gives the same plan again."""
    lines = [f"{key} = {value_text(x)}" for key, x in data.items() if not is_table(key, x)]
    for key, rows in data.items():
        if not is_table(key, rows):
            continue
        for row in [rows] if isinstance(rows, Mapping) else rows:
            heading = f"[{key}]" if isinstance(rows, Mapping) else f"[[{key}]]"
            lines += ["", heading, *(f"{k} = {value_text(v)}" for k, v in row.items())]
    return "\n".join(lines) + "\n"


def is_table(key: str, value: Any) -> bool:
    return key in TABLES or isinstance(value, Mapping)


def value_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def quoted(text: str) -> str:
    """A basic string of TOML: controls, quotes and bars are written by their number."""
    plain = (c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{"".join(plain)}"'


def moves(
    plan: Plan, *, price: int = 0, volume: int = 0, resources: Mapping[str, int] | None = None
) -> dict[tuple[str, str], Any]:
    """What three sliders change, for `with_values`: all selling prices, all volumes, and some
    resources, each by so many percent. KeyError when no resource has that id."""
    rows = {table: plan.data.get(table, []) for table in ("sale", "volume", "resource")}
    found: dict[tuple[str, str], Any] = {}
    if price:
        found |= {(r["id"], "price"): moved(r["price"], price, 4) for r in rows["sale"]}
    if volume:
        found |= {
            (r["id"], "yearly"): moved(r["yearly"], volume, 3)
            for r in rows["volume"]
            if "yearly" in r
        }
    known = {row["id"]: row for row in rows["resource"]}
    for item, percent in (resources or {}).items():
        key = next(key for key in ("yearly", "once", "price") if key in known[item])
        found[item, key] = moved(known[item][key], percent, 4 if key == "price" else 2)
    return found


def moved(value: Any, percent: int, decimals: int) -> Decimal:
    """So many percent more, half up at that many decimals; never below zero."""
    exact = max(Fraction(0), Fraction(value) * (100 + percent) / 100 * 10**decimals)
    whole = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return Decimal(whole).scaleb(-decimals)
