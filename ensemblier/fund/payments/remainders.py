"""What a closed agreement leaves: given back to its envelopes, also what comes back afterwards.

What came back twice is not the envelopes': a payer gives it back to the organisation, once.

A line undone after the closing, or a payment that the bank sends back then, returns to the
agreement's account, which pays nobody any more (docs/decisions/0016).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db.models import Q, Sum

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.shares import Share, agreed_by_agreement, shares
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments.models import Refund

AT_CLOSING = "Reliquat de la convention"
AFTERWARDS = "Revenu après la clôture de la convention"
TWICE = "Revenu deux fois, rendu à l'organisation"
MOST = 300


class Late(NamedTuple):
    """What came back to a closed agreement: due to its envelopes, and over."""

    agreement: Agreement
    due: int
    over: int


def rooms(agreement: Agreement) -> list[tuple[Share, int]]:
    """What each share gave that its envelope has not got back, newest year first."""
    back: Counter[int] = Counter()
    rows = agreement.refunds.filter(kind=Refund.Kind.RELEASE)
    for account, cents in rows.values_list("transfer__credit", "amount_cents"):
        back[account] += cents
    found = []
    for share in reversed(shares(agreement)):
        done = min(back[share.envelope.account_id], share.cents)
        back[share.envelope.account_id] -= done
        found.append((share, share.cents - done))
    return found


def late_cents(agreement: Agreement) -> int:
    """What came back since the closing and is due to the envelopes. Never more than what they gave:
    the rest, which the organisation had already given back, is `over_cents`."""
    if agreement.state != Agreement.State.CLOSED:
        return 0
    left = balance(agreement.decision.account).available
    return min(left, sum(room for _, room in rooms(agreement))) if left else 0


def over_cents(agreement: Agreement) -> int:
    """What came back twice: the organisation had given back what the undone line took."""
    if agreement.state != Agreement.State.CLOSED:
        return 0
    return balance(agreement.decision.account).available - late_cents(agreement)


def waiting(seen: Q) -> list[Late]:
    """The closed agreements of these applications that hold money, the oldest closed first. One
    query when there is none, six whatever their number."""
    rows = list(
        Agreement.objects.filter(
            decision__application__in=Application.objects.filter(seen),
            decision__account__counter__available_cents__gt=0,
            state=Agreement.State.CLOSED,
        )
        .select_related(
            "decision__account__counter",
            "decision__application__organisation",
            "decision__application__department",
            "decision__application__call__owner",
        )
        .order_by("closed_at", "pk")[:MOST]
    )
    if not rows:
        return []
    given = agreed_by_agreement(rows)
    released = Refund.objects.filter(agreement__in=rows, kind=Refund.Kind.RELEASE).order_by()
    back = dict(released.values_list("agreement").annotate(sum=Sum("amount_cents")))
    found = []
    for row in rows:
        left = row.decision.account.counter.available_cents
        due = min(left, given[row.pk] - back.get(row.pk, 0))
        found.append(Late(row, due, left - due))
    return found


def release(*, key: UUID, agreement: Agreement, actor: Any, now: datetime) -> None:
    """To its envelopes, newest year first. The caller asked who, and holds the agreement."""
    late = agreement.state == Agreement.State.CLOSED
    left = balance(agreement.decision.account).available
    for share, room in rooms(agreement):
        part = min(left, room)
        if part == 0:
            continue
        left -= part
        word = "late" if late else "release"
        row = transfer(
            key=uuid5(key, f"{word}:{share.envelope.pk}:{share.expense_class}"),
            debit=agreement.decision.account,
            credit=share.envelope.account,
            amount_cents=part,
            day=in_paris(now).date(),
            reason=f"{AFTERWARDS if late else AT_CLOSING} {agreement.number}",
            reference=f"agreement:{agreement.pk}",
            actor=actor,
        )
        note_refund(agreement=agreement, kind=Refund.Kind.RELEASE, row=row, actor=actor, now=now)


def hand_back(
    *, key: UUID, agreement: Agreement, payee: Account, reason: str, actor: Any, now: datetime
) -> Refund:
    """All that is over, to the organisation. The caller asked who, and holds the agreement."""
    row = transfer(
        key=key,
        debit=agreement.decision.account,
        credit=payee,
        amount_cents=over_cents(agreement),
        day=in_paris(now).date(),
        reason=f"{TWICE} : {reason}",
        reference=f"agreement:{agreement.pk}",
        actor=actor,
    )
    kind = Refund.Kind.HANDBACK
    return note_refund(agreement=agreement, kind=kind, row=row, actor=actor, now=now)


def note_refund(
    *, agreement: Agreement, kind: str, row: Transfer, actor: Any, now: datetime
) -> Refund:
    noted = Refund.objects.create(
        agreement=agreement,
        kind=kind,
        amount_cents=row.cents,
        reason=row.reason,
        transfer=row,
        recorded_by=actor,
        recorded_at=now,
    )
    record(
        actor=actor,
        action=f"refund.{kind}",
        subject=f"agreement:{agreement.pk}",
        reason=row.reason,
    )
    return noted
