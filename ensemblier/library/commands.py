"""`ensemblier library load`: put the committed sheets in the database."""

import argparse
import sys
from typing import Any

from ensemblier.base.refusal import Refusal


def register(subparsers: Any) -> None:
    """Add `library` and its verb to the command line."""
    top = subparsers.add_parser(
        "library",
        help="fiches d'expérience",
        description="Les fiches d'expérience livrées avec Ensemblier.",
    )
    verbs = top.add_subparsers(title="verbes", metavar="VERBE", required=True)
    load = verbs.add_parser(
        "load",
        help="charger les fiches",
        description="Charge les fiches livrées. Refaire ne change rien.",
    )
    load.set_defaults(run=_load)


def _load(arguments: argparse.Namespace) -> int:
    from ensemblier.library.actions import load_sheets

    try:
        report = load_sheets()
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    print(
        f"Fiches créées : {report.created}, changées : {report.changed}, "
        f"inchangées : {report.kept}."
    )
    return 0
