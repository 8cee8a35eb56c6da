"""Payments: certified by one person, paid by another, exactly once; refunds and closing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import drawing
from ensemblier.base.ledger.actions import KeyReused, open_account, reserve, transfer
from ensemblier.base.ledger.actions import post as post_reservation
from ensemblier.base.ledger.actions import void as void_reservation
from ensemblier.base.ledger.models import Account
from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Answer
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.agreements.recovering import going_on
from ensemblier.fund.agreements.releasing import BY_EVIDENCE, stopped_by
from ensemblier.fund.agreements.rereading import changed_since
from ensemblier.fund.applications.moves import move
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.monitoring.periods import blocking
from ensemblier.fund.payments import access, remainders
from ensemblier.fund.payments.holding import check_free
from ensemblier.fund.payments.models import Payment, PaymentOrder, Refund
from ensemblier.fund.payments.sums import (
    drawn_cents,
    given_cents,
    payee_code,
    returned_cents,
    to_return_cents,
)
from ensemblier.fund.payments.ways import Way, payer_of, way_of
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

RELEASED_BY = {
    Instalment.Release.INTERMEDIATE_REPORT: Report.Kind.INTERMEDIATE,
    Instalment.Release.FINAL_REPORT: Report.Kind.FINAL,
}
SETTLED = "payments/emails/settled.txt"


class NotDueYet(Refusal):
    """The event that releases the instalment has not happened."""


class NotYours(Refusal):
    """This person may not do this here: role, territory, own organisation or declared interest."""


class FourEyes(NotYours):
    """Two different people are needed."""


class PaymentRefused(Refusal):
    """The payment is not in a state where this may be done."""


class CannotClose(Refusal):
    """Something remains to be paid, reported or given back."""


def payee_account(organisation: Organisation) -> Account:
    """The account that holds what an organisation received."""
    return open_account(
        code=payee_code(organisation), name=organisation.name, kind="payee", floor_zero=False
    )


def check(answer: Answer) -> None:
    """The guard's answer, asked again by the action."""
    require(answer, FourEyes if answer in access.TWO_PEOPLE else NotYours)


@transaction.atomic
def certify(*, key: UUID, instalment: Instalment, actor: Any, now: datetime) -> Payment:
    """Certify that an instalment is due: its amount is reserved for the payer to pay."""
    agreement = Agreement.objects.select_for_update().get(pk=instalment.agreement_id)
    known = Payment.objects.filter(reservation__key=key).first()
    if known:
        if known.instalment_id != instalment.pk:
            raise KeyReused(key)
        return known
    if why := changed_since(instalment):
        raise PaymentRefused(why)
    check(_four_eyes(agreement, actor, now))
    check(access.may_certify(actor_on(actor, in_paris(now).date()), instalment))
    _check_due(agreement, instalment, in_paris(now).date())
    if in_course(instalment):
        raise PaymentRefused("Cette échéance est déjà en paiement ou payée.")
    _check_left(agreement, instalment)
    payment = hold(
        key=key,
        agreement=agreement,
        instalment=instalment,
        certificate=(actor, now),
        actor=actor,
        day=in_paris(now).date(),
    )
    record(actor=actor, action="payment.certify", subject=f"payment:{payment.pk}")
    return payment


def _check_left(agreement: Agreement, instalment: Instalment) -> None:
    """Said in the words of the desk; the ledger refuses it too."""
    left, drawn = balance(agreement.decision.account).available, drawn_cents(agreement)
    if drawn and instalment.amount_cents > left:
        raise PaymentRefused(
            f"Il reste {euros(left)} sur la convention : des parts de ventes en ont déjà pris "
            f"{euros(drawn)}. Réduisez cette échéance par un avenant, puis certifiez-la."
        )


def _four_eyes(agreement: Agreement, actor: Any, now: datetime) -> Answer:
    decided = access.has_decided(actor_on(actor, in_paris(now).date()), agreement)
    return access.DECIDED if decided else access.YES


def in_course(instalment: Instalment) -> bool:
    """Certified or paid, and neither cancelled nor come back."""
    over = (Payment.State.VOIDED, Payment.State.RETURNED)
    return Payment.objects.filter(instalment=instalment).exclude(state__in=over).exists()


def hold(
    *,
    key: UUID,
    agreement: Agreement,
    instalment: Instalment,
    certificate: tuple[Any, datetime],
    actor: Any,
    day: date,
) -> Payment:
    """Reserve the instalment in the books. `certificate` is who certified it, and when."""
    decision = agreement.decision
    reservation = reserve(
        key=key,
        debit=decision.account,
        credit=payee_account(decision.application.organisation),
        amount_cents=instalment.amount_cents,
        day=day,
        reason=f"Échéance {instalment.position} de la convention {agreement.number}",
        reference=f"instalment:{instalment.pk}",
        actor=actor,
    )
    return Payment.objects.create(
        instalment=instalment,
        amount_cents=instalment.amount_cents,
        reservation=reservation,
        reserved_by=certificate[0],
        reserved_at=certificate[1],
    )


def _check_due(agreement: Agreement, instalment: Instalment, day: date) -> None:
    if agreement.state != Agreement.State.SIGNED:
        raise NotDueYet("La convention n'est pas signée par tous : rien n'est encore dû.")
    late = blocking(instalment, day)
    if late is not None:
        raise NotDueYet(f"Le {late.name} est en retard : les versements suivants l'attendent.")
    stop = stopped_by(instalment)
    if stop is not None:
        raise NotDueYet(f"Le paiement est suspendu : {stop.reason}")
    if instalment.release in BY_EVIDENCE and instalment.released_at is None:
        raise NotDueYet(
            f"Cette échéance se verse {instalment.get_release_display()} : personne ne l'a encore "
            "ouverte."
        )
    kind = RELEASED_BY.get(Instalment.Release(instalment.release))
    if kind is None:
        return
    if not agreement.reports.filter(kind=kind, state=Report.State.ACCEPTED).exists():
        raise NotDueYet(
            f"Cette échéance se verse {instalment.get_release_display()} : "
            "ce bilan n'est pas encore accepté."
        )


def open_payment(payment: Payment) -> Payment:
    """The payment as it stands now, held until the transaction ends."""
    return (
        Payment.objects.select_for_update(of=("self",))
        .select_related(
            "instalment__agreement__decision__application__organisation",
            "instalment__agreement__decision__application__department",
            "instalment__agreement__decision__application__call__owner",
            "reservation",
        )
        .get(pk=payment.pk)
    )


@transaction.atomic
def pay(*, key: UUID, payment: Payment, actor: Any, now: datetime) -> Payment:
    """Note that the public accountant paid what another person certified.

    The same key asked twice gives the same payment. A funder that pays by itself goes through a
    file of transfer orders (orders.py).
    """
    payment = open_payment(payment)
    if payment.state == Payment.State.PAID and payment.settlement.key == key:
        return payment
    check_payable(payment=payment, actor=actor, now=now)
    agreement = payment.instalment.agreement
    if way_of(agreement) is Way.FILE:
        raise PaymentRefused(
            f"{payer_of(agreement)} paie par virement : mettez ce versement dans un fichier de "
            "virements, page « Virements »."
        )
    check_free(payment)
    return settle(key=key, payment=payment, actor=actor, now=now, day=in_paris(now).date())


def settle(
    *,
    key: UUID,
    payment: Payment,
    actor: Any,
    now: datetime,
    day: date,
    letter: str = SETTLED,
) -> Payment:
    """Post in the books what was reserved. The caller checked who and whether."""
    payment.settlement = post_reservation(
        key=key,
        reservation=payment.reservation,
        day=day,
        actor=actor,
        reason=payment.reservation.reason,
    )
    return _settle(payment, Payment.State.PAID, "payment.pay", actor, now, letter=letter)


@transaction.atomic
def void(*, key: UUID, payment: Payment, reason: str, actor: Any, now: datetime) -> Payment:
    """Refuse to pay: the grant gets it back, and the instalment may be certified again."""
    payment = open_payment(payment)
    if payment.state == Payment.State.VOIDED and payment.settlement.key == key:
        return payment
    if not reason.strip():
        raise PaymentRefused("Dites pourquoi ce versement est annulé.", field="reason")
    check_payable(payment=payment, actor=actor, now=now)
    return _void(key, payment, reason, actor, now)


def withdraw(*, key: UUID, payment: Payment, reason: str, actor: Any, now: datetime) -> Payment:
    """A decided recovery withdraws what was certified: the signatory's decision voids it. Called
    by recoveries, in its transaction."""
    return _void(key, open_payment(payment), reason, actor, now)


def _void(key: UUID, payment: Payment, reason: str, actor: Any, now: datetime) -> Payment:
    if PaymentOrder.objects.filter(payment=payment, is_live=True).exists():
        raise PaymentRefused("Ce versement est dans un fichier de virements : annulez le fichier.")
    payment.settlement = void_reservation(
        key=key,
        reservation=payment.reservation,
        day=in_paris(now).date(),
        actor=actor,
        reason=reason,
    )
    return _settle(payment, Payment.State.VOIDED, "payment.void", actor, now, reason)


def check_payable(*, payment: Payment, actor: Any, now: datetime) -> None:
    """Waits to be paid, and this person may."""
    if payment.state != Payment.State.RESERVED:
        raise PaymentRefused(
            f"Ce versement est déjà « {payment.get_state_display().lower()} » : rien n'a changé."
        )
    check(access.may_settle(actor_on(actor, in_paris(now).date()), payment))


def _settle(
    payment: Payment,
    state: str,
    action: str,
    actor: Any,
    now: datetime,
    reason: str = "",
    letter: str = SETTLED,
) -> Payment:
    payment.state, payment.settled_by, payment.settled_at = state, actor, now
    payment.save()
    record(actor=actor, action=action, subject=f"payment:{payment.pk}", reason=reason)
    application = payment.instalment.agreement.decision.application
    context = {"payment": payment, "reason": reason}
    write_to_applicant(application, letter, context)
    return payment


@transaction.atomic
def refund(
    *, key: UUID, agreement: Agreement, amount_cents: int, reason: str, actor: Any, now: datetime
) -> Refund:
    """Record money that came back from the organisation."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    known = Refund.objects.filter(transfer__key=key).first()
    if known:
        if (known.agreement_id, known.amount_cents) != (agreement.pk, amount_cents):
            raise KeyReused(key)
        return known
    check(access.may_refund(actor_on(actor, in_paris(now).date()), agreement))
    if agreement.state != Agreement.State.SIGNED:
        raise PaymentRefused(
            "La convention est close : un reversement ne s'y enregistre plus. Si l'organisation a "
            "encore envoyé de l'argent, demandez à votre comptable de le lui rendre."
        )
    left = given_cents(agreement) - returned_cents(agreement)
    if not 0 < amount_cents <= left:
        raise PaymentRefused(
            f"Le reversement va de 0,01 € à {euros(left)}, ce qui a été versé et non rendu.",
            field="amount_cents",
        )
    if not reason.strip():
        raise PaymentRefused("Dites pourquoi cet argent revient.", field="reason")
    decision = agreement.decision
    row = transfer(
        key=key,
        debit=payee_account(decision.application.organisation),
        credit=decision.account,
        amount_cents=amount_cents,
        day=in_paris(now).date(),
        reason=reason,
        reference=f"agreement:{agreement.pk}",
        actor=actor,
    )
    return remainders.note_refund(
        agreement=agreement, kind=Refund.Kind.RECOVERY, row=row, actor=actor, now=now
    )


@transaction.atomic
def hand_back(*, key: UUID, agreement: Agreement, reason: str, actor: Any, now: datetime) -> Refund:
    """Note that what came back twice to a closed agreement is given back to the organisation."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    known = Refund.objects.filter(transfer__key=key).first()
    if known:
        if (known.agreement_id, known.kind) != (agreement.pk, Refund.Kind.HANDBACK):
            raise KeyReused(key)
        return known
    check(access.may_hand_back(actor_on(actor, in_paris(now).date()), agreement))
    if not remainders.over_cents(agreement):
        raise PaymentRefused("Rien n'est revenu deux fois : il n'y a rien à rendre.")
    if not reason.strip():
        raise PaymentRefused("Dites comment cet argent est rendu.", field="reason")
    application = agreement.decision.application
    payee = payee_account(application.organisation)
    row = remainders.hand_back(
        key=key, agreement=agreement, payee=payee, reason=reason.strip(), actor=actor, now=now
    )
    context = {"agreement": agreement, "refund": row}
    write_to_applicant(application, "payments/emails/handed_back.txt", context)
    return row


@transaction.atomic
def close(*, key: UUID, agreement: Agreement, actor: Any, now: datetime) -> Agreement:
    """Close an agreement: what was never paid goes back to its envelopes, newest year first.

    Asked of a closed one, it gives them what came back since; nothing came back: nothing is done.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    closed = agreement.state == Agreement.State.CLOSED
    if closed and not remainders.late_cents(agreement):
        return agreement
    check(access.may_close(actor_on(actor, in_paris(now).date()), agreement))
    if closed:
        remainders.release(key=key, agreement=agreement, actor=actor, now=now)
        return agreement
    _check_closable(agreement)
    drawing.end(account=agreement.decision.account, reason="convention close", actor=actor, now=now)
    remainders.release(key=key, agreement=agreement, actor=actor, now=now)
    agreement.state, agreement.closed_at = Agreement.State.CLOSED, now
    agreement.save()
    record(actor=actor, action="agreement.close", subject=f"agreement:{agreement.pk}")
    move(application=agreement.decision.application, verb="close", actor=actor)
    return agreement


def _check_closable(agreement: Agreement) -> None:
    if agreement.state != Agreement.State.SIGNED:
        raise CannotClose("Seule une convention signée se clôt.")
    if unfinished := going_on(agreement):
        raise CannotClose(unfinished)
    if not agreement.reports.filter(kind=Report.Kind.FINAL, state=Report.State.ACCEPTED).exists():
        raise CannotClose("Le bilan final n'est pas encore accepté.")
    if Payment.objects.filter(instalment__agreement=agreement, state="reserved").exists():
        raise CannotClose("Un versement attend encore : payez-le ou annulez-le.")
    owed = to_return_cents(agreement)
    if owed:
        raise CannotClose(
            f"L'organisation doit rendre {euros(owed)}, versés et non justifiés, avant la clôture."
        )
