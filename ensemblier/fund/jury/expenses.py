"""What taking part costs a juror: planned by the office, paid in advance by a payer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.jury import access
from ensemblier.fund.jury.actions import about, check_may
from ensemblier.fund.jury.models import JurorExpense, Seat, Sitting
from ensemblier.fund.programme.delegation import hold_under_ceilings


class BadExpense(Refusal):
    """The expense is not in a state, or of an amount, where this may be done."""


def juror_account(seat: Seat) -> Account:
    """What a juror receives. The book names a seat, never a person."""
    return ledger.open_account(
        code=f"juror:{seat.pk}", name=f"Frais de participation, siège {seat.pk}",
        kind=AccountKind.PAYEE,
    )  # fmt: skip


@transaction.atomic
def plan(
    *, key: UUID, seat: Seat, sitting: Sitting, kind: str, amount_cents: int, actor: Any,
    now: datetime,
) -> JurorExpense:  # fmt: skip
    """Set aside, on the jury's envelope, what a juror needs to come. One key, one expense."""
    check_may(actor, now, access.may_run, sitting.jury)
    known = JurorExpense.objects.filter(reservation__key=key).first()
    if known is not None:
        if (known.seat_id, known.kind, known.amount_cents) != (seat.pk, kind, amount_cents):
            raise ledger.KeyReused(key)
        return known
    if kind not in JurorExpense.Kind.values or seat.jury_id != sitting.jury_id:
        raise BadExpense("Ces frais ne sont pas ceux d'un juré de cette séance.", field="kind")
    if seat.state == Seat.State.LEFT:
        raise BadExpense("Cette personne ne siège plus.", field="seat")
    day, envelope = in_paris(now).date(), sitting.jury.envelope
    hold_under_ceilings({envelope: amount_cents})
    reservation = ledger.reserve(
        key=key,
        debit=envelope.account,
        credit=juror_account(seat),
        amount_cents=amount_cents,
        day=day,
        reason=f"Participation au jury, séance {sitting.pk}",
        reference=about(sitting.jury),
        actor=actor,
    )
    row = JurorExpense.objects.create(
        seat=seat, sitting=sitting, kind=kind, amount_cents=amount_cents,
        reservation=reservation, planned_by=actor,
    )  # fmt: skip
    data = {"expense": row.pk, "kind": kind, "cents": amount_cents}
    record(actor=actor, action="jury.plan_expense", subject=about(sitting.jury), data=data)
    return row


@transaction.atomic
def pay(*, key: UUID, expense: JurorExpense, actor: Any, now: datetime) -> JurorExpense:
    """Pay what was planned, before the sitting; another person than who planned it."""
    fresh = _locked(expense)
    if fresh.settlement is not None and fresh.settlement.key == key:
        return fresh
    check_may(actor, now, access.may_pay, fresh)
    _still_planned(fresh)
    fresh.settlement = ledger.post(
        key=key, reservation=fresh.reservation, day=in_paris(now).date(), actor=actor,
        reason=fresh.reservation.reason,
    )  # fmt: skip
    return _settled(fresh, JurorExpense.State.PAID, "jury.pay_expense", actor, "")


@transaction.atomic
def cancel(*, key: UUID, expense: JurorExpense, reason: str, actor: Any,
           now: datetime) -> JurorExpense:  # fmt: skip
    """Give up what was planned: the envelope gets it back."""
    fresh = _locked(expense)
    if fresh.settlement is not None and fresh.settlement.key == key:
        return fresh
    check_may(actor, now, access.may_run, fresh.sitting.jury)
    _still_planned(fresh)
    if not reason.strip():
        raise BadExpense("Dites pourquoi ces frais sont annulés.", field="reason")
    fresh.settlement = ledger.void(
        key=key, reservation=fresh.reservation, day=in_paris(now).date(), actor=actor,
        reason=reason.strip(),
    )  # fmt: skip
    return _settled(fresh, JurorExpense.State.CANCELLED, "jury.cancel_expense", actor, reason)


def _locked(expense: JurorExpense) -> JurorExpense:
    rows = JurorExpense.objects.select_for_update(of=("self",))
    return rows.select_related("reservation", "settlement", "sitting__jury", "seat__jury").get(
        pk=expense.pk
    )


def _still_planned(expense: JurorExpense) -> None:
    if expense.state != JurorExpense.State.PLANNED:
        raise BadExpense(f"Ces frais sont déjà « {expense.get_state_display()} ».")


def _settled(
    expense: JurorExpense, state: str, action: str, actor: Any, reason: str
) -> JurorExpense:
    expense.state = state
    expense.save(update_fields=["state", "settlement"])
    data = {"expense": expense.pk}
    record(
        actor=actor, action=action, subject=about(expense.sitting.jury), reason=reason, data=data
    )
    return expense
