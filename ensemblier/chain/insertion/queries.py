"""What insertion reports: hours by kind, exits, and the share of sales of an agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncMonth

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.models import (
    ActivityCharge,
    HourEntry,
    InsertionContract,
    OutsideSale,
)
from ensemblier.engines.insertion import Month, Watch, watch
from ensemblier.engines.months import add_months

INTEGER = BigIntegerField()


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
    return months_of([agreement], year, last)[agreement.pk]


def months_of(agreements: Sequence[IaeAgreement], year: int, last: date) -> dict[int, list[Month]]:
    """The same for several agreements, in three queries whatever their number."""
    these = {"iae_agreement__in": agreements, "day__year": year}
    signed = Case(When(undoes=None, then=F("price_cents")), default=-F("price_cents"))
    sales = _sums(SaleLine.objects.filter(**these), "iae_agreement", "day", signed)
    beside = OutsideSale.objects.filter(agreement__in=agreements, day__year=year)
    for place, cents in _sums(beside, "agreement", "day", F("cents")).items():
        sales[place] += cents
    known = ActivityCharge.objects.filter(agreement__in=agreements, month__year=year)
    charges = _sums(known, "agreement", "month", F("cents"))
    first = date(year, 1, 1)
    shown = [month for month in (add_months(first, n) for n in range(12)) if month <= last]
    return {
        row.pk: [Month(sales[row.pk, month], charges[row.pk, month]) for month in shown]
        for row in agreements
    }


def _sums(rows: QuerySet[Any], owner: str, day: str, cents: Any) -> dict[tuple[int, date], int]:
    """Cents by agreement and first day of the month."""
    found: dict[tuple[int, date], int] = defaultdict(int)
    months = rows.order_by().annotate(of=TruncMonth(day)).values_list(owner, "of")
    for agreement, month, total in months.annotate(total=Sum(cents, output_field=INTEGER)):
        found[agreement, month] = total
    return found


def sales_watch(agreement: IaeAgreement, year: int, last: date) -> Watch:
    """The share of sales of the year so far, and its forecast."""
    return watch(months(agreement, year, last), agreement.sales_share_max)


def agreements_of(chain: Chain, day: date) -> QuerySet[IaeAgreement]:
    """Those of the organisations that lead the chain or take part in it that day."""
    rows = IaeAgreement.objects.filter(organisation__in=organisations_of(chain, day))
    return rows.select_related("organisation").order_by("-ends", "pk")


def contracts_of(agreement: IaeAgreement, year: int) -> QuerySet[InsertionContract]:
    """Contracts with the minutes noted in a year, absences apart; those that run first."""
    done = Q(hours__day__year=year) & ~Q(hours__kind=HourEntry.Kind.ABSENCE)
    rows = agreement.contracts.annotate(minutes=Coalesce(Sum("hours__minutes", filter=done), 0))
    return rows.select_related("participant").order_by("exit", "starts", "pk")
