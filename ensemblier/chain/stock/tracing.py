"""The way of a lot, up and down: what a recall reads aloud, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db.models import Q, QuerySet

from ensemblier.base.chains.models import Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.stock import closure
from ensemblier.chain.stock.exports import units
from ensemblier.chain.stock.models import Lot, Movement, StockLevel

COLUMNS = (
    "sens",
    "lot",
    "produit",
    "origine",
    "jour",
    "mouvement",
    "de",
    "vers",
    "quantité",
    "unité",
    "activité",
    "note",
)


class Way(NamedTuple):
    """Everything that a lot met."""

    above: list[Lot]
    below: list[Lot]
    parties: QuerySet[Organisation]
    left: QuerySet[StockLevel]
    movements: QuerySet[Movement]


def way(lot: Lot) -> Way:
    """Lots it came from, lots made of it, who got some, where some is left, every movement."""
    below = closure.below(lot.pk)
    lots = Lot.objects.select_related("product", "origin").order_by("pk")
    found = lots.filter(pk__in=[*closure.above(lot.pk), *below])
    under = set(below)
    reached = [lot.pk, *below]
    moves = standing(reached)
    left = StockLevel.objects.filter(lot__in=reached, milli__gt=0)
    return Way(
        above=[each for each in found if each.pk not in under],
        below=[each for each in found if each.pk in under],
        parties=Organisation.objects.filter(
            pk__in=moves.filter(target=None, party__isnull=False).values("party")
        ).order_by("name"),
        left=left.select_related("site__keeper", "lot__product").order_by("site__name", "lot"),
        movements=moves.select_related(
            "lot__product", "lot__origin", "source", "target", "party", "activity"
        ),
    )


def standing(lot_ids: list[int]) -> QuerySet[Movement]:
    """Their movements, those undone and their opposites apart: nobody got those."""
    rows = Movement.objects.filter(lot__in=lot_ids, undoes=None, undone_by=None)
    return rows.order_by("day", "pk")


def to_people(movements: QuerySet[Movement]) -> list[tuple[str, int]]:
    """Places from which some went to people without a name, and in how many times."""
    nameless = Q(target=None, party=None, kind__in=[Movement.Kind.SALE, Movement.Kind.HANDED])
    found: dict[str, int] = {}
    for name in movements.filter(nameless).values_list("source__name", flat=True):
        found[name] = found.get(name, 0) + 1
    return sorted(found.items())


def table(lot: Lot) -> Iterator[list[str | int | date | None]]:
    """Every movement of the lot, of what it came from and of what was made of it."""
    above, below = set(closure.above(lot.pk)), set(closure.below(lot.pk))
    rows = standing([lot.pk, *above, *below]).select_related(
        "lot__product", "lot__origin", "source", "target", "party", "activity"
    )
    for row in rows:
        where = "amont" if row.lot_id in above else "aval" if row.lot_id in below else "ce lot"
        yield [
            where,
            row.lot.number,
            row.lot.product.name,
            row.lot.origin.name,
            row.day,
            row.get_kind_display(),
            place(row.source, row.party if row.source is None else None),
            place(row.target, row.party if row.target is None else None),
            units(row.milli),
            row.lot.product.get_unit_display(),
            row.activity.title if row.activity else "",
            row.note,
        ]


def place(site: Site | None, party: Organisation | None) -> str:
    return site.name if site else party.name if party else ""
