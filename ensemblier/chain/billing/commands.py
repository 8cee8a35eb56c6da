"""`ensemblier invoice`: check an electronic invoice and say what it holds."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ensemblier.base.refusal import Refusal


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "invoice", help="vérifier une facture Factur-X (PDF ou XML) et dire ce qu'elle contient"
    )
    command.add_argument(
        "--check",
        required=True,
        type=Path,
        metavar="FICHIER",
        help="la facture à vérifier : schéma du profil et additions, écrits en JSON",
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when the invoice is right, 1 when something is wrong with it, 2 when it cannot be read."""
    from ensemblier.chain.billing.received_file import read_given
    from ensemblier.chain.billing.received_reading import as_words

    try:
        content = arguments.check.read_bytes()
        given = read_given(content=content, name=arguments.check.name)
    except (Refusal, OSError) as error:
        why = (
            error.message if isinstance(error, Refusal) else f"{error.strerror} : {error.filename}"
        )
        print(f"Cette facture ne se lit pas. {why}", file=sys.stderr)
        return 2
    told = as_words(given.said)
    faults = {"schema": given.schema_faults, "additions": told.pop("faults")}
    right = not any(faults.values())
    answer = {"juste": right, "fautes": faults, "facture": told}
    print(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
    return 0 if right else 1
