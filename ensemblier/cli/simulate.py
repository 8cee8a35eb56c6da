"""`ensemblier simulate`: five years of a plan, with and without chance, as CSV and JSON."""

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DRAWS, SEED = 10_000, 1


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "simulate", help="calculer un plan sur cinq ans, et ce que le hasard en fait"
    )
    command.add_argument("plan", type=Path, metavar="PLAN.toml")
    command.add_argument("--draws", type=int, default=DRAWS, metavar="TIRAGES")
    command.add_argument("--seed", type=int, default=SEED, metavar="GRAINE")
    command.add_argument("--out", type=Path, required=True, metavar="DOSSIER")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write every file; 2 when the plan cannot be computed, and then nothing is written."""
    from ensemblier.cli.simulate_writing import tables, texts
    from ensemblier.engines.economics import BadDraws, BadPlan, compute, read_plan, simulate

    try:
        plan = read_plan(arguments.plan.read_text(encoding="utf-8-sig"))
        outcome = compute(plan)
        workers = min(4, os.cpu_count() or 1)
        fan = simulate(plan, arguments.draws, arguments.seed, workers=workers, outcome=outcome)
        written = texts(tables(outcome, fan), outcome, fan)
        write(written, arguments.out)
    except (BadPlan, BadDraws, OSError, UnicodeDecodeError) as error:
        print(f"Rien n'est écrit. {why(error)}", file=sys.stderr)
        return 2
    print(f"{len(written)} fichiers écrits dans {arguments.out}.")
    return 0


def why(error: Exception) -> str:
    """What is wrong, in French."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"Ligne {line} : le fichier n'est pas en UTF-8 : enregistrez-le dans ce codage."
    if isinstance(error, OSError):
        return f"Fichier inaccessible : {error.filename}."
    return str(error)


def write(written: dict[str, str], folder: Path) -> None:
    """All the files, or none: they are made beside the folder, then moved in."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".ensemblier-simulate-", dir=folder.parent) as apart:
        for name, text in written.items():
            (Path(apart) / name).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for name in written:
            (Path(apart) / name).replace(folder / name)
