"""What insertion reports: hours by kind, exits, and the share of sales of an agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.attribution import INTEGER, SIGNED, Waiting, attributed
from ensemblier.chain.insertion.board import Board
from ensemblier.chain.insertion.models import (
    ActivityCharge,
    HourEntry,
    InsertionContract,
    OutsideSale,
    SalesChoice,
)
from ensemblier.engines.insertion import Month, Watch, watch
from ensemblier.engines.months import add_months

ACTIVITIES = "Lignes vendues pendant une activité de la convention"
NO_ACTIVITY = "Lignes sans activité : comptoir, fichier de caisse"
OUTSIDE = "Recettes notées hors filière"


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

    Sales are the lines under this agreement, those of its structure that no activity ties to
    another one (`attribution`), undone ones taken away, and the receipts noted beside.
    """
    return sales_of([agreement], year, last).months[agreement.pk]


class Sales(NamedTuple):
    """Months of each agreement; where the receipts of its year come from; what waits."""

    months: dict[int, list[Month]]
    sources: dict[int, dict[str, int]]
    waiting: dict[int, list[Waiting]]


def sales_of(agreements: Sequence[IaeAgreement], year: int, last: date) -> Sales:
    """The same for several agreements, in six queries whatever their number."""
    these = {"iae_agreement__in": agreements, "day__year": year}
    outside = OutsideSale.objects.filter(agreement__in=agreements, day__year=year)
    lines = attributed({row.organisation_id for row in agreements}, year)
    parts = {
        ACTIVITIES: _sums(SaleLine.objects.filter(**these), "iae_agreement", "day", SIGNED),
        NO_ACTIVITY: lines.given,
        OUTSIDE: _sums(outside, "agreement", "day", F("cents")),
    }
    known = ActivityCharge.objects.filter(agreement__in=agreements, month__year=year)
    charges = _sums(known, "agreement", "month", F("cents"))
    first = date(year, 1, 1)
    shown = [month for month in (add_months(first, n) for n in range(12)) if month <= last]
    months, sources, waiting = {}, {}, {}
    for row in agreements:
        sources[row.pk] = {
            name: sum(cents.get((row.pk, month), 0) for month in shown)
            for name, cents in parts.items()
        }
        months[row.pk] = [
            Month(
                sum(cents.get((row.pk, month), 0) for cents in parts.values()),
                charges[row.pk, month],
            )
            for month in shown
        ]
        waiting[row.pk] = [
            each
            for each in lines.waiting
            if each.organisation == row.organisation_id and each.month in shown
        ]
    return Sales(months, sources, waiting)


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


def places_of(board: Board) -> QuerySet[Site]:
    """Where its structure sells in this chain, or may."""
    structure = board.agreement.organisation_id
    rows = Site.objects.filter(chain=board.chain)
    sells = Q(keeper=structure) | Q(sale_lines__seller=structure)
    return rows.filter(sells).distinct().order_by("name", "pk")


def choices_of(board: Board) -> QuerySet[SalesChoice]:
    """What its structure chose for its places of this chain, the last first."""
    rows = SalesChoice.objects.filter(
        organisation=board.agreement.organisation_id, site__chain=board.chain
    )
    return rows.select_related("site", "agreement").order_by("-starts", "-pk")


def contracts_of(agreement: IaeAgreement, year: int) -> QuerySet[InsertionContract]:
    """Contracts with the minutes noted in a year, absences apart; those that run first."""
    done = Q(hours__day__year=year) & ~Q(hours__kind=HourEntry.Kind.ABSENCE)
    rows = agreement.contracts.annotate(minutes=Coalesce(Sum("hours__minutes", filter=done), 0))
    return rows.select_related("participant").order_by("exit", "starts", "pk")
