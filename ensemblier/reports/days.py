"""The days that a fact belongs to once periods close: a late one goes to the first open day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, When

from ensemblier.base.chains.models import Chain
from ensemblier.chain.activities.models import NotedMinutes, Participation
from ensemblier.chain.stock.models import Movement

NOTHING = Q(pk__in=())


class Period(NamedTuple):
    """Days both included; closed at an hour, or still open."""

    first: date
    last: date
    closed_at: datetime | None


def periods(chain: Chain) -> list[Period]:
    """The closed ones, oldest first, then the open one: together, every day."""
    found, first = [], date.min
    for closed in chain.closed_periods.order_by("last_day"):
        found.append(Period(first, closed.last_day, closed.closed_at))
        first = closed.last_day + timedelta(days=1)
    return [*found, Period(first, date.max, None)]


def told_on(chain: Chain, first: date, last: date, prefix: str = "") -> Q:
    """Facts told for these days: of these days and written before they closed, or of older closed
    days and written while these were open. The row has `day` and `created_at` under `prefix`."""
    found, before = NOTHING, None
    for period in periods(chain):
        day, written = f"{prefix}day", f"{prefix}created_at"
        in_time = Q(**{f"{written}__lte": period.closed_at}) if period.closed_at else Q()
        low, high = max(first, period.first), min(last, period.last)
        if low <= high:
            found |= Q(**{f"{day}__range": (low, high)}) & in_time
        if before is not None and first <= period.first <= last:
            late = Q(**{f"{day}__lt": period.first, f"{written}__gt": before})
            found |= late & in_time
        before = period.closed_at
    return found


def standing(chain: Chain, first: date, last: date) -> QuerySet[Movement]:
    """Movements told for these days, with `signed_grams` and `signed_cents`: those undone in the
    same days left out with their opposites; one that was undone after its days closed stays, and
    its opposite counts below zero where it is told."""
    told = told_on(chain, first, last)
    here = Movement.objects.filter(told)
    rows = Movement.objects.filter(told, lot__chain=chain).exclude(
        Exists(here.filter(undoes=OuterRef("pk"))) | Exists(here.filter(pk=OuterRef("undoes")))
    )
    return rows.annotate(signed_grams=_signed("grams"), signed_cents=_signed("value_cents"))


def volunteered(chain: Chain, first: date, last: date) -> QuerySet[NotedMinutes]:
    """Minutes of volunteers told for these days, corrections of older closed days among them."""
    return NotedMinutes.objects.filter(
        told_on(chain, first, last),
        participation__activity__chain=chain,
        participation__nature=Participation.Nature.VOLUNTEER,
    )


def _signed(column: str) -> Case:
    opposite = When(undoes__isnull=False, then=-F(column))
    return Case(opposite, default=F(column), output_field=BigIntegerField())
