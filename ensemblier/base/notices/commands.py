"""`ensemblier notices`: send what waits in the outbox."""

import argparse
from typing import Any

from django.utils import timezone

from ensemblier.base.notices.actions import deliver_due


def register(subparsers: Any) -> None:
    command = subparsers.add_parser("notices", help="courriels en attente")
    verbs = command.add_subparsers(title="verbes", metavar="VERBE", required=True)
    send = verbs.add_parser("send", help="envoie les courriels en attente")
    send.set_defaults(run=send_due)


def send_due(arguments: argparse.Namespace) -> int:
    sent, failed = deliver_due(now=timezone.now())
    print(f"Envoyés : {sent}. Remis à plus tard : {failed}.")
    return 0
