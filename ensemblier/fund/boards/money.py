"""The books read once for the boards: what each grant and each envelope held on a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, Min, Q, Sum

from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.fund.programme.models import Envelope

GRANT = "grant:"
KEPT = (AccountKind.CONTRIBUTOR, AccountKind.ENVELOPE, AccountKind.AGREEMENT)


@dataclass(slots=True)
class Grant:
    """What one file was granted on a day: reserved, then agreed; paid is net of what came back."""

    reserved: int = 0
    agreed: int = 0
    paid: int = 0
    first_paid_on: date | None = None
    by_envelope: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def committed(self) -> int:
        return self.reserved + self.agreed


@dataclass(slots=True)
class Purse:
    """One envelope on a day, as `programme.figures` reads it today."""

    pk: int
    label: str
    year: int
    strand: str
    region: str
    contributed: int = 0
    received: int = 0
    delegated: int = 0
    reserved: int = 0
    agreed: int = 0
    # Of what is committed, what goes to no file: the costs of jurors, paid in advance.
    beside: int = 0

    @property
    def committed(self) -> int:
        return self.reserved + self.agreed

    @property
    def available(self) -> int:
        return self.contributed + self.received - self.delegated - self.committed


class Books(NamedTuple):
    grants: dict[int, Grant]
    purses: list[Purse]
    written_later: int


def read_books(day: date, end: datetime | None = None) -> Books:
    """Two queries; `end` also counts what is dated up to `day` but was written after it."""
    purses = _purses()
    grants: dict[int, Grant] = defaultdict(Grant)
    later = Q(created_at__gte=end) if end else Q(pk__isnull=True)
    rows = (
        Transfer.objects.filter(day__lte=day)
        .filter(Q(debit__kind__in=KEPT) | Q(credit__kind__in=KEPT))
        .order_by()
        .values_list("debit__code", "credit__code", "debit", "credit", "debit__kind", "kind")
        .annotate(
            moved=Sum("cents"),
            settled=Sum("settled_cents"),
            first=Min("day"),
            late=Count("pk", filter=later),
        )
    )
    written_later = 0
    for (
        debit_code,
        credit_code,
        debit,
        credit,
        giver,
        kind,
        moved,
        settled,
        first,
        late,
    ) in rows.iterator():
        written_later += late
        flow = Flow(
            held=moved if kind == Kind.RESERVE else -settled,
            posted=moved if kind in (Kind.TRANSFER, Kind.POST) else 0,
            first=first,
        )
        source, goal = purses.get(debit), purses.get(credit)
        if credit_code.startswith(GRANT):
            _into(grants[int(credit_code[len(GRANT) :])], source, flow)
        elif debit_code.startswith(GRANT):
            _out_of(grants[int(debit_code[len(GRANT) :])], goal, flow)
        elif goal is not None:
            _between(source, goal, flow, contributed=giver == AccountKind.CONTRIBUTOR)
        elif source is not None:
            source.reserved += flow.held
            source.agreed += flow.posted
            source.beside += flow.held + flow.posted
    found = sorted(purses.values(), key=lambda row: (row.year, row.label))
    return Books(grants, found, written_later)


class Flow(NamedTuple):
    """What went one way between two accounts: still held, moved, and since when."""

    held: int
    posted: int
    first: date


def _between(source: Purse | None, goal: Purse, flow: Flow, *, contributed: bool) -> None:
    """To an envelope: from another, from a contributor, or from somebody who gives back."""
    if source is not None:
        goal.received += flow.posted
        source.delegated += flow.posted
    elif contributed:
        goal.contributed += flow.posted
    else:
        goal.agreed -= flow.posted
        goal.beside -= flow.posted


def _into(grant: Grant, source: Purse | None, flow: Flow) -> None:
    """From an envelope: committed. From an organisation: given back."""
    if source is None:
        grant.paid -= flow.posted
        return
    grant.reserved += flow.held
    grant.agreed += flow.posted
    grant.by_envelope[source.pk] += flow.held + flow.posted
    source.reserved += flow.held
    source.agreed += flow.posted


def _out_of(grant: Grant, goal: Purse | None, flow: Flow) -> None:
    """To an envelope: returned. To an organisation: paid."""
    if goal is not None:
        grant.agreed -= flow.posted
        grant.by_envelope[goal.pk] -= flow.posted
        goal.agreed -= flow.posted
        return
    grant.paid += flow.posted
    if flow.posted:
        grant.first_paid_on = min(flow.first, grant.first_paid_on or flow.first)


def _purses() -> dict[int, Purse]:
    """Every envelope, by the number of its account."""
    rows = Envelope.objects.select_related("programme", "region", "department")
    return {
        row.account_id: Purse(
            row.pk, str(row), row.year, row.strand, row.region.name if row.region else ""
        )
        for row in rows
    }
