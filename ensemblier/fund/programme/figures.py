"""What the books say of envelopes: paid in, set aside, granted, left. Nothing is stored."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, F, Q, Sum, Value, When

from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.fund.programme.models import Envelope


class Figures(NamedTuple):
    """Cents. `reserved` is decided and not signed yet, `granted` is signed, both net of returns.

    `received` came from a wider envelope, `delegated` went to narrower ones, net of give-backs.
    """

    contributed: int
    reserved: int
    granted: int
    received: int = 0
    delegated: int = 0

    @property
    def engaged(self) -> int:
        return self.reserved + self.granted

    @property
    def available(self) -> int:
        return self.contributed + self.received - self.delegated - self.engaged


EMPTY = Figures(0, 0, 0)
SOURCES = (AccountKind.CONTRIBUTOR, AccountKind.ENVELOPE)
MOVED = Q(kind__in=[Kind.TRANSFER, Kind.POST])


def figures(envelope: Envelope) -> Figures:
    return figures_by_envelope([envelope])[envelope.pk]


def figures_by_envelope(envelopes: Iterable[Envelope]) -> dict[int, Figures]:
    """Three queries, whatever the number of envelopes."""
    envelopes = list(envelopes)
    accounts = [envelope.account_id for envelope in envelopes]
    inward = {
        row["credit"]: row
        for row in Transfer.objects.filter(MOVED, credit__in=accounts)
        .order_by()
        .values("credit")
        .annotate(
            contributed=Sum("cents", filter=Q(debit__kind=AccountKind.CONTRIBUTOR), default=0),
            returned=Sum("cents", filter=~Q(debit__kind__in=SOURCES), default=0),
        )
    }
    # A settlement repeats the whole reservation it closes: what it closes leaves what is reserved.
    reserved = Case(When(kind=Kind.RESERVE, then=F("cents")), default=-F("settled_cents"))
    outward = {
        row["debit"]: row
        for row in Transfer.objects.filter(debit__in=accounts)
        .exclude(credit__kind=AccountKind.ENVELOPE)
        .order_by()
        .values("debit")
        .annotate(
            granted=Sum(Case(When(MOVED, then=F("cents")), default=Value(0)), default=0),
            reserved=Sum(reserved, default=0),
        )
    }
    flows = _delegations(accounts)
    found = {}
    for envelope in envelopes:
        into = inward.get(envelope.account_id, {})
        out = outward.get(envelope.account_id, {})
        found[envelope.pk] = Figures(
            contributed=into.get("contributed", 0),
            reserved=out.get("reserved", 0),
            granted=out.get("granted", 0) - into.get("returned", 0),
            received=_net(flows, envelope.parent_id, envelope.pk),
            delegated=sum(
                _net(flows, envelope.pk, other)
                for other in {pk for couple in flows if envelope.pk in couple for pk in couple}
                if other not in (envelope.pk, envelope.parent_id)
            ),
        )
    return found


def _delegations(accounts: list[int]) -> dict[tuple[int, int], int]:
    """Cents that went from one envelope to another, by couple of envelopes."""
    rows = (
        Transfer.objects.filter(
            MOVED, debit__kind=AccountKind.ENVELOPE, credit__kind=AccountKind.ENVELOPE
        )
        .filter(Q(debit__in=accounts) | Q(credit__in=accounts))
        .order_by()
        .values_list("debit__envelope", "credit__envelope")
        .annotate(total=Sum("cents"))
    )
    return {(source, target): total for source, target, total in rows}


def _net(flows: dict[tuple[int, int], int], source: int | None, target: int) -> int:
    """What went from `source` to `target`, less what came back."""
    if source is None:
        return 0
    return flows.get((source, target), 0) - flows.get((target, source), 0)
