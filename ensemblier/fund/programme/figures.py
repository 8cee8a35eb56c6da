"""What the books say of envelopes: paid in, set aside, granted, left. Nothing is stored."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, F, Q, Sum, Value, When

from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.fund.programme.models import Envelope


class Figures(NamedTuple):
    """Cents. `reserved` is decided and not signed yet, `granted` is signed, both net of returns."""

    contributed: int
    reserved: int
    granted: int

    @property
    def engaged(self) -> int:
        return self.reserved + self.granted

    @property
    def available(self) -> int:
        return self.contributed - self.engaged


EMPTY = Figures(0, 0, 0)
MOVED = Q(kind__in=[Kind.TRANSFER, Kind.POST])


def figures(envelope: Envelope) -> Figures:
    return figures_by_envelope([envelope])[envelope.pk]


def figures_by_envelope(envelopes: Iterable[Envelope]) -> dict[int, Figures]:
    """Two queries, whatever the number of envelopes."""
    envelopes = list(envelopes)
    accounts = [envelope.account_id for envelope in envelopes]
    inward = {
        row["credit"]: row
        for row in Transfer.objects.filter(MOVED, credit__in=accounts)
        .order_by()
        .values("credit")
        .annotate(
            contributed=Sum("cents", filter=Q(debit__kind=AccountKind.CONTRIBUTOR), default=0),
            returned=Sum("cents", filter=~Q(debit__kind=AccountKind.CONTRIBUTOR), default=0),
        )
    }
    # A settlement repeats the whole reservation it closes: what it closes leaves what is reserved.
    reserved = Case(When(kind=Kind.RESERVE, then=F("cents")), default=-F("settled_cents"))
    outward = {
        row["debit"]: row
        for row in Transfer.objects.filter(debit__in=accounts)
        .order_by()
        .values("debit")
        .annotate(
            granted=Sum(Case(When(MOVED, then=F("cents")), default=Value(0)), default=0),
            reserved=Sum(reserved, default=0),
        )
    }
    found = {}
    for envelope in envelopes:
        into = inward.get(envelope.account_id, {})
        out = outward.get(envelope.account_id, {})
        found[envelope.pk] = Figures(
            contributed=into.get("contributed", 0),
            reserved=out.get("reserved", 0),
            granted=out.get("granted", 0) - into.get("returned", 0),
        )
    return found
