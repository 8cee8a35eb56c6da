"""An inventory count: what was found at a place against what the books say; the gap is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.chains.models import Site
from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.actions import KeyReused
from ensemblier.chain.catalogue.actions import check_quantity
from ensemblier.chain.stock import locks, queries, rules, writing
from ensemblier.chain.stock.models import Lot, Movement
from ensemblier.chain.stock.refusals import BadMovement

COUNTED = "stock.counted"


@transaction.atomic
def count(
    *,
    key: UUID,
    site: Site,
    counted: Sequence[tuple[Lot, int]],
    day: date,
    now: datetime,
    actor: Any,
    reason: str,
) -> list[Movement]:
    """One movement for each lot whose count differs from the books at the end of the day.

    Lots that are as the books say write nothing; the count itself is in the journal either way,
    and there the same key finds what was answered.
    """
    _check(site, counted, reason)
    asked = rules.asked(
        "count",
        site=site.pk,
        counted=[[lot.pk, milli] for lot, milli in counted],
        day=day,
        actor=getattr(actor, "pk", None),
        reason=reason,
    )
    keys = {lot.pk: uuid5(key, str(lot.pk)) for lot, _ in counted}
    locks.claim(key)
    if _was_answered(key, asked):
        return list(Movement.objects.filter(key__in=keys.values()).order_by("pk"))
    lots = locks.hold(keys)
    books = queries.levels_on(lots, site, day)
    gaps = {lot.pk: found - books.get(lot.pk, 0) for lot, found in counted}
    rows = [
        _row(lots[pk], site, gap, now, actor, key=keys[pk], day=day, note=reason.strip()[:300])
        for pk, gap in gaps.items()
        if gap
    ]
    if rows:
        writing.write(rows)
    record(
        actor=actor,
        action=COUNTED,
        subject=_subject(key),
        reason=reason.strip()[:300],
        data={"asked": asked, "site": site.pk, "lots": len(counted), "gaps": len(rows)},
    )
    return rows


def _row(lot: Lot, site: Site, gap: int, now: datetime, actor: Any, **fields: Any) -> Movement:
    """What was found in more comes to the place, what was missing leaves it."""
    target, source = (site, None) if gap > 0 else (None, site)
    return writing.movement(
        lot=lot,
        milli=abs(gap),
        now=now,
        actor=actor,
        kind=Movement.Kind.COUNT,
        target=target,
        source=source,
        **fields,
    )


def _check(site: Site, counted: Sequence[tuple[Lot, int]], reason: str) -> None:
    if not counted:
        raise BadMovement("Écrivez ce que vous avez compté, au moins pour un lot.")
    if not reason.strip():
        raise BadMovement(
            "Dites pourquoi vous comptez : inventaire du mois, doute, erreur.", field="reason"
        )
    if len({lot.pk for lot, _ in counted}) < len(counted):
        raise BadMovement("Le même lot est compté deux fois : écrivez la somme.")
    for lot, milli in counted:
        if lot.chain_id != site.chain_id:
            raise BadMovement(f"Le {lot} est d'une autre filière.")
        if milli != 0 or isinstance(milli, bool):  # nothing left is a count too
            check_quantity(milli=milli)


def _was_answered(key: UUID, asked: str) -> bool:
    """This key counted before; refused when it asked something else, of any verb."""
    writing.known_movement(key, asked)
    told = Event.objects.filter(subject=_subject(key), action=COUNTED).first()
    if told is not None and told.data["asked"] != asked:
        raise KeyReused(key)
    return told is not None


def _subject(key: UUID) -> str:
    return f"stock_count:{key}"
