"""Rows of the live page of rules about farmers and State aid, as `money_rules.py` computes them:
written contracts, VAT of price complements, and the aid received over three years."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.money_rules import public_rows
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import Resource
from ensemblier.engines.economics.rules import figure, first_day
from ensemblier.engines.law import food_trade, state_aid
from ensemblier.engines.law.vat import FOOD as FOOD_VAT

WINDOW = 3  # years of the plan that one counter adds


class Page(Protocol):
    """What the page of rules gives: see `rules_page.RuleRows`."""

    @property
    def outcome(self) -> Outcome: ...

    def sums(self, name: str, words: str, keep: Callable[[Line], bool]) -> int: ...

    def cents(self, row: int, year: int) -> str: ...

    def over(self, name: str, text: Callable[[int], str]) -> None: ...


def only(item: str) -> Callable[[Line], bool]:
    return lambda line: line.id == item


def contracts(page: Page) -> None:
    """What each producer is paid beyond the threshold, where no full contract is written."""
    plan = page.outcome.plan
    for cost in plan.costs:
        if cost.kind != "food" or not cost.producers or cost.exempt_contract:
            continue
        name = f"contrat avec les producteurs : {cost.label}"
        bought, count = page.sums(name, "achats", only(cost.id)), cost.producers
        written = cost.contract_years if cost.revision else 0

        def beyond(
            year: int, bought: int = bought, count: int = count, written: int = written
        ) -> str:
            day = first_day(plan, year)
            if written >= figure(food_trade.CONTRACT_YEARS, day).value:
                return "0"
            least = figure(food_trade.CONTRACT_LEAST, day).value
            return f"MAX(0;INT({page.cents(bought, year)}/{count})-{least})"

        page.over(name, beyond)


def complements(page: Page) -> None:
    """The VAT inside each complement, by the running total, so that five years are the whole."""
    plan = page.outcome.plan
    rate = figure(FOOD_VAT, first_day(plan, 0)).value
    for row in plan.resources if plan.vat_liable else ():
        if not row.complement:
            continue
        name = f"TVA des compléments de prix : {row.label}"
        given = page.sums(name, "compléments", only(row.id))

        def vat(year: int, given: int = given) -> str:
            before = f"-{inside(year - 1, given)}" if year else ""
            return f"({inside(year, given)}{before})"

        def inside(year: int, given: int) -> str:
            total = "+".join(page.cents(given, each) for each in range(year + 1))
            return f"({total}-ROUND(({total})*10000/{10_000 + rate};0))"

        page.over(name, vat)


def aids(page: Page) -> None:
    """Capped aid of three years against the ceiling of the day; agricultural aid by farm."""
    plan = page.outcome.plan
    for basis in state_aid.CAPPED:
        rows = [row for row, _ in public_rows(page.outcome) if row.regime == basis.value]
        if not rows:
            continue
        name = f"plafond : {basis.label}"
        sums = [(row, page.sums(name, row.label, only(row.id))) for row in rows]

        def above(
            year: int,
            basis: state_aid.Basis = basis,
            sums: list[tuple[Resource, int]] = sums,
        ) -> str:
            day = first_day(plan, year)
            if day < state_aid.CAPPED[basis][0].since:
                return "0"
            counted = [
                f"-INT(-{page.cents(place, each)}/{farms_of(row, basis)})"
                for row, place in sums
                for each in range(max(0, year + 1 - WINDOW), year + 1)
            ]
            ceiling = figure(state_aid.CAPPED[basis], day).value
            return f"MAX(0;{''.join(counted)}-{ceiling})"

        page.over(name, above)


def farms_of(row: Resource, basis: state_aid.Basis) -> int:
    return row.farms if basis is state_aid.Basis.AGRICULTURAL else 1
