"""Undoing a bank's file applied by mistake: the opposite of each line, while nothing followed it.

A payment noted as come back was held again: what was held is now noted paid by the order that the
bank had taken. The books get one more entry; the return stays written, and is told as undone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import access, cofunding
from ensemblier.fund.payments.actions import check, check_payable, open_payment, settle
from ensemblier.fund.payments.bank_reports import ReportRefused
from ensemblier.fund.payments.models import BankReport, Payment, PaymentOrder, Return
from ensemblier.fund.review.actions import actor_on, write_to_applicant


@transaction.atomic
def undo_report(
    *, key: UUID, report: BankReport, reason: str, actor: Any, now: datetime
) -> BankReport:
    """All or nothing; refused whole, with the line, when something followed one of them."""
    person = actor_on(actor, in_paris(now).date())
    rows = BankReport.objects.select_for_update(of=("self",)).select_related("payer")
    report = rows.get(pk=report.pk)
    check(access.may_apply_bank_report(person, report))
    if report.state == BankReport.State.UNDONE:
        return report
    if report.state != BankReport.State.APPLIED:
        raise ReportRefused("Ce retour n'est pas appliqué : il n'y a rien à défaire.")
    if not reason.strip():
        raise ReportRefused("Dites pourquoi ce retour de la banque est défait.", field="reason")
    back, confirmed = _did(report, "back"), _did(report, "confirm")
    for order in _orders(back):
        if order.share_id is not None:
            _owe_no_more(order, report, actor, now)
        else:
            _pay_again(uuid5(key, f"undo:{order.pk}"), order, reason, actor, now)
    PaymentOrder.objects.filter(pk__in=confirmed).update(confirmed_on=None)
    report.state, report.ended_by, report.ended_at = BankReport.State.UNDONE, actor, now
    report.save()
    record(
        actor=actor,
        action="bank_report.undo",
        subject=f"bank_report:{report.pk}",
        reason=reason.strip(),
        data={"back": len(back), "confirm": len(confirmed)},
    )
    return report


def _did(report: BankReport, outcome: str) -> list[int]:
    return [row["order"] for row in report.rows if row["outcome"] == outcome]


def _orders(keys: list[int]) -> list[PaymentOrder]:
    rows = PaymentOrder.objects.select_related("file", "payment__instalment", "share__party")
    return list(rows.filter(pk__in=keys).order_by("share_id", "payment_id"))


def _pay_again(key: UUID, order: PaymentOrder, reason: str, actor: Any, now: datetime) -> None:
    """What was held in place of the payment is the one that the bank paid by this order."""
    assert order.payment is not None
    Agreement.objects.select_for_update().get(pk=order.payment.instalment.agreement_id)
    back = Return.objects.select_related("transfer").get(payment=order.payment)
    held = _held(order, back)
    check_payable(payment=held, actor=actor, now=now)
    left_at = order.payment.settled_at
    order.payment = held
    order.save(update_fields=["payment"])
    day, letter = in_paris(now).date(), "payments/emails/not_back.txt"
    settle(key=key, payment=held, actor=actor, now=now, day=day, letter=letter)
    # The entry is of today; the days of the law stop when the money left, as without the file.
    held.settled_at = left_at
    held.save(update_fields=["settled_at"])
    back.undone_by, back.undone_at, back.undone_why = actor, now, reason.strip()[:500]
    back.save(update_fields=["undone_by", "undone_at", "undone_why"])
    record(
        actor=actor,
        action="payment.return_undone",
        subject=f"payment:{back.payment_id}",
        reason=back.undone_why,
        data={"paid_by": held.pk, "order": order.pk},
    )


def _held(order: PaymentOrder, back: Return) -> Payment:
    """The payment that the return held again, as it was left."""
    rows = Payment.objects.filter(reservation__key=uuid5(back.transfer.key, "again"))
    found = rows.select_related("instalment__agreement").first()
    if found is None:
        raise _followed(order, "la convention était close, et l'argent est dû aux enveloppes")
    held = open_payment(found)
    if held.state != Payment.State.RESERVED:
        what = held.get_state_display().lower()
        raise _followed(
            order,
            f"le versement qui l'a remplacé est « {what} ». Demandez à la banque ce qui est "
            "arrivé, et notez-le sur ce versement",
        )
    other = held.orders.filter(is_live=True).select_related("file").first()
    if other is not None:
        raise _followed(
            order,
            f"le versement qui l'a remplacé est dans le fichier {other.file.number}. Annulez "
            "d'abord ce fichier ; s'il est parti, demandez à la banque lequel est arrivé",
        )
    return held


def _owe_no_more(order: PaymentOrder, report: BankReport, actor: Any, now: datetime) -> None:
    """A co-funder's transfer did leave, the day its file did."""
    assert order.share_id is not None and order.file.ended_at is not None
    share = cofunding.open_share(order.share_id)
    other = PaymentOrder.objects.filter(share=share, is_live=True).select_related("file").first()
    if other is not None:
        raise _followed(
            order,
            f"il est de nouveau dans le fichier {other.file.number}. Annulez d'abord ce fichier, "
            "ou s'il est parti, demandez à la banque lequel est arrivé",
        )
    cofunding.check_share(share=share, payer=report.payer, actor=actor, now=now)
    order.is_live, order.back_on, order.back_code, order.back_reason = True, None, "", ""
    order.save(update_fields=["is_live", "back_on", "back_code", "back_reason"])
    cofunding.settle_share(share=share, actor=actor, day=in_paris(order.file.ended_at).date())
    application = share.party.agreement.decision.application
    write_to_applicant(application, "payments/emails/share_not_back.txt", {"share": share})


def _followed(order: PaymentOrder, what: str) -> ReportRefused:
    return ReportRefused(
        f"Ce retour ne se défait pas. Virement {order.reference} : {what}. Rien n'est changé."
    )
