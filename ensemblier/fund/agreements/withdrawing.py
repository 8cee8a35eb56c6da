"""What a recovery withdraws and was never paid: it goes back to its envelopes, in the books.

Called by payments when a recovery is decided or cancelled, in its transaction.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.fund.agreements.models import Recovery, WithdrawnShare
from ensemblier.fund.agreements.recovering import RecoveryRefused
from ensemblier.fund.agreements.shares import shares
from ensemblier.fund.programme.delegation import hold_under_ceilings
from ensemblier.fund.programme.models import Envelope


def withdrawn_cents(recovery: Recovery) -> int:
    """What the calculation says will not be paid."""
    return int(recovery.calculation.get("cancelled", 0))


def lock_books(recovery: Recovery) -> None:
    """The accounts that move, together and in the safe order."""
    agreement = recovery.agreement
    envelopes = {share.envelope.account for share in shares(agreement)}
    ledger.lock(agreement.decision.account, *envelopes)


def give_back(*, key: UUID, recovery: Recovery, actor: Any, now: datetime) -> list[WithdrawnShare]:
    """Move what will not be paid from the grant to its envelopes, newest year first."""
    agreement, left = recovery.agreement, withdrawn_cents(recovery)
    free = balance(agreement.decision.account).available
    if left > free:
        raise RecoveryRefused(
            f"{euros(left)} ne seront plus versés, mais il ne reste que {euros(free)} non payés : "
            "constatez de nouveau le manquement, le calcul a vieilli."
        )
    found = []
    for share in reversed(shares(agreement)):
        part = min(left, share.cents)
        if part <= 0:
            continue
        left -= part
        row = ledger.transfer(
            key=uuid5(key, f"withdrawn:{share.envelope.pk}:{share.expense_class}"),
            debit=agreement.decision.account,
            credit=share.envelope.account,
            amount_cents=part,
            day=in_paris(now).date(),
            reason=f"Reversement {recovery.number} : {recovery.get_ground_display()}, part retirée",
            reference=f"agreement:{agreement.pk}",
            actor=actor,
        )
        found.append(
            WithdrawnShare.objects.create(
                recovery=recovery,
                envelope=share.envelope,
                expense_class=share.expense_class,
                amount_cents=part,
                transfer=row,
            )
        )
    _log(recovery, "recovery.withdraw", actor, sum(row.amount_cents for row in found))
    return found


def take_back(*, key: UUID, recovery: Recovery, why: str, actor: Any, now: datetime) -> None:
    """The recovery is cancelled: the grant has its money again, when its envelopes still do and
    their year may still bear it."""
    rows = list(
        recovery.withdrawn.filter(taken_back=None)
        .select_related("envelope__account", "envelope__programme")
        .order_by("pk")
    )
    account = recovery.agreement.decision.account
    if rows:
        wanted: Counter[Envelope] = Counter()
        for row in rows:
            wanted[row.envelope] += row.amount_cents
        hold_under_ceilings(wanted)
        ledger.lock(account, *{row.envelope.account for row in rows})
    for row in rows:
        try:
            row.taken_back = ledger.transfer(
                key=uuid5(key, f"taken_back:{row.pk}"),
                debit=row.envelope.account,
                credit=account,
                amount_cents=row.amount_cents,
                day=in_paris(now).date(),
                reason=f"Reversement {recovery.number} annulé : {why}",
                reference=f"agreement:{recovery.agreement_id}",
                actor=actor,
            )
        except ledger.EnvelopeExhausted as error:
            raise RecoveryRefused(
                f"Les {euros(row.amount_cents)} retirés étaient revenus à l'enveloppe "
                f"« {row.envelope} », qui ne les a plus : rendez-les-lui d'abord, puis annulez."
            ) from error
        row.save(update_fields=["taken_back"])
    if rows:
        _log(recovery, "recovery.take_back", actor, sum(row.amount_cents for row in rows))


def _log(recovery: Recovery, action: str, actor: Any, cents: int) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"agreement:{recovery.agreement_id}",
        data={"recovery": recovery.number, "cents": cents},
    )
