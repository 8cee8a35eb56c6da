"""The page of the live spreadsheet about rules: figures that follow the hypotheses, then words.

The figures of law are those of the first day of each year, as `rules.py` reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Protocol

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics import farm_page
from ensemblier.engines.economics.cellnames import Cell, Formula, Sheet, at
from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.formulas import LineRows
from ensemblier.engines.economics.money_rules import public_rows
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.rulebook import broken_rules
from ensemblier.engines.economics.rules import aci_words, agreements_of, figure, first_day
from ensemblier.engines.economics.terms import PUBLIC_CODES, YEARS
from ensemblier.engines.insertion import FULL_SHARE
from ensemblier.engines.law import insertion as insertion_law
from ensemblier.engines.law import subsidies
from ensemblier.engines.law.dated import Figure

NAME = "Regles"


class Hypotheses(Protocol):
    def cell(self, item: str, key: str, scale: int, default: int) -> str: ...


class RuleRows:
    """The page as it grows: amounts in euros by year, from whole cents."""

    def __init__(self, outcome: Outcome, inputs: Hypotheses, lines: LineRows) -> None:
        self.outcome, self.plan = outcome, outcome.plan
        self.inputs, self.lines = inputs, lines
        self.sheet = Sheet(NAME)
        self.sheet.add("règle", "en euros", *self.plan.year_names)

    def sums(self, name: str, words: str, keep: Callable[[Line], bool]) -> int:
        """A row that adds lines."""
        cells = (Formula(f"{self.lines.cents(keep, year)}/100") for year in range(YEARS))
        return self.sheet.add(name, words, *cells)

    def cents(self, row: int, year: int) -> str:
        return f"ROUND(100*{at(NAME, 2 + year, row)};0)"

    def shares(self, name: str, words: str, text: Callable[[int], str]) -> None:
        """A row of percents, from ten-thousandths."""
        cells = (Formula(f"{text(year)}/100") for year in range(YEARS))
        self.sheet.add(name, words, *cells)

    def over(self, name: str, text: Callable[[int], str]) -> None:
        """By how much the rule is broken each year; zero when it is not."""
        cells = (Formula(f"{text(year)}/100") for year in range(YEARS))
        self.sheet.add(name, "dépassement", *cells)


def rules_sheet(outcome: Outcome, inputs: Hypotheses, lines: LineRows) -> Sheet:
    page = RuleRows(outcome, inputs, lines)
    for perimeter in agreements_of(outcome):
        aci(page, perimeter)
    grants(page)
    auditor(page)
    surplus(page)
    farm_page.contracts(page)
    farm_page.complements(page)
    farm_page.aids(page)
    page.sheet.add()
    page.sheet.add(
        "règles enfreintes le jour de l'export (ces phrases ne suivent pas les hypothèses)",
        "dépassement", "dès", "ce qui se passe", "ce qui y remédie", "texte",
    )  # fmt: skip
    for row in told(outcome):
        page.sheet.add(*row)
    return page.sheet


def aci(page: RuleRows, perimeter: str) -> None:
    """Receipts strictly below a share of the charges; the first cent above is a cent over."""
    name, plan = f"{aci_words(perimeter)}recettes de l'ACI", page.plan
    sold = page.sums(
        name, "recettes",
        lambda line: line.side == RESOURCE and line.perimeter == perimeter and line.kind == "sale",
    )  # fmt: skip
    spent = page.sums(
        name, "charges", lambda line: line.side == CHARGE and line.perimeter == perimeter
    )
    limit = limit_cell(page, perimeter)
    page.shares(name, "part des charges, en %", lambda year: share(page, sold, spent, year))
    page.shares(name, "limite, en % (strictement dessous)", lambda _: limit)
    page.shares(
        name,
        "limite au-dessus de ce que le préfet peut accorder, en points",
        lambda year: f"MAX(0;{limit}-{most_share(plan, year)})",
    )

    def text(year: int) -> str:
        sales, charges = page.cents(sold, year), page.cents(spent, year)
        most = f"(-INT(-{charges}*{limit}/{FULL_SHARE})-1)"  # as `insertion.room`
        return (
            f"IF({sales}<=0;0;IF({sales}*{FULL_SHARE}<{charges}*{limit};0;MAX(1;{sales}-{most})))"
        )

    page.over(name, text)


def limit_cell(page: RuleRows, perimeter: str) -> str:
    """Of its agreement, else of the plan: a hypothesis, never a constant."""
    name, own = perimeter.partition(":")[2], page.plan.limit_of(perimeter)
    key = f"aci_limits {name}" if name in dict(page.plan.aci_limits) else "aci_limit"
    return page.inputs.cell("", key, 100, own)


def share(page: RuleRows, sold: int, spent: int, year: int) -> str:
    sales, charges = page.cents(sold, year), page.cents(spent, year)
    return f"IF({charges}<=0;0;ROUND({sales}*{FULL_SHARE}/{charges};0))"


def most_share(plan: Plan, year: int) -> int:
    return figure(insertion_law.ACI_SALES_SHARE_MOST, first_day(plan, year)).value


def grants(page: RuleRows) -> None:
    """What each public authority grants without the agreement it calls for."""
    rows: dict[str, list[tuple[str, bool]]] = {}
    for row, _ in public_rows(page.outcome):
        rows.setdefault(row.payer, []).append((row.id, row.agreement))
    for payer, kept in rows.items():
        ids, name = {item for item, _ in kept}, f"convention avec {payer}"
        total = page.sums(name, "subventions", among(ids))
        if not all(agreed for _, agreed in kept):
            above(page, name, total, subsidies.AGREEMENT_THRESHOLD)


def among(ids: set[str]) -> Callable[[Line], bool]:
    return lambda line: line.id in ids


def auditor(page: RuleRows) -> None:
    if page.plan.auditor or page.plan.form != "association":
        return
    ids = {row.id for row, _ in public_rows(page.outcome)}
    name = "commissaire aux comptes"
    total = page.sums(
        name, "subventions publiques, aide aux postes comprise",
        lambda line: line.side == RESOURCE and (line.id in ids or line.kind == "aid"),
    )  # fmt: skip
    above(page, name, total, subsidies.AUDITOR_THRESHOLD)


def above(page: RuleRows, name: str, total: int, figures: tuple[Figure, ...]) -> None:
    page.over(
        name,
        lambda year: (
            f"MAX(0;{page.cents(total, year)}-{figure(figures, first_day(page.plan, year)).value})"
        ),
    )


def surplus(page: RuleRows) -> None:
    """Grants that go beyond the charges and the surplus that the agreement allows."""
    name = "surcompensation"
    given = page.sums(
        name, "subventions", lambda line: line.side == RESOURCE and line.code in PUBLIC_CODES
    )
    spent = page.sums(name, "charges", lambda line: line.side == CHARGE)
    came = page.sums(name, "produits", lambda line: line.side == RESOURCE)
    rate = page.inputs.cell("", "reasonable_surplus", 100, page.plan.surplus)

    def text(year: int) -> str:
        charges, products = page.cents(spent, year), page.cents(came, year)
        allowed = f"ROUND({charges}*{rate}/10000;0)"
        return f"MAX(0;MIN({page.cents(given, year)};{products}-{charges}-{allowed}))"

    page.over(name, text)


def told(outcome: Outcome) -> Iterator[list[Cell]]:
    found = broken_rules(outcome)
    if not found:
        yield ["aucune"]
    for each in found:
        yield [
            each.name,
            Decimal(each.by) / 100,
            outcome.plan.month_name(each.month),
            each.sentence,
            each.mend,
            each.source,
        ]
