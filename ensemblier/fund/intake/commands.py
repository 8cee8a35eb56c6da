"""`ensemblier demarche`: read a linked démarche again, from the command line."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from django.utils import timezone

from ensemblier.base.refusal import Refusal


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "demarche",
        help="lit une démarche reliée à un appel ; l'import se confirme ensuite à l'écran",
    )
    command.add_argument("number", metavar="NUMÉRO", type=int, help="numéro de la démarche")
    command.add_argument("call", metavar="APPEL", help="adresse courte de l'appel")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from ensemblier.fund.intake.models import Demarche
    from ensemblier.fund.intake.reading import fetch

    rows = Demarche.objects.filter(number=arguments.number, call__slug=arguments.call)
    demarche = rows.select_related("owner").first()
    if demarche is None:
        print("Cette démarche n'est pas reliée à cet appel : reliez-la à l'écran.", file=sys.stderr)
        return 1
    try:
        made = fetch(demarche=demarche, actor=demarche.owner, clock=timezone.now, wait=time.sleep)
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    if not made:
        print("Rien de nouveau.")
    for batch in made:
        print(f"{len(batch.cells)} dossier(s) lus, {len(batch.aside)} non repris : "
              f"import {batch.pk} à confirmer.")  # fmt: skip
    return 0
