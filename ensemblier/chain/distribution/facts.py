"""What a line says, by name: the keywords of `actions.write_line`."""

from __future__ import annotations

from datetime import date
from typing import Any, NotRequired, TypedDict

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import IaeAgreement, Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.models import Movement


class SoldFacts(TypedDict):
    """What is sold, where and to whom, before its price and its lot are known."""

    chain: Chain
    site: Site
    seller: Organisation
    product: Product
    milli: int
    day: date
    buyer: NotRequired[Organisation | None]
    scheme: NotRequired[str]
    tier: NotRequired[str]
    size: NotRequired[str]
    commune_code: NotRequired[str]
    activity: NotRequired[Activity | None]
    cost_cents: NotRequired[int | None]
    producer_cents: NotRequired[int | None]
    extra_cents: NotRequired[int]
    vat_rate: NotRequired[int]
    iae_agreement: NotRequired[IaeAgreement | None]


class LineFacts(SoldFacts):
    """A line, but who writes it, when, and the card."""

    price_cents: int
    movement: NotRequired[Movement | None]
    labels: NotRequired[str]
    undoes: NotRequired[SaleLine | None]


# What one key always writes again. The movement is left out: it has a key of its own.
SAME = (
    "chain",
    "site",
    "seller",
    "product",
    "milli",
    "price_cents",
    "day",
    "buyer",
    "scheme",
    "extra_cents",
    "vat_rate",
    "undoes",
)
UNSAID: dict[str, Any] = {
    "buyer": None,
    "scheme": "",
    "extra_cents": 0,
    "vat_rate": 0,
    "undoes": None,
}
# What an opposite line repeats of the line it undoes; its own day is when it is written.
REPEATED = (
    "chain",
    "site",
    "seller",
    "product",
    "milli",
    "price_cents",
    "buyer",
    "scheme",
    "tier",
    "size",
    "commune_code",
    "activity",
    "cost_cents",
    "producer_cents",
    "extra_cents",
    "vat_rate",
    "labels",
    "iae_agreement",
)
