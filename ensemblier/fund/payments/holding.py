"""Certified payments that a suspension holds: they leave by themselves once it is lifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Suspension
from ensemblier.fund.agreements.releasing import stopped_by
from ensemblier.fund.payments.models import ChorusTrace, Payment

Step = ChorusTrace.Step


class PaymentHeld(Refusal):
    """A suspension decided since the certificate keeps this payment from leaving."""


def check_free(payment: Payment) -> None:
    """The payment may leave; what the public accountant was asked before already left."""
    if (stop := stopped_by(payment.instalment)) and not _asked(payment):
        raise PaymentHeld(said(payment, stop))


def check_step(payment: Payment, on: date) -> None:
    """Chorus may be told a step of that day: what was done before the suspension is a fact, and so
    is what follows from what the public accountant was asked then."""
    stop = stopped_by(payment.instalment)
    if stop and on >= stop.starts_on and not _asked(payment):
        raise PaymentHeld(said(payment, stop))


def _asked(payment: Payment) -> bool:
    return payment.chorus.filter(step=Step.REQUEST, is_live=True).exists()


def said(payment: Payment, stop: Suspension) -> str:
    return (
        f"{about(payment)} : {words(stop)}. Le versement reste certifié et part quand la "
        "suspension est levée, sur la page de la convention."
    )


def about(payment: Payment) -> str:
    instalment = payment.instalment
    return f"Convention {instalment.agreement.number}, échéance {instalment.position}"


def words(stop: Suspension) -> str:
    return f"le paiement est suspendu depuis le {in_words(stop.starts_on)} ({stop.reason})"


def held(payments: Iterable[Payment]) -> dict[int, Suspension]:
    """Payment -> the suspension that holds it now; absent when none does. Two queries at most."""
    rows = list(payments)
    if not rows:
        return {}
    wanted = {row.instalment.agreement_id for row in rows}
    stops: dict[int, list[Suspension]] = {}
    for stop in Suspension.objects.filter(agreement__in=wanted, ends_on__isnull=True):
        stops.setdefault(stop.agreement_id, []).append(stop)
    return among(rows, stops)


def among(
    payments: Iterable[Payment], stops: Mapping[int, Sequence[Suspension]]
) -> dict[int, Suspension]:
    """As `held`, from the suspensions of each agreement."""
    found = {}
    for row in payments:
        if stop := over(row.instalment_id, stops.get(row.instalment.agreement_id, ())):
            found[row.pk] = stop
    if not found:
        return {}
    asked = ChorusTrace.objects.filter(payment__in=list(found), step=Step.REQUEST, is_live=True)
    for pk in asked.values_list("payment_id", flat=True):
        found.pop(pk or 0, None)
    return found


def over(instalment_id: int, stops: Sequence[Suspension]) -> Suspension | None:
    """Of the suspensions of one agreement, the one that stops this instalment."""
    going = (row for row in stops if row.ends_on is None)
    return next((row for row in going if row.instalment_id in (None, instalment_id)), None)
