"""Hours of a chain: counts and minutes, never a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from ensemblier.base.chains.models import Chain
from ensemblier.chain.activities.models import Activity, Participant, Participation
from ensemblier.chain.commitments.models import Commitment

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


def agenda(chain: Chain, *, when: str, kind: str, day: date) -> Any:
    """What is to come (the next first), what is past (the latest first), or all; of one kind."""
    rows = chain.activities.select_related("site", "host").annotate(people=Count("participations"))
    if kind:
        rows = rows.filter(kind=kind)
    midnight = datetime.combine(day, time.min, PARIS)
    if when == "past":
        return rows.filter(ends_at__lt=midnight).order_by("-starts_at", "-pk")
    if when == "all":
        return rows.order_by("-starts_at", "-pk")
    return rows.filter(ends_at__gte=midnight).order_by("starts_at", "pk")


def attendance(activity: Activity) -> list[tuple[str, int, int]]:
    """By nature: how many people, and the minutes they gave. Counts, never a person."""
    rows = activity.participations.order_by("nature").values_list("nature")
    return list(rows.annotate(people=Count("pk"), total=Coalesce(Sum("minutes"), 0)))


def participants_of(chain: Chain, organisations: Collection[int]) -> Any:
    """The people that these organisations know, with their hours; those erased are left out."""
    rows = Participant.objects.filter(
        chain=chain, organisation__in=organisations, erased_at__isnull=True
    )
    return rows.select_related("organisation").annotate(
        times=Count("participations"), total=Coalesce(Sum("participations__minutes"), 0)
    )


def served_by(activity: Activity, organisations: Collection[int] | None) -> Any:
    """The promises it serves; with `organisations`, those in which they have a side."""
    rows = Commitment.objects.filter(servings__activity=activity)
    if organisations is not None:
        rows = rows.filter(Q(giver__in=organisations) | Q(receiver__in=organisations))
    return rows.select_related("product", "giver", "receiver").order_by("pk")


def may_be_served(activity: Activity) -> Any:
    """Open promises of the chain whose dates hold the activity, that it does not serve yet."""
    first, last = activity.starts_at.astimezone(PARIS), activity.ends_at.astimezone(PARIS)
    rows = Commitment.objects.filter(
        chain=activity.chain_id,
        state=Commitment.State.OPEN,
        starts__lte=last.date(),
        ends__gte=first.date(),
    )
    rows = rows.exclude(servings__activity=activity)
    return rows.select_related("product", "giver", "receiver").order_by("product__name", "pk")
