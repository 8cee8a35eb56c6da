"""What each structure of a chain offers of the catalogue, and at which of its prices: dated rows.

Nothing chosen is everything offered, at the usual price.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.catalogue.actions import UnknownProduct
from ensemblier.chain.catalogue.models import Basis, Price, Product, Selection
from ensemblier.chain.catalogue.rules import written_day

USUAL, HIDDEN = "usual", "hidden"  # beside these, a pick is the basis of a price


class NotOffered(Refusal):
    """This structure chose not to offer this product."""

    def __init__(self, organisation: Organisation, product: Product) -> None:
        super().__init__(
            f"{organisation.name} ne propose pas « {product.name} ». Choisissez un autre produit, "
            "ou remettez-le dans « Ce que nous proposons » (Produits et tarifs).",
            field="product",
        )


class BadSelection(Refusal):
    """A structure without a place, a day that is past, or a price the product does not have."""


def selections_on(
    organisation: Organisation, products: Collection[int], day: date
) -> dict[int, Selection]:
    """By product, the row in force that day; nothing where this structure never chose."""
    rows = Selection.objects.filter(
        organisation=organisation, product__in=products, starts__lte=day
    )
    return {row.product_id: row for row in rows.order_by("starts")}


def coming(
    organisation: Organisation, products: Collection[int], day: date
) -> dict[int, Selection]:
    """By product, the next row that starts after that day."""
    rows = Selection.objects.filter(organisation=organisation, product__in=products, starts__gt=day)
    return {row.product_id: row for row in rows.order_by("-starts")}


def basis_on(organisation: Organisation, product: Product, day: date) -> str:
    """The basis this structure chose to sell on, "" for the usual one."""
    row = selections_on(organisation, [product.pk], day).get(product.pk)
    return row.basis if row else ""


def check_offered(*, organisation: Organisation, product: Product, day: date) -> None:
    """Refuse what this structure chose not to offer that day."""
    row = selections_on(organisation, [product.pk], day).get(product.pk)
    if row is not None and not row.is_offered:
        raise NotOffered(organisation, product)


def prices_on(
    organisation: Organisation, products: Collection[int], day: date
) -> dict[int, dict[str, int]]:
    """By product and basis, what it costs everybody there: the structure's own price before the
    chain's."""
    rows = Price.objects.on(day).filter(
        Q(seller__isnull=True) | Q(seller=organisation), product__in=products, audience=""
    )
    found: dict[int, dict[str, int]] = {pk: {} for pk in products}
    for row in sorted(rows, key=lambda row: row.seller_id is not None):
        found[row.product_id][row.basis] = row.unit_cents
    return found


def pick_of(row: Selection | None) -> str:
    """What a row says, as a form says it."""
    if row is None:
        return USUAL
    return (row.basis or USUAL) if row.is_offered else HIDDEN


@transaction.atomic
def select(
    *,
    chain: Chain,
    organisation: Organisation,
    picks: Mapping[Product, str],
    starts: date,
    day: date,
    actor: Any,
) -> int:
    """This structure's choice of these products from a day on; how many changed. `day` is today:
    what was offered on days that are past stays as it was sold."""
    if starts < day:
        raise BadSelection(
            f"Un choix commence aujourd'hui, le {written_day(day)}, ou plus tard : les ventes "
            "passées gardent le leur.",
            field="starts",
        )
    if not chain.sites.filter(keeper=organisation).exists():
        raise BadSelection(f"{organisation.name} ne tient aucun lieu de cette filière.")
    # One structure chooses at a time.
    list(chain.sites.select_for_update(of=("self",)).filter(keeper=organisation))
    known = [product.pk for product in picks]
    held, prices = (
        selections_on(organisation, known, starts),
        prices_on(organisation, known, starts),
    )
    changed = 0
    for product, pick in picks.items():
        if product.chain_id != chain.pk:
            raise UnknownProduct()
        before = pick_of(held.get(product.pk))
        if pick == before:
            continue
        if pick not in (USUAL, HIDDEN, *prices[product.pk]):
            raise BadSelection(
                f"« {product.name} » n'a pas ce prix le {written_day(starts)} : choisissez-en un "
                "autre, ou fixez-le d'abord.",
                field=f"product-{product.pk}",
            )
        _write(organisation, product, pick, starts)
        told = {"organisation": organisation.pk, "starts": starts.isoformat()}
        told |= {"before": before, "after": pick}
        subject = f"product:{product.pk}"
        record(actor=actor, action="catalogue.selected", subject=subject, data=told)
        changed += 1
    return changed


def _write(organisation: Organisation, product: Product, pick: str, starts: date) -> None:
    Selection.objects.update_or_create(
        organisation=organisation,
        product=product,
        starts=starts,
        defaults={
            "is_offered": pick != HIDDEN,
            "basis": pick if pick in Basis.values else "",
        },
    )
