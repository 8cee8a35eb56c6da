"""What is called off, what misses, what a promise costs on a day: the same for both sides."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest

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
    rows = Commitment.objects.filter(Q(giver=organisation) | Q(receiver=organisation))
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
