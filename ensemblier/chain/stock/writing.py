"""Movements written together: never below zero on any day, levels kept beside them.

The lots are locked by the caller (locks.py). Rows of one request share their day.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from ensemblier.base.ledger.actions import KeyReused
from ensemblier.chain.catalogue.models import Storage
from ensemblier.chain.catalogue.rules import grams_of
from ensemblier.chain.stock import rules
from ensemblier.chain.stock.models import Lot, Movement, Processing, StockLevel
from ensemblier.chain.stock.refusals import NoFreezer, NotEnough

Place = tuple[int, int]  # a lot and a site


def known_movement(key: UUID, asked: str) -> Movement | None:
    """What this key wrote before: the same answer, or a refusal when it asked something else."""
    row = Movement.objects.filter(key=key).select_related("lot").first()
    if row is None and not Processing.objects.filter(key=key).exists():
        return None
    if row is None or row.asked != asked:
        raise KeyReused(key)
    return row


def known_processing(key: UUID, asked: str) -> Processing | None:
    """The same for a run of a workshop."""
    row = Processing.objects.filter(key=key).first()
    if row is None and not Movement.objects.filter(key=key).exists():
        return None
    if row is None or row.asked != asked:
        raise KeyReused(key)
    return row


def weight(lot: Lot, milli: int) -> int | None:
    """In whole grams: by the lot's own unit, else the product's."""
    return grams_of(milli, lot.unit_grams or lot.product.unit_grams)


def movement(*, lot: Lot, milli: int, now: Any, actor: Any, **fields: Any) -> Movement:
    """A row, weighed, not written yet."""
    return Movement(
        lot=lot,
        milli=milli,
        grams=weight(lot, milli),
        actor_id=getattr(actor, "pk", None),
        created_at=now,
        **fields,
    )


def write(rows: list[Movement]) -> None:
    """Check the cold and that nothing goes below zero, add the rows, move the levels."""
    for row in rows:
        _check_cold(row)
    changes = _changes(rows)
    places = sorted(changes)
    kept = StockLevel.objects.filter(
        lot_id__in={lot for lot, _ in places}, site_id__in={site for _, site in places}
    )
    levels = {(level.lot_id, level.site_id): level.milli for level in kept}
    _check(rows, changes, levels)
    Movement.objects.bulk_create(rows)
    StockLevel.objects.bulk_create(
        [
            StockLevel(
                lot_id=place[0], site_id=place[1], milli=levels.get(place, 0) + changes[place]
            )
            for place in places
        ],
        update_conflicts=True,
        unique_fields=["lot", "site"],
        update_fields=["milli"],
    )


def _check_cold(row: Movement) -> None:
    """Frozen food goes to a freezer. Chilled food may wait an hour in an ice box: no rule."""
    target = row.target
    if target is not None and row.lot.product.storage == Storage.FROZEN and not target.is_frozen:
        raise NoFreezer(row.lot, target)


def _changes(rows: list[Movement]) -> dict[Place, int]:
    changes: dict[Place, int] = defaultdict(int)
    for row in rows:
        if row.source_id is not None:
            changes[row.lot_id, row.source_id] -= row.milli
        if row.target_id is not None:
            changes[row.lot_id, row.target_id] += row.milli
    return changes


def _check(rows: list[Movement], changes: dict[Place, int], levels: dict[Place, int]) -> None:
    leaving = {place: -net for place, net in changes.items() if net < 0}
    if not leaving:
        return
    later = _later(leaving, rows[0].day)
    for row in rows:
        place = (row.lot_id, row.source_id or 0)
        if place not in leaving:
            continue
        spare = rules.spare(levels.get(place, 0), later[place])
        if leaving[place] > spare:
            assert row.source is not None
            raise NotEnough(row.lot, row.source, spare, leaving[place], row.day)


def _later(places: dict[Place, int], day: date) -> dict[Place, list[tuple[date, int]]]:
    """What was written for later days at these places; empty but for facts entered late."""
    found: dict[Place, list[tuple[date, int]]] = defaultdict(list)
    sites = {site for _, site in places}
    rows = Movement.objects.filter(
        Q(source_id__in=sites) | Q(target_id__in=sites),
        lot_id__in={lot for lot, _ in places},
        day__gt=day,
    ).order_by()
    for lot, source, target, milli, then in rows.values_list(
        "lot_id", "source_id", "target_id", "milli", "day"
    ):
        if (lot, source) in places:
            found[lot, source].append((then, -milli))
        if (lot, target) in places:
            found[lot, target].append((then, milli))
    return found
