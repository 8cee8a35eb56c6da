"""How a driver becomes sixty amounts: the same recipes make our cents and the sheet's formulas.

One rounding rule: each amount is one fraction of whole numbers, rounded half up to the cent; what
is spread over months is rounded on the running total, so that a year adds up (decisions/0014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS

ONE = 1_000_000  # of an index
PER_UNIT = 100_000  # thousandths of a unit times hundredths of a cent


def half_up(number: int, by: int) -> int:
    """`number` over `by`, rounded half up; both positive."""
    return (2 * number + by) // (2 * by)


def running(total: int, part: int, whole: int) -> int:
    """What the first `part` of `whole` equal parts get, rounded half up."""
    return half_up(total * part, whole)


def index(rise: int) -> list[int]:
    """The index of each year in millionths, from the rise a year in ten-thousandths."""
    found = [ONE]
    for _ in range(YEARS - 1):
        found.append(half_up(found[-1] * (10_000 + rise), 10_000))
    return found


@dataclass(frozen=True)
class Course:
    """What recipes look at: quantities by volume and month, indexes by name and year."""

    quantities: Mapping[str, Sequence[int]]
    indexes: Mapping[str, Sequence[int]]

    def priced(self, price: int, name: str, year: int) -> int:
        """A price or a yearly amount in the money of that year."""
        return half_up(price * self.indexes[name][year], ONE)


@dataclass(frozen=True)
class Span:
    """Months on which a recipe gives something, both included."""

    first: int
    last: int

    def __contains__(self, month: int) -> bool:
        return self.first <= month <= self.last


@dataclass(frozen=True)
class PerUnit:
    """So much by unit of a volume."""

    volume: str
    price: int
    index: str
    span: Span

    def amount(self, month: int, course: Course) -> int:
        if month not in self.span:
            return 0
        price = course.priced(self.price, self.index, month // YEAR)
        return half_up(course.quantities[self.volume][month] * price, PER_UNIT)


@dataclass(frozen=True)
class Flat:
    """So much a year, spread over its twelve months."""

    yearly: int
    index: str
    span: Span

    def amount(self, month: int, course: Course) -> int:
        if month not in self.span:
            return 0
        yearly = course.priced(self.yearly, self.index, month // YEAR)
        rank = month % YEAR
        return running(yearly, rank + 1, YEAR) - running(yearly, rank, YEAR)


@dataclass(frozen=True)
class Each:
    """The same amount each month, in the money of the year."""

    cents: int
    index: str
    span: Span

    def amount(self, month: int, course: Course) -> int:
        return course.priced(self.cents, self.index, month // YEAR) if month in self.span else 0


@dataclass(frozen=True)
class Steps:
    """As many of one thing as a volume asks for: posts, rounds."""

    volume: str
    capacity: int
    least: int
    one: Flat | Each

    def number(self, month: int, course: Course) -> int:
        return max(self.least, -(-course.quantities[self.volume][month] // self.capacity))

    def amount(self, month: int, course: Course) -> int:
        return self.number(month, course) * self.one.amount(month, course)


@dataclass(frozen=True)
class Once:
    """An amount in one month."""

    cents: int
    month: int

    def amount(self, month: int, course: Course) -> int:
        return self.cents if month == self.month else 0


@dataclass(frozen=True)
class Spread:
    """A total over so many months from one on: wear of equipment, product of its grant."""

    total: int
    first: int
    months: int

    def amount(self, month: int, course: Course) -> int:
        rank = month - self.first
        if not 0 <= rank < self.months:
            return 0
        return running(self.total, rank + 1, self.months) - running(self.total, rank, self.months)


@dataclass(frozen=True)
class Loan:
    """A loan paid back by equal monthly payments, from the month after it is drawn; the last one
    takes what is left. `rate` a year, in ten-thousandths; interest of a month is a twelfth."""

    cents: int
    rate: int
    term: int
    month: int

    @property
    def payment(self) -> int:
        if not self.rate:
            return half_up(self.cents, self.term)
        monthly = Fraction(self.rate, 120_000)
        exact = self.cents * monthly / (1 - 1 / (1 + monthly) ** self.term)
        return half_up(exact.numerator, exact.denominator)

    def table(self) -> list[tuple[int, int, int]]:
        """Interest, capital paid back, and capital left, by month after it is drawn."""
        left, payment, rows = self.cents, self.payment, []
        for rank in range(self.term):
            interest = half_up(left * self.rate, 120_000)
            capital = left if rank == self.term - 1 else min(left, payment - interest)
            left -= capital
            rows.append((interest, capital, left))
        return rows


@dataclass(frozen=True)
class Interest:
    """What a loan costs each month."""

    loan: Loan


@dataclass(frozen=True)
class Capital:
    """What of a loan is paid back each month."""

    loan: Loan


Recipe = PerUnit | Flat | Each | Steps | Once | Spread | Interest | Capital


def amounts(recipe: Recipe, course: Course) -> tuple[int, ...]:
    """Sixty months of a recipe, in cents."""
    if isinstance(recipe, Interest | Capital):
        place = 0 if isinstance(recipe, Interest) else 1
        column = [row[place] for row in recipe.loan.table()]
        months = [0] * (recipe.loan.month + 1) + column
        return tuple((months + [0] * MONTHS)[:MONTHS])
    return tuple(recipe.amount(month, course) for month in range(MONTHS))


@dataclass(frozen=True)
class Later:
    """Cash comes so many months after."""

    months: int = 0


@dataclass(frozen=True)
class AtOnce:
    """Cash of a whole year of the plan comes at once, so many months after its first month."""

    months: int
    first: int

    def paid_in(self, year: int) -> int:
        """The month in which that year is paid; it may be after the end of the plan."""
        return max(YEAR * year, self.first) + self.months


@dataclass(frozen=True)
class Never:
    """No cash: wear of equipment, contributions in kind."""


@dataclass(frozen=True)
class AsPaid:
    """Cash follows another recipe: an investment grant."""

    recipe: Once


Timing = Later | AtOnce | Never | AsPaid


def cash(values: Sequence[int], timing: Timing, course: Course) -> tuple[int, ...]:
    """When these amounts are paid; what is due after the sixtieth month is left out."""
    if isinstance(timing, Never):
        return (0,) * MONTHS
    if isinstance(timing, AsPaid):
        return amounts(timing.recipe, course)
    if isinstance(timing, Later):
        return tuple([0] * timing.months + list(values))[:MONTHS]
    months = [0] * MONTHS
    for year in range(YEARS):
        if timing.paid_in(year) < MONTHS:
            months[timing.paid_in(year)] += sum(values[YEAR * year : YEAR * (year + 1)])
    return tuple(months)
