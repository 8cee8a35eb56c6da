"""A lot is put in quarantine, released, recalled; whatever was made of it is held with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.chain.stock import locks
from ensemblier.chain.stock.models import Lot, LotMark
from ensemblier.chain.stock.refusals import BadMovement, NotHeld


@transaction.atomic
def quarantine(*, lot: Lot, reason: str, now: datetime, actor: Any) -> LotMark:
    """A doubt, a break of the cold chain: it stays where it is until somebody decides."""
    last = _last(lot)
    if last is not None and last.kind == LotMark.Kind.RECALL:
        raise BadMovement(f"Le {lot} est rappelé : il est déjà retenu, plus fort qu'ainsi.")
    return _mark(lot, LotMark.Kind.QUARANTINE, reason, now, actor)


@transaction.atomic
def release(*, lot: Lot, reason: str, now: datetime, actor: Any) -> LotMark:
    """The doubt is lifted."""
    last = _last(lot)
    if last is None or last.kind == LotMark.Kind.RELEASE:
        raise NotHeld(f"Le {lot} n'est ni en quarantaine ni rappelé. Rechargez la page.")
    return _mark(lot, LotMark.Kind.RELEASE, reason, now, actor)


@transaction.atomic
def recall(*, lot: Lot, reason: str, now: datetime, actor: Any) -> LotMark:
    """It is dangerous: nothing of it leaves any more; `queries.reached` says who got some."""
    _last(lot)
    return _mark(lot, LotMark.Kind.RECALL, reason, now, actor)


def _last(lot: Lot) -> LotMark | None:
    """The mark that holds now; the lot is locked, so that no exit is written meanwhile."""
    locks.hold([lot.pk])
    return LotMark.objects.filter(lot=lot).order_by("-pk").first()


def _mark(lot: Lot, kind: str, reason: str, now: datetime, actor: Any) -> LotMark:
    if not reason.strip():
        raise BadMovement("Dites pourquoi : chaque lieu qui a reçu ce lot le lira.", field="reason")
    return LotMark.objects.create(
        lot=lot, kind=kind, reason=reason.strip()[:300], at=now, actor_id=getattr(actor, "pk", None)
    )
