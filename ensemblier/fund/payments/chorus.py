"""What Chorus says of an agreement and its payments: facts added, undone by opposite rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import check, check_payable, open_payment, settle
from ensemblier.fund.payments.holding import check_step
from ensemblier.fund.payments.models import ChorusImport, ChorusTrace, Payment, Return
from ensemblier.fund.payments.returns import record_return
from ensemblier.fund.payments.ways import Way, way_of
from ensemblier.fund.review.actions import actor_on

Step = ChorusTrace.Step
ORDER = (Step.COMMITMENT, Step.SERVICE, Step.REQUEST, Step.PAID)


class TraceRefused(Refusal):
    """This fact cannot be noted, or undone, as things stand."""


@transaction.atomic
def record_step(
    *,
    key: UUID,
    agreement: Agreement,
    payment: Payment | None,
    step: str,
    number: str,
    happened_on: date,
    actor: Any,
    now: datetime,
    source: ChorusImport | None = None,
) -> ChorusTrace:
    """Note one step of Chorus. Noted twice alike, it is one; noted otherwise, it is refused.

    « Paid » also posts the payment in the books: whoever notes it is held to the four eyes.
    """
    agreement = _locked(agreement, actor, now)
    number = " ".join(number.split())
    payment = open_payment(payment) if payment is not None and step != Step.COMMITMENT else None
    known = ChorusTrace.objects.filter(
        agreement=agreement, payment=payment, step=step, is_live=True
    ).first()
    if known is not None:
        if (known.number, known.happened_on) != (number, happened_on):
            label, noted = known.get_step_display().capitalize(), known.number or "sans numéro"
            raise TraceRefused(
                f"« {label} » est déjà noté ({noted}, {day(known.happened_on)}) : "
                "défaites-le d'abord."
            )
        return known
    _check(agreement, payment, step, number, happened_on, now)
    if payment is not None and payment.state == Payment.State.RESERVED:
        check_step(payment, happened_on)
    if step == Step.PAID and payment is not None:
        check_payable(payment=payment, actor=actor, now=now)
        settle(key=key, payment=payment, actor=actor, now=now, day=in_paris(now).date())
    trace = ChorusTrace(
        agreement=agreement,
        payment=payment,
        step=step,
        number=number,
        happened_on=happened_on,
        source=source,
        recorded_by=actor,
        recorded_at=now,
    )
    _write(trace)
    _log(trace, actor, "chorus.record")
    return trace


def _locked(agreement: Agreement, actor: Any, now: datetime) -> Agreement:
    fresh = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    check(access.may_record_chorus(actor_on(actor, in_paris(now).date()), fresh))
    if way_of(fresh) is not Way.ACCOUNTANT:
        raise TraceRefused("Ce financeur paie lui-même par virement : rien ne passe par Chorus.")
    return fresh


def _check(
    agreement: Agreement,
    payment: Payment | None,
    step: str,
    number: str,
    happened_on: date,
    now: datetime,
) -> None:
    if step not in Step.values:
        raise TraceRefused("Choisissez une étape de la liste.", field="step")
    if agreement.state not in (Agreement.State.SIGNED, Agreement.State.CLOSED):
        raise TraceRefused("La convention n'est pas signée par tous : rien n'est engagé.")
    if step != Step.COMMITMENT and payment is None:
        raise TraceRefused("Cette étape concerne une échéance certifiée.")
    if payment is not None and payment.instalment.agreement_id != agreement.pk:
        raise TraceRefused("Ce versement est celui d'une autre convention.")
    if step != Step.PAID and not number:
        raise TraceRefused("Écrivez le numéro qui figure dans Chorus.", field="number")
    if len(number) > 20:
        raise TraceRefused("Un numéro de Chorus compte 20 signes au plus.", field="number")
    if happened_on > in_paris(now).date():
        raise TraceRefused("Cette date n'est pas encore venue.", field="happened_on")


def _write(trace: ChorusTrace) -> None:
    """The same step noted twice at once: the second is refused, not broken."""
    try:
        with transaction.atomic():
            trace.save(force_insert=True)
    except IntegrityError as error:
        raise TraceRefused("Cette étape vient d'être notée : rechargez la page.") from error


@transaction.atomic
def undo_step(
    *, key: UUID, trace: ChorusTrace, reason: str, actor: Any, now: datetime
) -> ChorusTrace:
    """Undo by an opposite row what was noted by mistake, while nothing followed it."""
    agreement = _locked(trace.agreement, actor, now)
    fresh = ChorusTrace.objects.select_for_update(of=("self",)).get(pk=trace.pk)
    done = ChorusTrace.objects.filter(cancels=fresh).first()
    if done is not None:
        return done
    if not reason.strip():
        raise TraceRefused("Dites pourquoi cette étape est défaite.", field="reason")
    if what := followed_by(fresh):
        raise TraceRefused(f"Cette étape ne se défait plus : {what}.")
    fresh.is_live = False
    fresh.save(update_fields=["is_live"])
    opposite = ChorusTrace.objects.create(
        agreement=agreement,
        payment=fresh.payment,
        step=fresh.step,
        number=fresh.number,
        happened_on=fresh.happened_on,
        source=fresh.source,
        cancels=fresh,
        is_live=False,
        reason=reason.strip()[:500],
        recorded_by=actor,
        recorded_at=now,
    )
    _log(opposite, actor, "chorus.cancel")
    if fresh.step == Step.PAID and fresh.payment is not None:
        _unpay(fresh.payment, key, reason, actor, now)
    return opposite


def followed_by(trace: ChorusTrace) -> str:
    """What stands on this fact, in French; "" when nothing does."""
    later = ORDER[ORDER.index(Step(trace.step)) + 1 :]
    rows = ChorusTrace.objects.filter(agreement=trace.agreement, step__in=later, is_live=True)
    if trace.payment_id is not None:
        rows = rows.filter(payment=trace.payment_id)
    if after := rows.order_by("pk").first():
        return f"« {after.get_step_display()} » a été noté ensuite, défaites-le d'abord"
    if trace.step != Step.PAID or trace.payment is None:
        return ""
    if trace.payment.state != Payment.State.PAID:
        return "le versement n'est plus « payé »"
    if trace.agreement.state != Agreement.State.SIGNED:
        return "la convention est close"
    if trace.agreement.refunds.filter(recorded_at__gte=trace.recorded_at).exists():
        return "un reversement a été enregistré depuis"
    return ""


def _unpay(payment: Payment, key: UUID, reason: str, actor: Any, now: datetime) -> None:
    """The opposite entry; the instalment waits again, with what Chorus said of it before."""
    before = ChorusTrace.objects.filter(payment=payment, is_live=True)
    kept = list(before.filter(step__in=(Step.SERVICE, Step.REQUEST)))
    back = record_return(
        key=uuid5(key, f"unpay:{payment.pk}"),
        payment=payment,
        kind=Return.Kind.CORRECTION,
        code="",
        reason=reason,
        happened_on=in_paris(now).date(),
        actor=actor,
        now=now,
    )
    again = Payment.objects.filter(
        instalment=back.payment.instalment, state=Payment.State.RESERVED
    ).get()
    for trace in kept:
        ChorusTrace.objects.create(
            agreement=trace.agreement,
            payment=again,
            step=trace.step,
            number=trace.number,
            happened_on=trace.happened_on,
            source=trace.source,
            reason="repris du versement noté par erreur",
            recorded_by=actor,
            recorded_at=now,
        )


def _log(trace: ChorusTrace, actor: Any, action: str) -> None:
    about = f"payment:{trace.payment_id}" if trace.payment_id else f"agreement:{trace.agreement_id}"
    record(
        actor=actor,
        action=action,
        subject=about,
        reason=trace.reason,
        data={
            "step": trace.step,
            "number": trace.number,
            "on": trace.happened_on.isoformat(),
            "import": trace.source_id,
        },
    )
