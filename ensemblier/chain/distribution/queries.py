"""What distribution is asked: the right of a card on a day, and what is left of its month."""

from __future__ import annotations

from datetime import date

from django.db.models import Sum

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
