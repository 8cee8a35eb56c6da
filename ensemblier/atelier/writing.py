"""A plan written as TOML: the same values always give the same text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ensemblier.engines.economics.format import TABLES, TOP, UNCERTAINTY, Field


def text_of(data: Mapping[str, Any]) -> str:
    """The text of a plan's values, keys and tables in the order of the format."""
    return "\n".join(lines_of(data)) + "\n"


def lines_of(data: Mapping[str, Any]) -> Iterator[str]:
    yield from pairs(data, TOP)
    if unsure := data.get("uncertainty"):
        yield "\n[uncertainty]"
        yield from pairs(unsure, UNCERTAINTY)
    for name, table in TABLES.items():
        for row in data.get(name, []):
            yield f"\n[[{name}]]"
            yield from pairs(row, table.fields)


def pairs(row: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[str]:
    for key in fields:
        if key in row:
            yield f"{key} = {value_of(row[key])}"


def value_of(value: Any) -> str:
    """One value; text is quoted so that any sign goes through."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(value_of, value))}]"
    if isinstance(value, str):
        return quoted(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def quoted(text: str) -> str:
    found = []
    for sign in text:
        if sign in '"\\':
            found.append("\\" + sign)
        elif ord(sign) < 32 or ord(sign) == 127:
            found.append(f"\\u{ord(sign):04x}")
        else:
            found.append(sign)
    return '"' + "".join(found) + '"'
