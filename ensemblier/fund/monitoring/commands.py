"""`ensemblier dedicated-funds`: the dedicated fund of a grant written in a small file, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ensemblier.engines.dedicated_funds import SOURCE, Movement, Year, movements

FIELDS = {"annee", "recu", "employe", "rendu"}


class WrongFile(ValueError):
    """The file cannot be read as the years of a grant."""


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "dedicated-funds",
        help="calcule les fonds dédiés d'une subvention, année par année (JSON)",
    )
    command.add_argument("file", metavar="FICHIER.toml", type=Path)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        text = arguments.file.read_text(encoding="utf-8")
        found = read(tomllib.loads(text, parse_float=Decimal))
    except (OSError, ValueError) as error:
        print(f"{arguments.file} : {error}", file=sys.stderr)
        return 1
    answer = {"source": SOURCE, "annees": [as_json(move) for move in found]}
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


def read(content: Mapping[str, Any]) -> list[Movement]:
    """`compte` (194, 195 or 196), `depart`, and one `[[annees]]` a year, amounts in euros."""
    rows = content.get("annees")
    if not isinstance(rows, list) or not rows:
        raise WrongFile("écrivez au moins un bloc [[annees]].")
    years = [_year(row) for row in rows]
    return movements(
        years, str(content.get("compte", "194")), cents(content.get("depart", 0), "depart")
    )


def _year(row: Mapping[str, Any]) -> Year:
    if unknown := set(row) - FIELDS:
        raise WrongFile(f"« {min(unknown)} » n'est pas attendu dans ce fichier.")
    if not isinstance(row.get("annee"), int):
        raise WrongFile("chaque bloc porte une année en chiffres : annee = 2026.")
    amounts = [cents(row.get(name, 0), name) for name in ("recu", "employe", "rendu")]
    return Year(row["annee"], *amounts)


def cents(value: Any, name: str) -> int:
    """Euros as a number or as people write them."""
    try:
        exact = Decimal(str(value).replace(" ", "").replace("\u00a0", "").replace(",", ".")) * 100
    except InvalidOperation as error:
        raise WrongFile(f"{name} : « {value} » n'est pas un montant.") from error
    if exact != exact.to_integral_value():
        raise WrongFile(f"{name} : {value} a plus de deux décimales, écrivez les centimes.")
    return int(exact)


def as_json(move: Movement) -> dict[str, Any]:
    return {
        "annee": move.year,
        "debut": _euros(move.opening_cents),
        "report": _euros(move.carried_cents),
        "utilisation": _euros(move.released_cents),
        "fin": _euros(move.closing_cents),
        "ecritures": [
            {
                "debit": entry.debit,
                "credit": entry.credit,
                "montant": _euros(entry.amount_cents),
                "libelle": entry.label,
            }
            for entry in move.entries
        ],
        "phrase": move.sentence,
    }


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
