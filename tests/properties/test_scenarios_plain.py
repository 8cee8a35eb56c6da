"""The quick way of sharing gives, to the cent, what a plain specification in fractions gives."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ensemblier.engines.scenarios import Ask, Candidate, Purse, Rule, Terms, line_up, share
from ensemblier.fund.decisions.candidates import means
from ensemblier.fund.review.scoring import mean, weighted
from tests.properties.test_scenarios import FILES, PINS, PURSES, RULES, TERMS

GRADES = st.lists(  # of one file: opinions, each with its (value, scale, weight)
    st.lists(
        st.tuples(st.integers(0, 10), st.sampled_from((3, 4, 5, 10)), st.integers(0, 9)),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=4,
)


class Plain:
    """No shortcut: amounts are fractions of euros, everything is looked up again each time."""

    def __init__(self, files, purses, terms, rule, pins):
        self.files = sorted(files, key=lambda f: (f.score is None, -(f.score or 0), f.number))
        self.purses = sorted(purses, key=lambda p: (-p.narrowness, purses.index(p)))
        self.terms, self.rule, self.pins = terms, rule, pins
        self.left = {p.key: Fraction(p.cents, 100) for p in purses}
        self.held = {f.number: {} for f in files}  # (place of the request, purse) -> euros
        self.free = [f for f in self.files if f.number not in pins and self.good(f)]

    def good(self, f):
        least = self.rule.min_score
        return least is None or (f.score is not None and f.score >= least)

    def asks(self, f):
        return sorted(f.asks, key=lambda ask: (self.terms.place(ask), ask))

    def target(self, ask):
        euros = Fraction(ask.cents, 100)
        part = Fraction(self.rule.rate_bp, 10_000)
        return euros if part == 1 else Fraction(floor(euros * part))

    def got(self, f, rank=None):
        return sum(
            (v for (r, _), v in self.held[f.number].items() if rank in (None, r)), Fraction()
        )

    def room(self, f, rank, promised=Fraction()):
        ask = self.asks(f)[rank]
        room = self.target(ask) - self.got(f, rank)
        cap = Fraction(self.terms.caps_bp.get(ask.expense_class, 10_000), 10_000)
        if cap < 1:
            mine = sum(
                (
                    self.got(f, r)
                    for r, one in enumerate(self.asks(f))
                    if one.expense_class == ask.expense_class
                ),
                Fraction(),
            )
            most = Fraction(floor(100 * cap * (self.got(f) - mine) / (1 - cap)), 100)
            room = min(room, most - mine - promised)
        return max(room, Fraction())

    def take(self, f, rank, most, purses):
        taken = Fraction()
        for p in purses:
            if not p.pays(f, self.asks(f)[rank]):
                continue
            part = min(most - taken, self.left[p.key])
            self.left[p.key] -= part
            self.held[f.number][rank, p.key] = self.held[f.number].get((rank, p.key), 0) + part
            taken += part
        return taken

    def put_back(self, f, before):
        for (_, key), euros in self.held[f.number].items():
            self.left[key] += euros
        for (_, key), euros in before.items():
            self.left[key] -= euros
        self.held[f.number] = dict(before)

    def small(self, f):
        whole = sum((self.target(ask) for ask in f.asks), Fraction())
        return self.got(f) < min(Fraction(self.terms.min_cents, 100), whole)

    def by_rank(self, files, last):
        for f in files:
            before, short = dict(self.held[f.number]), False
            for rank, ask in enumerate(self.asks(f)):
                if (ask.expense_class in self.terms.last) == last and any(self.left.values()):
                    room = self.room(f, rank)
                    short |= self.take(f, rank, room, self.purses) < room
                elif (ask.expense_class in self.terms.last) == last:
                    short = short or self.room(f, rank) > 0
            if self.held[f.number] != before and (
                self.small(f) or (short and self.rule.whole_files)
            ):
                self.put_back(f, before)

    def by_rate(self):
        files = self.free
        while files:
            short = set()
            for turn in ((False, False), (False, True), (True, False), (True, True)):
                self.by_rate_once(files, turn, short)
            small = [f for f in files if self.small(f)]
            if not small:
                return
            for f in files:
                self.put_back(f, {})
            files = [f for f in files if f not in small]

    def by_rate_once(self, files, turn, short):
        wants = {}
        for f in files:
            promised = {}
            for rank, ask in enumerate(self.asks(f)):
                if self.terms.place(ask)[:2] == turn:
                    before = promised.get(ask.expense_class, Fraction())
                    wants[f.number, rank] = self.room(f, rank, before)
                    promised[ask.expense_class] = before + wants[f.number, rank]
        by_number = {f.number: f for f in files}
        for p in self.purses:
            if p.key in short:
                continue
            who = [(n, r) for n, r in wants if p.pays(by_number[n], self.asks(by_number[n])[r])]
            whole, left = sum(wants[one] for one in who), self.left[p.key]
            for number, rank in who:
                want = wants[number, rank]
                part = want if whole <= left else Fraction(floor(want * left / whole))
                wants[number, rank] -= self.take(by_number[number], rank, part, [p])
            if whole > left:
                short.add(p.key)

    def floors(self):
        regions = sorted({f.region for f in self.free} - {""})
        if not regions:
            return
        kept = {}
        for p in self.purses:
            if not p.narrowness:
                cents = floor(self.left[p.key] * self.rule.floor_bp / 100)
                each, over = divmod(cents, len(regions))
                kept[p.key] = [Fraction(each + (r < over), 100) for r in range(len(regions))]
        rest = {key: self.left[key] - sum(parts) for key, parts in kept.items()}
        for turn, region in enumerate(regions):
            for key, parts in kept.items():
                self.left[key] = parts[turn]
            self.by_rank([f for f in self.free if f.region == region], last=False)
            for key in kept:
                rest[key] += self.left[key]
        self.left.update(rest)

    def shared(self):
        for f in self.files:
            most = Fraction(self.pins.get(f.number, 0), 100)
            for rank, ask in enumerate(self.asks(f)):
                most -= self.take(f, rank, min(most, Fraction(ask.cents, 100)), self.purses)
        if self.rule.kind == "rate":
            self.by_rate()
        if self.rule.kind == "floor":
            self.floors()
        if self.rule.kind in ("rank", "floor"):
            self.by_rank(self.free, last=False)
            self.by_rank(self.free, last=True)
        return {
            f.number: sorted(
                (key, *self.asks(f)[rank][:2], 100 * euros)
                for (rank, key), euros in self.held[f.number].items()
                if euros
            )
            for f in self.files
        }


def same(files, purses, terms, rule, pins, outcome):
    plain = Plain(files, purses, terms, rule, pins)
    expected = plain.shared()
    assert list(outcome.awards) == list(expected)
    assert {number: sorted(parts) for number, parts in outcome.awards.items()} == expected
    assert outcome.left == {key: 100 * euros for key, euros in plain.left.items()}
    assert outcome.totals == {n: sum(part[3] for part in parts) for n, parts in expected.items()}


TIGHT = Terms(("engineering",), frozenset({"investment"}), {"food_purchase": 2500}, 1_000_00)
TWO = [
    Candidate("1", Fraction(2, 3), (Ask("food_purchase", 2027, 900_00),), "32"),
    Candidate("2", None, (Ask("engineering", 2027, 5_000_00), Ask("investment", 2027, 1))),
]


@settings(max_examples=500, deadline=None)
@given(FILES, PURSES, TERMS, RULES, PINS)
@example(TWO, [Purse(1, 2027, 3_000_00)], TIGHT, Rule("rate", whole_files=True), {})
@example(TWO, [Purse(1, 2027, 3_000_00)], TIGHT, Rule("rank", whole_files=True), {"1": 50_00})
def test_the_quick_way_gives_what_the_plain_one_gives(files, purses, terms, rule, pins):
    same(files, purses, terms, rule, pins, share(files, purses, terms, rule, pins))


@settings(max_examples=100, deadline=None)
@given(FILES, PURSES, TERMS, st.lists(RULES, min_size=2, max_size=4))
def test_scenarios_of_one_line_up_do_not_touch_each_other(files, purses, terms, rules):
    start = line_up(files, purses, terms)
    for rule in [*rules, rules[0]]:
        same(files, purses, terms, rule, {}, start.share(rule))


def test_the_comparison_sees_one_cent():
    """Negative control: an outcome one cent away is refused."""
    purses = [Purse(1, 2027, 3_000_00)]
    outcome = share(TWO, purses, Terms(), Rule("rank"))
    part = outcome.awards["2"][0]
    outcome.awards["2"] = (part._replace(cents=part.cents + 1), *outcome.awards["2"][1:])
    with pytest.raises(AssertionError):
        same(TWO, purses, Terms(), Rule("rank"), {}, outcome)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.integers(1, 9), GRADES, max_size=4))
def test_scores_summed_in_whole_numbers_are_the_mean_of_the_weighted_scores(files):
    """The rows are what the database gives: one for each opinion and scale."""
    rows = []
    for file, opinions in files.items():
        for opinion, grades in enumerate(opinions):
            for scale in {scale for _, scale, _ in grades}:
                on = [(value, weight) for value, size, weight in grades if size == scale]
                points = sum(value * weight for value, weight in on)
                rows.append((file, opinion, scale, points, sum(weight for _, weight in on)))
    expected = {
        file: mean(kept)
        for file, opinions in files.items()
        if (kept := [one for grades in opinions if (one := weighted(grades)) is not None])
    }
    assert means(rows) == expected
