"""The money of a recovery: claimed in the books by stages, given back, or cancelled.

The payee's account owes each stage to the grant: a reservation posted when the money comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import OuterRef, Subquery

from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.fund.agreements import recovering, withdrawing
from ensemblier.fund.agreements.models import Agreement, Instalment, Recovery, RecoveryStage
from ensemblier.fund.agreements.recovering import Stage
from ensemblier.fund.agreements.ties import Days, Money
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import access, actions, remainders, sums
from ensemblier.fund.payments.models import ChorusTrace, Payment, RecoveryClaim, Refund
from ensemblier.fund.payments.where import opened_on
from ensemblier.fund.review.actions import actor_on


def money_of(agreement: Agreement) -> Money:
    """What agreements ask of the books."""
    final = agreement.reports.filter(kind=Report.Kind.FINAL, state=Report.State.ACCEPTED).first()
    claims = RecoveryClaim.objects.filter(
        stage__recovery__agreement=agreement, settlement__isnull=True
    )
    return Money(
        paid=sums.given_cents(agreement),
        returned=sums.returned_cents(agreement),
        claimed=sum(row.amount_cents for row in claims),
        justified=(final.justified_cents or 0) if final else 0,
        keepable=(final.kept_cents or 0) if final else 0,
    )


def taken_among(instalments: Sequence[Instalment]) -> set[int]:
    """Those certified or paid, and not come back."""
    over = (Payment.State.VOIDED, Payment.State.RETURNED)
    rows = Payment.objects.filter(instalment__in=instalments).exclude(state__in=over)
    return set(rows.values_list("instalment", flat=True))


def opened_and_paid(agreement: Agreement, instalments: Sequence[Instalment]) -> Days:
    """When each instalment opened and was paid (the day the accountant says, else the day it was
    noted), in two queries."""
    said = ChorusTrace.objects.filter(
        payment=OuterRef("pk"), is_live=True, step=ChorusTrace.Step.PAID
    ).order_by("pk")
    rows = Payment.objects.filter(instalment__in=instalments, state=Payment.State.PAID).annotate(
        said_on=Subquery(said.values("happened_on")[:1])
    )
    paid = {
        row.instalment_id: row.said_on or in_paris(row.settled_at).date()
        for row in rows.order_by("-pk")
    }
    agreement.all_reports = list(agreement.reports.all())  # type: ignore[attr-defined]
    return {
        row.pk: (row.clock_starts_on or opened_on(agreement, row), paid.get(row.pk))
        for row in instalments
    }


@transaction.atomic
def order(
    *,
    key: UUID,
    recovery: Recovery,
    cents: int,
    reasons: str,
    stages: Sequence[Stage],
    actor: Any,
    now: datetime,
) -> Recovery:
    """Decide the recovery, and claim each stage of it in the books."""
    known = RecoveryClaim.objects.filter(reservation__key=uuid5(key, "stage:1")).first()
    if known and known.stage.recovery_id == recovery.pk:
        return known.stage.recovery
    decided = recovering.order(
        recovery=recovery, cents=cents, reasons=reasons, stages=stages, actor=actor, now=now
    )
    for stage in decided.stages.all():
        _claim(
            stage,
            stage.amount_cents,
            key=uuid5(key, f"stage:{stage.position}"),
            actor=actor,
            now=now,
        )
    if withdrawing.withdrawn_cents(decided):
        withdrawing.lock_books(decided)
        _void_certified(decided, key=key, actor=actor, now=now)
        withdrawing.give_back(key=key, recovery=decided, actor=actor, now=now)
    if not cents:
        recovering.settle_empty(recovery=decided, actor=actor, now=now)
    return decided


def _void_certified(recovery: Recovery, *, key: UUID, actor: Any, now: datetime) -> None:
    """What is certified and not paid is withdrawn with the rest: its reservation is voided, the
    last instalment first, until what will not be paid is free."""
    account, wanted = recovery.agreement.decision.account, withdrawing.withdrawn_cents(recovery)
    waiting = Payment.objects.filter(
        instalment__agreement=recovery.agreement, state=Payment.State.RESERVED
    )
    for payment in waiting.order_by("-instalment__position"):
        if balance(account).available >= wanted:
            return
        actions.withdraw(
            key=uuid5(key, f"payment:{payment.pk}"),
            payment=payment,
            reason=f"Reversement {recovery.number} : {recovery.reasons}",
            actor=actor,
            now=now,
        )


def _claim(
    stage: RecoveryStage, cents: int, *, key: UUID, actor: Any, now: datetime
) -> RecoveryClaim:
    agreement = stage.recovery.agreement
    reservation = ledger.reserve(
        key=key,
        debit=actions.payee_account(agreement.decision.application.organisation),
        credit=agreement.decision.account,
        amount_cents=cents,
        day=in_paris(now).date(),
        reason=f"Reversement {stage.recovery.number}, étape {stage.position}",
        reference=f"agreement:{agreement.pk}",
        actor=actor,
    )
    return RecoveryClaim.objects.create(stage=stage, amount_cents=cents, reservation=reservation)


@transaction.atomic
def give_back(
    *, key: UUID, stage: RecoveryStage, amount_cents: int, actor: Any, now: datetime
) -> Refund:
    """Note that money of a stage came back: all of it, or a part; the rest stays claimed."""
    Agreement.objects.select_for_update().get(pk=stage.recovery.agreement_id)
    known = Refund.objects.filter(transfer__key=key).first()
    if known:
        if (known.agreement_id, known.amount_cents) != (stage.recovery.agreement_id, amount_cents):
            raise ledger.KeyReused(key)
        return known
    recovery = stage.recovery
    agreement = recovery.agreement
    actions.check(access.may_refund(actor_on(actor, in_paris(now).date()), agreement))
    claim = stage.claims.filter(settlement__isnull=True).select_related("reservation").first()
    if claim is None:
        raise actions.PaymentRefused("Cette étape est déjà rendue, ou annulée.")
    if not 0 < amount_cents <= claim.amount_cents:
        raise actions.PaymentRefused(
            f"Le montant va de 0,01 € à {euros(claim.amount_cents)}, ce que l'étape attend encore.",
            field="amount_cents",
        )
    claim.settlement = ledger.post(
        key=key,
        reservation=claim.reservation,
        amount_cents=amount_cents,
        day=in_paris(now).date(),
        actor=actor,
        reason=f"Reversement {recovery.number}, étape {stage.position}",
    )
    refund = remainders.note_refund(
        agreement=agreement,
        kind=Refund.Kind.RECOVERY,
        row=claim.settlement,
        actor=actor,
        now=now,
    )
    claim.refund = refund
    claim.save()
    rest = claim.amount_cents - amount_cents
    if rest:
        _claim(stage, rest, key=uuid5(key, "rest"), actor=actor, now=now)
    elif not _waits(recovery):
        recovering.settle(recovery=recovery, actor=actor, now=now)
    return refund


def _waits(recovery: Recovery) -> bool:
    rows = RecoveryClaim.objects.filter(stage__recovery=recovery, settlement__isnull=True)
    return rows.exists()


@transaction.atomic
def cancel(*, key: UUID, recovery: Recovery, why: str, actor: Any, now: datetime) -> Recovery:
    """Take a decided recovery back: what is not given back is no longer claimed."""
    done = recovering.cancel(recovery=recovery, why=why, actor=actor, now=now)
    withdrawing.take_back(key=key, recovery=done, why=why.strip(), actor=actor, now=now)
    rows = RecoveryClaim.objects.filter(stage__recovery=done, settlement__isnull=True)
    for claim in rows.select_related("reservation"):
        claim.settlement = ledger.void(
            key=uuid5(key, f"claim:{claim.pk}"),
            reservation=claim.reservation,
            day=in_paris(now).date(),
            actor=actor,
            reason=why.strip(),
        )
        claim.save(update_fields=["settlement"])
    return done
