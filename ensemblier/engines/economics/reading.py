"""Reading a plan from TOML or from plain values: what is wrong is said in French, at its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from ensemblier.engines.cofinancing.faults import in_french
from ensemblier.engines.economics.cells import KINDS, BadCell
from ensemblier.engines.economics.checking import check
from ensemblier.engines.economics.format import TABLES, TOP, UNCERTAINTY, Field
from ensemblier.engines.economics.places import Place, places
from ensemblier.engines.economics.plan import BadPlan, Plan, Uncertainty
from ensemblier.engines.economics.terms import DEFAULT_CHANCE, MONTHS

MOST_TEXT = 400_000
MOST_ROWS = 200
MONTH_KEYS = ("first", "last", "aid_last")


def read_plan(text: str) -> Plan:
    """The plan written in `text` (TOML); raises BadPlan, which knows the line."""
    if len(text) > MOST_TEXT:
        raise BadPlan(f"Le plan dépasse {MOST_TEXT} caractères : ce n'est pas un plan.")
    try:
        data = tomllib.loads(text, parse_float=decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        words = in_french(str(error)).split(", ", 1)[-1]
        raise BadPlan(f"le fichier n'est pas du TOML valable : {words}.", line) from error
    except (ValueError, RecursionError) as error:
        raise BadPlan(
            "un nombre est trop long, ou des crochets sont trop imbriqués.", longest_number(text)
        ) from error
    return plan_of(data, places(text))


def longest_number(text: str) -> int:
    """The line of the longest run of digits or brackets: the reader stops there without a word."""
    lines = text.splitlines() or [""]
    runs = [max(map(len, re.findall(r"[0-9_]+|[\[{]+", line)), default=0) for line in lines]
    return runs.index(max(runs)) + 1


def decimal(text: str) -> Decimal:
    """Any decimal, however large: its size is judged where it is used."""
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation:
        return Decimal("Infinity")


def plan_of(data: Mapping[str, Any], where: Mapping[Place, int] | None = None) -> Plan:
    """The plan of plain values, as the reader of TOML gives them; raises BadPlan."""
    reader = Reader(where)
    known = (*TOP, "uncertainty", *TABLES)
    for key in data:
        if key not in known:
            line = reader.line("", 0, key) or reader.line(key, 0, "")
            raise BadPlan(
                f"« {key} » n'existe pas dans un plan : écrivez l'un de {words(known)}.", line
            )
    head = {key: value for key, value in data.items() if key in TOP}
    values = reader.row("", 0, head, TOP)
    reader.start = values["start"]
    unsure = data.get("uncertainty", {})
    if not isinstance(unsure, dict):
        raise BadPlan("écrivez [uncertainty].", reader.line("", 0, "uncertainty"))
    values["uncertainty"] = Uncertainty(**reader.row("uncertainty", 0, unsure, UNCERTAINTY))
    for name, table in TABLES.items():
        rows = reader.rows(name, data.get(name, []))
        values[table.attribute] = tuple(
            table.row(**with_defaults(name, reader.row(name, rank, raw, table.fields)))
            for rank, raw in enumerate(rows)
        )
    made = Plan(**values, data=data, places=reader.of_ids)
    check(made, reader.at)
    return made


def with_defaults(table: str, values: dict[str, Any]) -> dict[str, Any]:
    """What is understood when a row does not say it."""
    values.setdefault("label", values["id"].replace("_", " "))
    if table == "resource":
        values.setdefault("chance", DEFAULT_CHANCE[values.get("certainty", "asked")])
    return values


class Reader:
    """Knows where each value stands, and in which month the plan begins."""

    def __init__(self, where: Mapping[Place, int] | None) -> None:
        self.where, self.start = where or {}, 0
        self.top = None if where is None else 1  # the line of the plan itself, when it is a text
        self.of_ids: dict[str, int] = {}
        self.homes: dict[str, tuple[str, int]] = {}

    def line(self, table: str, rank: int, key: str) -> int | None:
        return self.where.get((table, rank, key))

    def at(self, item: str, key: str = "") -> int | None:
        """The line of a key of a driver, or of the driver; of a key of the plan when no driver."""
        table, rank = self.homes.get(item, ("", 0))
        return self.line(table, rank, key) or self.line(table, rank, "")

    def rows(self, table: str, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            line = self.line("", 0, table) or self.line(table, 0, "")
            raise BadPlan(f"cette table s'écrit avec deux crochets : [[{table}]].", line)
        if len(value) > MOST_ROWS:
            raise BadPlan(f"[[{table}]] a plus de {MOST_ROWS} lignes : regroupez-les.")
        return value

    def row(
        self, table: str, rank: int, raw: Mapping[str, Any], fields: Mapping[str, Field]
    ) -> dict[str, Any]:
        """The attributes of one row; each value read by its kind."""
        where = f"[[{table}]]" if table in TABLES else table or "le plan"
        for key in raw:
            if key not in fields:
                raise BadPlan(
                    f"« {key} » n'existe pas dans {where} : écrivez l'un de {words(fields)}.",
                    self.line(table, rank, key) or self.line(table, rank, ""),
                )
        for key, field in fields.items():
            if field.required and key not in raw:
                head = None if table else self.top
                raise BadPlan(
                    f"il manque « {key} » dans {where} ({field.says}).",
                    self.line(table, rank, "") or head,
                )
        values = dict(self.values(table, rank, raw, fields))
        if "id" in values:
            self.remember(table, rank, values["id"])
        return values

    def values(
        self, table: str, rank: int, raw: Mapping[str, Any], fields: Mapping[str, Field]
    ) -> Iterator[tuple[str, Any]]:
        for key, value in raw.items():
            field = fields[key]
            line = self.line(table, rank, key) or self.line(table, rank, "")
            try:
                read = KINDS[field.kind].read(value)
            except BadCell as error:
                raise BadPlan(f"« {key} » : {error}.", line) from error
            if key in MONTH_KEYS:
                read = self.month(key, read, line)
            yield field.attribute or key, read

    def month(self, key: str, month: int, line: int | None) -> int:
        """A month counted from the first of the plan. What began before began at once; what ends
        after the plan ends with it."""
        place = month - self.start
        if key == "first" and place >= MONTHS:
            raise BadPlan(f"« {key} » : ce mois est après la fin du plan.", line)
        if key == "last" and place < 0:
            raise BadPlan(f"« {key} » : ce mois est avant le début du plan.", line)
        return min(max(place, -1 if key == "aid_last" else 0), MONTHS - 1)

    def remember(self, table: str, rank: int, item: str) -> None:
        if item in self.homes:
            raise BadPlan(
                f"« {item} » est déjà le nom d'un autre élément : donnez-en un autre.",
                self.line(table, rank, "id"),
            )
        self.homes[item] = (table, rank)
        if line := self.line(table, rank, ""):
            self.of_ids[item] = line


def words(keys: Any) -> str:
    return ", ".join(keys)


def with_values(plan: Plan, changes: Mapping[tuple[str, str], Any]) -> Plan:
    """The plan where some keys of some drivers hold other values, read again from its data.

    `changes`: (id of the driver, or "" for the plan itself; key) -> the value as TOML gives it.
    Raises BadPlan. KeyError when no driver has that id.
    """
    data = {key: value for key, value in plan.data.items()}
    left = dict(changes)
    for key in [key for item, key in changes if not item]:
        data[key] = left.pop(("", key))
    for table in TABLES:
        rows = []
        for raw in plan.data.get(table, []):
            mine = {key: left.pop((raw["id"], key)) for item, key in changes if item == raw["id"]}
            rows.append({**raw, **mine})
        if rows:
            data[table] = rows
    if left:
        raise KeyError(next(iter(left))[0])
    return replace(plan_of(data), places=plan.places)
