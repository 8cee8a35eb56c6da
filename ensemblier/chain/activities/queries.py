"""Hours of a chain: counts and minutes, never a person."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from ensemblier.base.chains.models import Chain
from ensemblier.chain.activities.models import Activity, Participation

PARIS = ZoneInfo("Europe/Paris")


def hours(chain: Chain, first: date, last: date) -> dict[str, tuple[int, int]]:
    """By nature: how many came, and their minutes, between two days included."""
    starts = datetime.combine(first, time.min, PARIS)
    ends = datetime.combine(last, time.max, PARIS)
    rows = (
        Participation.objects.filter(
            activity__chain=chain,
            activity__starts_at__range=(starts, ends),
            minutes__gt=0,
        )
        .exclude(activity__state__in=[Activity.State.CANCELLED, Activity.State.MOVED])
        .order_by()
        .values_list("nature")
        .annotate(people=Count("pk"), total=Coalesce(Sum("minutes"), 0))
    )
    return {nature: (people, minutes) for nature, people, minutes in rows}
