"""Lines written without their shares, as plain values, in the order of the norm."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from ensemblier.base.chains.models import Chain
from ensemblier.chain.distribution.models import SaleLine


class WaitingLine(NamedTuple):
    """A line written without its shares, as plain values."""

    pk: int
    key: UUID
    day: date
    milli: int
    price_cents: int
    cost_cents: int | None
    producer_cents: int | None
    extra_cents: int
    tier: str
    size: str
    commune_code: str
    labels: str
    site_id: int
    seller_id: int
    buyer_id: int | None
    product_id: int
    undoes_id: int | None
    household: UUID | None


FIELDS = (*WaitingLine._fields[:-1], "tie__card__code")


def waiting(chain: Chain, code: str, until: date) -> Any:
    """Lines of a scheme up to a day that are not shared, in the order of the norm."""
    rows = SaleLine.objects.filter(chain=chain, scheme=code, day__lte=until, shared=None)
    return rows.order_by("day", "pk")


def waiting_after(
    chain: Chain, code: str, until: date, after: tuple[date, int] | None, most: int
) -> list[WaitingLine]:
    """The next ones."""
    rows = waiting(chain, code, until)
    if after is not None:
        day, pk = after
        rows = rows.filter(Q(day__gt=day) | Q(pk__gt=pk), day__gte=day)
    return [WaitingLine._make(row) for row in rows.values_list(*FIELDS)[:most]]
