"""`ensemblier gifts`: the reference amount of gifts, from a file of years."""

import argparse
import csv
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from ensemblier.engines.gifts import NoPastYear, reference
from ensemblier.engines.law.gifts import company_relief_rate


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "gifts", help="montant de référence des dons, depuis un fichier annee,centimes"
    )
    command.add_argument("file", type=Path, metavar="DONS.csv")
    command.add_argument(
        "--year", type=int, metavar="ANNÉE", help="défaut : la dernière du fichier"
    )
    command.add_argument("--over", type=int, default=5, metavar="N", help="années de la moyenne")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the reference as JSON; 2 when the file says nothing usable."""
    try:
        rows = list(csv.reader(arguments.file.read_text("utf-8-sig").splitlines()))
        gifts = {int(year): int(cents) for year, cents in rows[1:]}
        year = arguments.year or max(gifts)
        rate = company_relief_rate(date(year, 12, 31))
        found = reference(gifts, year, over=arguments.over, relief_rate=rate)
    except (OSError, ValueError, KeyError, NoPastYear) as error:
        print(
            "Le fichier a deux colonnes, annee,centimes, une ligne par année, dont l'année voulue "
            f"et au moins une année avant elle. ({error})",
            file=sys.stderr,
        )
        return 2
    answer = {
        "annee": found.year,
        "moyenne_centimes": found.mean,
        "annees_de_la_moyenne": list(found.years),
        "dons_centimes": found.gifts,
        "reinvestissable_centimes": found.reinvestable,
        "reduction_impot_non_depensee_centimes": found.relief_unspent,
    }
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 0
