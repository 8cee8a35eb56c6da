"""Any line explained at once: the state of a run is kept every few lines, and resumed there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ensemblier.engines.cofinancing.explain import UnknownLine, told_by
from ensemblier.engines.cofinancing.lines import BadCell, RawLine, day_of, in_order
from ensemblier.engines.cofinancing.scheme import PERSON, Scheme, period
from ensemblier.engines.cofinancing.split import CapKey, Draft, Splitter

# Lines replayed at most: about a third of a millisecond.
EVERY = 16


@dataclass(frozen=True)
class Snapshot:
    """What the few lines that follow may need: only their households, only what they undo."""

    left: tuple[int, ...]
    carries: tuple[tuple[int, ...], ...]
    caps: dict[CapKey, int]
    kept: dict[str, Draft | None]
    repeated: frozenset[str]


class Snapshots:
    """One run of a scheme over lines, kept so that any of them can be explained."""

    def __init__(self, scheme: Scheme, lines: Iterable[RawLine], every: int = EVERY) -> None:
        self.scheme, self.every = scheme, every
        self.lines = in_order(lines)
        self.places: dict[str, int] = {}
        self.snapshots: list[Snapshot] = []
        splitter = Splitter(scheme, (line.undoes for line in self.lines if line.undoes))
        for first in range(0, len(self.lines), every):
            some = self.lines[first : first + every]
            self.snapshots.append(_snapshot(splitter, some))
            for place, line in enumerate(some, first):
                self.places.setdefault(line.line_id, place)
                splitter.take(line)

    def explain(self, line_id: str) -> list[str]:
        """The sentences of `explain`, after a few lines only."""
        if line_id not in self.places:
            raise UnknownLine(f"Aucune ligne ne porte l'identifiant « {line_id} ».")
        place = self.places[line_id]
        block = place // self.every
        splitter = _resumed(self.scheme, self.snapshots[block])
        for line in self.lines[block * self.every : place]:
            splitter.take(line)
        return told_by(splitter, self.lines[place])


def _snapshot(splitter: Splitter, some: Sequence[RawLine]) -> Snapshot:
    kept = {
        line.undoes: splitter._kept[line.undoes] for line in some if line.undoes in splitter._kept
    }
    keys = {key for line in some for key in _keys(splitter.scheme, line)}
    keys |= {key for draft in kept.values() if draft for key in draft.caps}
    return Snapshot(
        left=tuple(splitter.left),
        carries=tuple(tuple(memory.carries) for memory in splitter.memories.values()),
        caps={key: splitter.caps[key] for key in keys if key in splitter.caps},
        kept=kept,
        repeated=frozenset(line.line_id for line in some if line.line_id in splitter._seen),
    )


def _keys(scheme: Scheme, line: RawLine) -> Iterator[CapKey]:
    """Every amount that this line may look at."""
    try:
        day = day_of(line.sold_on)
    except BadCell:
        return
    for rank, step in enumerate(scheme.steps, 1):
        for payer in step.payers:
            if payer.cap_per_household:
                yield rank, payer.name, line.household, payer.cap_per_household.period(day)
    rule = scheme.person
    if rule.rule == "credit":
        yield 0, PERSON, line.household, "" if rule.carry else period(rule.per, day)


def _resumed(scheme: Scheme, snapshot: Snapshot) -> Splitter:
    """A run in the state of a snapshot, for the lines that follow it."""
    splitter = Splitter(scheme)
    splitter.left = list(snapshot.left)
    for memory, carries in zip(splitter.memories.values(), snapshot.carries, strict=True):
        memory.carries = list(carries)
    splitter.caps = dict(snapshot.caps)
    splitter._kept = dict(snapshot.kept)
    splitter._seen = set(snapshot.repeated)
    return splitter
