"""A plan of 60 months: what it says, as values. Read by `reading.py`, computed by `compiling.py`.

Units: money in cents, prices in hundredths of a cent, quantities in thousandths of their unit,
shares in ten-thousandths, rates of a derived volume in millionths. Months are counted from 0, the
first of the plan, to 59.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS


class BadPlan(ValueError):
    """A plan that cannot be computed: what is wrong, in French, and the line of the file."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"Ligne {line} : {message}" if line else message)
        self.message, self.line = message, line


@dataclass(frozen=True, kw_only=True)
class Item:
    """What every driver says: its name, its months (both included), and where its figures are
    from. `assumed`: nobody gave this figure, it is a hypothesis."""

    id: str
    label: str
    first: int = 0
    last: int = MONTHS - 1
    source: str = ""
    assumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Volume(Item):
    """A quantity by month: `yearly` spread by season, or so much of another one (`of`)."""

    unit: str = "kg"
    link: str = "distribution"
    activity: str = ""
    yearly: int = 0
    of: str = ""
    rate: int = 1_000_000
    loss: int = 0
    yields: int = 10_000
    growth: tuple[int, ...] = ()
    season: tuple[int, ...] = (1,) * YEAR
    spread: int = 0


@dataclass(frozen=True, kw_only=True)
class Sale(Item):
    """A part of a volume sold to an audience at a price."""

    volume: str
    price: int
    audience: str = "households"
    share: int = 10_000
    index: str = ""
    delay: int = 0
    payer: str = ""
    code: str = "70"
    link: str = "distribution"
    perimeter: str = ""


@dataclass(frozen=True, kw_only=True)
class Cost(Item):
    """A cost: so much by unit of a volume, by year, or once."""

    kind: str
    volume: str = ""
    price: int = 0
    yearly: int = 0
    once: int = 0
    code: str = ""
    link: str = ""
    expense_class: str = ""
    index: str = ""
    delay: int = 0
    perimeter: str = ""
    producers: int = 0
    contract_years: int = 0
    revision: bool = False
    exempt_contract: bool = False


@dataclass(frozen=True, kw_only=True)
class Round(Item):
    """Rounds of `km` each: so many a year, or as many as a volume asks for (`load` by round)."""

    km: int
    price: int
    yearly: int = 0
    volume: str = ""
    load: int = 0
    code: str = "62"
    link: str = "distribution"
    expense_class: str = "operation"
    delay: int = 1
    perimeter: str = ""


@dataclass(frozen=True, kw_only=True)
class Post(Item):
    """Paid work: `number` posts, or one more each time a volume passes `capacity` a month.

    `capacity` is what one post does when it is there; training and absences that nobody replaces
    are taken off. `monthly` is the whole cost of one post for the employer. `absence` is the part
    of the hours not worked, of which `replaced` is paid again; each leaver (`turnover` a year)
    costs `hiring`.
    """

    number: int = 1_000
    hours: int = 35 * 60
    monthly: int
    volume: str = ""
    capacity: int = 0
    absence: int = 0
    replaced: int = 0
    turnover: int = 0
    hiring: int = 0
    training: int = 0
    aid: str = ""
    aid_yearly: int = 0
    aid_last: int = MONTHS - 1
    renewal: int = 10_000
    link: str = "distribution"
    expense_class: str = ""
    perimeter: str = ""


@dataclass(frozen=True, kw_only=True)
class InKind(Item):
    """Given work, goods, premises or services: the same value in 86 and in 87."""

    charge: str = "864"
    resource: str = "870"
    hours: int = 0
    yearly: int = 0
    volume: str = ""
    price: int = 0
    received: int | None = None
    payer: str = "bénévoles"
    link: str = "distribution"
    effect: str = ""


@dataclass(frozen=True, kw_only=True)
class Equipment(Item):
    """Something bought in month `first`, worn over `life` months, perhaps with a loan."""

    price: int
    life: int
    loan: int = 0
    rate: int = 0
    term: int = 0
    link: str = "processing"
    perimeter: str = ""


@dataclass(frozen=True, kw_only=True)
class Resource(Item):
    """Money from somebody who is not a client: so much a year, by unit of a volume, or once.

    `chance`: that it comes at all. `renewal`: that it goes on, asked each year. `spread` (months):
    an investment grant is a product over the life of what it paid. `payment`: when cash comes.
    """

    payer: str
    code: str = "74E"
    yearly: int = 0
    once: int = 0
    volume: str = ""
    price: int = 0
    spread: int = 0
    nature: str = "non_market"
    effect: str = ""
    certainty: str = "asked"
    chance: int = 5_000
    renewal: int = 10_000
    payment: str = "yearly"
    delay: int = 2
    pays_for: str = ""
    agreement: bool = False
    deductible: bool = False
    complement: bool = False
    regime: str = "not_economic"
    farms: int = 1
    perimeter: str = ""


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """How much each named factor moves, in ten-thousandths (one standard deviation, unless said).

    See docs/decisions/0014 for each distribution.
    """

    demand: int = 800
    persistence: int = 7_000
    common: int = 5_000
    selling_price: int = 200
    food_price: int = 700
    inflation: int = 100
    absence: int = 300
    politics: int = 4_000
    late: int = 2_500


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole plan. `data` is what was read, `places` the line of each driver in the file."""

    name: str
    start: int
    sheet: int = 0
    form: str = "association"
    opening: int = 0
    general: int = 0
    wages: int = 0
    food: int = 0
    vat_liable: bool = False
    auditor: bool = False
    aci_limit: int = 3_000
    aci_limits: tuple[tuple[str, int], ...] = ()
    separate_accounts: bool = False
    surplus: int = 0
    farm_goods: bool = True
    basket: str = ""
    source: str = ""
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    volumes: tuple[Volume, ...] = ()
    sales: tuple[Sale, ...] = ()
    costs: tuple[Cost, ...] = ()
    rounds: tuple[Round, ...] = ()
    posts: tuple[Post, ...] = ()
    in_kinds: tuple[InKind, ...] = ()
    equipments: tuple[Equipment, ...] = ()
    resources: tuple[Resource, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    places: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def limit_of(self, perimeter: str) -> int:
        """The share that receipts of this ACI stay below: of its agreement, else of the plan."""
        return dict(self.aci_limits).get(perimeter.partition(":")[2], self.aci_limit)

    def month_name(self, month: int) -> str:
        """2027-03, for the third month of a plan that begins in January 2027."""
        year, rest = divmod(self.start + month, YEAR)
        return f"{year}-{rest + 1:02}"

    def year_name(self, year: int) -> str:
        """2027, or 2027-2028 when the plan does not begin in January."""
        first, rest = divmod(self.start + YEAR * year, YEAR)
        return f"{first}-{first + 1}" if rest else str(first)

    @property
    def month_names(self) -> list[str]:
        return [self.month_name(month) for month in range(MONTHS)]

    @property
    def year_names(self) -> list[str]:
        return [self.year_name(year) for year in range(YEARS)]
