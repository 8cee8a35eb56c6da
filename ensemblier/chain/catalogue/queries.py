"""What a product costs and which labels it may claim, on a day."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.models import Price, Product
from ensemblier.engines.law import egalim


def price_on(
    product: Product,
    basis: str,
    day: date,
    audience: str = "",
    seller: Organisation | None = None,
) -> Price | None:
    """The price in force: the seller's own before the chain's, then for these people before all."""
    held = Price.objects.on(day).filter(product=product, basis=basis)
    held = held.filter(Q(seller__isnull=True) | Q(seller=seller) if seller else Q(seller=None))
    rows = list(held.filter(audience__in={audience, ""}))
    return max(rows, key=lambda row: (row.seller_id is not None, row.audience != ""), default=None)


def labels_on(product: Product, day: date, grower: Organisation | None = None) -> list[str]:
    """Codes of the labels proved that day for this grower, and that the law still counts."""
    rows = product.labels.on(day).filter(Q(grower__isnull=True) | Q(grower=grower))
    kinds = rows.values_list("kind", flat=True).distinct().order_by("kind")
    return [kind for kind in kinds if egalim.counts(kind, day)]
