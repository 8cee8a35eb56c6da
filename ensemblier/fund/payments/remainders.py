"""What a closed agreement leaves: given back to its envelopes, also what comes back afterwards.

A line undone after the closing, or a payment that the bank sends back then, returns to the
agreement's account, which pays nobody any more (docs/decisions/0016).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.shares import Share, shares
from ensemblier.fund.payments.models import Refund

AT_CLOSING = "Reliquat de la convention"
AFTERWARDS = "Revenu après la clôture de la convention"


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
