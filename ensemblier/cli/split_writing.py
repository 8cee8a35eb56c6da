"""PARTS.csv and REFUS.csv, written line after line, or a block at a time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ensemblier.engines.cofinancing.split import Refused, Share

if TYPE_CHECKING:  # NumPy is loaded for large files only
    from ensemblier.engines.cofinancing.columns import Block
    from ensemblier.engines.cofinancing.fast import Outcome
    from ensemblier.engines.cofinancing.reasons import Reasons

SPECIAL = re.compile(r'[",\r\n]')
REMEMBERED = 50_000


class Results:
    """Both files, open, and how many lines went to each."""

    def __init__(self, shares: TextIO, refused: TextIO) -> None:
        self.shares = shares
        self.good = csv.writer(shares, lineterminator="\n")
        self.bad = csv.writer(refused, lineterminator="\n")
        self.good.writerow(Share._fields)
        self.bad.writerow(Refused._fields)
        self.accepted = self.left_out = 0

    def write(self, results: Iterable[list[Share] | Refused]) -> None:
        for result in results:
            if isinstance(result, Refused):
                self.left_out += 1
                self.bad.writerow(result)
            else:
                self.accepted += 1
                self.good.writerows(result)

    def write_block(self, block: Block, outcome: Outcome, tails: Tails) -> None:
        """What `write` writes, from the kernel's columns."""
        ids = block.column("line_id") or ()
        for place in sorted(outcome.refused):
            self.bad.writerow((ids[place], outcome.refused[place]))
        self.left_out += len(outcome.refused)
        self.accepted += block.size - len(outcome.refused)
        if SPECIAL.search("".join(ids)):
            ids = [quoted(line_id) for line_id in ids]
        lines, texts = tails.of(block, outcome)
        heads = map(ids.__getitem__, lines)
        self.shares.write("".join(chain.from_iterable(zip(heads, texts, strict=True))))


class Tails(dict[int, str]):
    """What follows a line's identifier in PARTS.csv, by a number made of column, reason, cents."""

    def __init__(self, reasons: Reasons) -> None:
        self.reasons, self.width = reasons, len(reasons.columns)
        self.codes = max(4, len(reasons.person))

    def __missing__(self, number: int) -> str:
        if len(self) > REMEMBERED:
            self.clear()
        rest, column = divmod(number, self.width)
        cents, code = divmod(rest, self.codes)
        payer, step, why = self.reasons.of(column, code, code)
        text = self[number] = tail(payer, cents, step, why)
        return text

    def of(self, block: Block, outcome: Outcome) -> tuple[list[int], list[str]]:
        """The line of each part that is not zero, and its tail."""
        lines, columns = outcome.parts.nonzero()
        parts, codes = outcome.parts[lines, columns], outcome.why[lines, columns].astype("int64")
        persons = columns == 0
        codes[persons] = outcome.rate[lines[persons]].clip(0)
        numbers = (parts * self.codes + codes) * self.width + columns
        texts = list(map(self.__getitem__, numbers.tolist()))
        undoes = block.column("undoes")
        if undoes and any(undoes):
            for place, line in enumerate(lines.tolist()):
                if undoes[line]:
                    payer, step, _ = self.reasons.columns[columns[place]]
                    texts[place] = tail(payer, parts[place], step, f"annule {undoes[line]}")
        return lines.tolist(), texts


def tail(payer: str, cents: int, step: int, why: str) -> str:
    """The cells after the first, with the comma before them."""
    return written("", payer, cents, step, why)


def quoted(line_id: str) -> str:
    """An identifier as the first of several cells."""
    return written(line_id, "").removesuffix(",\n")


def written(*cells: Any) -> str:
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(cells)
    return row.getvalue()


@contextmanager
def results(shares: Path, refused: Path) -> Iterator[Results]:
    """Both files are complete, or as they were before."""
    halves = [path.with_name(path.name + ".part") for path in (shares, refused)]
    try:
        with (
            halves[0].open("w", encoding="utf-8", newline="") as good,
            halves[1].open("w", encoding="utf-8", newline="") as bad,
        ):
            yield Results(good, bad)
        halves[0].replace(shares)
        halves[1].replace(refused)
    finally:
        for half in halves:
            half.unlink(missing_ok=True)
