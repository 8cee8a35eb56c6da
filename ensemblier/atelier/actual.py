"""What was planned beside what happened, month by month: read from the days of the chain."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Column, ColumnChart
from ensemblier.base.pages.drawings import in_euros
from ensemblier.base.pages.formats import MONTHS, SPACE, percent, quantity
from ensemblier.chain.billing.models import Settlement
from ensemblier.chain.billing.settling import BOUGHT
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.engines.economics import Outcome
from ensemblier.reports.figures import IN, Kind, standing

SHOWN = 12


class Measure(NamedTuple):
    """One thing that is planned and measured, month by month; cents, or grams for a weight."""

    name: str
    planned: list[int]
    actual: list[int]
    weight: bool = False

    def said(self, value: int) -> str:
        return quantity(value, "kg") if self.weight else in_euros(value)

    @property
    def words(self) -> str:
        """The gap over the whole period."""
        planned, actual = sum(self.planned), sum(self.actual)
        told = f"{self.name} : {self.said(actual)} pour {self.said(planned)} prévus"
        if not planned:
            return f"{told}."
        gap = abs(actual - planned)
        if 200 * gap < abs(planned):
            return f"{told} : le plan est tenu."
        way = "de plus" if actual > planned else "de moins"
        return f"{told}, soit {percent(gap, abs(planned))} {way}."

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        return [
            (self.said(p), self.said(a), self.said(a - p))
            for p, a in zip(self.planned, self.actual, strict=True)
        ]


class Compared(NamedTuple):
    """The months compared, their measures, and a picture of each."""

    months: list[str]
    measures: list[Measure]
    charts: list[tuple[Measure, ColumnChart, list[tuple[str, tuple[str, str, str]]]]]


def month_range(outcome: Outcome, day: date) -> range:
    """Months of the plan that are over, the last twelve at most; from 0."""
    over = day.year * 12 + day.month - 1 - outcome.plan.start
    last = min(max(over, 0), len(outcome.cash))
    return range(max(last - SHOWN, 0), last)


def compare(outcome: Outcome, chain: Chain, day: date) -> Compared | None:
    """Sales, kilos that came in, food bought, cash of sales; None while no month is over."""
    months = month_range(outcome, day)
    if not months:
        return None
    names = [month_label(outcome.plan.start + month) for month in months]
    first, last = days_of(outcome.plan.start, months)
    moves = standing(chain, first, last)
    came = by_month(moves.filter(kind__in=IN), "grams")
    bought = by_month(moves.filter(kind=Kind.PURCHASE), "value_cents")
    sold = sales(chain, first, last)
    keys = [outcome.plan.start + month for month in months]
    measures = [
        Measure("Ventes", planned_sales(outcome, months), pick(sold, keys)),
        Measure("Kilos entrés", planned_grams(outcome, months), pick(came, keys), weight=True),
        Measure("Achats de denrées", planned_food(outcome, months), pick(bought, keys)),
        Measure(
            "Argent reçu des ventes",
            planned_cash(outcome, months),
            pick(paid(chain, first, last), keys),
        ),
    ]
    charts = [
        (each, chart_of(each, names), list(zip(names, each.rows, strict=True)))
        for each in measures
        if any(each.planned) or any(each.actual)
    ]
    return Compared(names, measures, charts)


def month_label(rank: int) -> str:
    return f"{MONTHS[rank % 12]}{SPACE}{rank // 12}"


def days_of(start: int, months: range) -> tuple[date, date]:
    low, high = start + months[0], start + months[-1]
    year, month = high // 12, high % 12 + 1
    return date(low // 12, low % 12 + 1, 1), date(year, month, monthrange(year, month)[1])


def by_month(rows: Any, field: str, day: str = "day") -> dict[int, int]:
    """Month since year 0 -> sum of a column."""
    found = (
        rows.order_by()
        .annotate(month=TruncMonth(day))
        .values("month")
        .annotate(total=Sum(field))
        .values_list("month", "total")
    )
    return {month.year * 12 + month.month - 1: total or 0 for month, total in found}


def sales(chain: Chain, first: date, last: date) -> dict[int, int]:
    """What was sold, lines undone since taken off their own month."""
    rows = SaleLine.objects.filter(
        chain=chain, day__range=(first, last), undoes=None, undone_by=None
    )
    return by_month(rows, "price_cents")


def paid(chain: Chain, first: date, last: date) -> dict[int, int]:
    """Money that came in for sales, of every seller: the person's part of each line, the day it is
    sold at a counter; what settled invoices and calls, by month of payment, what was given back
    taken off. A line undone since is taken off its own month."""
    counter = SaleLine.objects.filter(
        chain=chain, day__range=(first, last), buyer=None, undoes=None, undone_by=None
    )
    settled = Settlement.objects.filter(document__chain=chain, day__range=(first, last))
    found: dict[int, int] = defaultdict(int)
    for part in (
        by_month(counter.filter(scheme=""), "price_cents"),
        by_month(Share.objects.filter(line__in=counter, payer=None), "cents", "line__day"),
        by_month(settled.exclude(document__kind__in=BOUGHT), "cents"),
    ):
        for month, cents in part.items():
            found[month] += cents
    return found


def pick(found: dict[int, int], keys: Iterable[int]) -> list[int]:
    return [found.get(key, 0) for key in keys]


def planned_sales(outcome: Outcome, months: range) -> list[int]:
    return added(outcome, months, lambda line: line.kind == "sale", "amounts")


def planned_cash(outcome: Outcome, months: range) -> list[int]:
    return added(outcome, months, lambda line: line.kind == "sale", "payments")


def planned_food(outcome: Outcome, months: range) -> list[int]:
    food = {row.id for row in outcome.plan.costs if row.kind == "food"}
    return added(outcome, months, lambda line: line.id in food, "amounts")


def added(outcome: Outcome, months: range, keep: Any, which: str) -> list[int]:
    lines = [line for line in outcome.lines if keep(line)]
    return [sum(getattr(line, which)[month] for line in lines) for month in months]


def planned_grams(outcome: Outcome, months: range) -> list[int]:
    """Volumes in kilos that come from no other one: thousandths of a kilo are grams."""
    roots = [row.id for row in outcome.plan.volumes if row.unit == "kg" and not row.of]
    return [sum(outcome.course.quantities[name][month] for name in roots) for month in months]


def chart_of(measure: Measure, names: list[str]) -> ColumnChart:
    unit = "/1000 kg" if measure.weight else "€"
    columns = [
        Column(name, (max(planned, 0), max(actual, 0)))
        for name, planned, actual in zip(names, measure.planned, measure.actual, strict=True)
    ]
    return ColumnChart(columns, measure.words, ("Prévu", "Réalisé"), unit, "Mois")
