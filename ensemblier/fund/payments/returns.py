"""Payments that came back: the opposite entry, and the instalment to be paid again, once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import check, hold, open_payment, payee_account
from ensemblier.fund.payments.bank_words import BAD_ACCOUNT, CODES
from ensemblier.fund.payments.banking import block
from ensemblier.fund.payments.models import Payment, PaymentOrder, Return
from ensemblier.fund.review.actions import actor_on, write_to_applicant


class ReturnRefused(Refusal):
    """This payment cannot come back as it stands."""


@transaction.atomic
def record_return(
    *,
    key: UUID,
    payment: Payment,
    kind: str,
    code: str,
    reason: str,
    happened_on: date,
    actor: Any,
    now: datetime,
) -> Return:
    """Note that a payment came back. The books get its opposite; it waits to be paid again."""
    Agreement.objects.select_for_update().get(pk=payment.instalment.agreement_id)
    payment = open_payment(payment)
    known = Return.objects.filter(payment=payment).select_related("transfer").first()
    if known is not None and known.transfer.key == key:
        return known
    agreement = payment.instalment.agreement
    check(access.may_refund(actor_on(actor, in_paris(now).date()), agreement))
    _check(payment, code, reason, happened_on, now)
    decision = agreement.decision
    row = transfer(
        key=key,
        debit=payee_account(decision.application.organisation),
        credit=decision.account,
        amount_cents=payment.amount_cents,
        day=in_paris(now).date(),
        reason=reason.strip(),
        reference=f"payment:{payment.pk}",
        actor=actor,
    )
    payment.state = Payment.State.RETURNED
    payment.save(update_fields=["state"])
    back = Return.objects.create(
        payment=payment,
        kind=kind,
        code=code,
        reason=reason.strip()[:500],
        happened_on=happened_on,
        transfer=row,
        recorded_by=actor,
        recorded_at=now,
    )
    _again(payment, key, actor, now)
    _stop_account(payment, code, actor, now)
    _tell(back, payment, actor)
    return back


def _tell(back: Return, payment: Payment, actor: Any) -> None:
    record(
        actor=actor,
        action="payment.return",
        subject=f"payment:{payment.pk}",
        reason=back.reason,
        data={"code": back.code, "kind": back.kind},
    )
    if back.kind != Return.Kind.CORRECTION:
        application = payment.instalment.agreement.decision.application
        context = {"payment": payment, "back": back}
        write_to_applicant(application, "payments/emails/returned.txt", context)


def _check(payment: Payment, code: str, reason: str, happened_on: date, now: datetime) -> None:
    if payment.state != Payment.State.PAID or payment.settlement is None:
        raise ReturnRefused(
            f"Ce versement est « {payment.get_state_display().lower()} » : seul un versement payé "
            "peut revenir."
        )
    if code and code not in CODES:
        raise ReturnRefused(f"Le code « {code} » est inconnu.", field="code")
    if not reason.strip():
        raise ReturnRefused("Dites pourquoi ce versement est revenu.", field="reason")
    left_on = payment.left_on
    if left_on is None or not left_on <= happened_on <= in_paris(now).date():
        raise ReturnRefused(
            "Un versement revient entre le jour où il part et aujourd'hui.", field="happened_on"
        )


def _again(payment: Payment, key: UUID, actor: Any, now: datetime) -> Payment | None:
    """The same certificate, held again: payable once more. A closed agreement pays no more."""
    agreement = payment.instalment.agreement
    if agreement.state != Agreement.State.SIGNED:
        return None
    again = hold(
        key=uuid5(key, "again"),
        agreement=agreement,
        instalment=payment.instalment,
        certificate=(payment.reserved_by, payment.reserved_at),
        actor=actor,
        day=in_paris(now).date(),
    )
    record(
        actor=actor,
        action="payment.again",
        subject=f"payment:{again.pk}",
        data={"instead_of": payment.pk},
    )
    return again


def _stop_account(payment: Payment, code: str, actor: Any, now: datetime) -> None:
    order = PaymentOrder.objects.filter(payment=payment, is_live=True).first()
    if code in BAD_ACCOUNT and order is not None and order.account.stopped_at is None:
        block(account=order.account, reason=f"Banque : {CODES[code]}", actor=actor, now=now)
