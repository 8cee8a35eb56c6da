"""The commands of the demonstration: `ensemblier demo load` and `ensemblier demo accounts`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.utils import timezone

from ensemblier.web.demo.accounts import ACCOUNTS, PASSWORD
from ensemblier.web.demo.load import NotInProduction, load


def register(subparsers: Any) -> None:
    demo = subparsers.add_parser("demo", help="données de la démonstration")
    inner = demo.add_subparsers(title="actions", metavar="ACTION", required=True)
    loading = inner.add_parser("load", help="charge les 25 dossiers d'exemple, une seule fois")
    loading.set_defaults(run=run_load)
    accounts = inner.add_parser("accounts", help="écrit les comptes de démonstration")
    accounts.set_defaults(run=run_accounts)


def run_load(arguments: argparse.Namespace) -> int:
    try:
        loaded = load(now=timezone.now())
    except NotInProduction as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if loaded.is_new:
        print(f"Démonstration chargée\u00a0: {loaded.applications} dossiers.")
    else:
        print("La démonstration est déjà chargée\u00a0: rien n'a changé.")
    return 0


def run_accounts(arguments: argparse.Namespace) -> int:
    width = max(len(account.email) for account in ACCOUNTS)
    print("Comptes de démonstration (la visite guidée y entre sans mot de passe)\u00a0:")
    for account in ACCOUNTS:
        print(f"  {account.email:<{width}}  {account.name}")
    print(f"  Mot de passe de tous\u00a0: {PASSWORD}")
    return 0
