"""`ensemblier disclose`: a table of data turned into statistics that give nobody away, as CSV."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ensemblier.base.pages.cells import harmless
from ensemblier.engines.disclosure import ENTERPRISES, PEOPLE, Fact, Key, Published, protect

RULES = {"personnes": PEOPLE, "entreprises": ENTERPRISES}
VALUE, UNITS, WHO = "valeur", "unites", "qui"
TOTAL, SECRET = "ensemble", "secret"
MOST_ROWS = 20_000


class WrongFile(ValueError):
    """The file cannot be read as a table of data."""


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "disclose",
        help="cache les petits nombres d'un tableau, et ce qui permettrait de les retrouver (CSV)",
        description="Colonnes : « valeur », « unites » (combien de personnes), « qui » pour une "
        "entreprise ; toutes les autres classent la ligne.",
    )
    command.add_argument("file", metavar="FICHIER.csv", type=Path)
    command.add_argument("--regle", choices=sorted(RULES), default="personnes")
    command.add_argument(
        "--tableaux",
        default="",
        metavar="A,B;A,C",
        help="croisements publiés ensemble (par défaut : toutes les colonnes)",
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        with arguments.file.open(encoding="utf-8-sig", newline="") as opened:
            names, facts = read(list(csv.reader(opened)))
        tables = crossings(arguments.tableaux, names)
    except (OSError, ValueError, csv.Error) as error:
        print(f"{arguments.file} : {error}", file=sys.stderr)
        return 1
    write(names, protect(facts, tables, RULES[arguments.regle]))
    return 0


def read(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[Fact]]:
    """The names of the dimensions, and the facts."""
    if len(rows) < 2 or VALUE not in rows[0]:
        raise WrongFile(f"il faut une ligne de titres avec « {VALUE} », puis des données.")
    if len(rows) > MOST_ROWS:
        raise WrongFile(f"au plus {MOST_ROWS} lignes.")
    names = [name for name in rows[0] if name not in (VALUE, UNITS, WHO)]
    if not names:
        raise WrongFile("il faut au moins une colonne qui classe les lignes (région, année…).")
    facts = []
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise WrongFile(f"ligne {line} : {len(row)} cases au lieu de {len(rows[0])}.")
        cell = dict(zip(rows[0], row, strict=True))
        value = whole(cell[VALUE], line)
        units = whole(cell[UNITS], line) if UNITS in cell else value
        facts.append(Fact(tuple(cell[n] for n in names), value, units, cell.get(WHO, "")))
    return names, facts


def whole(text: str, line: int) -> int:
    if not text.strip().isdecimal():
        raise WrongFile(f"ligne {line} : « {text} » n'est pas un nombre entier positif.")
    return int(text)


def crossings(asked: str, names: Sequence[str]) -> list[list[int]]:
    if not asked:
        return [list(range(len(names)))]
    tables = []
    for part in asked.split(";"):
        wanted = [name.strip() for name in part.split(",")]
        if unknown := [name for name in wanted if name not in names]:
            raise WrongFile(f"la colonne « {unknown[0]} » n'existe pas dans ce fichier.")
        tables.append([names.index(name) for name in wanted])
    return tables


def write(names: Sequence[str], found: Published) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*map(harmless, names), VALUE])
    for key in sorted(found.shown, key=order):
        value = found.shown[key]
        writer.writerow(
            [
                *(TOTAL if part is None else harmless(part) for part in key),
                SECRET if value is None else value,
            ]
        )


def order(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in key)
