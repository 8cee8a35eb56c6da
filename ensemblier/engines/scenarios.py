"""Sharing the envelopes of a call between its files, before anything is decided.

A scenario is a rule; `share` says what each file would get, by class of expenses, year and
envelope. Everything is whole cents; what one rate for all leaves below the euro stays in the
envelope, so that a larger envelope never takes from anybody (the largest remainder may).

Several scenarios of one call share one `line_up`: the order of the files, of the requests in each
and the envelopes that may pay them are worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import NamedTuple

from ensemblier.engines.money import share_out
from ensemblier.engines.scenario_terms import (
    EURO,
    KINDS,
    WHOLE,
    Ask,
    BadRule,
    Candidate,
    Purse,
    Rule,
    Terms,
    percentage,
)

__all__ = [
    "KINDS",
    "Ask",
    "BadRule",
    "Candidate",
    "Given",
    "LineUp",
    "Outcome",
    "Purse",
    "Rule",
    "Terms",
    "line_up",
    "percentage",
    "ranked",
    "share",
]


class Given(NamedTuple):
    """One amount taken from one envelope."""

    purse: int
    expense_class: str
    year: int
    cents: int


@dataclass(frozen=True)
class Outcome:
    """What each file gets, by number, in the order of the ranking; what each envelope keeps."""

    awards: dict[str, tuple[Given, ...]]
    left: dict[int, int]

    @cached_property
    def totals(self) -> dict[str, int]:
        """What each file gets, in the order of the ranking."""
        return {
            number: sum([part.cents for part in parts]) if parts else 0
            for number, parts in self.awards.items()
        }

    def total(self, number: str) -> int:
        return self.totals[number]

    @property
    def spent(self) -> int:
        return sum(self.totals.values())

    @property
    def kept(self) -> int:
        return sum(self.left.values())


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The best score first, then the number; files without a score come last."""
    rows = list(candidates)
    common = lcm(*{row.score.denominator for row in rows if row.score is not None})

    def place(row: Candidate) -> tuple[int, str]:
        score = row.score
        worth = 1 if score is None else -score.numerator * (common // score.denominator)
        return worth, row.number

    return sorted(rows, key=place)


class _Shape(NamedTuple):
    """What files with the same classes and years of requests have in common, once in order."""

    order: tuple[int, ...] | None  # None when two requests differ by their amount only
    asks: tuple[tuple[str, int], ...]
    turns: tuple[tuple[bool, bool], ...]  # (last, capped)
    rounds: tuple[range, range]  # requests served first, requests served after everybody's


class _Line(NamedTuple):
    """One file in the line: its requests in the order they are served, who may pay them."""

    candidate: Candidate
    asks: tuple[Ask, ...]
    cents: tuple[int, ...]
    routes: tuple[tuple[int, ...], ...]  # the envelopes of each request, the narrowest first
    turns: tuple[tuple[bool, bool], ...]
    rounds: tuple[range, range]


@dataclass(frozen=True)
class LineUp:
    """The files of a call in the order of their ranking, ready for any rule."""

    lines: tuple[_Line, ...]
    purses: tuple[Purse, ...]
    narrow_first: tuple[int, ...]
    terms: Terms

    @property
    def order(self) -> list[Candidate]:
        return [line.candidate for line in self.lines]

    def share(self, rule: Rule, pins: Mapping[str, int] | None = None) -> Outcome:
        """What each file gets. `pins` are totals fixed by hand, by number: they come first."""
        table = _Table(self, rule, pins or {})
        table.serve_pins()
        if rule.kind == "rate":
            table.serve_by_rate()
        elif rule.kind == "floor":
            table.serve_floors()
            table.serve_by_rank()
        elif rule.kind == "rank":
            table.serve_by_rank()
        keys = [purse.key for purse in self.purses]
        return Outcome(
            {row.number: row.parts(keys) if row.held else () for row in table.rows},
            dict(zip(keys, table.left, strict=True)),
        )


def line_up(candidates: Iterable[Candidate], purses: Sequence[Purse], terms: Terms) -> LineUp:
    narrow_first = sorted(range(len(purses)), key=lambda place: (-purses[place].narrowness, place))
    shapes: dict[tuple[tuple[str, int], ...], _Shape] = {}
    routes: dict[tuple[str, str, tuple[tuple[str, int], ...]], tuple[tuple[int, ...], ...]] = {}
    lines = []
    for one in ranked(candidates):
        key = tuple([(name, year) for name, year, _ in one.asks])
        shape = shapes.get(key)
        if shape is None:
            shape = shapes[key] = _shape(one.asks, terms)
        if shape.order is None:
            asks = tuple(sorted(one.asks, key=lambda ask: (terms.place(ask), ask)))
        else:
            asks = tuple([one.asks[rank] for rank in shape.order])
        where = one.region, one.department, shape.asks
        ways = routes.get(where)
        if ways is None:
            ways = routes[where] = tuple(
                tuple(place for place in narrow_first if purses[place].pays(one, ask))
                for ask in asks
            )
        cents = tuple([ask.cents for ask in asks])
        lines.append(_Line(one, asks, cents, ways, shape.turns, shape.rounds))
    return LineUp(tuple(lines), tuple(purses), tuple(narrow_first), terms)


def _shape(asks: Sequence[Ask], terms: Terms) -> _Shape:
    """The order of the requests of a file; it depends on amounts only between equals."""
    order = sorted(range(len(asks)), key=lambda rank: (terms.place(asks[rank]), asks[rank]))
    names = tuple((asks[rank].expense_class, asks[rank].year) for rank in order)
    turns = tuple(terms.place(asks[rank])[:2] for rank in order)
    firsts = sum(not last for last, _ in turns)
    alone = len(set(names)) == len(names)
    return _Shape(
        tuple(order) if alone else None,
        names,
        turns,
        (range(firsts), range(firsts, len(order))),
    )


def share(
    candidates: Iterable[Candidate],
    purses: Sequence[Purse],
    terms: Terms,
    rule: Rule,
    pins: Mapping[str, int] | None = None,
) -> Outcome:
    """One scenario alone."""
    return line_up(candidates, purses, terms).share(rule, pins)


class _Row:
    """One file while the envelopes are shared: what it may get and what it holds."""

    __slots__ = ("got", "held", "line", "number", "targets")

    def __init__(self, line: _Line, targets: Sequence[int]) -> None:
        self.line, self.number, self.targets = line, line.candidate.number, targets
        self.got = [0] * len(targets)
        self.held: dict[tuple[int, int], int] = {}  # (request, envelope) -> cents

    def parts(self, keys: Sequence[int]) -> tuple[Given, ...]:
        asks = self.line.asks
        return tuple(
            [
                Given(keys[place], asks[rank].expense_class, asks[rank].year, cents)
                for (rank, place), cents in self.held.items()
            ]
        )


class _Table:
    """The envelopes open on the table while they are shared."""

    def __init__(self, start: LineUp, rule: Rule, pins: Mapping[str, int]) -> None:
        self.terms, self.purses, self.narrow_first = start.terms, start.purses, start.narrow_first
        self.rule, self.pins = rule, pins
        self.left = [purse.cents for purse in start.purses]
        target = rule.target
        if rule.rate_bp == WHOLE:
            self.rows = [_Row(line, line.cents) for line in start.lines]
        else:
            self.rows = [
                _Row(line, [target(cents) for cents in line.cents]) for line in start.lines
            ]
        self.free = [row for row in self.rows if row.number not in pins and self.is_good(row)]

    def is_good(self, row: _Row) -> bool:
        least, score = self.rule.min_score, row.line.candidate.score
        if least is None:
            return True
        return score is not None and (
            score.numerator * least.denominator >= least.numerator * score.denominator
        )

    def room(self, row: _Row, rank: int, promised: int = 0) -> int:
        """What may still be given, up to the target and to the cap of the class."""
        room = row.targets[rank] - row.got[rank]
        if row.line.turns[rank][1]:
            name = row.line.asks[rank].expense_class
            cap = self.terms.caps_bp[name]
            mine = sum(
                cents
                for ask, cents in zip(row.line.asks, row.got, strict=True)
                if ask.expense_class == name
            )
            room = min(room, cap * (sum(row.got) - mine) // (WHOLE - cap) - mine - promised)
        return room if room > 0 else 0

    def take(self, row: _Row, rank: int, most: int, places: Sequence[int]) -> int:
        """Take up to `most` from these envelopes; what was taken."""
        got, left, held = 0, self.left, row.held
        for place in places:
            part = most - got
            if part > left[place]:
                part = left[place]
            if part:
                left[place] -= part
                held[rank, place] = held.get((rank, place), 0) + part
                got += part
        row.got[rank] += got
        return got

    def reset(self, row: _Row, held: dict[tuple[int, int], int]) -> None:
        """Put back what the file holds, then take what it held before."""
        for (_, place), cents in row.held.items():
            self.left[place] += cents
        row.held, row.got = held, [0] * len(row.targets)
        for (rank, place), cents in held.items():
            self.left[place] -= cents
            row.got[rank] += cents

    def serve_pins(self) -> None:
        if not self.pins:
            return
        for row in [row for row in self.rows if row.number in self.pins]:
            most = self.pins[row.number]
            for rank, ask in enumerate(row.line.asks):
                most -= self.take(row, rank, min(most, ask.cents), row.line.routes[rank])

    def serve_by_rank(self) -> None:
        """Everybody's ordinary expenses in order, then everybody's last ones."""
        for last in (False, True):
            self.serve_all(self.free, last=last)

    def serve_all(self, rows: Sequence[_Row], *, last: bool) -> None:
        for row in rows:
            if not any(self.left):
                return
            ranks = row.line.rounds[last]
            if ranks:
                self.serve_one(row, ranks)

    def serve_one(self, row: _Row, ranks: range) -> None:
        before, short = dict(row.held), False
        for rank in ranks:
            room = self.room(row, rank)
            if room and self.take(row, rank, room, row.line.routes[rank]) < room:
                short = True
        if (short and self.rule.whole_files) or self.is_small(row):
            self.reset(row, before)

    def is_small(self, row: _Row) -> bool:
        """Below the call's least amount, or all it asks, a file gets nothing."""
        least = self.terms.min_cents
        return least > 0 and sum(row.got) < min(least, sum(row.targets))

    def serve_floors(self) -> None:
        """By rank inside each region, on its part of the common envelopes."""
        by_region: dict[str, list[_Row]] = {}
        for row in self.free:
            by_region.setdefault(row.line.candidate.region, []).append(row)
        by_region.pop("", None)
        if not by_region:
            return
        common = [place for place, purse in enumerate(self.purses) if not purse.narrowness]
        floors = {
            place: share_out(self.left[place] * self.rule.floor_bp // WHOLE, [1] * len(by_region))
            for place in common
        }
        rest = {place: self.left[place] - sum(floors[place]) for place in common}
        for turn, region in enumerate(sorted(by_region)):
            for place in common:
                self.left[place] = floors[place][turn]
            self.serve_all(by_region[region], last=False)
            for place in common:
                rest[place] += self.left[place]
        for place in common:
            self.left[place] = rest[place]

    def serve_by_rate(self) -> None:
        """One rate for all; files that would get less than the least amount leave, and again."""
        rows = self.free
        while rows:
            short: set[int] = set()
            turns = {turn for kind in {row.line.turns for row in rows} for turn in kind}
            for turn in sorted(turns):
                self.serve_round(rows, turn, short)
            small = {row.number for row in rows if self.is_small(row)}
            if not small:
                return
            for row in rows:
                self.reset(row, {})
            rows = [row for row in rows if row.number not in small]

    def serve_round(self, rows: Sequence[_Row], turn: tuple[bool, bool], short: set[int]) -> None:
        """Envelope after envelope, the narrowest first: the same part of what each still lacks.

        An envelope too short for a round pays nothing of the next ones: crumbs stay in it.
        """
        wants: list[int] = []
        who: list[tuple[_Row, int]] = []
        for row in rows:
            promised: dict[str, int] = {}  # the years of one capped class share its cap
            for rank, when in enumerate(row.line.turns):
                if when == turn:
                    name = row.line.asks[rank].expense_class
                    most = self.room(row, rank, promised.get(name, 0))
                    promised[name] = promised.get(name, 0) + most
                    wants.append(most)
                    who.append((row, rank))
        for place in self.narrow_first:
            if place not in short and self.serve_purse(place, wants, who):
                short.add(place)

    def serve_purse(self, place: int, wants: list[int], who: Sequence[tuple[_Row, int]]) -> bool:
        """Share one envelope between those it may pay; True when it was too short."""
        ranks = [turn for turn, (row, rank) in enumerate(who) if place in row.line.routes[rank]]
        whole, left = sum([wants[rank] for rank in ranks]), self.left[place]
        for rank in ranks:
            want = wants[rank]
            part = want if whole <= left else want * left // whole // EURO * EURO
            if part:
                wants[rank] -= self.take(*who[rank], part, (place,))
        return whole > left
