"""The commands of the books: `ensemblier verify` and `ensemblier ledger …`."""

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from django.utils import timezone

from ensemblier.base.ledger import export, queries, roles, seals
from ensemblier.base.ledger.models import Account
from ensemblier.base.ledger.verify import Report, verify
from ensemblier.engines.money import euros

WRITERS: dict[str, Callable[[TextIO], int]] = {
    "hledger": export.write_hledger,
    "fec": export.write_fec,
}


def register(subparsers: Any) -> None:
    """Add the commands."""
    check = subparsers.add_parser(
        "verify", help="vérifier tout le livre et nommer la première écriture fautive"
    )
    check.add_argument(
        "--seals", type=Path, metavar="FICHIER", help="comparer aux sceaux gardés au dehors"
    )
    check.set_defaults(run=run_verify)
    ledger = subparsers.add_parser("ledger", help="livre des fonds : exporter, sceller, soldes")
    inner = ledger.add_subparsers(title="actions", metavar="ACTION", required=True)
    out = inner.add_parser("export", help="écrire le livre pour un autre logiciel")
    out.add_argument("--format", choices=sorted(WRITERS), required=True)
    out.add_argument("--out", type=Path, metavar="FICHIER", help="défaut : la sortie standard")
    out.set_defaults(run=run_export)
    seal = inner.add_parser("seal", help="sceller les écritures et écrire les sceaux au dehors")
    seal.add_argument("--out", type=Path, metavar="FICHIER", help="fichier des sceaux, complété")
    seal.set_defaults(run=run_seal)
    balances = inner.add_parser("balances", help="soldes de tous les comptes")
    balances.set_defaults(run=run_balances)
    grants = inner.add_parser("grants", help="droits du rôle restreint de PostgreSQL (SQL)")
    grants.add_argument("role", metavar="RÔLE")
    grants.set_defaults(run=run_grants)


def run_verify(arguments: argparse.Namespace) -> int:
    """Print the report; 1 when something is wrong."""
    try:
        report = verify(arguments.seals)
    except (OSError, ValueError) as error:
        print(f"Fichier des sceaux illisible\u00a0: {error}", file=sys.stderr)
        return 2
    if not report.faults:
        also = f" Vérifié aussi\u00a0: {', '.join(report.also)}." if report.also else ""
        print(
            f"Livre vérifié\u00a0: {_plural(report.transfers, 'écriture')}, "
            f"dont {_plural(report.sealed, 'scellée')} en {_plural(report.blocks, 'bloc')}. "
            f"Aucune faute.{also}"
        )
        return 0
    _print_faults(report)
    return 1


def run_export(arguments: argparse.Namespace) -> int:
    """Write the journal asked for."""
    where: AbstractContextManager[TextIO] = nullcontext(sys.stdout)
    if arguments.out:
        where = arguments.out.open("w", encoding="utf-8", newline="")
    with where as out:
        count = WRITERS[arguments.format](out)
    print(f"{_count(count)} écritures exportées.", file=sys.stderr)
    return 0


def run_seal(arguments: argparse.Namespace) -> int:
    """Seal, and complete the outside file."""
    blocks = seals.seal(now=timezone.now())
    rows = _plural(sum(block.count for block in blocks), "écriture")
    print(f"{_plural(len(blocks), 'bloc scellé')}, {rows}.")
    if arguments.out:
        print(f"{seals.write_seals(arguments.out)} sceaux ajoutés à {arguments.out}.")
    return 0


def run_balances(arguments: argparse.Namespace) -> int:
    """One line by account."""
    found = queries.balances()
    for account in Account.objects.order_by("code"):
        balance = found.get(account.pk, queries.ZERO)
        print(
            f"{account.code:<32} {euros(balance.posted):>20} "
            f"réservé {euros(balance.reserved):>18}  disponible {euros(balance.available):>20}"
        )
    return 0


def run_grants(arguments: argparse.Namespace) -> int:
    """Print the statements that restrict the role."""
    try:
        print(";\n".join(roles.grants(arguments.role)) + ";")
    except ValueError as error:
        print(f"Rôle refusé\u00a0: {error}.", file=sys.stderr)
        return 2
    return 0


def _print_faults(report: Report) -> None:
    for fault in report.faults:
        print(f"FAUTE\u00a0: {fault.where}\u00a0: {fault.what}.")
    print(
        f"{_count(report.transfers)} écritures lues. Ne corrigez rien en base\u00a0: gardez une "
        "copie et prévenez le responsable du programme."
    )


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")


def _plural(number: int, words: str) -> str:
    """« 1 bloc », « 50 écritures »: each word takes its s from two on."""
    if number >= 2:
        words = " ".join(f"{word}s" for word in words.split())
    return f"{_count(number)} {words}"
