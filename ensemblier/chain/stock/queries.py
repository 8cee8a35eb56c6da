"""What is left, where it came from, who got it, what weighs what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, ExtractYear

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.stock import closure
from ensemblier.chain.stock.models import Lot, LotMark, Movement, StockLevel

HOLDING = (LotMark.Kind.QUARANTINE, LotMark.Kind.RECALL)


class Reach(NamedTuple):
    """Numbers of the places, activities and organisations that got some of a lot."""

    sites: frozenset[int]
    activities: frozenset[int]
    parties: frozenset[int]


class MassBalance(NamedTuple):
    """Grams of what the workshops of an activity used, made and lost."""

    used: int
    made: int
    lost: int

    @property
    def gap(self) -> int:
        return self.used - self.made - self.lost


class Tonnage(NamedTuple):
    """Grams of one kind of movement in a year, and how many rows nobody weighed."""

    year: int
    kind: str
    grams: int
    unweighed: int


def level(lot: Lot, site: Site) -> int:
    """Thousandths of a unit left of a lot at a place."""
    kept = StockLevel.objects.filter(lot=lot, site=site).values_list("milli", flat=True)
    return kept.first() or 0


def level_on(lot: Lot, site: Site, day: date) -> int:
    """The same at the end of a day, from the movements alone."""
    rows = Movement.objects.filter(lot=lot, day__lte=day)
    sums = rows.aggregate(
        came=Coalesce(Sum("milli", filter=Q(target=site)), 0),
        went=Coalesce(Sum("milli", filter=Q(source=site)), 0),
    )
    return sums["came"] - sums["went"]


def levels_on(lot_ids: Iterable[int], site: Site, day: date) -> dict[int, int]:
    """The same for several lots at once; a lot never seen there is absent."""
    rows = Movement.objects.filter(Q(target=site) | Q(source=site), lot_id__in=list(lot_ids))
    sums = (
        rows.filter(day__lte=day)
        .order_by()
        .values("lot")
        .annotate(
            came=Coalesce(Sum("milli", filter=Q(target=site)), 0),
            went=Coalesce(Sum("milli", filter=Q(source=site)), 0),
        )
    )
    return {row["lot"]: row["came"] - row["went"] for row in sums}


def gone(lot: Lot) -> dict[str, int]:
    """Thousandths of a unit that left the chain's stock, by kind, undone ones apart."""
    rows = Movement.objects.filter(lot=lot, target=None, undoes=None, undone_by=None)
    return dict(rows.order_by().values_list("kind").annotate(sum=Sum("milli")))


def upstream(lot: Lot) -> list[Lot]:
    """Every lot it was made from, oldest first."""
    return list(_lots(closure.above(lot.pk)))


def downstream(lot: Lot) -> list[Lot]:
    """Every lot made of it, oldest first."""
    return list(_lots(closure.below(lot.pk)))


def reached(lot: Lot) -> Reach:
    """Who got some of it, itself or in what was made of it: what a recall must warn."""
    rows = closure.reached(lot.pk)
    return Reach(
        sites=_numbers(number for row in rows for number in (row[0], row[3])),
        activities=_numbers(row[1] for row in rows),
        parties=_numbers(row[2] for row in rows),
    )


def warned(lot: Lot) -> tuple[QuerySet[Site], QuerySet[Activity], QuerySet[Organisation]]:
    """The same as rows, for a list to telephone."""
    found = reached(lot)
    return (
        Site.objects.filter(pk__in=found.sites),
        Activity.objects.filter(pk__in=found.activities),
        Organisation.objects.filter(pk__in=found.parties),
    )


def held_by(lot: Lot) -> tuple[str, str, str] | None:
    """Kind, reason and lot number of the mark that holds it, its own or from above."""
    return closure.first_hold([lot.pk], HOLDING)


def mass_balance(activity: Activity) -> MassBalance:
    """What was undone is left out on both sides."""
    rows = Movement.objects.filter(
        processing__activity=activity, undoes=None, undone_by=None
    ).aggregate(
        used=Coalesce(Sum("grams", filter=Q(kind=Movement.Kind.USED)), 0),
        made=Coalesce(Sum("grams", filter=Q(kind=Movement.Kind.MADE)), 0),
    )
    undone = Movement.objects.filter(undoes__isnull=False).values("processing")
    standing = activity.processings.exclude(pk__in=undone.filter(processing__isnull=False))
    lost = standing.aggregate(sum=Coalesce(Sum("lost_grams"), 0))["sum"]
    return MassBalance(rows["used"], rows["made"], lost)


def tonnage(chain: Chain, first: date, last: date) -> list[Tonnage]:
    """Grams by year and kind; what was undone counts against the day of its undoing.

    A count that found less than the books is below zero.
    """
    signed = Case(
        When(kind=Movement.Kind.COUNT, source__isnull=False, then=-F("grams")),
        When(kind=Movement.Kind.COUNT, then=F("grams")),
        When(undoes__isnull=False, then=-F("grams")),
        default=F("grams"),
        output_field=BigIntegerField(),
    )
    rows = (
        Movement.objects.filter(lot__chain=chain, day__range=(first, last))
        .order_by()
        .values(year=ExtractYear("day"), sort=F("kind"))
        .annotate(
            weighed=Coalesce(Sum(signed), 0), unweighed=Count("pk", filter=Q(grams__isnull=True))
        )
        .order_by("year", "sort")
    )
    return [Tonnage(row["year"], row["sort"], row["weighed"], row["unweighed"]) for row in rows]


def _lots(numbers: Iterable[int]) -> QuerySet[Lot]:
    return Lot.objects.filter(pk__in=numbers).select_related("product").order_by("pk")


def _numbers(found: Iterable[int | None]) -> frozenset[int]:
    return frozenset(number for number in found if number is not None)
