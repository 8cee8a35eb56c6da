"""Lines as columns of whole numbers: each text is read once, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ensemblier.engines.cofinancing import kernel
from ensemblier.engines.cofinancing.fitting import MOST_CENTS, MOST_MILLI, rates
from ensemblier.engines.cofinancing.lines import (
    WRONG_SHAPE,
    BadCell,
    RawLine,
    Sheet,
    cents,
    day_of,
    milli_of,
)
from ensemblier.engines.cofinancing.scheme import Scheme, periods_between

FIELDS = RawLine._fields
BAD = -1
REMEMBERED = 50_000


class TooLarge(Exception):
    """A line holds an amount that only the reference may count."""


class Block:
    """Some lines in order, column by column; a column that the file does not have is None."""

    def __init__(self, texts: Sequence[Sequence[str] | None], size: int) -> None:
        self.texts, self.size = texts, size

    @classmethod
    def of(cls, lines: Sequence[RawLine]) -> Block:
        return cls(list(zip(*lines, strict=True)) if lines else [()] * len(FIELDS), len(lines))

    @classmethod
    def of_rows(cls, rows: list[list[str]], sheet: Sheet) -> Block:
        """Rows of a sheet."""
        faults = None
        if any(len(row) != sheet.width for row in rows):
            faults = ["" if len(row) == sheet.width else WRONG_SHAPE for row in rows]
            rows = [[*row, *[""] * sheet.width][: sheet.width] for row in rows]
        columns: list[Sequence[str]] = list(zip(*rows, strict=True)) or [()] * sheet.width
        texts = [columns[place] if place >= 0 else None for place in sheet.places]
        return cls([*texts, faults], len(rows))

    def column(self, name: str) -> Sequence[str] | None:
        return self.texts[FIELDS.index(name)]

    def line(self, place: int) -> RawLine:
        return RawLine._make("" if texts is None else texts[place] for texts in self.texts)


class Memo(dict[str, int]):
    """What a text is worth, read the first time that it is met."""

    def __init__(self, read: Callable[[str], int]) -> None:
        self.read = read

    def __missing__(self, text: str) -> int:
        if len(self) > REMEMBERED:
            self.clear()
        value = self[text] = self.read(text)
        return value


class Codes(dict[str, int]):
    """A number for each text, from 0, in the order in which they come."""

    def __missing__(self, text: str) -> int:
        value = self[text] = len(self)
        return value


def _amount(read: Callable[[str], int], most: int) -> Callable[[str], int]:
    """The reading of a cell, with BAD where the reference refuses the line."""

    def value(text: str) -> int:
        try:
            amount = read(text)
        except BadCell:
            return BAD
        if amount > most:
            raise TooLarge
        return amount

    return value


class Numbers(NamedTuple):
    """A block's columns. `right`: the lines that no rule read beforehand refuses."""

    right: kernel.Bools
    day: kernel.Ints
    milli: kernel.Ints
    price: kernel.Ints
    person: kernel.Ints
    given: kernel.Ints
    household: kernel.Ints
    rate: kernel.Ints


class Columns:
    """Reads the lines of one scheme; what it learns of texts stays from block to block."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme, rule = scheme, scheme.person
        self.days = Memo(self._day)
        self.calendar: list[tuple[int, int, int, int, int]] = []
        self.begun: list[int] = []
        self.milli = Memo(_amount(milli_of, MOST_MILLI))
        self.price = Memo(_amount(lambda text: cents(text, ""), MOST_CENTS))
        self.extra = Memo(lambda text: self.price[text] if text else 0)
        self.households = Codes()
        self.scope = {name: Memo(_inside(name, kept)) for name, kept in scheme.scope.items()}
        self.keys = list(rule.credit if rule.rule == "credit" else rates(rule))
        self.rate_of = Memo(lambda text: self.keys.index(text) if text in self.keys else BAD)
        values = list(rates(rule).values())
        self.numerator = np.array([v.numerator for v in values] or [0], np.int64)
        self.denominator = np.array([v.denominator for v in values] or [1], np.int64)

    def _day(self, text: str) -> int:
        try:
            day = day_of(text)
        except BadCell:
            return BAD
        if not self.scheme.valid.holds(day):
            return BAD
        year, week, _ = day.isocalendar()
        periods = (year * 100 + week, day.year * 12 + day.month, day.year, 0)
        self.calendar.append((day.toordinal(), *periods))
        self.begun.append(self._begun(day))
        return len(self.calendar) - 1

    def _begun(self, day: date) -> int:
        rule, first = self.scheme.person, self.scheme.valid.first
        if not rule.carry or first is None:
            return 1
        begun = periods_between(rule.per, first, day)
        if begun * max(rule.credit.values()) > MOST_CENTS * 1000:
            raise TooLarge
        return begun

    def read(self, block: Block) -> Numbers:
        """The block in numbers; raises TooLarge."""
        day = self._looked(block, "sold_on", self.days)
        milli = self._looked(block, "quantity", self.milli)
        price = self._looked(block, "price_cents", self.price)
        extra = self._looked(block, "extra_cents", self.extra)
        right = (day >= 0) & (milli >= 0) & (price >= 0) & (extra >= 0)
        for name, memo in self.scope.items():
            right &= self._looked(block, name, memo) > 0
        household = np.full(block.size, -1, np.int64)
        if self.scheme.needs_household:
            texts = block.column("household") or [""] * block.size
            household = _int64(map(self.households.__getitem__, texts), block.size)
            right &= _int64(map(bool, texts), block.size) > 0
        for fault in ("fault", "line_id"):
            right &= self._shaped(block, fault)
        rate, person, readable = self._person(block, day, milli, price)
        given, taken = self._given(block, price, extra)
        right &= readable & taken
        return Numbers(right, day, milli, price, person, given, household, rate)

    def _looked(self, block: Block, name: str, memo: Memo) -> kernel.Ints:
        texts = block.column(name)
        if texts is None:
            return np.full(block.size, memo[""], np.int64)
        return _int64(map(memo.__getitem__, texts), block.size)

    def _shaped(self, block: Block, name: str) -> kernel.Bools:
        texts = block.column(name)
        if texts is None:
            return np.ones(block.size, bool)
        filled = np.fromiter(map(bool, texts), bool, block.size)
        return filled if name == "line_id" else ~filled

    def _person(
        self, block: Block, day: kernel.Ints, milli: kernel.Ints, price: kernel.Ints
    ) -> tuple[kernel.Ints, kernel.Ints, kernel.Bools]:
        """Which row of the table, what the kernel takes as the person's part, and readable or
        not."""
        rule = self.scheme.person
        rate = np.zeros(block.size, np.int64)
        if rule.by:
            rate = self._looked(block, rule.by, self.rate_of)
        good = rate >= 0
        if rule.rule in ("free", "full"):
            return rate, (price if rule.rule == "full" else np.zeros_like(price)), good
        if rule.rule == "credit":
            each, begun = list(rule.credit.values()), np.array(self.begun or [1], np.int64)
            return rate, np.array(each, np.int64)[rate] * begun[day], good
        base = milli if rule.unit_cents else price
        if rule.rule in ("cost", "producer"):
            base = self._looked(block, f"{rule.rule}_cents", self.price)
            good = good & (base >= 0)
        top, bottom = self.numerator[rate], self.denominator[rate]
        return rate, np.minimum(price, (2 * base * top + bottom) // (2 * bottom)), good

    def _given(
        self, block: Block, price: kernel.Ints, extra: kernel.Ints
    ) -> tuple[kernel.Ints, kernel.Bools]:
        """What is given for the pot, and whether it can be."""
        surcharge = self.scheme.surcharge
        if surcharge is None:
            return np.zeros_like(extra), extra == 0
        given = extra
        if surcharge.percent:
            tiers = block.column("tier") or [""] * block.size
            named = _int64(map(surcharge.tiers.__contains__, tiers), block.size)
            rate: Fraction = surcharge.percent / 100
            more = 2 * price * rate.numerator + rate.denominator
            given = extra + named * (more // (2 * rate.denominator))
        if block.size and given.max() > MOST_CENTS:
            raise TooLarge
        return given, np.ones(block.size, bool)


def _int64(values: Iterable[int], size: int) -> kernel.Ints:
    return np.fromiter(values, np.int64, size)


def _inside(name: str, kept: frozenset[str]) -> Callable[[str], int]:
    if name == "labels":
        return lambda text: int(bool(kept & set(text.split(";"))))
    return lambda text: int(text in kept)
