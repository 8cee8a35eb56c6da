"""`ensemblier split`: share the lines of a file among the payers of a scheme."""

import argparse
import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ensemblier.cli.split_reading import Known, LinesFile
from ensemblier.cli.split_writing import Results, Tails, results
from ensemblier.engines.cofinancing.explain import UnknownLine, explain
from ensemblier.engines.cofinancing.fitting import can_compile, fits
from ensemblier.engines.cofinancing.lines import BadLines, raw_line, read_lines
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.scheme import BadScheme, Scheme
from ensemblier.engines.cofinancing.sentences import sentences
from ensemblier.engines.cofinancing.split import Splitter

# From so many lines on, what the kernel saves is worth loading it (and compiling it, once).
MANY = 200_000


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
        if arguments.sentences or arguments.explain:
            return tell(scheme, arguments)
        if not (arguments.shares and arguments.refused):
            print("Dites où écrire : --shares PARTS.csv --refused REFUS.csv.", file=sys.stderr)
            return 2
        done = share(scheme, arguments.lines, arguments.shares, arguments.refused)
    except (BadScheme, BadLines, OSError, UnicodeDecodeError) as error:
        print(f"Rien n'est écrit. {why(error)}", file=sys.stderr)
        return 2
    print(f"{done.accepted} lignes partagées, {done.left_out} refusées.")
    return 0


def tell(scheme: Scheme, arguments: argparse.Namespace) -> int:
    """Print the scheme, or one line of it, as French sentences."""
    try:
        lines = read_lines(io.StringIO(text_of(arguments.lines), newline=""))
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


def share(scheme: Scheme, path: Path, shares: Path, refused: Path) -> Results:
    """Share the lines of a file into two others."""
    with TemporaryDirectory(prefix=".ensemblier-split-", dir=shares.parent) as folder:
        lines = LinesFile(path, Path(folder))
        known = lines.look()
        if known.count >= MANY and can_compile() and not fits(scheme):
            done = by_kernel(scheme, lines, known, shares, refused)
            if done:
                return done
        with results(shares, refused) as written:
            splitter = Splitter(scheme, known.undone, known.repeated)
            for rows, sheet in lines.in_order(known.is_sorted):
                written.write(splitter.take(raw_line(row, sheet)) for row in rows)
        return written


def by_kernel(
    scheme: Scheme, lines: LinesFile, known: Known, shares: Path, refused: Path
) -> Results | None:
    """The same, faster; None when a line is too large for it, and then nothing is written."""
    from ensemblier.engines.cofinancing.columns import Block, TooLarge
    from ensemblier.engines.cofinancing.fast import FastSplitter

    splitter = FastSplitter(scheme, known.undone, known.repeated)
    tails = Tails(splitter.reasons)
    try:
        with results(shares, refused) as written:
            for rows, sheet in lines.in_order(known.is_sorted):
                block = Block.of_rows(rows, sheet)
                written.write_block(block, splitter.take(block), tails)
    except TooLarge:
        return None
    return written
