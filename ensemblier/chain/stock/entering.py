"""How a lot comes to be: its dates, its number, the restrictions it carries. Used by the verbs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.catalogue.rules import unit_weight_fault
from ensemblier.chain.stock import rules
from ensemblier.chain.stock.models import Lot
from ensemblier.chain.stock.refusals import BadMovement, NumberTaken, PastItsDate, UseByMissing

LOT_FIELDS = {
    "number",
    "made_on",
    "use_by",
    "best_before",
    "is_gift_only",
    "is_aid_only",
    "legal_status",
    "unit_grams",
}


def check_fields(fields: dict[str, Any]) -> None:
    """Only what a lot has."""
    if unknown := sorted(set(fields) - LOT_FIELDS):
        raise TypeError(f"unknown fields of a lot: {', '.join(unknown)}")


def check_site(chain: Chain, *sites: Site) -> None:
    """Every place is one of the chain."""
    for site in sites:
        if site.chain_id != chain.pk:
            raise BadMovement(f"« {site} » n'est pas un lieu de cette filière.", field="site")


def check_activity(chain: Chain, activity: Activity | None) -> None:
    """The activity is one of the chain, and it takes place."""
    if activity is None:
        return
    if activity.chain_id != chain.pk:
        raise BadMovement("Cette activité est d'une autre filière.", field="activity")
    if activity.state in (Activity.State.CANCELLED, Activity.State.MOVED):
        raise BadMovement(
            f"Cette activité est {activity.get_state_display()} : choisissez celle qui a eu lieu.",
            field="activity",
        )


def new_lot(
    *,
    product: Product,
    origin: Organisation,
    day: date,
    now: datetime,
    key: UUID,
    rank: int = 0,
    **fields: Any,
) -> Lot:
    """Write a lot; it has no quantity yet."""
    _check_dates(product, fields, day)
    if fault := unit_weight_fault(fields.get("unit_grams")):
        raise BadMovement(fault, field="unit_grams")
    status = fields.get("legal_status", "")
    if len(status) > int(Lot._meta.get_field("legal_status").max_length or 0):
        raise BadMovement(
            "Trop de statuts particuliers pour un seul lot : mélangez moins de lots à la fois.",
            field="legal_status",
        )
    number = fields.pop("number", "").strip() or rules.number_of(day, key.hex, rank)
    if len(number) > int(Lot._meta.get_field("number").max_length or 0):
        raise BadMovement("Un numéro de lot a 40 caractères au plus.", field="number")
    if Lot.objects.filter(chain_id=product.chain_id, number=number).exists():
        raise NumberTaken(
            f"Un lot de cette filière porte déjà le numéro « {number} » : donnez-en un autre.",
            field="number",
        )
    return Lot.objects.create(
        chain_id=product.chain_id,
        product=product,
        origin=origin,
        number=number,
        created_at=now,
        **fields,
    )


def _check_dates(product: Product, fields: dict[str, Any], day: date) -> None:
    use_by, made_on = fields.get("use_by"), fields.get("made_on")
    if product.has_use_by and use_by is None:
        raise UseByMissing(
            f"{product} porte une DLC : écrivez-la, elle est sur l'étiquette.", field="use_by"
        )
    if use_by is not None and use_by < day:
        raise PastItsDate(product, use_by, day)
    if made_on is not None and made_on > day:
        raise BadMovement(
            "Le jour de récolte ou de fabrication vient après ce jour : vérifiez les deux dates.",
            field="made_on",
        )
