"""The plan as a spreadsheet whose cells are live: change a hypothesis, everything follows.

The formulas are those of `recipes.py`, with the same roundings: a spreadsheet gives our cents.
Hypotheses come first and can be read back (`changes`). Months, delays and lives are not live: they
give the sheet its shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ensemblier.engines.economics.cellnames import Cell, Formula, Sheet, at, block, rounded
from ensemblier.engines.economics.format import TABLES, TOP, Field
from ensemblier.engines.economics.formulas import LineRows, VolumeRows
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import BadPlan, Plan
from ensemblier.engines.economics.price_page import price_sheets
from ensemblier.engines.economics.rules_page import rules_sheet
from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS, is_aci
from ensemblier.engines.law import insertion

INPUTS = ("euros", "cash", "price", "quantity", "hours", "percent", "rise", "rate")
LISTS = ("season", "growth")
LIMITS = "aci_limits"
HEAD = ("élément", "clé", "valeur", "ce que c'est", "libellé", "d'où vient le chiffre")


class Inputs:
    """The first sheet, and where each hypothesis stands in it."""

    def __init__(self, plan: Plan) -> None:
        self.sheet = Sheet("Hypotheses")
        self.sheet.add(*HEAD)
        self.where: dict[tuple[str, str], str] = {}
        self.add_row("", plan.data, TOP, plan.name, plan.source)
        self.add_limits(plan)
        for table, kept in TABLES.items():
            for raw in plan.data.get(table, []):
                said = raw.get("source", "") or ("hypothèse" if raw.get("assumed") else "")
                self.add_row(raw["id"], raw, kept.fields, raw.get("label", raw["id"]), said)

    def add_row(
        self, item: str, raw: Mapping[str, Any], fields: Mapping[str, Field], label: str, said: str
    ) -> None:
        for key, field in fields.items():
            if key not in raw:
                continue
            if field.kind in INPUTS:
                self.add(item, key, raw[key], field, label, said)
            elif field.kind in LISTS and isinstance(raw[key], list):
                for rank, value in enumerate(raw[key], 1):
                    self.add(item, f"{key} {rank}", value, field, label, said)
            elif field.kind == "growth":
                self.add(item, key, raw[key], field, label, said)

    def add_limits(self, plan: Plan) -> None:
        """The share of each agreement of an ACI, one row each; the one of the plan when it is
        understood: the page of rules reads them all here."""
        if any(map(is_aci, perimeters(plan))) and ("", "aci_limit") not in self.where:
            said = insertion.ACI_SALES_SHARE[0].source
            share = Decimal(plan.aci_limit) / 100
            self.add("", "aci_limit", share, TOP["aci_limit"], plan.name, said)
        for name, limit in plan.aci_limits:
            share = Decimal(limit) / 100
            label = f"convention « {name} »"
            self.add("", f"{LIMITS} {name}", share, TOP[LIMITS], label, plan.source)

    def add(self, item: str, key: str, value: Any, field: Field, label: str, said: str) -> None:
        row = self.sheet.add(item, key, value, field.says, label, said)
        self.where[item, key] = at("Hypotheses", 2, row)

    def cell(self, item: str, key: str, scale: int, default: int) -> str:
        """The whole number that the engine works with: from the cell, or written as it is."""
        place = self.where.get((item, key))
        return rounded(f"{place}*{scale}") if place else str(default)


def book(outcome: Outcome) -> list[Sheet]:
    """Every sheet, hypotheses first."""
    plan, inputs = outcome.plan, Inputs(outcome.plan)
    indexes = index_sheet(plan, inputs)
    volumes = VolumeRows(plan, inputs)
    lines = LineRows(outcome, inputs, volumes)
    months = month_sheet(outcome, inputs, lines)
    return [
        inputs.sheet,
        years_sheet(outcome, lines),
        months,
        lines.lines,
        lines.payments,
        volumes.sheet,
        *([lines.loans] if len(lines.loans.rows) > 1 else []),
        *price_sheets(outcome, lines, volumes),
        rules_sheet(outcome, inputs, lines),
        indexes,
    ]


def index_sheet(plan: Plan, inputs: Inputs) -> Sheet:
    """Indexes in millionths, by year."""
    sheet = Sheet("Indices", frozen=1)
    sheet.add("indice, en millionièmes", *plan.year_names)
    sheet.add("aucun", *([1_000_000] * YEARS))
    for name, key, rise in (
        ("general", "inflation", plan.general),
        ("wages", "wage_rise", plan.wages),
        ("food", "food_rise", plan.food),
    ):
        row = len(sheet.rows) + 1
        cells: list[Cell] = [name, 1_000_000]
        for year in range(1, YEARS):
            before = at("Indices", year, row)
            risen = f"(10000+{inputs.cell('', key, 100, rise)})"
            cells.append(Formula(rounded(f"{before}*{risen}/10000")))
        sheet.add(*cells)
    return sheet


def month_sheet(outcome: Outcome, inputs: Inputs, lines: LineRows) -> Sheet:
    plan = outcome.plan
    sheet = Sheet("Mois", frozen=1)
    sheet.add("euros", *plan.month_names)
    rows = {}
    for name, kept, side in (
        ("produits", lines.lines, "ressource"),
        ("charges", lines.lines, "charge"),
        ("encaissé", lines.payments, "ressource"),
        ("décaissé", lines.payments, "charge"),
    ):
        last = len(kept.rows)
        cells = [
            Formula(
                f'SUMIF({block(kept.name, 3, 2, 3, last)};"{side}";'
                f"{block(kept.name, lines.first + month, 2, lines.first + month, last)})"
            )
            for month in range(MONTHS)
        ]
        rows[name] = sheet.add(name, *cells)
    result = [
        Formula(f"{at('Mois', m, rows['produits'])}-{at('Mois', m, rows['charges'])}")
        for m in range(1, MONTHS + 1)
    ]
    sheet.add("résultat", *result)
    cash = len(sheet.rows) + 1
    opening = f"{inputs.cell('', 'opening_cash', 100, plan.opening)}/100"
    balances: list[Cell] = []
    for month in range(1, MONTHS + 1):
        before = at("Mois", month - 1, cash) if month > 1 else opening
        moved = f"{at('Mois', month, rows['encaissé'])}-{at('Mois', month, rows['décaissé'])}"
        balances.append(Formula(f"{before}+{moved}"))
    sheet.add("trésorerie en fin de mois", *balances)
    return sheet


def years_sheet(outcome: Outcome, lines: LineRows) -> Sheet:
    """The Cerfa budget by year: one row by line of the form, totals, and the balance."""
    plan = outcome.plan
    sheet = Sheet("Annees")
    sheet.add("ligne", "côté", *plan.year_names)
    last = len(lines.lines.rows)
    totals = {}
    sides = (("charge", False), ("ressource", False), ("charge", True), ("ressource", True))
    for side, in_kind in sides:
        codes = sorted(
            {code for name, code, kind in lines.codes if (name, kind) == (side, in_kind)}
        )
        first = len(sheet.rows) + 1
        for code in codes:
            cells = [
                Formula(
                    f'SUMIF({block("Lignes", 2, 2, 2, last)};"{side} {code}";'
                    f"{block('Lignes', lines.years + year, 2, lines.years + year, last)})"
                )
                for year in range(YEARS)
            ]
            sheet.add(code, side, *cells)
        words = f"total {'en nature ' if in_kind else ''}{side}s"
        sums: list[Cell] = [
            Formula(f"SUM({block('Annees', 2 + year, first, 2 + year, len(sheet.rows))})")
            if codes
            else 0
            for year in range(YEARS)
        ]
        totals[side, in_kind] = sheet.add(words, side, *sums)
    gap = [
        Formula(
            f"{at('Annees', 2 + year, totals['ressource', False])}"
            f"-{at('Annees', 2 + year, totals['charge', False])}"
        )
        for year in range(YEARS)
    ]
    sheet.add("résultat", "", *gap)
    ends = [Formula(at("Mois", YEAR * (year + 1), 7)) for year in range(YEARS)]
    sheet.add("trésorerie en fin d'année", "", *ends)
    return sheet


def changes(rows: Iterable[Sequence[str]], plan: Plan) -> dict[tuple[str, str], Any]:
    """What the rows of a first sheet say otherwise than the plan; raises BadPlan, with the row.

    The result is for `with_values`. Rows of other elements are refused; columns after the third
    are not looked at.
    """
    known = Inputs(plan).where
    now = current(plan)
    found: dict[tuple[str, str], Any] = {}
    for number, row in enumerate(rows, 1):
        cells = [*row, "", "", ""][:3]
        if number == 1 or not any(cells):
            continue
        item, key, text = (cell.strip() for cell in cells)
        if (item, key) not in known:
            raise BadPlan(
                f"« {item or 'plan'} », « {key} » : cette hypothèse n'existe pas.", number
            )
        try:
            value = Decimal(text.replace(",", ".").replace("\u202f", "").replace(" ", ""))
        except InvalidOperation as error:
            raise BadPlan(f"« {text} » n'est pas un nombre.", number) from error
        if value != now[item, key]:
            found[item, key] = value
    return merged(found, plan)


def perimeters(plan: Plan) -> set[str]:
    rows = (raw for table in TABLES for raw in plan.data.get(table, []))
    return {str(raw.get("perimeter", "")) for raw in rows}


def current(plan: Plan) -> dict[tuple[str, str], Decimal]:
    return {(str(row[0]), str(row[1])): Decimal(str(row[2])) for row in Inputs(plan).sheet.rows[1:]}


def merged(found: Mapping[tuple[str, str], Any], plan: Plan) -> dict[tuple[str, str], Any]:
    """Twelve cells of one season, or the limits of all agreements, are one value again."""
    rows = {raw["id"]: raw for table in TABLES for raw in plan.data.get(table, [])}
    whole: dict[tuple[str, str], Any] = {}
    typed = {key: value for key, value in found.items() if key[1].startswith(f"{LIMITS} ")}
    if typed:
        limits = [
            (name, plain(typed.get(("", f"{LIMITS} {name}"), Decimal(limit) / 100)))
            for name, limit in plan.aci_limits
        ]
        whole["", LIMITS] = " ; ".join(f"{name} {share}" for name, share in limits)
    for (item, key), value in found.items():
        name, _, rank = key.partition(" ")
        if name == LIMITS:
            continue
        if not rank:
            whole[item, name] = plain(value)
            continue
        values = whole.setdefault((item, name), list(rows[item][name]))
        values[int(rank) - 1] = plain(value)
    return whole


def plain(value: Decimal) -> int | Decimal:
    """As TOML would have given it."""
    if value.is_finite() and value == value.to_integral_value() and abs(value) < 10**15:
        return int(value)
    return value
