"""A scheme: the rule by which several payers share the price of a line, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

PERSON = "person"
REFUSE = "refuse"
PERIODS = ("month", "year", "scheme")


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
    """At most `cents` for one household, over a calendar month, a calendar year or for ever."""

    cents: int
    per: str

    def period(self, day: date) -> str:
        """The period that `day` falls in."""
        if self.per == "month":
            return f"{day.year:04d}-{day.month:02d}"
        return f"{day.year:04d}" if self.per == "year" else ""


@dataclass(frozen=True)
class Payer:
    """Somebody who pays a part, and the limits of what they pay on one line."""

    name: str
    weight: int = 1
    cap_per_unit: int | None = None
    cap_per_household: HouseholdCap | None = None


@dataclass(frozen=True)
class Step:
    """One rule for what is left: a weighted group (`share`), or one payer (`rest`)."""

    kind: str
    payers: tuple[Payer, ...]


@dataclass(frozen=True)
class Envelope:
    """Money that a payer has for some days; all steps that name the payer draw on it."""

    payer: str
    cents: int
    window: Window = Window()


@dataclass(frozen=True)
class PersonRule:
    """What the person pays: nothing, all, a percentage, an amount a unit, or a table of these.

    `percents` and `unit_cents` hold one value under the key "" when the rule has no table.
    """

    rule: str
    by: str = ""
    percents: Mapping[str, Fraction] = field(default_factory=dict)
    unit_cents: Mapping[str, Fraction] = field(default_factory=dict)


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

    def envelopes_of(self, payer: str) -> tuple[int, ...]:
        """Ranks of the envelopes of a payer, in the order written."""
        return tuple(rank for rank, e in enumerate(self.envelopes) if e.payer == payer)

    @property
    def needs_household(self) -> bool:
        return any(p.cap_per_household for step in self.steps for p in step.payers)
