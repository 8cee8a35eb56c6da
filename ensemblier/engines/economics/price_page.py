"""The page of the live spreadsheet that says the truth of the price, as `prices.py` computes it.

One page to read, in euros by unit; one page of whole cents behind it, where each amount is shared
by largest remainder, as `share_out` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics.cellnames import Cell, Formula, Sheet, at, block, rounded
from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.formulas import LineRows, VolumeRows
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.terms import MONTHS, PARTS, YEAR, YEARS

READ, BEHIND = "Prix", "PrixCalcul"
AMOUNTS, FLOORS, RESTS, GIVEN = range(4)  # blocks of rows of the page behind
Kept = tuple[str, Callable[[Line], bool]]


def price_sheets(outcome: Outcome, lines: LineRows, volumes: VolumeRows) -> list[Sheet]:
    """Nothing for a plan that names no basket."""
    basket = outcome.plan.basket
    if not basket:
        return []
    unit = next(each.unit for each in outcome.plan.volumes if each.id == basket)
    names = outcome.plan.year_names
    read, behind = Sheet(READ), Sheet(BEHIND)
    read.add("la vérité du prix", f"par {unit}, en euros", *names)
    behind.add("centimes", "", *names)
    milli = behind.add("unités sorties", "millièmes", *units(volumes, basket))
    parts = Shared(behind, lines, milli, parts_of())
    paid = Shared(behind, lines, milli, payers_of(outcome))
    cost = read.add("ce que coûte une unité", "", *euros(parts.total))
    for name, row in parts.given:
        read.add(name, "où va l'argent", *euros(row))
    total = read.add("ce qui est payé", "", *euros(paid.total))
    for name, row in paid.given:
        read.add(name, "qui paie", *euros(row))
    people = persons_of(outcome)
    rows = [row for name, row in paid.given if name in people]
    read.add("ce que paient les personnes", "", *added(rows))
    read.add("reste à trouver", "négatif : excédent", *gaps(cost, total))
    return [read, behind]


def units(volumes: VolumeRows, basket: str) -> list[Cell]:
    row, first = volumes.rows[basket], volumes.first
    return [
        Formula(rounded(f"1000*SUM({block('Volumes', start, row, start + YEAR - 1, row)})"))
        for start in range(first, first + MONTHS, YEAR)
    ]


def parts_of() -> list[Kept]:
    def goes_to(part: str) -> Callable[[Line], bool]:
        return lambda line: line.side == CHARGE and line.part == part

    return [(label, goes_to(part)) for part, label in PARTS.items()]


def payers_of(outcome: Outcome) -> list[Kept]:
    def paid_by(payer: str) -> Callable[[Line], bool]:
        return lambda line: line.side == RESOURCE and line.payer == payer

    names = dict.fromkeys(line.payer for line in outcome.of(RESOURCE))
    return [(payer, paid_by(payer)) for payer in names]


def persons_of(outcome: Outcome) -> set[str]:
    return {line.payer for line in outcome.of(RESOURCE) if line.audience == "households"}


class Shared:
    """The cents of a unit on the page behind, then each part: the floor, and a cent to the largest
    remainders. Four blocks of rows, one row by part in each."""

    def __init__(self, sheet: Sheet, lines: LineRows, milli: int, kept: Sequence[Kept]) -> None:
        self.sheet, self.milli, self.count = sheet, milli, len(kept)
        self.total, years = len(sheet.rows) + 1, range(YEARS)
        sheet.add("une unité", "centimes", *(self.one(year) for year in years))
        for name, keep in kept:
            sheet.add(name, "dans l'année", *(Formula(lines.cents(keep, year)) for year in years))
        blocks = (("part entière", self.floor), ("reste", self.rest), ("par unité", self.part))
        for words, cell in blocks:
            for place, (name, _) in enumerate(kept):
                sheet.add(name, words, *(cell(place, year) for year in years))
        self.given = [(name, self.row(GIVEN, place)) for place, (name, _) in enumerate(kept)]

    def row(self, part: int, place: int) -> int:
        return self.total + 1 + part * self.count + place

    def whole(self, part: int, year: int, last: int | None = None) -> str:
        """The rows of a block in a year, up to `last`."""
        end = self.count - 1 if last is None else last
        column = 2 + year
        return block(self.sheet.name, column, self.row(part, 0), column, self.row(part, end))

    def here(self, part: int, place: int, year: int) -> str:
        return at(self.sheet.name, 2 + year, self.row(part, place))

    def unit(self, year: int) -> str:
        return at(self.sheet.name, 2 + year, self.total)

    def one(self, year: int) -> Cell:
        if not self.count:
            return 0
        units = at(self.sheet.name, 2 + year, self.milli)
        exact = rounded(f"1000*SUM({self.whole(AMOUNTS, year)})/{units}")
        return Formula(f"IF({units}=0;0;{exact})")

    def floor(self, place: int, year: int) -> Cell:
        weights = f"SUM({self.whole(AMOUNTS, year)})"
        shared = f"{self.unit(year)}*{self.here(AMOUNTS, place, year)}"
        return Formula(f"IF({weights}=0;0;INT({shared}/{weights}))")

    def rest(self, place: int, year: int) -> Cell:
        weights = f"SUM({self.whole(AMOUNTS, year)})"
        shared = f"{self.unit(year)}*{self.here(AMOUNTS, place, year)}"
        return Formula(f"{shared}-{self.here(FLOORS, place, year)}*{weights}")

    def part(self, place: int, year: int) -> Cell:
        """Its rank among remainders, ties to the first written, against the cents left."""
        mine = self.here(RESTS, place, year)
        larger = f"SUMPRODUCT(({self.whole(RESTS, year)}>{mine})*1)"
        equal = f"SUMPRODUCT(({self.whole(RESTS, year, place)}={mine})*1)"
        left = f"{self.unit(year)}-SUM({self.whole(FLOORS, year)})"
        whole = self.here(FLOORS, place, year)
        return Formula(f"{whole}+IF({larger}+{equal}<={left};1;0)")


def euros(row: int) -> list[Cell]:
    return [Formula(f"{at(BEHIND, 2 + year, row)}/100") for year in range(YEARS)]


def added(rows: Sequence[int]) -> list[Cell]:
    if not rows:
        return [0] * YEARS
    sums = ("+".join(at(BEHIND, 2 + year, row) for row in rows) for year in range(YEARS))
    return [Formula(f"({text})/100") for text in sums]


def gaps(cost: int, paid: int) -> list[Cell]:
    return [
        Formula(rounded(f"100*({at(READ, 2 + year, cost)}-{at(READ, 2 + year, paid)})") + "/100")
        for year in range(YEARS)
    ]
