"""`ensemblier sample`: draw an auditor's sample from a CSV, again and again the same."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ensemblier.engines.sampling import Method, Unit, draw

MOST_ROWS = 200_000
METHODS = {"hasard": Method.RANDOM, "monetaire": Method.MONETARY}


class WrongFile(ValueError):
    """The file cannot be read as a list of lines to draw from."""


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "sample",
        help="tire un échantillon d'un CSV avec une graine : la même graine redonne les mêmes",
        description="Le CSV (virgules ou points-virgules) a une colonne « cle », et selon le "
        "tirage « montant » (euros) et « strate ».",
    )
    command.add_argument("file", metavar="FICHIER.csv", type=Path)
    command.add_argument("--seed", required=True, metavar="GRAINE", help="un mot ou un nombre")
    command.add_argument("--taille", type=int, default=25, metavar="N", help="25 sinon")
    command.add_argument("--methode", choices=sorted(METHODS), default="hasard")
    command.add_argument("--strates", action="store_true", help="tire dans chaque strate")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        with arguments.file.open(encoding="utf-8-sig", newline="") as opened:
            head = opened.readline()
            opened.seek(0)
            rows = list(csv.reader(opened, delimiter=";" if ";" in head else ","))
        sample = draw(
            units_of(rows),
            arguments.taille,
            seed=arguments.seed,
            method=METHODS[arguments.methode],
            by_stratum=arguments.strates,
        )
    except (OSError, ValueError, csv.Error) as error:
        print(f"{arguments.file} : {error}", file=sys.stderr)
        return 1
    print(sample.sentence(), file=sys.stderr)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["rang", "cle", "montant", "strate", "tirages"])
    for row in sample.drawn:
        cents = f"{Decimal(row.unit.cents).scaleb(-2):.2f}"
        writer.writerow([row.rank, row.unit.key, cents, row.unit.stratum, row.hits])
    return 0


def units_of(rows: Sequence[Sequence[str]]) -> list[Unit]:
    """The lines of the file; what lacks says where."""
    if not rows or "cle" not in rows[0]:
        raise WrongFile("il faut une ligne de titres avec « cle ».")
    if len(rows) > MOST_ROWS:
        raise WrongFile(f"au plus {MOST_ROWS} lignes.")
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise WrongFile(f"ligne {number} : {len(row)} cases au lieu de {len(rows[0])}.")
        cell = dict(zip(rows[0], row, strict=True))
        amount = cents_of(cell.get("montant", "0"), number)
        found.append(Unit(cell["cle"].strip(), amount, cell.get("strate", "").strip()))
    return found


def cents_of(text: str, number: int) -> int:
    try:
        plain = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("€", "")
        cents = Decimal(plain.replace(",", ".") or "0") * 100
        if cents != cents.to_integral_value():
            raise InvalidOperation
    except InvalidOperation as fault:
        raise WrongFile(f"ligne {number} : « {text} » n'est pas un montant.") from fault
    return int(cents)
