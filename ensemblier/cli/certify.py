"""`ensemblier certify`: do a sharing again by a separate checker, and refuse any altered result."""

import argparse
import json
from pathlib import Path
from typing import Any

from ensemblier.engines.allocation.certify import verdict


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "certify", help="vérifier un partage : tout refaire à part, et dire pourquoi chaque refus"
    )
    command.add_argument(
        "file", type=Path, metavar="FICHIER", help="le .pb ou le .toml qui a été partagé"
    )
    command.add_argument("result", type=Path, metavar="RESULT.json")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when the result is the one that the ballots give, 1 otherwise."""
    is_pb = arguments.file.suffix.lower() == ".pb"
    try:
        body = json.loads(arguments.result.read_bytes())
        false, refused = verdict(arguments.file.read_bytes(), is_pb, body)
    except OSError as error:
        false, refused = [f"fichier inaccessible, {error.filename}"], []
    except Exception as error:  # whatever the files hold: an answer, never a traceback
        false, refused = [f"un des fichiers ne se lit pas ({error!r:.200})"], []
    for lot, _, text, _ in refused:
        print(f"{lot} refusé : {text}.")
    print(f"RÉSULTAT REFUSÉ : {', '.join(false)}" if false else "Résultat certifié.")
    return 1 if false else 0
