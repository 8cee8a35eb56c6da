"""The kernel on lines as they come: block after block, with the same results as `split`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ensemblier.engines.cofinancing import kernel
from ensemblier.engines.cofinancing.columns import Block, Columns, Numbers
from ensemblier.engines.cofinancing.fitting import payers
from ensemblier.engines.cofinancing.lines import BadCell, RawLine, in_order, shown
from ensemblier.engines.cofinancing.person import LineRefused
from ensemblier.engines.cofinancing.reasons import (
    AGAIN,
    ALREADY_UNDONE,
    NOBODY_PAYS,
    PURSE_ENDED,
    UNKNOWN_UNDONE,
    Reasons,
)
from ensemblier.engines.cofinancing.scheme import Scheme
from ensemblier.engines.cofinancing.split import Refused, Share, Splitter
from ensemblier.engines.cofinancing.tables import (
    draft_of,
    state_of,
    tables_of,
    with_households,
)
from ensemblier.engines.money import euros

BLOCK = 32_768


class Outcome(NamedTuple):
    """A block shared: the kernel's answers, the row of the person's table, and early refusals."""

    verdict: kernel.Bytes
    parts: kernel.Ints
    why: kernel.Bytes
    rate: kernel.Ints
    refused: dict[int, str]


class FastSplitter:
    """One run of a scheme over blocks of lines in order."""

    def __init__(
        self,
        scheme: Scheme,
        undone: Iterable[str],
        repeated: set[int] | None = None,
        loop: Callable[..., None] | None = None,
    ) -> None:
        """`undone`, `repeated`: as for Splitter;
        `loop`: the kernel as it is, when it must not be compiled."""
        self.scheme = scheme
        self.tables = tables_of(scheme)
        self.columns = Columns(scheme)
        self.reasons = Reasons(scheme, self.columns.keys)
        self.payers = payers(scheme)
        self.undone = {line_id: place for place, line_id in enumerate(dict.fromkeys(undone))}
        self.state = state_of(self.tables, scheme, len(self.undone), 1024)
        self.draft = draft_of(self.tables)
        self._seen: set[str] = set()
        self._repeated = repeated
        self._judge = Splitter(scheme)
        self._loop = loop or kernel.compiled() or kernel.share_block

    def take(self, block: Block) -> Outcome:
        """The shares of the next block; raises TooLarge, and the run is over."""
        numbers = self.columns.read(block)
        doing = np.where(numbers.right, kernel.SHARE, kernel.SKIP).astype(np.int8)
        keep = np.full(block.size, -1, np.int64)
        refused = self._undoings(block, doing, keep)
        for place in self._again(block):
            doing[place], refused[place] = kernel.SKIP, AGAIN
        width = self.tables.weight.size + kernel.STEPS + 1
        out = kernel.Out(
            np.zeros(block.size, np.int8),
            np.zeros((block.size, width), np.int64),
            np.zeros((block.size, width), np.int8),
        )
        self.state = with_households(self.state, len(self.columns.households))
        self._loop(self.tables, self.state, self._lines(numbers, doing, keep), self.draft, out)
        self._say(block, out, refused)
        return Outcome(*out, numbers.rate, refused)

    def _lines(self, numbers: Numbers, doing: kernel.Bytes, keep: kernel.Ints) -> kernel.Lines:
        calendar = np.array(self.columns.calendar or [(0,) * 5], np.int64)
        return kernel.Lines(
            doing,
            numbers.day,
            numbers.milli,
            numbers.price,
            numbers.person,
            numbers.given,
            numbers.household,
            keep,
            calendar,
        )

    def _undoings(self, block: Block, doing: kernel.Bytes, keep: kernel.Ints) -> dict[int, str]:
        """Mark lines that undo, and those that will be undone."""
        refused: dict[int, str] = {}
        ids, undoes = block.column("line_id"), block.column("undoes")
        assert ids is not None, "a file without line_id is refused when it is read"
        if self.undone:
            for place, line_id in enumerate(ids):
                if line_id in self.undone:
                    keep[place] = self.undone[line_id]
        for place, line_id in enumerate(undoes or ()):
            if line_id:
                doing[place], keep[place] = kernel.UNDO, self.undone[line_id]
                if not ids[place]:
                    doing[place] = kernel.SKIP
                    refused[place] = "l'identifiant de la ligne est vide"
        return refused

    def _again(self, block: Block) -> Iterator[int]:
        """The lines whose identifier came before."""
        repeated = self._repeated
        if repeated is not None and not repeated:
            return
        for place, line_id in enumerate(block.column("line_id") or ()):
            if repeated is None or hash(line_id) in repeated:
                if line_id in self._seen:
                    yield place
                self._seen.add(line_id)

    def _say(self, block: Block, out: kernel.Out, refused: dict[int, str]) -> None:
        """Why each refused line is refused, in the words of the reference."""
        undoes = block.column("undoes") or ()
        for place in np.flatnonzero(out.verdict != kernel.SHARED).tolist():
            verdict = int(out.verdict[place])
            if verdict == kernel.SKIPPED:
                if place not in refused:
                    refused[place] = self.refusal(block.line(place))
                continue
            left, drawn = out.parts[place, :2].tolist()
            out.parts[place] = 0
            if verdict == kernel.NOBODY:
                refused[place] = NOBODY_PAYS.format(euros(left))
            elif verdict == kernel.ENDED:
                then = self.scheme.exhausted
                refused[place] = PURSE_ENDED.format(euros(left), then, euros(drawn))
            else:
                words = UNKNOWN_UNDONE if verdict == kernel.UNKNOWN else ALREADY_UNDONE
                refused[place] = words.format(shown(undoes[place]))

    def refusal(self, raw: RawLine) -> str:
        """What the reference says of a line that it refuses before any amount is drawn."""
        try:
            self._judge.judge(raw)
        except (LineRefused, BadCell) as refusal:
            return str(refusal)
        raise AssertionError(f"the reference does not refuse {raw.line_id}")

    def results(self, block: Block, outcome: Outcome) -> Iterator[list[Share] | Refused]:
        """The block as `split` gives it."""
        ids, undoes = block.column("line_id") or (), block.column("undoes")
        for place, line_id in enumerate(ids):
            if place in outcome.refused:
                yield Refused(line_id, outcome.refused[place])
                continue
            undone = undoes[place] if undoes else ""
            rate = int(outcome.rate[place])
            shares = []
            for column in np.flatnonzero(outcome.parts[place]).tolist():
                reason = f"annule {undone}" if undone else ""
                payer, step, why = self.reasons.of(column, int(outcome.why[place, column]), rate)
                cents = int(outcome.parts[place, column])
                shares.append(Share(line_id, payer, cents, step, reason or why))
            yield shares


def blocks(lines: Sequence[RawLine], size: int = BLOCK) -> Iterator[Block]:
    """Lines in order, cut in blocks."""
    for first in range(0, len(lines), size):
        yield Block.of(lines[first : first + size])


def split_fast(
    scheme: Scheme,
    lines: Iterable[RawLine],
    loop: Callable[..., None] | None = None,
    size: int = BLOCK,
) -> Iterator[list[Share] | Refused]:
    """What `split` gives, by the kernel; raises TooLarge at the first line that it cannot count."""
    ordered = in_order(lines)
    splitter = FastSplitter(scheme, (line.undoes for line in ordered if line.undoes), loop=loop)
    for block in blocks(ordered, size):
        yield from splitter.results(block, splitter.take(block))
