"""Sharing the envelopes of a call between its files, before anything is decided.

A scenario is a rule; `share` says what each file would get, by class of expenses, year and
envelope. Everything is whole cents; what one rate for all leaves below the euro stays in the
envelope, so that a larger envelope never takes from anybody (the largest remainder may).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from ensemblier.engines.money import share_out

WHOLE = 10_000  # hundredths of a percent
EURO = 100
KINDS = ("rank", "rate", "floor", "manual")


class BadRule(ValueError):
    """A rule that cannot be read; the message says why, in French."""


class Ask(NamedTuple):
    """What a file asks for one class of expenses in one year."""

    expense_class: str
    year: int
    cents: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file. `score` is a part of 1, None while nobody gave an opinion."""

    number: str
    score: Fraction | None
    asks: tuple[Ask, ...]
    region: str = ""
    department: str = ""


class Purse(NamedTuple):
    """What is left in an envelope, and what it may pay; "" is everything."""

    key: int
    year: int
    cents: int
    region: str = ""
    department: str = ""
    expense_class: str = ""

    def pays(self, candidate: Candidate, ask: Ask) -> bool:
        return (
            self.year == ask.year
            and self.region in ("", candidate.region)
            and self.department in ("", candidate.department)
            and self.expense_class in ("", ask.expense_class)
        )

    @property
    def narrowness(self) -> int:
        return sum(map(bool, (self.department, self.region, self.expense_class)))


@dataclass(frozen=True)
class Terms:
    """What the call says: classes by priority, those served last, caps and the least amount.

    `last` holds the classes paid only once every file had its other expenses ("si l'enveloppe le
    permet"). `caps_bp` is the largest part of what a file gets that a class may be.
    """

    order: tuple[str, ...] = ()
    last: frozenset[str] = frozenset()
    caps_bp: Mapping[str, int] = field(default_factory=dict)
    min_cents: int = 0

    def place(self, ask: Ask) -> tuple[bool, bool, int, int]:
        """When a request is served within its file."""
        name = ask.expense_class
        rank = self.order.index(name) if name in self.order else len(self.order)
        return name in self.last, self.caps_bp.get(name, WHOLE) < WHOLE, rank, ask.year


@dataclass(frozen=True)
class Rule:
    """How to share. `rate_bp` is the largest part of a request that is served.

    rank: the best scores first, until the envelopes are empty. rate: the same part of the request
    for all. floor: `floor_bp` of each common envelope is first kept for the regions, in equal
    parts, then what they leave goes by rank. manual: only what is fixed by hand.
    """

    kind: str
    rate_bp: int = WHOLE
    min_score: Fraction | None = None
    floor_bp: int = 0
    whole_files: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadRule(f"La règle « {self.kind} » n'existe pas : {', '.join(KINDS)}.")
        if not 0 < self.rate_bp <= WHOLE or not 0 <= self.floor_bp <= WHOLE:
            raise BadRule("Une part va de 0 à 100 %.")

    def target(self, cents: int) -> int:
        """The part of a request that may be served, in whole euros when it is a part."""
        return cents if self.rate_bp == WHOLE else cents * self.rate_bp // (WHOLE * EURO) * EURO

    def sentence(self) -> str:
        """The rule as people read it."""
        parts = [
            {
                "rank": "Les dossiers les mieux notés d'abord, jusqu'au bout des enveloppes",
                "rate": "La même part de sa demande pour chaque dossier",
                "floor": f"{percentage(self.floor_bp)} de chaque enveloppe commune gardés pour "
                "les régions, à parts égales, puis les mieux notés",
                "manual": "Seulement les montants fixés à la main",
            }[self.kind]
        ]
        if self.rate_bp < WHOLE:
            parts.append(f"au plus {percentage(self.rate_bp)} de la demande")
        if self.min_score is not None:
            parts.append(f"note d'au moins {_hundred(self.min_score)} sur 100")
        if self.whole_files and self.kind in ("rank", "floor"):
            parts.append("un dossier est servi en entier ou pas du tout")
        return ", ".join(parts) + "."


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

    def total(self, number: str) -> int:
        return sum(part.cents for part in self.awards[number])

    @property
    def spent(self) -> int:
        return sum(part.cents for parts in self.awards.values() for part in parts)

    @property
    def kept(self) -> int:
        return sum(self.left.values())


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The best score first, then the number; files without a score come last."""
    rows = list(candidates)
    common = lcm(*(row.score.denominator for row in rows if row.score is not None))

    def place(row: Candidate) -> tuple[int, str]:
        score = row.score
        worth = 1 if score is None else -score.numerator * (common // score.denominator)
        return worth, row.number

    return sorted(rows, key=place)


def share(
    candidates: Iterable[Candidate],
    purses: Sequence[Purse],
    terms: Terms,
    rule: Rule,
    pins: Mapping[str, int] | None = None,
) -> Outcome:
    """What each file gets. `pins` are totals fixed by hand, by number: they are served first."""
    table = _Table(ranked(candidates), purses, terms, rule, pins or {})
    table.serve_pins()
    if rule.kind == "rate":
        table.serve_by_rate()
    elif rule.kind == "floor":
        table.serve_floors()
        table.serve_by_rank()
    elif rule.kind == "rank":
        table.serve_by_rank()
    return Outcome(
        {row.number: row.parts(purses) for row in table.rows},
        {purse.key: table.left[place] for place, purse in enumerate(purses)},
    )


class _Row:
    """One file while the envelopes are shared: its requests in order, and what it holds."""

    __slots__ = ("asks", "candidate", "firsts", "got", "held", "number", "targets", "turns")

    def __init__(self, candidate: Candidate, terms: Terms, rule: Rule) -> None:
        self.candidate, self.number = candidate, candidate.number
        placed = sorted((terms.place(ask), ask) for ask in candidate.asks)
        self.asks = [ask for _, ask in placed]
        # How many are served before the last classes of everybody.
        self.firsts = sum(not place[0] for place, _ in placed)
        self.turns = [place[:2] for place, _ in placed]
        self.targets = [rule.target(ask.cents) for ask in self.asks]
        self.got = [0] * len(self.asks)
        self.held: dict[tuple[int, int], int] = {}  # (request, envelope) -> cents

    def in_round(self, *, last: bool) -> range:
        return range(self.firsts, len(self.asks)) if last else range(self.firsts)

    def parts(self, purses: Sequence[Purse]) -> tuple[Given, ...]:
        return tuple(
            Given(purses[place].key, self.asks[rank].expense_class, self.asks[rank].year, cents)
            for (rank, place), cents in self.held.items()
        )


class _Table:
    """The envelopes open on the table while they are shared."""

    def __init__(
        self,
        order: list[Candidate],
        purses: Sequence[Purse],
        terms: Terms,
        rule: Rule,
        pins: Mapping[str, int],
    ) -> None:
        self.purses, self.terms, self.rule, self.pins = purses, terms, rule, pins
        self.left = [purse.cents for purse in purses]
        self.narrow_first = sorted(
            range(len(purses)), key=lambda place: (-purses[place].narrowness, place)
        )
        self.routes: dict[tuple[str, str, str, int], tuple[int, ...]] = {}
        self.rows = [_Row(candidate, terms, rule) for candidate in order]
        self.free = [row for row in self.rows if row.number not in pins and self.is_good(row)]

    def is_good(self, row: _Row) -> bool:
        least, score = self.rule.min_score, row.candidate.score
        return least is None or (score is not None and score >= least)

    def route(self, row: _Row, rank: int) -> tuple[int, ...]:
        """The envelopes that may pay a request, the narrowest first."""
        one, ask = row.candidate, row.asks[rank]
        key = (one.region, one.department, ask.expense_class, ask.year)
        found = self.routes.get(key)
        if found is None:
            places = (place for place in self.narrow_first if self.purses[place].pays(one, ask))
            found = self.routes[key] = tuple(places)
        return found

    def room(self, row: _Row, rank: int, promised: int = 0) -> int:
        """What may still be given, up to the target and to the cap of the class."""
        room = row.targets[rank] - row.got[rank]
        if row.turns[rank][1]:
            name = row.asks[rank].expense_class
            cap = self.terms.caps_bp[name]
            mine = sum(
                cents
                for ask, cents in zip(row.asks, row.got, strict=True)
                if ask.expense_class == name
            )
            room = min(room, cap * (sum(row.got) - mine) // (WHOLE - cap) - mine - promised)
        return room if room > 0 else 0

    def take(self, row: _Row, rank: int, most: int, places: Sequence[int]) -> int:
        """Take up to `most` from these envelopes; what was taken."""
        got = 0
        for place in places:
            part = min(most - got, self.left[place])
            if part:
                self.left[place] -= part
                row.held[rank, place] = row.held.get((rank, place), 0) + part
                got += part
        row.got[rank] += got
        return got

    def reset(self, row: _Row, held: dict[tuple[int, int], int]) -> None:
        """Put back what the file holds, then take what it held before."""
        for (_, place), cents in row.held.items():
            self.left[place] += cents
        row.held, row.got = held, [0] * len(row.asks)
        for (rank, place), cents in held.items():
            self.left[place] -= cents
            row.got[rank] += cents

    def serve_pins(self) -> None:
        for row in [row for row in self.rows if row.number in self.pins]:
            most = self.pins[row.number]
            for rank, ask in enumerate(row.asks):
                most -= self.take(row, rank, min(most, ask.cents), self.route(row, rank))

    def serve_by_rank(self) -> None:
        """Everybody's ordinary expenses in order, then everybody's last ones."""
        for last in (False, True):
            self.serve_all(self.free, last=last)

    def serve_all(self, rows: Sequence[_Row], *, last: bool) -> None:
        for row in rows:
            if not any(self.left):
                return
            self.serve_one(row, row.in_round(last=last))

    def serve_one(self, row: _Row, ranks: Sequence[int]) -> None:
        if not ranks:
            return
        before, short = dict(row.held), False
        for rank in ranks:
            room = self.room(row, rank)
            short |= self.take(row, rank, room, self.route(row, rank)) < room
        if sum(row.got) < self.least(row) or (short and self.rule.whole_files):
            self.reset(row, before)

    def least(self, row: _Row) -> int:
        """Below this, a file gets nothing: the call's least amount, or all it asks."""
        return min(self.terms.min_cents, sum(row.targets))

    def serve_floors(self) -> None:
        """By rank inside each region, on its part of the common envelopes."""
        regions = sorted({row.candidate.region for row in self.free} - {""})
        if not regions:
            return
        common = [place for place, purse in enumerate(self.purses) if not purse.narrowness]
        floors = {
            place: share_out(self.left[place] * self.rule.floor_bp // WHOLE, [1] * len(regions))
            for place in common
        }
        rest = {place: self.left[place] - sum(floors[place]) for place in common}
        for turn, region in enumerate(regions):
            for place in common:
                self.left[place] = floors[place][turn]
            rows = [row for row in self.free if row.candidate.region == region]
            self.serve_all(rows, last=False)
            for place in common:
                rest[place] += self.left[place]
        for place in common:
            self.left[place] = rest[place]

    def serve_by_rate(self) -> None:
        """One rate for all; files that would get less than the least amount leave, and again."""
        rows = self.free
        while rows:
            short: set[int] = set()
            for last, capped in ((False, False), (False, True), (True, False), (True, True)):
                self.serve_round(rows, (last, capped), short)
            small = {row.number for row in rows if sum(row.got) < self.least(row)}
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
            for rank, when in enumerate(row.turns):
                if when == turn:
                    name = row.asks[rank].expense_class
                    most = self.room(row, rank, promised.get(name, 0))
                    promised[name] = promised.get(name, 0) + most
                    wants.append(most)
                    who.append((row, rank))
        for place in self.narrow_first:
            if place not in short and self.serve_purse(place, wants, who):
                short.add(place)

    def serve_purse(self, place: int, wants: list[int], who: Sequence[tuple[_Row, int]]) -> bool:
        """Share one envelope between those it may pay; True when it was too short."""
        ranks = [rank for rank, one in enumerate(who) if place in self.route(*one)]
        whole, left = sum(wants[rank] for rank in ranks), self.left[place]
        for rank in ranks:
            want = wants[rank]
            part = want if whole <= left else want * left // whole // EURO * EURO
            if part:
                wants[rank] -= self.take(*who[rank], part, (place,))
        return whole > left


def percentage(basis_points: int) -> str:
    """2 550 -> "25,5 %"."""
    whole, rest = divmod(basis_points, 100)
    decimals = f",{rest:02d}".rstrip("0") if rest else ""
    return f"{whole}{decimals}\u00a0%"


def _hundred(score: Fraction) -> str:
    return percentage(int(score * WHOLE)).removesuffix("\u00a0%")
