"""What insertion reports: hours by kind, exits, and the share of sales of an agreement."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Sum

from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.engines.insertion import Month, Watch, watch
from ensemblier.engines.months import add_months


class Hours(NamedTuple):
    """Minutes of a period, by kind, and how many contracts they come from."""

    minutes: dict[str, int]
    contracts: int


def hours(agreement: IaeAgreement, first: date, last: date) -> Hours:
    """Minutes of the agreement's contracts over days, both included."""
    rows = HourEntry.objects.filter(contract__agreement=agreement, day__range=(first, last))
    found = rows.values_list("kind").annotate(minutes=Sum("minutes")).order_by("kind")
    held = rows.aggregate(people=Count("contract", distinct=True))["people"]
    return Hours(dict(found), held)


def exits(agreement: IaeAgreement, first: date, last: date) -> dict[str, int]:
    """How many paths ended over days, by kind of exit."""
    rows = InsertionContract.objects.filter(agreement=agreement, exit_on__range=(first, last))
    return dict(rows.values_list("exit").annotate(number=Count("pk")).order_by("exit"))


def months(agreement: IaeAgreement, year: int, last: date) -> list[Month]:
    """Sales and charges of each month of a year of the agreement, up to the month of `last`.

    Sales are the lines of the chain under this agreement, undone ones taken away, and the
    receipts noted beside.
    """
    sales: dict[date, int] = defaultdict(int)
    lines = SaleLine.objects.filter(iae_agreement=agreement, day__year=year)
    for day, cents, undoes in lines.values_list("day", "price_cents", "undoes"):
        sales[day.replace(day=1)] += cents if undoes is None else -cents
    for day, cents in agreement.sales.filter(day__year=year).values_list("day", "cents"):
        sales[day.replace(day=1)] += cents
    charges: dict[date, int] = defaultdict(int)
    for month, cents in agreement.charges.filter(month__year=year).values_list("month", "cents"):
        charges[month] += cents
    first = date(year, 1, 1)
    known = [add_months(first, rank) for rank in range(12)]
    return [Month(sales[month], charges[month]) for month in known if month <= last]


def sales_watch(agreement: IaeAgreement, year: int, last: date) -> Watch:
    """The share of sales of the year so far, and its forecast."""
    return watch(months(agreement, year, last), agreement.sales_share_max)
