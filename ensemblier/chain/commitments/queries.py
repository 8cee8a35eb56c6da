"""What is called off, what misses, what a promise costs on a day: the same for both sides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation
from ensemblier.chain.commitments import rules
from ensemblier.chain.commitments.models import Commitment

STANDING = ~Q(children__state=Commitment.State.CANCELLED)


def called_off(commitment: Commitment) -> int:
    """Thousandths of a unit that its call-offs take, those that were cancelled left out."""
    standing = commitment.children.exclude(state=Commitment.State.CANCELLED)
    return standing.aggregate(sum=Coalesce(Sum("milli"), 0))["sum"]


def shortfall(commitment: Commitment) -> rules.Shortfall:
    """What misses between the promise and what was called off or planned for it."""
    return rules.shortfall(commitment.milli, called_off(commitment))


def promises_of(organisation: Organisation) -> QuerySet[Commitment]:
    """What it gives and what it receives, each with `called` and `missing`: both sides read one."""
    return with_calls(Commitment.objects.filter(Q(giver=organisation) | Q(receiver=organisation)))


def with_calls(rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Each with what was called off (`called`) and what misses (`missing`)."""
    called = Coalesce(Sum("children__milli", filter=STANDING), 0)
    return rows.annotate(called=called).annotate(
        missing=Greatest(F("milli") - F("called"), Value(0))
    )


def price_on(commitment: Commitment, day: date) -> int | None:
    """The price of a unit that day: under a firm promise, the parent's holds."""
    parent = commitment.parent
    if parent is not None and (parent.firmness == "firm" or commitment.unit_cents is None):
        held = price_on(parent, day)
        if held is not None:
            return held
    revised = commitment.revisions.filter(starts__lte=day).order_by("-starts").first()
    return commitment.unit_cents if revised is None else revised.unit_cents


def prepaid_cents(commitment: Commitment) -> int:
    """What was paid when the order was given; 0 when it is paid later."""
    unit_cents = price_on(commitment, commitment.starts)
    if not commitment.is_prepaid or unit_cents is None:
        return 0
    return rules.cost_cents(commitment.milli, unit_cents)


def seen_by(rows: QuerySet[Commitment], organisations: Collection[int] | None) -> Any:
    """Those in which one of these organisations has a side or made the offer; None: all."""
    if organisations is None:
        return rows
    return rows.filter(
        Q(giver__in=organisations)
        | Q(receiver__in=organisations)
        | Q(proposed_by__in=organisations)
    )


def listed(chain: Chain, organisations: Collection[int] | None, **asked: Any) -> Any:
    """The promises of a chain, newest first, that pass these filters (kind, state, sides)."""
    rows = seen_by(chain.commitments.filter(**asked), organisations)
    rows = rows.select_related("product", "giver", "receiver").order_by("-starts", "-pk")
    return with_calls(rows)


def calls_of(commitment: Commitment) -> rules.Calls:
    """What was called off under it: kept, still to come, and what is left."""
    sums = dict(commitment.children.order_by().values_list("state").annotate(total=Sum("milli")))
    kept, coming = sums.get(Commitment.State.KEPT, 0), sums.get(Commitment.State.OPEN, 0)
    return rules.Calls(kept, coming, max(0, commitment.milli - kept - coming))
