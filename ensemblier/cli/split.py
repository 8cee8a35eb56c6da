"""`ensemblier split`: share the lines of a file among the payers of a scheme."""

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import Any

from ensemblier.engines.cofinancing.explain import UnknownLine, explain
from ensemblier.engines.cofinancing.lines import BadLines, RawLine, read_lines
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.scheme import BadScheme, Scheme
from ensemblier.engines.cofinancing.sentences import sentences
from ensemblier.engines.cofinancing.split import Refused, Share, split


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "split", help="répartir des lignes de vente entre les payeurs d'un dispositif"
    )
    command.add_argument("scheme", type=Path, metavar="DISPOSITIF.toml")
    command.add_argument("lines", type=Path, metavar="LIGNES.csv")
    command.add_argument("--shares", type=Path, metavar="PARTS.csv")
    command.add_argument("--refused", type=Path, metavar="REFUS.csv")
    command.add_argument("--sentences", action="store_true", help="dire la règle en français")
    command.add_argument("--explain", metavar="LIGNE", help="expliquer une ligne, en français")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write both files; 2 when nothing could be read, and then nothing is written."""
    try:
        scheme = read_scheme(text_of(arguments.scheme))
        lines = read_lines(io.StringIO(text_of(arguments.lines), newline=""))
    except (BadScheme, BadLines, OSError, UnicodeDecodeError) as error:
        print(f"Rien n'est écrit. {why(error)}", file=sys.stderr)
        return 2
    if arguments.sentences or arguments.explain:
        return tell(scheme, lines, arguments)
    if not (arguments.shares and arguments.refused):
        print("Dites où écrire : --shares PARTS.csv --refused REFUS.csv.", file=sys.stderr)
        return 2
    try:
        accepted, refused = write(scheme, lines, arguments.shares, arguments.refused)
    except OSError as error:
        print(f"Les résultats ne peuvent pas être écrits. {why(error)}", file=sys.stderr)
        return 2
    print(f"{accepted} lignes partagées, {refused} refusées.")
    return 0


def tell(scheme: Scheme, lines: list[RawLine], arguments: argparse.Namespace) -> int:
    """Print the scheme, or one line of it, as French sentences."""
    try:
        told = sentences(scheme) if arguments.sentences else []
        if arguments.explain:
            told += explain(scheme, lines, arguments.explain)
    except UnknownLine as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(told))
    return 0


def text_of(path: Path) -> str:
    """A file's text, in UTF-8, with or without a byte order mark."""
    return path.read_text(encoding="utf-8-sig")


def why(error: Exception) -> str:
    """What is wrong, in French."""
    if isinstance(error, UnicodeDecodeError):
        return (
            "Le fichier n'est pas en UTF-8 : enregistrez-le de nouveau en choisissant "
            "« CSV UTF-8 » dans votre tableur."
        )
    if isinstance(error, OSError):
        return f"Fichier inaccessible : {error.filename}."
    return str(error)


def write(scheme: Scheme, lines: list[RawLine], shares: Path, refused: Path) -> tuple[int, int]:
    """How many lines were shared and refused; both files are complete or absent."""
    counts = [0, 0]
    halves = [path.with_name(path.name + ".part") for path in (shares, refused)]
    with (
        halves[0].open("w", encoding="utf-8", newline="") as out,
        halves[1].open("w", encoding="utf-8", newline="") as left,
    ):
        good = csv.writer(out, lineterminator="\n")
        bad = csv.writer(left, lineterminator="\n")
        good.writerow(Share._fields)
        bad.writerow(Refused._fields)
        for result in split(scheme, lines):
            if isinstance(result, Refused):
                counts[1] += 1
                bad.writerow(result)
            else:
                counts[0] += 1
                good.writerows(result)
    halves[0].replace(shares)
    halves[1].replace(refused)
    return counts[0], counts[1]
