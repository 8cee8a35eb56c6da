"""`ensemblier allocate`: share an envelope among lots from ballots, with figures to check."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ensemblier.engines import allocation
from ensemblier.engines.allocation.explain import amount
from ensemblier.engines.allocation.model import COMPLETIONS, STOPS, UTILITIES
from ensemblier.engines.allocation.outcome import read_problem, result_of, written


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "allocate", help="partager une enveloppe entre des lots d'après des bulletins"
    )
    command.add_argument("file", type=Path, metavar="FICHIER", help="un .pb (Pabulib) ou un .toml")
    command.add_argument("--utility", choices=UTILITIES, help="ce que vaut un lot soutenu")
    command.add_argument("--completion", choices=COMPLETIONS, help="ce qu'on fait de ce qui reste")
    command.add_argument("--step", type=int, metavar="N", help="le pas des relances, par juré")
    command.add_argument("--stop", choices=STOPS, help="quand les relances s'arrêtent")
    command.add_argument("--out", type=Path, metavar="RESULT.json")
    command.add_argument(
        "--compare", action="store_true", help="dire ce qu'auraient choisi d'autres comptes"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write RESULT.json; 2 when the file cannot be shared, and then nothing is written."""
    names = ("utility", "completion", "step", "stop")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    try:
        source = arguments.file.read_bytes()
        problem = read_problem(source, arguments.file.suffix.lower() == ".pb", given)
        result = allocation.allocate(problem)
        if arguments.out:
            body = result_of(problem, result, source)
            arguments.out.write_text(written(body), encoding="utf-8")
    except allocation.BadProblem as error:
        print(f"Rien n'est écrit. {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Rien n'est écrit. Fichier inaccessible : {error.filename}.", file=sys.stderr)
        return 2
    if problem.doubt:
        print(f"Attention : {problem.doubt}", file=sys.stderr)
    spent, envelope = (amount(problem, value) for value in (result.spent, problem.envelope))
    count = f"{len(result.winners)} lots financés sur {len(problem.lots)}"
    print(f"{count} : {spent} dépensés sur {envelope}.")
    if not arguments.out:
        print("\n".join(result.winners))
    if arguments.compare:
        told = allocation.compared(problem)
        print("Le plus de voix d'abord : " + ", ".join(told["most_votes"]))
        print("Le plus de voix par euro : " + ", ".join(told["votes_per_euro"]))
    return 0
