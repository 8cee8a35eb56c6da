"""Two contents of one page compared, and values in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ensemblier.base.pages.formats import euros
from ensemblier.fund.applications.models import Certainty, Effect, FrameKind, Nature, Sector
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.applications.screens import FORMS, choices_of
from ensemblier.fund.applications.tables import ALL
from ensemblier.fund.programme.models import ExpenseClass

COLUMNS = {table.name: tuple(c for c in table.columns if c != "side") for table in ALL}
WORDS: dict[str, Any] = {
    "sector": Sector,
    "kind": FrameKind,
    "effect": Effect,
    "certainty": Certainty,
    "expense_class": ExpenseClass,
    "nature": Nature,
}


def differences(
    step: str, yours: dict[str, Any], saved: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """What two contents of one page do not share: label, yours, saved."""
    return [
        (label_of(step, name), in_words(name, yours[name]), in_words(name, saved.get(name)))
        for name in yours
        if yours[name] != saved.get(name)
    ]


def label_of(step: str, name: str) -> str:
    field = getattr(FORMS.get(step), "base_fields", {}).get(name)
    rows = {table.name: table.label for table in ALL} | {"answers": "Réponses"}
    return str(field.label) if field else rows.get(name, NAMES[step])


def in_words(name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "(rien)"
    if name == "answers":
        return "\n".join(f"{code} : {text}" for code, text in value.items())
    if name in COLUMNS:
        return lines_of(value, COLUMNS[name])
    words = choices_of(name)
    values = value if isinstance(value, list) else [value]
    shown = ", ".join(words.get(item, str(item)) for item in values)
    return shown[:1].upper() + shown[1:]


def lines_of(rows: Iterable[dict[str, Any]], names: tuple[str, ...]) -> str:
    """One line a row."""

    def cell(row: dict[str, Any], name: str) -> str:
        value = row[name]
        if name == "amount_cents":
            return euros(value)
        if name in WORDS and value:
            return str(WORDS[name](value).label)
        return "" if value in (None, True, False) else str(value)

    return "\n".join(
        " · ".join(text for name in names if (text := cell(row, name))) for row in rows
    )
