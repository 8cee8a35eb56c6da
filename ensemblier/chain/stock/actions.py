"""What moves goods: receive, transport, take out, lose, undo; workshop, count, marks beside.

Every verb takes the `key` made before sending: the same key with the same content gives the same
answer, with another content it is refused (409). Movements are never changed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import FoodAidAuthorisation, Organisation, OrganisationKind
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.actions import check_product, check_quantity, check_unit_cents
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.catalogue.rules import written_day
from ensemblier.chain.stock import closure, entering, locks, rules, writing
from ensemblier.chain.stock.counting import count
from ensemblier.chain.stock.marks import quarantine, recall, release
from ensemblier.chain.stock.models import Lot, LotMark, Movement
from ensemblier.chain.stock.processing import Output, process
from ensemblier.chain.stock.refusals import (
    AidOnly,
    AlreadyUndone,
    BadMovement,
    CannotUndo,
    GiftOnly,
    OnHold,
    PastItsDate,
)

__all__ = [
    "Output",
    "count",
    "lose",
    "process",
    "quarantine",
    "recall",
    "receive",
    "release",
    "take_out",
    "transport",
    "undo",
]
ARRIVALS = (
    Movement.Kind.PURCHASE,
    Movement.Kind.GIFT,
    Movement.Kind.HARVEST,
    Movement.Kind.GLEANED,
)
EXITS = (Movement.Kind.SALE, Movement.Kind.HANDED, Movement.Kind.OWN_USE)
PUBLIC = (OrganisationKind.PUBLIC, OrganisationKind.STATE)


@transaction.atomic
def receive(
    *,
    key: UUID,
    chain: Chain,
    product: Product,
    site: Site,
    kind: str,
    origin: Organisation,
    milli: int,
    day: date,
    now: datetime,
    actor: Any,
    value_cents: int | None = None,
    activity: Activity | None = None,
    note: str = "",
    **lot_fields: Any,
) -> Movement:
    """Goods come in: a purchase, a gift, a harvest or a gleaning makes a new lot.

    `lot_fields`: number, made_on, use_by, best_before, is_gift_only, is_aid_only, legal_status,
    unit_grams.
    """
    entering.check_fields(lot_fields)
    if kind not in ARRIVALS:
        raise BadMovement("Dites d'où vient ce lot : achat, don, récolte, glanage.", field="kind")
    check_quantity(milli=milli)
    check_product(chain=chain, product=product)
    check_unit_cents(unit_cents=value_cents or 0)
    entering.check_site(chain, site)
    entering.check_activity(chain, activity)
    about = _ids(product=product, site=site, origin=origin, activity=activity, actor=actor)
    about |= {"kind": kind, "milli": milli, "value": value_cents, "note": note}
    asked = rules.asked("receive", day=day, **about, **lot_fields)
    locks.claim(key)
    if known := writing.known_movement(key, asked):
        return known
    lot = entering.new_lot(product=product, origin=origin, day=day, now=now, key=key, **lot_fields)
    row = writing.movement(lot=lot, milli=milli, now=now, actor=actor, kind=kind, target=site)
    row.key, row.asked, row.day, row.note = key, asked, day, note
    row.party, row.activity, row.value_cents = origin, activity, value_cents
    writing.write([row])
    return row


@transaction.atomic
def transport(
    *,
    key: UUID,
    lot: Lot,
    source: Site,
    target: Site,
    milli: int,
    day: date,
    now: datetime,
    actor: Any,
    activity: Activity | None = None,
    note: str = "",
) -> Movement:
    """From a place of the chain to another. What is recalled may come back; quarantine stays."""
    if source.pk == target.pk:
        raise BadMovement("Choisissez deux lieux différents.", field="target")
    content = {"source": source, "target": target, "activity": activity, "day": day, "note": note}
    return _move(
        key=key,
        lot=lot,
        milli=milli,
        now=now,
        actor=actor,
        kind=Movement.Kind.TRANSPORT,
        check=_check_transport,
        **content,
    )


@transaction.atomic
def take_out(
    *,
    key: UUID,
    lot: Lot,
    site: Site,
    kind: str,
    milli: int,
    day: date,
    now: datetime,
    actor: Any,
    party: Organisation | None = None,
    activity: Activity | None = None,
    note: str = "",
) -> Movement:
    """Goods leave: sold, handed over for nothing, or used on the spot."""
    if kind not in EXITS:
        raise BadMovement("Dites comment ce lot sort : vente, don, consommation.", field="kind")
    return _move(
        key=key,
        lot=lot,
        milli=milli,
        now=now,
        actor=actor,
        kind=kind,
        check=_check_exit,
        source=site,
        party=party,
        activity=activity,
        day=day,
        note=note,
    )


@transaction.atomic
def lose(
    *,
    key: UUID,
    lot: Lot,
    site: Site,
    milli: int,
    day: date,
    now: datetime,
    actor: Any,
    reason: str,
    activity: Activity | None = None,
) -> Movement:
    """Thrown away, spoilt, destroyed after a recall: the only way out of what may not be eaten."""
    if not reason.strip():
        raise BadMovement("Dites pourquoi ce lot est perdu : un mot suffit.", field="reason")
    return _move(
        key=key,
        lot=lot,
        milli=milli,
        now=now,
        actor=actor,
        kind=Movement.Kind.LOSS,
        check=None,
        source=site,
        activity=activity,
        day=day,
        note=reason.strip()[:300],
    )


@transaction.atomic
def undo(*, key: UUID, movement: Movement, day: date, now: datetime, actor: Any) -> Movement:
    """The opposite row, on its own day; what came in has to be there still.

    A run of a workshop is undone whole, whichever row is named.
    """
    asked = rules.asked("undo", movement=movement.pk, day=day, **_ids(actor=actor))
    locks.claim(key)
    if known := writing.known_movement(key, asked):
        return known
    rows = [movement]
    if movement.processing_id is not None:
        run = Movement.objects.filter(processing_id=movement.processing_id, undoes=None)
        rows = list(run.select_related("source", "target"))
    lots = locks.hold(row.lot_id for row in rows)
    _check_undo(movement, rows, day)
    opposites = [_opposite(row, lots[row.lot_id], day, now, actor) for row in rows]
    for row, opposite in zip(rows, opposites, strict=True):
        named = row.pk == movement.pk
        opposite.key = key if named else uuid5(key, str(row.pk))
        opposite.asked = asked if named else ""
    writing.write(opposites)
    return next(each for each in opposites if each.key == key)


def _move(
    *, key: UUID, lot: Lot, milli: int, now: datetime, actor: Any, check: Any, **fields: Any
) -> Movement:
    """One row on a lot that exists."""
    check_quantity(milli=milli)
    row = Movement(key=key, lot=lot, milli=milli, **fields)
    about = _ids(
        lot=lot,
        source=row.source,
        target=row.target,
        party=row.party,
        activity=row.activity,
        actor=actor,
    )
    asked = rules.asked("move", kind=row.kind, milli=milli, day=row.day, note=row.note, **about)
    locks.claim(key)
    if known := writing.known_movement(key, asked):
        return known
    held = locks.hold([lot.pk])[lot.pk]
    entering.check_site(held.chain, *(site for site in (row.source, row.target) if site))
    entering.check_activity(held.chain, row.activity)
    if check:
        check(held, row)
    row = writing.movement(
        lot=held, milli=milli, now=now, actor=actor, key=key, asked=asked, **fields
    )
    writing.write([row])
    return row


def _check_transport(lot: Lot, row: Movement) -> None:
    _check_hold(lot, [LotMark.Kind.QUARANTINE])


def _check_exit(lot: Lot, row: Movement) -> None:
    if lot.use_by is not None and row.day > lot.use_by:
        raise PastItsDate(lot, lot.use_by, row.day)
    _check_hold(lot, [LotMark.Kind.QUARANTINE, LotMark.Kind.RECALL])
    if lot.is_gift_only and row.kind == Movement.Kind.SALE:
        raise GiftOnly(
            f"Le {lot} a été donné pour être donné : il ne se vend pas, ni ce qu'on en fait. "
            "Remettez-le gratuitement.",
            field="lot",
        )
    if lot.is_aid_only:
        _check_aid(lot, row)


def _check_aid(lot: Lot, row: Movement) -> None:
    """Who gets it is authorised; of a sale to people, who sells."""
    sold = row.party is None and row.kind == Movement.Kind.SALE
    keeper = row.source.keeper if sold and row.source is not None else None
    who = row.party or keeper
    if who is None or _may_receive_aid(who, row.day):
        return
    instead = "Remettez-le gratuitement" if sold else "Choisissez une autre organisation"
    raise AidOnly(
        f"Le {lot} est réservé à l'aide alimentaire, et {who} n'y est pas habilitée au "
        f"{written_day(row.day)}. {instead}, ou enregistrez son habilitation.",
        field="lot" if sold else "party",
    )


def _check_hold(lot: Lot, kinds: list[str]) -> None:
    found = closure.first_hold([lot.pk], kinds)
    if found:
        raise OnHold(hold_message(lot, found), field="lot")


def hold_message(lot: Lot, found: tuple[str, str, str]) -> str:
    """Which lot is held, and why."""
    kind, reason, number = found
    what = LotMark.Kind(kind).label
    if number == lot.number:
        return f"Le {lot} est {what} ({reason}) : il ne sort pas avant d'être libéré."
    return (
        f"Le {lot} contient du lot {number}, {what} ({reason}) : il ne sort pas avant que "
        "celui-ci soit libéré."
    )


def aid_days(party: Organisation, days: Collection[date]) -> set[date]:
    """Days on which it may receive food aid: all of them for a public body, else those that an
    authorisation covers (CASF, L. 266-2)."""
    if party.kind in PUBLIC:
        return set(days)
    held = FoodAidAuthorisation.objects.covering(party).values_list("starts", "ends")
    spans = list(held) if days else []
    return {day for day in days if any(first <= day <= last for first, last in spans)}


def _may_receive_aid(party: Organisation, day: date) -> bool:
    return bool(aid_days(party, [day]))


def _check_undo(movement: Movement, rows: list[Movement], day: date) -> None:
    if movement.undoes_id is not None:
        raise CannotUndo("Ceci annule déjà un mouvement : écrivez le mouvement à nouveau.")
    if Movement.objects.filter(undoes__in=[row.pk for row in rows]).exists():
        raise AlreadyUndone("Ce mouvement est déjà annulé. Rechargez la page.")
    if day < movement.day:
        raise BadMovement(
            f"Ce mouvement est du {written_day(movement.day)} : l'annulation vient ce jour-là ou "
            "après.",
            field="day",
        )


def _opposite(row: Movement, lot: Lot, day: date, now: datetime, actor: Any) -> Movement:
    opposite = writing.movement(
        lot=lot,
        milli=row.milli,
        now=now,
        actor=actor,
        kind=row.kind,
        source=row.target,
        target=row.source,
        party_id=row.party_id,
        value_cents=row.value_cents,
        activity_id=row.activity_id,
        processing_id=row.processing_id,
        undoes=row,
        day=day,
    )
    opposite.grams = row.grams
    return opposite


def _ids(**things: Any) -> dict[str, Any]:
    """The numbers of what a request names."""
    return {name: getattr(thing, "pk", None) for name, thing in things.items()}
