"""`ensemblier certify`: do a sharing again by a separate checker, and refuse any altered result."""

import argparse
from typing import Any

from ensemblier.engines.allocation import certify


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "certify", help="vérifier un partage : tout refaire à part, et dire pourquoi chaque refus"
    )
    command.add_argument("file", metavar="FICHIER", help="le .pb ou le .toml qui a été partagé")
    command.add_argument("result", metavar="RESULT.json")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when the result is the one that the ballots give, 1 otherwise."""
    return certify.main([arguments.file, arguments.result])
