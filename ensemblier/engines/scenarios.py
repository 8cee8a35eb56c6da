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

    @property
    def asked(self) -> int:
        return sum(ask.cents for ask in self.asks)


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
        """When an amount asked is served within its file."""
        known = ask.expense_class in self.order
        rank = self.order.index(ask.expense_class) if known else len(self.order)
        capped = self.caps_bp.get(ask.expense_class, WHOLE) < WHOLE
        return ask.expense_class in self.last, capped, rank, ask.year


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
    order = ranked(candidates)
    table = _Table(order, purses, terms, rule, pins or {})
    table.serve_pins()
    if rule.kind == "rate":
        table.serve_by_rate()
    elif rule.kind == "floor":
        table.serve_floors()
        table.serve_by_rank()
    elif rule.kind == "rank":
        table.serve_by_rank()
    return Outcome(
        {row.number: tuple(table.parts(row)) for row in order},
        {purse.key: table.left[place] for place, purse in enumerate(purses)},
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
        self.order = order
        self.left = [purse.cents for purse in purses]
        self.taken: dict[str, dict[tuple[Ask, int], int]] = {row.number: {} for row in order}
        self.narrow_first = sorted(
            range(len(purses)), key=lambda place: (-purses[place].narrowness, place)
        )
        self.routes: dict[tuple[str, str, str, int], tuple[int, ...]] = {}
        self.asks = {
            row.number: sorted(row.asks, key=terms.place) if len(row.asks) > 1 else list(row.asks)
            for row in order
        }
        self.free = [
            row
            for row in order
            if row.number not in pins
            and (rule.min_score is None or (row.score is not None and row.score >= rule.min_score))
        ]

    def parts(self, row: Candidate) -> Iterable[Given]:
        for (ask, place), cents in self.taken[row.number].items():
            if cents:
                yield Given(self.purses[place].key, ask.expense_class, ask.year, cents)

    def route(self, row: Candidate, ask: Ask) -> tuple[int, ...]:
        """The envelopes that may pay this, the narrowest first."""
        key = (row.region, row.department, ask.expense_class, ask.year)
        found = self.routes.get(key)
        if found is None:
            places = (place for place in self.narrow_first if self.purses[place].pays(row, ask))
            found = self.routes[key] = tuple(places)
        return found

    def target(self, ask: Ask) -> int:
        """The part of an amount asked that the rule serves, in whole euros when it is a part."""
        if self.rule.rate_bp == WHOLE:
            return ask.cents
        return ask.cents * self.rule.rate_bp // (WHOLE * EURO) * EURO

    def has(self, row: Candidate, ask: Ask) -> int:
        return sum(c for (other, _), c in self.taken[row.number].items() if other == ask)

    def room(self, row: Candidate, ask: Ask, most: int, promised: int = 0) -> int:
        """What may still be given: up to `most`, and to the cap of the class in what it gets."""
        cap = self.terms.caps_bp.get(ask.expense_class, WHOLE)
        room = most - self.has(row, ask)
        if cap < WHOLE:
            mine = others = 0
            for (other, _), cents in self.taken[row.number].items():
                if other.expense_class == ask.expense_class:
                    mine += cents
                else:
                    others += cents
            room = min(room, cap * others // (WHOLE - cap) - mine - promised)
        return max(room, 0)

    def take(self, row: Candidate, ask: Ask, most: int, places: Sequence[int]) -> int:
        """Take up to `most` from these envelopes; what was taken."""
        got = 0
        for place in places:
            part = min(most - got, self.left[place])
            if part:
                self.left[place] -= part
                held = self.taken[row.number]
                held[ask, place] = held.get((ask, place), 0) + part
                got += part
        return got

    def undo(self, row: Candidate, before: dict[tuple[Ask, int], int]) -> None:
        for (_, place), cents in self.taken[row.number].items():
            self.left[place] += cents
        for (_, place), cents in before.items():
            self.left[place] -= cents
        self.taken[row.number] = before

    def serve_pins(self) -> None:
        for row in self.order:
            most = self.pins.get(row.number, 0)
            for ask in self.asks[row.number]:
                most -= self.take(row, ask, min(most, ask.cents), self.route(row, ask))

    def serve_by_rank(self) -> None:
        """Everybody's ordinary expenses in order, then everybody's last ones."""
        for last in (False, True):
            for row in self.free:
                self.serve_one(row, self.in_round(row, last=last))

    def in_round(self, row: Candidate, *, last: bool) -> list[Ask]:
        return [
            ask for ask in self.asks[row.number] if (ask.expense_class in self.terms.last) == last
        ]

    def serve_one(self, row: Candidate, asks: Sequence[Ask]) -> None:
        if not asks:
            return
        before, short = dict(self.taken[row.number]), False
        for ask in asks:
            room = self.room(row, ask, self.target(ask))
            short |= self.take(row, ask, room, self.route(row, ask)) < room
        too_small = sum(self.taken[row.number].values()) < self.least(row)
        if too_small or (short and self.rule.whole_files):
            self.undo(row, before)

    def least(self, row: Candidate) -> int:
        """Below this, a file gets nothing: the call's least amount, or all it asks."""
        if not self.terms.min_cents:
            return 0
        return min(self.terms.min_cents, sum(self.target(ask) for ask in row.asks))

    def serve_floors(self) -> None:
        """By rank inside each region, on its part of the common envelopes."""
        regions = sorted({row.region for row in self.free if row.region})
        if not regions:
            return
        common = [i for i, purse in enumerate(self.purses) if not purse.narrowness]
        floors = {
            i: share_out(self.left[i] * self.rule.floor_bp // WHOLE, [1] * len(regions))
            for i in common
        }
        rest = {i: self.left[i] - sum(floors[i]) for i in common}
        for rank, region in enumerate(regions):
            for i in common:
                self.left[i] = floors[i][rank]
            for row in self.free:
                if row.region == region:
                    self.serve_one(row, self.in_round(row, last=False))
            for i in common:
                rest[i] += self.left[i]
        for i in common:
            self.left[i] = rest[i]

    def serve_by_rate(self) -> None:
        """One rate for all; files that would get less than the least amount leave, and again."""
        rows = self.free
        while rows:
            for row in self.free:
                self.undo(row, {})
            short: set[int] = set()
            for last, capped in ((False, False), (False, True), (True, False), (True, True)):
                self.serve_round(rows, last, capped, short)
            small = {
                row.number for row in rows if sum(self.taken[row.number].values()) < self.least(row)
            }
            if not small:
                return
            rows = [row for row in rows if row.number not in small]
        for row in self.free:
            self.undo(row, {})

    def serve_round(
        self, rows: Sequence[Candidate], last: bool, capped: bool, short: set[int]
    ) -> None:
        """Envelope after envelope, the narrowest first: the same part of what each still lacks.

        An envelope too short for a round pays nothing of the next ones: crumbs stay in it.
        """
        wants: list[int] = []
        who: list[tuple[Candidate, Ask]] = []
        for row in rows:
            promised: dict[str, int] = {}  # the years of one capped class share its cap
            for ask in self.asks[row.number]:
                if self.terms.place(ask)[:2] == (last, capped):
                    name = ask.expense_class
                    most = self.room(row, ask, self.target(ask), promised.get(name, 0))
                    promised[name] = promised.get(name, 0) + most
                    wants.append(most)
                    who.append((row, ask))
        for place in self.narrow_first:
            if place not in short and self.serve_purse(place, wants, who):
                short.add(place)

    def serve_purse(
        self, place: int, wants: list[int], who: Sequence[tuple[Candidate, Ask]]
    ) -> bool:
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
