"""`ensemblier certify`: do a sharing again by a separate checker, and refuse any altered result."""

import argparse
import json
from pathlib import Path
from typing import Any

from ensemblier.engines.allocation.certify import verdict

# What each part of a result is called, to say which one is not what the ballots give.
PARTS = {
    "format": "le format",
    "input": "l'empreinte du fichier partagé",
    "rule": "la règle",
    "winners": "la liste des lots financés",
    "order": "l'ordre des achats",
    "payments": "ce que paie chaque juré",
    "stages": "les étapes du calcul",
    "refused": "la liste des refus",
    "digest": "l'empreinte du résultat",
}


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
        return unreadable(f"le fichier {error.filename} ne s'ouvre pas")
    except Exception as error:  # whatever the files hold: an answer, never a traceback
        return unreadable(f"un des deux fichiers ne se lit pas ({error!r:.200})")
    for lot, _, text, _ in refused:
        print(f"{lot} refusé : {text}.")
    if false:
        told = ", ".join(f"{PARTS[key]} ({key})" if key in PARTS else key for key in false)
        print(f"RÉSULTAT REFUSÉ. Ne vient pas de ces bulletins : {told}.")
        print("Demandez le fichier d'origine à qui tient le jury, ou refaites le partage.")
        return 1
    print("Résultat certifié.")
    return 0


def unreadable(why: str) -> int:
    print(f"RÉSULTAT REFUSÉ : {why}. Donnez le fichier partagé, puis le résultat.")
    return 1
