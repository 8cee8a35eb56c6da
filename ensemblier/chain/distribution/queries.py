"""What distribution is asked: the right of a card on a day, and what is left of its month."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from ensemblier.base.chains.models import Chain
from ensemblier.chain.distribution.models import Card, Entitlement, SaleLine
from ensemblier.chain.distribution.rules import month_of


def right_on(card: Card, scheme: str, day: date) -> Entitlement | None:
    """The right of this card to this scheme that holds that day."""
    return card.entitlements.filter(scheme=scheme).on(day).order_by("-starts").first()


def taken_in_month(card: Card, scheme: str, day: date) -> int:
    """Thousandths of a unit taken with this card in the month, undone lines apart."""
    first, last = month_of(day)
    taken = SaleLine.objects.filter(
        tie__card=card, scheme=scheme, day__range=(first, last), undone_by__isnull=True
    )
    return int(taken.aggregate(total=Sum("milli"))["total"] or 0)


def left_in_month(right: Entitlement, day: date) -> int | None:
    """What the quota leaves this month, never below zero; None without a quota."""
    if right.month_milli is None:
        return None
    return max(0, right.month_milli - taken_in_month(right.card, right.scheme, day))


class CardCount(NamedTuple):
    """Cards of a chain, and those that take lines."""

    given: int
    blocked: int


class MonthLines(NamedTuple):
    """Lines of one month, sold and given, undone ones apart."""

    month: date
    sold: int
    given: int


def card_count(chain: Chain) -> CardCount:
    """Counts, never a card."""
    found = Card.objects.filter(chain=chain).aggregate(
        given=Count("pk"), blocked=Count("pk", filter=Q(is_blocked=True))
    )
    return CardCount(found["given"], found["blocked"])


def lines_by_month(chain: Chain, first: date, last: date) -> list[MonthLines]:
    """How many lines each month, oldest first; months without any are absent."""
    rows = SaleLine.objects.filter(
        chain=chain, day__range=(first, last), undoes=None, undone_by=None
    )
    months = rows.order_by().annotate(month=TruncMonth("day")).values("month")
    counted = months.annotate(
        sold=Count("pk", filter=Q(price_cents__gt=0)), given=Count("pk", filter=Q(price_cents=0))
    )
    return [MonthLines(r["month"], r["sold"], r["given"]) for r in counted.order_by("month")]
