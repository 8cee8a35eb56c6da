"""What a product costs and which labels it may claim, on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.models import Basis, Label, LabelKind, Price, Product
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


def listed(chain: Chain, *, family: str = "", state: str = "", word: str = "") -> QuerySet[Product]:
    """The products of a chain that pass these filters; `state` is "offered", "withdrawn" or ""."""
    rows = chain.products.all()
    if family:
        rows = rows.filter(family=family)
    if state:
        rows = rows.filter(is_offered=state == "offered")
    if word:
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word))
    return rows


@dataclass
class Standing:
    """What a list says of a product on a day: its two main prices and its labels."""

    producer_cents: int | None = None
    person_cents: int | None = None
    labels: list[str] = field(default_factory=list)


def standings(products: Iterable[Product], day: date) -> dict[int, Standing]:
    """By product, in two queries: the prices of the chain for everybody, the labels that count."""
    found = {product.pk: Standing() for product in products}
    prices = Price.objects.on(day).filter(
        product__in=found,
        seller__isnull=True,
        audience="",
        basis__in=[Basis.PRODUCER, Basis.PERSON],
    )
    for pk, basis, cents in prices.values_list("product", "basis", "unit_cents"):
        setattr(found[pk], f"{basis}_cents", cents)
    held = Label.objects.on(day).filter(product__in=found).order_by("product", "kind")
    names = dict(LabelKind.choices)
    for pk, kind in held.values_list("product", "kind").distinct():
        if egalim.counts(kind, day):
            found[pk].labels.append(str(names[kind]))
    return found


def prices_of(product: Product, sellers: Collection[int] | None) -> Any:
    """All its prices, newest first; with `sellers`, the chain's and theirs only."""
    rows = product.prices.select_related("seller").order_by("basis", "audience", "-starts", "pk")
    if sellers is not None:
        rows = rows.filter(Q(seller__isnull=True) | Q(seller__in=sellers))
    return rows
