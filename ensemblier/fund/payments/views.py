"""Payments: the money of one agreement, and the acts that move it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.ledger import drawing
from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.fund.agreements.access import may_read_agreement
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.agreements.shares import agreed_cents
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.payments import access, actions, holding, remainders, returns, sums
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.forms import (
    ConfirmForm,
    HandBackForm,
    RefundForm,
    ReturnForm,
    VoidForm,
)
from ensemblier.fund.payments.models import ChorusTrace, Payment
from ensemblier.fund.payments.ways import Way, payer_of, way_of

BADGES = {"reserved": "wait", "paid": "done", "voided": "stop", "returned": "stop"}
PATH = "agreement__decision__application"


def load_instalment(request: HttpRequest, pk: int) -> Instalment:
    rows = Instalment.objects.select_related(
        f"{PATH}__call__owner", f"{PATH}__organisation", f"{PATH}__department"
    )
    return get_object_or_404(rows, pk=pk)


def load_payment(request: HttpRequest, pk: int) -> Payment:
    rows = Payment.objects.select_related(
        f"instalment__{PATH}__organisation",
        f"instalment__{PATH}__department",
        f"instalment__{PATH}__call__owner",
        "reservation",
    )
    return get_object_or_404(rows, pk=pk)


@guard(may_read_agreement, load=load_agreement)
def agreement(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The money of one agreement: instalments, what came back, what is left."""
    actor = request.actor  # type: ignore[attr-defined]
    decision = agreement.decision
    granted = agreed_cents(agreement)
    paid, returned = sums.paid_cents(agreement), sums.returned_cents(agreement)
    drawn = sums.drawn_cents(agreement)
    known: dict[int, Payment] = {}
    found = Payment.objects.filter(instalment__agreement=agreement).select_related("instalment")
    for row in found.order_by("pk"):
        known[row.instalment_id] = row
    rows = [(row, known.get(row.pk)) for row in agreement.instalments.all()]
    may_close = access.may_close(actor, agreement).allowed
    over = remainders.over_cents(agreement)
    stops = list(agreement.suspensions.filter(ends_on=None).select_related("instalment"))
    context = {
        "agreement": agreement,
        "application": decision.application,
        "rows": [(row, payment, BADGES[payment.state] if payment else "") for row, payment in rows],
        "chart": _chart(
            granted,
            *_net(paid, drawn, returned),
            _reserved(known),
            closed=agreement.state == Agreement.State.CLOSED,
        ),
        "granted": granted,
        "paid": paid,
        "drawn": drawn,
        "open_lines": drawing.right_on(decision.account),
        "may_open_lines": access.may_open_lines(actor, agreement).allowed,
        "returned": returned,
        "stops": stops,
        "held": holding.among(known.values(), {agreement.pk: stops}) if stops else {},
        "owed": sums.to_return_cents(agreement),
        "late": remainders.late_cents(agreement),
        "over": over,
        "refunds": agreement.refunds.all(),
        "may_certify": may_close and not access.has_decided(actor, agreement),
        "may_pay": access.pays_for(actor, agreement),
        "may_hand_back": bool(over) and access.may_hand_back(actor, agreement).allowed,
        "by_file": way_of(agreement) is Way.FILE,
        "payer": payer_of(agreement),
        "traces": ChorusTrace.objects.filter(agreement=agreement, cancels__isnull=True)
        .select_related("payment__instalment", "recorded_by", "cancelled_by")
        .order_by("-pk"),
        "may_close": may_close,
    }
    return render(request, "payments/agreement.html", context)


def _reserved(known: dict[int, Payment]) -> int:
    return sum(row.amount_cents for row in known.values() if row.state == Payment.State.RESERVED)


def _net(paid: int, drawn: int, returned: int) -> tuple[int, int]:
    """What is left of what was given: what came back comes off instalments first, then lines."""
    off = min(paid, returned)
    return paid - off, max(0, drawn - (returned - off))


def _chart(granted: int, paid: int, drawn: int, reserved: int, *, closed: bool) -> StackedBar:
    """Once closed, what is left is to be paid to nobody."""
    left = max(0, granted - paid - drawn - reserved)
    lines = [Part("Pris par des ventes", drawn, "sky")] if drawn else []
    return StackedBar(
        parts=[
            Part("Versé", paid, "leaf"),
            *lines,
            Part("En paiement", reserved, "honey"),
            Part("Non versé" if closed else "Reste à verser", left, "slate"),
        ],
        sentence=f"Versé {euros(paid)} sur {euros(granted)} accordés"
        + (f", {euros(drawn)} pris par des ventes" if drawn else ""),
    )


def _back(agreement: Agreement) -> str:
    return reverse("payments:agreement", args=[agreement.number])


def _eyebrow(agreement: Agreement) -> str:
    return f"Convention {agreement.number}"


@guard(access.may_certify, load=load_instalment)
def certify(request: HttpRequest, instalment: Instalment) -> HttpResponse:
    """The service was done: reserve the instalment for the payer."""
    return confirm(
        request,
        back=_back(instalment.agreement),
        form_class=ConfirmForm,
        act=lambda typed: actions.certify(
            key=typed["key"], instalment=instalment, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Certifier cette échéance",
            "eyebrow": _eyebrow(instalment.agreement),
            "will_happen": [
                f"{euros(instalment.amount_cents)} sont réservés pour le paiement.",
                "Une autre personne, l'agent payeur, paie ou refuse.",
            ],
            "button": f"Certifier {euros(instalment.amount_cents)}",
            "done": "L'échéance est certifiée. L'agent payeur la voit dans « Versements ».",
        },
    )


@guard(access.may_settle, load=load_payment)
def pay(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Pay what was certified."""
    agreement = payment.instalment.agreement
    organisation = agreement.decision.application.organisation
    return confirm(
        request,
        back=_back(agreement),
        form_class=ConfirmForm,
        act=lambda typed: actions.pay(
            key=typed["key"], payment=payment, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Payer cette échéance",
            "eyebrow": _eyebrow(agreement),
            "will_happen": [
                f"{euros(payment.amount_cents)} sont versés à {organisation.name}.",
                "L'écriture entre au livre et ne s'efface plus.",
                "L'organisation reçoit un message.",
            ],
            "button": f"Payer {euros(payment.amount_cents)}",
            "done": f"{euros(payment.amount_cents)} sont versés à {organisation.name}.",
        },
    )


@guard(access.may_settle, load=load_payment)
def void(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Refuse to pay, with the reason."""
    agreement = payment.instalment.agreement
    return confirm(
        request,
        back=_back(agreement),
        form_class=VoidForm,
        act=lambda typed: actions.void(
            key=typed["key"],
            payment=payment,
            reason=typed["reason"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Ne pas payer cette échéance",
            "eyebrow": _eyebrow(agreement),
            "will_happen": [
                "Le montant reste réservé au projet : l'échéance pourra être certifiée de nouveau.",
                "L'organisation reçoit un message avec votre motif.",
            ],
            "button": "Annuler ce versement",
            "danger": True,
            "done": "Le versement est annulé. L'organisation est prévenue.",
        },
    )


@guard(access.may_refund, load=load_agreement)
def refund(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Record money that came back; once closed, that what came back twice is given back."""
    if agreement.state == Agreement.State.CLOSED:
        return _hand_back(request, agreement)
    owed = sums.to_return_cents(agreement)
    return confirm(
        request,
        back=_back(agreement),
        form_class=RefundForm,
        act=lambda typed: actions.refund(
            key=typed["key"],
            agreement=agreement,
            amount_cents=typed["amount_cents"],
            reason=typed["reason"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Enregistrer un reversement",
            "eyebrow": _eyebrow(agreement),
            "will_happen": [
                f"Reste à rendre d'après le bilan accepté : {euros(owed)}.",
                "Le montant revient sur la convention, puis à l'enveloppe à la clôture.",
            ],
            "button": "Enregistrer le reversement",
            "done": "Le reversement est enregistré.",
        },
    )


def _hand_back(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    cents = remainders.over_cents(agreement)
    over, name = euros(cents), agreement.decision.application.organisation.name
    return confirm(
        request,
        back=_back(agreement),
        form_class=HandBackForm,
        act=lambda typed: actions.hand_back(
            key=typed["key"],
            agreement=agreement,
            reason=typed["reason"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Rendre à l'organisation ce qui est revenu deux fois",
            "eyebrow": _eyebrow(agreement),
            "will_happen": [
                f"{name} avait déjà rendu {over}, puis le même argent est revenu une seconde fois.",
                "Faites d'abord le virement avec votre comptable : cette page note qu'il est fait.",
                f"{over} quittent la convention, qui reste close. Les enveloppes ne changent pas.",
                f"{name} reçoit un message avec ce que vous écrivez ici.",
            ]
            if cents
            else ["Rien n'est revenu deux fois sur cette convention : il n'y a rien à rendre."],
            "button": "Noter que cet argent est rendu",
            "done": f"C'est noté : ce qui est revenu deux fois est rendu à {name}.",
        },
    )


@guard(access.may_close, load=load_agreement)
def close(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Close the agreement; what was never paid goes back to the envelopes. Once closed, what came
    back since goes there too."""
    left = min(
        balance(agreement.decision.account).available,
        sum(room for _, room in remainders.rooms(agreement)),
    )
    late = remainders.late_cents(agreement)
    return confirm(
        request,
        back=_back(agreement),
        form_class=ConfirmForm,
        act=lambda typed: actions.close(
            key=typed["key"], agreement=agreement, actor=request.user, now=timezone.now()
        ),
        words={"eyebrow": _eyebrow(agreement)} | (_late_words(late) if late else _end_words(left)),
    )


def _end_words(left: int) -> dict[str, Any]:
    return {
        "title": "Clore cette convention",
        "will_happen": [
            f"{euros(left)} non versés reviennent aux enveloppes.",
            "Le dossier est clos : plus aucun versement n'est possible.",
        ],
        "button": "Clore la convention",
        "done": "La convention est close.",
    }


def _late_words(late: int) -> dict[str, Any]:
    return {
        "title": "Rendre aux enveloppes ce qui est revenu",
        "will_happen": [
            f"{euros(late)} sont revenus après la clôture : ventes annulées, ou virement rendu.",
            "Ils reviennent aux enveloppes qui les avaient donnés. La convention reste close.",
        ],
        "button": f"Rendre {euros(late)} aux enveloppes",
        "done": f"{euros(late)} sont rendus aux enveloppes.",
    }


@guard(access.may_return, load=load_payment)
def come_back(request: HttpRequest, payment: Payment) -> HttpResponse:
    """The bank sent the payment back: reverse it, and hold it to be paid again."""
    agreement = payment.instalment.agreement
    return confirm(
        request,
        back=_back(agreement),
        form_class=ReturnForm,
        act=lambda typed: returns.record_return(
            payment=payment, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Enregistrer un versement revenu",
            "eyebrow": _eyebrow(agreement),
            "will_happen": [
                f"{euros(payment.amount_cents)} reviennent sur la convention, par une écriture "
                "inverse.",
                "L'échéance redevient « à payer », sans nouveau certificat.",
                "Si le compte est en cause, plus rien n'y est versé.",
                "L'organisation reçoit un message avec votre motif.",
            ],
            "button": "Enregistrer le retour",
            "done": "Le retour est enregistré. L'échéance est de nouveau à payer.",
        },
    )
