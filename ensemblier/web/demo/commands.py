"""The commands of the demonstration: `ensemblier demo load`, `accounts` and `season`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.utils import timezone

from ensemblier.base.pages.formats import euros
from ensemblier.base.refusal import Refusal
from ensemblier.web.demo.accounts import ACCOUNTS, PASSWORD
from ensemblier.web.demo.load import NotInProduction, load
from ensemblier.web.demo.season import DOMAIN, load_season
from ensemblier.web.demo.season_plan import FILES

MOST_FILES = 5_000


def register(subparsers: Any) -> None:
    demo = subparsers.add_parser("demo", help="données de la démonstration")
    inner = demo.add_subparsers(title="actions", metavar="ACTION", required=True)
    loading = inner.add_parser("load", help="charge les 25 dossiers d'exemple, une seule fois")
    loading.set_defaults(run=run_load)
    accounts = inner.add_parser("accounts", help="écrit les comptes de démonstration")
    accounts.set_defaults(run=run_accounts)
    season = inner.add_parser(
        "season",
        help="charge la saison d'une région : 1 200 dossiers, 40 instructeurs, tout en hypothèses",
    )
    season.add_argument(
        "--dossiers", type=int, default=FILES, metavar="N", help="combien de dossiers (1 200)"
    )
    season.set_defaults(run=run_season)


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


def run_season(arguments: argparse.Namespace) -> int:
    """A season of a region: assumed figures, the same each time, refused in production."""
    if not 40 <= arguments.dossiers <= MOST_FILES:
        print(f"Demandez de 40 à {MOST_FILES} dossiers.", file=sys.stderr)
        return 2
    try:
        made = load_season(
            now=timezone.now(),
            files=arguments.dossiers,
            say=lambda words: print(words, file=sys.stderr),
        )
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if not made.is_new:
        print("La saison est déjà chargée\u00a0: rien n'a changé.")
        return 0
    print(
        f"Saison chargée\u00a0: {made.files} dossiers, {euros(made.asked_cents)} demandés, "
        f"{euros(made.granted_cents)} accordés. Tout y est hypothèse."
    )
    print(f"  Comptes\u00a0: programme@{DOMAIN} et auditeur@{DOMAIN}, mot de passe {PASSWORD}")
    return 0
