"""What the books say of envelopes: paid in, set aside, granted, left. Nothing is stored."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

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
    """One query, whatever the number of envelopes."""
    envelopes = list(envelopes)
    contributed, returned, granted, reserved = (defaultdict[int, int](int) for _ in range(4))
    flows: dict[tuple[int, int], int] = {}
    for source, target, giver, taker, moved, held in _moves(envelopes):
        if giver == AccountKind.CONTRIBUTOR:
            contributed[target] += moved
        elif giver not in SOURCES:
            returned[target] += moved
        if taker != AccountKind.ENVELOPE:
            granted[source] += moved
            reserved[source] += held
        elif giver == AccountKind.ENVELOPE:
            flows[source, target] = moved
    return {
        row.pk: Figures(
            contributed=contributed[row.pk],
            reserved=reserved[row.pk],
            granted=granted[row.pk] - returned[row.pk],
            received=_net(flows, row.parent_id, row.pk),
            delegated=sum(
                _net(flows, row.pk, other)
                for other in {pk for couple in flows if row.pk in couple for pk in couple}
                if other not in (row.pk, row.parent_id)
            ),
        )
        for row in envelopes
    }


def _moves(envelopes: list[Envelope]) -> Iterable[tuple[Any, ...]]:
    """What left or reached these envelopes, by envelope and kind of account on both sides.

    An account that is no envelope's has None for envelope: few rows, whatever the transfers.
    """
    accounts = [row.account_id for row in envelopes]
    # A settlement repeats the whole reservation it closes: what it closes leaves what is reserved.
    held = Case(When(kind=Kind.RESERVE, then=F("cents")), default=-F("settled_cents"))
    return (
        Transfer.objects.filter(Q(debit__in=accounts) | Q(credit__in=accounts))
        .order_by()
        .values_list("debit__envelope", "credit__envelope", "debit__kind", "credit__kind")
        .annotate(
            moved=Sum(Case(When(MOVED, then=F("cents")), default=Value(0)), default=0),
            held=Sum(held, default=0),
        )
    )


def _net(flows: dict[tuple[int, int], int], source: int | None, target: int) -> int:
    """What went from `source` to `target`, less what came back."""
    if source is None:
        return 0
    return flows.get((source, target), 0) - flows.get((target, source), 0)
