"""A scheme: the rule by which several payers share the price of a line, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

PERSON = "person"
REFUSE = "refuse"
PERIODS = ("week", "month", "year", "scheme")


class BadScheme(ValueError):
    """The scheme cannot be applied; the message says where and what to write, in French."""


@dataclass(frozen=True)
class Window:
    """Days from `first` to `last`, both included; None on a side: no limit there."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class HouseholdCap:
    """At most `cents` for one household, over a week from Monday, a calendar month, a calendar
    year, or for ever."""

    cents: int
    per: str

    def period(self, day: date) -> str:
        return period(self.per, day)


def period(per: str, day: date) -> str:
    """The period that `day` falls in, as text."""
    if per == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04d}-S{week:02d}"
    if per == "month":
        return f"{day.year:04d}-{day.month:02d}"
    return f"{day.year:04d}" if per == "year" else ""


def last_day(per: str, day: date) -> date | None:
    """The last day of the period that `day` falls in; None when it lasts as long as the scheme."""
    if per == "week":
        return day + timedelta(days=6 - day.weekday())
    if per == "month":
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return following - timedelta(days=1)
    return date(day.year, 12, 31) if per == "year" else None


def periods_between(per: str, first: date, day: date) -> int:
    """How many periods began from the one of `first` to the one of `day`, both counted."""
    if per == "week":
        monday = first.toordinal() - first.weekday()
        return (day.toordinal() - day.weekday() - monday) // 7 + 1
    if per == "month":
        return (day.year - first.year) * 12 + day.month - first.month + 1
    return day.year - first.year + 1 if per == "year" else 1


@dataclass(frozen=True)
class Payer:
    """Somebody who pays a part, and the limits of what they pay on one line."""

    name: str
    weight: int = 1
    cap_per_unit: int | None = None
    cap_per_household: HouseholdCap | None = None


@dataclass(frozen=True)
class Step:
    """One rule for what is left: a weighted group (`share`), one payer (`rest`), or one payer who
    matches what another paid on the line (`match`).

    `up_to_percent` (of the whole price) or `up_to_cents` (a unit) bound what the step takes on.
    """

    kind: str
    payers: tuple[Payer, ...]
    up_to_percent: Fraction | None = None
    up_to_cents: int | None = None
    matched: str = ""
    match_percent: Fraction = Fraction(100)


@dataclass(frozen=True)
class Envelope:
    """Money that a payer has for some days; all steps that name the payer draw on it.

    A `fed` one is a pot: what people give more than their price is added to it.
    """

    payer: str
    cents: int
    window: Window = Window()
    fed: bool = False


@dataclass(frozen=True)
class PersonRule:
    """What the person pays.

    free, full; percent, fixed or table (`percents`, `unit_cents`); cost or producer: that price
    times `coefficients`; credit: nothing until the household used its `credit`; rest: what the
    steps leave, at most `percents` of the price or `unit_cents` a unit.
    Tables hold one value under the key "" when the rule does not look at size or tier.
    """

    rule: str
    by: str = ""
    percents: Mapping[str, Fraction] = field(default_factory=dict)
    unit_cents: Mapping[str, Fraction] = field(default_factory=dict)
    coefficients: Mapping[str, Fraction] = field(default_factory=dict)
    credit: Mapping[str, int] = field(default_factory=dict)
    per: str = ""
    carry: bool = False


@dataclass(frozen=True)
class Surcharge:
    """What some people give more than their price, for a pot: a percentage of the price, for the
    tiers named, and whatever the line says is given freely."""

    pot: str
    percent: Fraction = Fraction(0)
    tiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Payment:
    """What a payer's money is in law: its nature for tax, and its basis for State aid."""

    nature: str = "grant"
    legal_basis: str = ""


@dataclass(frozen=True)
class Scheme:
    """A whole scheme. `scope` lists, by column, the texts that are inside."""

    name: str
    person: PersonRule
    steps: tuple[Step, ...] = ()
    valid: Window = Window()
    scope: Mapping[str, frozenset[str]] = field(default_factory=dict)
    envelopes: tuple[Envelope, ...] = ()
    exhausted: str = REFUSE
    surcharge: Surcharge | None = None
    payments: Mapping[str, Payment] = field(default_factory=dict)
    farm_goods: bool = True

    def envelopes_of(self, payer: str) -> tuple[int, ...]:
        """Ranks of the envelopes of a payer, in the order written."""
        return tuple(rank for rank, e in enumerate(self.envelopes) if e.payer == payer)

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody who may pay or be paid by the rule, in the order written."""
        found = [payer.name for step in self.steps for payer in step.payers]
        found += [] if self.exhausted == REFUSE else [self.exhausted]
        found += [] if self.surcharge is None else [self.surcharge.pot]
        return tuple(dict.fromkeys(found))

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands of household size that the rule uses; none when it does not look at size."""
        rule = self.person
        if rule.by != "size":
            return ()
        return tuple(rule.percents or rule.unit_cents or rule.coefficients or rule.credit)

    def cap_per(self, step: int, payer: str) -> str:
        """The period over which this step counts what this payer paid for a household."""
        if step == 0:
            return "" if self.person.carry else self.person.per
        for each in self.steps[step - 1].payers:
            if each.name == payer and each.cap_per_household is not None:
                return each.cap_per_household.per
        return ""

    @property
    def needs_household(self) -> bool:
        caps = any(p.cap_per_household for step in self.steps for p in step.payers)
        return caps or self.person.rule == "credit"
