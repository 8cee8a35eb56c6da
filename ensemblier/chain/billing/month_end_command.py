"""`ensemblier month-end`: share, post and bill all that a chain sold up to a day."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from django.utils import timezone

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.formats import in_paris, whole
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing.models import MonthEnd
from ensemblier.chain.billing.month_end import (
    BATCH,
    close_month,
    growers_who_wait,
    sellers_who_wait,
)
from ensemblier.chain.billing.month_end_files import write_files

EVERY_SECONDS = 10


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "month-end",
        help="clôturer le mois d'une filière : parts, écritures, factures et appels de fonds",
        description="Traite tout ce qui attend jusqu'au jour dit. Coupée, la commande reprend où "
        "elle en était : relancez-la avec les mêmes mots.",
    )
    command.add_argument("chain", metavar="FILIÈRE", help="l'adresse courte de la filière")
    command.add_argument("--until", type=date.fromisoformat, required=True, metavar="AAAA-MM-JJ")
    command.add_argument(
        "--day", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="date des pièces ; aujourd'hui"
    )
    command.add_argument(
        "--out", type=Path, metavar="DOSSIER", help="y écrire chaque pièce : PDF et lignes en CSV"
    )
    command.add_argument("--batch", type=int, default=BATCH, metavar="N", help="lignes à la fois")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: all is done; 1: some lines or documents wait; 2: nothing could be done."""
    chain = Chain.objects.filter(slug=arguments.chain).first()
    if chain is None:
        print(f"Aucune filière n'a l'adresse « {arguments.chain} ».", file=sys.stderr)
        return 2
    terminal = Terminal(sys.stderr)
    try:
        done = close_month(
            chain=chain,
            until=arguments.until,
            day=arguments.day or in_paris(timezone.now()).date(),
            actor=None,
            clock=timezone.now,
            progress=terminal.show,
            batch=max(1, arguments.batch),
        )
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    terminal.end()
    if arguments.out:
        print(f"{whole(write_files(done, arguments.out))} pièces dans {arguments.out}.")
    tell(done)
    return 1 if done.refused or done.unwritten else 0


def tell(done: MonthEnd) -> None:
    """What was done, and what waits."""
    print(
        f"{whole(done.lines)} lignes traitées, {whole(done.transfers)} écritures, "
        f"{whole(done.documents)} pièces."
    )
    if done.refused:
        print(f"{whole(done.refused)} lignes refusées, qui attendent. Les premières :")
        for pk, why in done.refusals[:10]:
            print(f"  ligne {pk} : {why}")
    for why in done.unwritten:
        print(f"Pièce non écrite. {why}")
    if growers := growers_who_wait(done):
        names = ", ".join(grower.name for grower in growers[:5])
        print(f"{whole(len(growers))} producteurs attendent un mandat de facturation : {names}.")
    if sellers := sellers_who_wait(done):
        names = ", ".join(seller.name for seller in sellers[:5])
        print(
            f"{whole(len(sellers))} vendeurs n'ont pas de factures : {done.chain.lead.name} n'a "
            f"pas leur mandat de facturation en cours le {done.day:%d/%m/%Y} : {names}. Faites-le "
            "signer, enregistrez-le, puis relancez la clôture."
        )


class Terminal:
    """One line that is written again: percent, lines a second, what remains. Where it cannot be
    (a log), one line every few seconds."""

    def __init__(self, out: TextIO, clock: Any = time.monotonic) -> None:
        self.out, self.clock = out, clock
        self.begun: tuple[float, int] | None = None
        self.told, self.phase = float("-inf"), ""

    def show(self, run: MonthEnd) -> None:
        now = self.clock()
        if self.begun is None:
            self.begun = (now, run.lines)
        if not self.out.isatty() and run.phase == self.phase and now - self.told < EVERY_SECONDS:
            return
        self.told, self.phase = now, run.phase
        words = said(run, now - self.begun[0], run.lines - self.begun[1])
        if self.out.isatty():
            print(f"\r\x1b[K{words}", end="", file=self.out, flush=True)
        else:
            print(words, file=self.out, flush=True)

    def end(self) -> None:
        if self.out.isatty():
            print(file=self.out)


def said(run: MonthEnd, seconds: float, lines: int) -> str:
    """« 45 % · 450 000 lignes sur 1 000 000 · 3 200 par seconde · encore 3 min »."""
    if run.phase in (MonthEnd.Phase.SHARES, MonthEnd.Phase.SALES):
        done, in_all = run.lines, max(run.lines_in_all, run.lines)
        what = "lignes"
        rate = lines / seconds if seconds > 0 else 0
        speed = f" · {whole(int(rate))} par seconde" if lines else ""
        speed += f" · encore {_time((in_all - done) / rate)}" if rate else ""
    else:
        done, in_all, what, speed = run.documents, run.documents_in_all, "pièces", ""
    percent = 100 * done // in_all if in_all else 100
    phase = run.get_phase_display()
    return f"{percent} % · {whole(done)} {what} sur {whole(in_all)}{speed} · {phase}"


def _time(seconds: float) -> str:
    return f"{int(seconds)} s" if seconds < 90 else f"{int(seconds / 60 + 0.5)} min"
