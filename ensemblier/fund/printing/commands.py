"""`ensemblier cerfa`: a budget to the cent, printed in whole euros on a form; its totals hold."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ensemblier.engines.budget import CHARGE, FORMS, FUND_CODE, RESOURCE
from ensemblier.fund.applications.commands import cents
from ensemblier.fund.printing import blocks
from ensemblier.fund.printing.filling import Table, amount, side_of

SIDES = {"charges": CHARGE, "produits": RESOURCE}


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "cerfa", help="imprime un budget sur le Cerfa 12156, sans les centimes et totaux justes"
    )
    command.add_argument("file", metavar="FICHIER.toml", type=Path)
    command.add_argument(
        "--modele", metavar="MODELE.toml", type=Path, help="un autre formulaire que le Cerfa"
    )
    command.add_argument("--json", action="store_true", help="écrit du JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        form = (
            blocks.read(arguments.modele.read_text())
            if arguments.modele
            else blocks.house_forms()["cerfa-12156"]
        )
        tables = read(tomllib.loads(arguments.file.read_text(), parse_float=Decimal), form)
    except (OSError, ValueError, blocks.WrongTemplate) as error:
        print(f"{arguments.file} : {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(as_json(tables), ensure_ascii=False, indent=2))
    else:
        print(as_text(tables, form.unit))
    return 0


def read(budget: Mapping[str, Any], form: blocks.Form) -> list[Table]:
    """`charges` and `produits` are lists of {ligne, montant, payeur}; `demande` is in euros."""
    if unknown := set(budget) - {*SIDES, "demande"}:
        raise ValueError(f"« {min(unknown)} » n'est pas attendu dans ce fichier.")
    known = {(line.side, line.code) for line in FORMS[-1].lines}
    found: dict[str, dict[str, list[tuple[str, int]]]] = {CHARGE: {}, RESOURCE: {}}
    for name, side in SIDES.items():
        for row in budget.get(name, ()):
            code = str(row.get("ligne", ""))
            if (side, code) not in known:
                raise ValueError(f"Le Cerfa n'a pas de ligne « {code} » dans les {name}.")
            line = (str(row.get("payeur", code)), cents(row.get("montant"), f"ligne {code}"))
            found[side].setdefault(code, []).append(line)
    if asked := cents(budget.get("demande", 0), "demande"):
        found[RESOURCE][FUND_CODE] = [("Fonds de soutien", asked)]
    return [side_of(b, found[b.side], form.unit) for b in form.blocks if b.kind == "table"]


def as_json(tables: list[Table]) -> list[dict[str, Any]]:
    return [
        {
            "tableau": found.title,
            "lignes": [
                {"intitule": row.label, "imprime": row.units, "centimes": row.cents}
                for row, _ in found.lines()
            ],
        }
        for found in tables
    ]


def as_text(tables: list[Table], unit: int) -> str:
    """Two columns, headings and totals in capitals of place."""
    out = []
    for found in tables:
        out.append(found.title.upper())
        for row, kind in found.lines():
            label = "  " * row.depth + row.label
            mark = "=" if kind == "total" else " "
            out.append(f"{mark} {label[:72]:<72}{amount(row.units, unit):>14}")
        out.append("")
    first, second = (found.cash.units for found in tables[:2])
    if first != second:
        out.append("ATTENTION : charges et produits n'ont pas le même total.")
    return "\n".join(out).replace("\u00a0", " ").rstrip()
