"""What a plan gives when nothing is left to chance: months, years, budgets, cash. All in cents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics.compiling import Line, lines_of
from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.quantities import course_of
from ensemblier.engines.economics.recipes import AsPaid, Course, Never
from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS
from ensemblier.engines.money import share_out

Sixty = tuple[int, ...]


@dataclass(frozen=True)
class Budget:
    """The Cerfa budget of one year of the plan: amounts by line of the form, in cents."""

    year: str
    charges: dict[str, int]
    resources: dict[str, int]
    in_kind_charges: dict[str, int]
    in_kind_resources: dict[str, int]

    @property
    def total_charges(self) -> int:
        return sum(self.charges.values())

    @property
    def total_resources(self) -> int:
        return sum(self.resources.values())

    @property
    def result(self) -> int:
        """What is left, or lacks when negative: a form is filed once this is zero."""
        return self.total_resources - self.total_charges

    @property
    def total_in_kind(self) -> int:
        return sum(self.in_kind_charges.values())

    def whole_euros(self) -> Budget:
        """The same in whole euros: each side's total is rounded half up, then shared among its
        lines by largest remainder, so that lines add up (decisions/0003 and 0014)."""
        sides = (self.charges, self.resources, self.in_kind_charges, self.in_kind_resources)
        return Budget(self.year, *(in_euros(side) for side in sides))


def in_euros(side: dict[str, int]) -> dict[str, int]:
    total = (sum(side.values()) + 50) // 100
    if not total:
        return dict.fromkeys(side, 0)
    parts = share_out(total, list(side.values()))
    return {code: 100 * part for code, part in zip(side, parts, strict=True)}


@dataclass(frozen=True)
class Income:
    """The income statement of one year, in cents."""

    year: str
    sales: int
    grants: int
    other_products: int
    purchases: int
    outside: int
    taxes: int
    staff: int
    other_charges: int
    wear: int
    interest: int

    @property
    def margin(self) -> int:
        """What sales leave once goods are bought."""
        return self.sales - self.purchases

    @property
    def operating(self) -> int:
        """The result of running the activity, before what loans cost."""
        return (
            self.sales
            + self.grants
            + self.other_products
            - self.purchases
            - self.outside
            - self.taxes
            - self.staff
            - self.other_charges
            - self.wear
        )

    @property
    def result(self) -> int:
        return self.operating - self.interest

    @property
    def self_financing(self) -> int:
        """The result before wear: what is left to pay back loans and buy again."""
        return self.result + self.wear


@dataclass(frozen=True)
class BreakEven:
    """By what all volumes would be multiplied for the year to balance, prices unchanged.

    `margin`: what the planned volumes bring once their own costs are paid. `to_cover`: what the
    rest of the plan lacks. A negative margin is the rule where food is sold under its cost: then
    other resources carry so many volumes at most.
    """

    year: str
    margin: int
    to_cover: int

    @property
    def direction(self) -> str:
        """`least` or `most` of the planned volumes, else `always` or `never` balanced."""
        if self.margin > 0 and self.to_cover > 0:
            return "least"
        if self.margin < 0 and self.to_cover < 0:
            return "most"
        return "always" if self.to_cover <= 0 else "never"

    @property
    def percent_bp(self) -> int | None:
        """Ten-thousandths of the planned volumes, on the safe side; None for always and never."""
        if self.direction == "least":
            return -(-self.to_cover * 10_000 // self.margin)
        return self.to_cover * 10_000 // self.margin if self.direction == "most" else None

    def sentence(self) -> str:
        if self.percent_bp is None:
            always = self.direction == "always"
            return "Équilibré à tout volume." if always else "Aucun volume n'équilibre l'année."
        percent = f"{self.percent_bp // 100},{self.percent_bp % 100:02d} %"
        if self.direction == "least":
            return f"L'année s'équilibre à partir de {percent} des volumes prévus."
        return f"Les ressources portent au plus {percent} des volumes prévus."


@dataclass(frozen=True)
class Outcome:
    """Everything computed from a plan. Tuples of sixty are by month, of five by year."""

    plan: Plan
    course: Course
    lines: tuple[Line, ...]

    @cached_property
    def charges(self) -> Sixty:
        return added(line.amounts for line in self.of(CHARGE))

    @cached_property
    def resources(self) -> Sixty:
        return added(line.amounts for line in self.of(RESOURCE))

    @cached_property
    def result(self) -> Sixty:
        return tuple(r - c for r, c in zip(self.resources, self.charges, strict=True))

    @cached_property
    def cash_in(self) -> Sixty:
        return added(line.payments for line in self.lines if line.side == RESOURCE)

    @cached_property
    def cash_out(self) -> Sixty:
        return added(line.payments for line in self.lines if line.side == CHARGE)

    @cached_property
    def cash(self) -> Sixty:
        """What is in the bank at the end of each month."""
        return cumulated(
            [r - p for r, p in zip(self.cash_in, self.cash_out, strict=True)], self.plan.opening
        )

    @cached_property
    def working_capital(self) -> Sixty:
        """What others owe less what is owed to others, at the end of each month: products counted
        and not received, less charges counted and not paid. Wear and loans are left out."""
        running = [line for line in self.lines if line.counts and is_running(line)]
        owed = added(line.amounts for line in running if line.side == RESOURCE)
        received = added(line.payments for line in running if line.side == RESOURCE)
        due = added(line.amounts for line in running if line.side == CHARGE)
        paid = added(line.payments for line in running if line.side == CHARGE)
        return cumulated(
            [a - b - c + d for a, b, c, d in zip(owed, received, due, paid, strict=True)]
        )

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        return tuple(self.budget(year) for year in range(YEARS))

    @cached_property
    def incomes(self) -> tuple[Income, ...]:
        return tuple(self.income(year) for year in range(YEARS))

    @cached_property
    def break_evens(self) -> tuple[BreakEven, ...]:
        return tuple(self.break_even(year) for year in range(YEARS))

    @property
    def results(self) -> tuple[int, ...]:
        """The result of each year."""
        return by_year(self.result)

    @property
    def lowest(self) -> tuple[int, int]:
        """The month (from 0) in which cash is lowest, and how much is left then."""
        month = min(range(MONTHS), key=lambda rank: (self.cash[rank], rank))
        return month, self.cash[month]

    @property
    def first_negative(self) -> int | None:
        """The first month that ends without money, from 0."""
        return next((rank for rank, cents in enumerate(self.cash) if cents < 0), None)

    def of(self, side: str) -> list[Line]:
        """Lines of the result on one side, contributions in kind left out."""
        return [x for x in self.lines if x.side == side and x.counts and not x.in_kind]

    def budget(self, year: int) -> Budget:
        def side(name: str, in_kind: bool) -> dict[str, int]:
            found: dict[str, int] = {}
            for line in self.lines:
                if line.counts and (line.side, line.in_kind) == (name, in_kind):
                    cents = by_year(line.amounts)[year]
                    found[line.code] = found.get(line.code, 0) + cents
            return {code: found[code] for code in sorted(found)}

        return Budget(
            self.plan.year_name(year),
            side(CHARGE, False),
            side(RESOURCE, False),
            side(CHARGE, True),
            side(RESOURCE, True),
        )

    def income(self, year: int) -> Income:
        budget = self.budgets[year]
        charges, resources = dict(budget.charges), dict(budget.resources)
        sales = resources.pop("70", 0)
        grants = sum(cents for code, cents in resources.items() if code[:2] in ("73", "74"))
        known = {code: charges.pop(code, 0) for code in ("60", "63", "64", "66", "68")}
        outside = charges.pop("61", 0) + charges.pop("62", 0)
        return Income(
            year=budget.year,
            sales=sales,
            grants=grants,
            other_products=sum(resources.values()) - grants,
            purchases=known["60"],
            outside=outside,
            taxes=known["63"],
            staff=known["64"],
            other_charges=sum(charges.values()),
            wear=known["68"],
            interest=known["66"],
        )

    def break_even(self, year: int) -> BreakEven:
        margin = fixed = 0
        for line in [*self.of(RESOURCE), *self.of(CHARGE)]:
            cents = by_year(line.amounts)[year] * (1 if line.side == RESOURCE else -1)
            if volume_of(line):
                margin += cents
            else:
                fixed += cents
        return BreakEven(self.plan.year_name(year), margin, -fixed)


def is_running(line: Line) -> bool:
    return not isinstance(line.timing, Never | AsPaid)


def volume_of(line: Line) -> str:
    """The volume that moves this line, or ""."""
    return getattr(line.recipe, "volume", "")


def added(many: Iterable[Sequence[int]]) -> Sixty:
    return tuple(map(sum, zip(*many, strict=True))) or (0,) * MONTHS


def cumulated(months: Sequence[int], opening: int = 0) -> Sixty:
    found, here = [], opening
    for cents in months:
        here += cents
        found.append(here)
    return tuple(found)


def by_year(months: Sequence[int]) -> tuple[int, ...]:
    return tuple(sum(months[YEAR * year : YEAR * (year + 1)]) for year in range(YEARS))


def compute(plan: Plan) -> Outcome:
    """The outcome of a plan, without chance: every resource comes, every price holds."""
    course = course_of(plan)
    return Outcome(plan, course, lines_of(plan, course))
