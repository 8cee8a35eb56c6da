"""The commands of the demonstration: `demo load`, `demo accounts`, `demo season`, `demo-year`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.utils import timezone

from ensemblier.base.pages.formats import euros, whole
from ensemblier.base.refusal import Refusal
from ensemblier.web.demo.accounts import ACCOUNTS, PASSWORD
from ensemblier.web.demo.load import NotInProduction, load
from ensemblier.web.demo.season import DOMAIN, load_season
from ensemblier.web.demo.season_plan import FILES
from ensemblier.web.demo.year.play import SEED, WEEKS, check_mode, play_year

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
    year = subparsers.add_parser(
        "demo-year",
        help="joue une année des 25 filières d'exemple, sur la démonstration ; tout en hypothèses",
    )
    year.add_argument(
        "--sheets", type=_numbers, default=(), metavar="5,12", help="quelles fiches (toutes)"
    )
    year.add_argument(
        "--weeks", type=int, default=WEEKS, metavar="N", help=f"combien de semaines ({WEEKS})"
    )
    year.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=f"graine du tirage ({SEED})"
    )
    year.set_defaults(run=run_year)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            "donnez des numéros de fiches séparés par des virgules, comme 5,12"
        ) from None


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


def run_year(arguments: argparse.Namespace) -> int:
    """The quick demonstration first, when it is not there; then a year of each chain."""
    if not 1 <= arguments.weeks <= WEEKS:
        print(f"Demandez de 1 à {WEEKS} semaines.", file=sys.stderr)
        return 2
    try:
        check_mode()
        _say("Démonstration rapide…")
        load(now=timezone.now())
        played = play_year(
            now=timezone.now(),
            sheets=arguments.sheets,
            weeks=arguments.weeks,
            seed=arguments.seed,
            say=_say,
        )
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    for row in played:
        if row.state == "cut":
            _say(
                f"{row.chain} : une année commencée plus tôt s'est arrêtée en route. Ce qui est "
                "écrit reste juste. Pour l'année entière, repartez d'une base neuve."
            )
    new = [row for row in played if row.state == "new"]
    if not new:
        print("Les filières sont déjà là\u00a0: rien n'a changé.")
        return 0
    lines = sum(row.lines for row in new)
    print(
        f"{len(new)} filière{'s' if len(new) > 1 else ''}, {arguments.weeks} semaines\u00a0: "
        f"{whole(lines)} lignes vendues ou données, {euros(sum(r.shared_cents for r in new))} "
        f"payés par les financeurs, {whole(sum(r.refused for r in new))} lignes refusées faute "
        "d'argent. Tout y est hypothèse, sauf les chiffres des fiches."
    )
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
