"""A workshop: lots go in, others come out; mass is balanced, restrictions pass to the children."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.chains.models import Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.actions import check_product, check_quantity
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.catalogue.rules import grams_of
from ensemblier.chain.stock import closure, entering, locks, rules, writing
from ensemblier.chain.stock.models import Lot, LotMark, LotParent, Movement, Processing
from ensemblier.chain.stock.refusals import (
    BadMovement,
    MassNotBalanced,
    MassUnknown,
    OnHold,
    PastItsDate,
)

HELD = (LotMark.Kind.QUARANTINE, LotMark.Kind.RECALL)


@dataclass(frozen=True)
class Output:
    """What comes out of a workshop; restrictions of what went in are added to its own."""

    product: Product
    milli: int
    number: str = ""
    made_on: date | None = None
    use_by: date | None = None
    best_before: date | None = None
    is_gift_only: bool = False
    is_aid_only: bool = False
    legal_status: str = ""
    unit_grams: int | None = None
    origin: Organisation | None = None


@transaction.atomic
def process(
    *,
    key: UUID,
    activity: Activity,
    site: Site,
    inputs: Sequence[tuple[Lot, int]],
    outputs: Sequence[Output],
    lost_grams: int,
    day: date,
    now: datetime,
    actor: Any,
    note: str = "",
) -> list[Lot]:
    """Use lots, make others: what went in weighs what came out and what was lost."""
    _check_request(activity, site, inputs, outputs, lost_grams)
    asked = _asked(activity, site, inputs, outputs, lost_grams, day, actor, note)
    locks.claim(key)
    if known := writing.known_processing(key, asked):
        return _made_by(known)
    held = locks.hold(lot.pk for lot, _ in inputs)
    used = [(held[lot.pk], milli) for lot, milli in inputs]
    _check_inputs([lot for lot, _ in used], activity, day)
    _check_mass(used, outputs, lost_grams)
    run = Processing.objects.create(
        activity=activity,
        site=site,
        lost_grams=lost_grams,
        day=day,
        note=note,
        key=key,
        asked=asked,
        actor_id=getattr(actor, "pk", None),
        created_at=now,
    )
    made = _new_lots(run, [lot for lot, _ in used], outputs)
    LotParent.objects.bulk_create(
        LotParent(child=child, parent=parent, activity=activity)
        for child in made
        for parent, _ in used
    )
    writing.write(_rows(run, used, made, outputs, now, actor))
    return made


def _check_request(
    activity: Activity,
    site: Site,
    inputs: Sequence[tuple[Lot, int]],
    outputs: Sequence[Output],
    lost_grams: object,
) -> None:
    entering.check_site(activity.chain, site)
    entering.check_activity(activity.chain, activity)
    if not inputs or not outputs:
        raise BadMovement(
            "Dites ce qui entre et ce qui sort. Si rien ne sort, écrivez une perte.",
            field="outputs" if inputs else "inputs",
        )
    if len({lot.pk for lot, _ in inputs}) < len(inputs):
        raise BadMovement("Le même lot entre deux fois : écrivez la somme.", field="inputs")
    if isinstance(lost_grams, bool) or not isinstance(lost_grams, int) or lost_grams < 0:
        raise BadMovement("La perte est un nombre entier de grammes.", field="lost_grams")
    for _, milli in inputs:
        check_quantity(milli=milli)
    for output in outputs:
        check_quantity(milli=output.milli)
        check_product(chain=activity.chain, product=output.product)


def _asked(
    activity: Activity,
    site: Site,
    inputs: Sequence[tuple[Lot, int]],
    outputs: Sequence[Output],
    lost_grams: int,
    day: date,
    actor: Any,
    note: str,
) -> str:
    made = []
    for output in outputs:
        row = dict(vars(output))
        made.append(row | {"product": output.product.pk, "origin": getattr(output.origin, "pk", 0)})
    return rules.asked(
        "process",
        activity=activity.pk,
        site=site.pk,
        inputs=[[lot.pk, milli] for lot, milli in inputs],
        outputs=made,
        lost=lost_grams,
        day=day,
        actor=getattr(actor, "pk", None),
        note=note,
    )


def _check_inputs(lots: list[Lot], activity: Activity, day: date) -> None:
    for lot in lots:
        if lot.chain_id != activity.chain_id:
            raise BadMovement(f"Le {lot} est d'une autre filière.", field="inputs")
        if lot.use_by is not None and day > lot.use_by:
            raise PastItsDate(lot, lot.use_by, day)
    found = closure.first_hold([lot.pk for lot in lots], HELD)
    if found:
        kind, reason, number = found
        raise OnHold(
            f"Le lot {number} est {LotMark.Kind(kind).label} ({reason}) : rien n'en est mis en "
            "œuvre avant qu'il soit libéré.",
            field="inputs",
        )


def _check_mass(used: list[tuple[Lot, int]], outputs: Sequence[Output], lost_grams: int) -> None:
    went_in = sum(_weighed(lot, lot.product, milli) for lot, milli in used)
    came_out = sum(_weighed(output, output.product, output.milli) for output in outputs)
    if went_in != came_out + lost_grams:
        raise MassNotBalanced(went_in, came_out, lost_grams)


def _weighed(what: Lot | Output, product: Product, milli: int) -> int:
    grams = grams_of(milli, what.unit_grams or product.unit_grams)
    if grams is None:
        raise MassUnknown(
            f"Personne n'a pesé l'unité de {product} ({product.get_unit_display()}) : donnez son "
            "poids en grammes au catalogue ou sur le lot, pour que la matière se retrouve.",
            field="unit_grams",
        )
    return grams


def _new_lots(run: Processing, parents: list[Lot], outputs: Sequence[Output]) -> list[Lot]:
    """The children. Only cooking may give a later use-by date than the first of what went in."""
    statuses = [parent.legal_status for parent in parents]
    first = rules.earliest(parent.use_by for parent in parents)
    made = []
    for rank, output in enumerate(outputs, start=1):
        fields = {name: getattr(output, name) for name in entering.LOT_FIELDS}
        fields["is_gift_only"] |= any(parent.is_gift_only for parent in parents)
        fields["is_aid_only"] |= any(parent.is_aid_only for parent in parents)
        fields["legal_status"] = rules.joined_statuses([*statuses, output.legal_status])
        if run.activity.kind != Activity.Kind.COOKING:
            fields["use_by"] = rules.earliest([output.use_by, first])
        made.append(
            entering.new_lot(
                product=output.product,
                origin=output.origin or run.activity.host,
                day=run.day,
                now=run.created_at,
                key=run.key,
                rank=rank,
                **fields,
            )
        )
    return made


def _rows(
    run: Processing,
    used: list[tuple[Lot, int]],
    made: list[Lot],
    outputs: Sequence[Output],
    now: datetime,
    actor: Any,
) -> list[Movement]:
    shared = {"processing": run, "activity": run.activity, "day": run.day, "note": run.note}
    rows = []
    for lot, milli in used:
        row = writing.movement(
            lot=lot, milli=milli, now=now, actor=actor, kind="used", source=run.site, **shared
        )
        rows.append(row)
    for lot, output in zip(made, outputs, strict=True):
        row = writing.movement(
            lot=lot,
            milli=output.milli,
            now=now,
            actor=actor,
            kind="made",
            target=run.site,
            **shared,
        )
        rows.append(row)
    for rank, row in enumerate(rows):
        row.key = uuid5(run.key, str(rank))
    return rows


def _made_by(run: Processing) -> list[Lot]:
    rows = run.movements.filter(kind=Movement.Kind.MADE, undoes=None).order_by("pk")
    return [row.lot for row in rows.select_related("lot__product")]
