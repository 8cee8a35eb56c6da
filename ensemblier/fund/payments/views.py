"""Payments: what is to be paid, the money of one agreement, and the five acts that move it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.subsidies import payment_due_days
from ensemblier.fund.agreements.access import in_sight, may_read_agreement
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments import access, actions
from ensemblier.fund.payments.forms import ConfirmForm, RefundForm, VoidForm
from ensemblier.fund.payments.models import Payment

BADGES = {"reserved": "wait", "paid": "done", "voided": "stop"}
PATH = "agreement__decision__application"


def load_instalment(request: HttpRequest, pk: int) -> Instalment:
    rows = Instalment.objects.select_related(
        f"{PATH}__call__owner", f"{PATH}__organisation", f"{PATH}__department"
    )
    return get_object_or_404(rows, pk=pk)


def load_payment(request: HttpRequest, pk: int) -> Payment:
    rows = Payment.objects.select_related(
        f"instalment__{PATH}__organisation", f"instalment__{PATH}__department", "reservation"
    )
    return get_object_or_404(rows, pk=pk)


@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    """What waits to be paid, and what was paid lately."""
    actor = request.actor  # type: ignore[attr-defined]
    seen = Application.objects.filter(in_sight(actor))
    rows = Payment.objects.filter(
        instalment__agreement__decision__application__in=seen
    ).select_related(f"instalment__{PATH}__organisation")
    today = timezone.localdate()
    waiting = [
        (row, (today - timezone.localtime(row.reserved_at).date()).days)
        for row in rows.filter(state=Payment.State.RESERVED)[:200]
    ]
    return render(
        request,
        "payments/index.html",
        {
            "waiting": waiting,
            "settled": [
                (row, BADGES[row.state])
                for row in rows.exclude(state=Payment.State.RESERVED).order_by("-settled_at")[:100]
            ],
            "days": payment_due_days(today),
            "pays": actor.has(Role.PAYER),
        },
    )


@guard(may_read_agreement, load=load_agreement)
def agreement(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The money of one agreement: instalments, what came back, what is left."""
    actor = request.actor  # type: ignore[attr-defined]
    decision = agreement.decision
    granted = sum(award.amount_cents for award in decision.awards.all())
    paid, returned = actions.paid_cents(agreement), actions.returned_cents(agreement)
    known: dict[int, Payment] = {}
    for row in Payment.objects.filter(instalment__agreement=agreement).order_by("pk"):
        known[row.instalment_id] = row
    rows = [(row, known.get(row.pk)) for row in agreement.instalments.all()]
    context = {
        "agreement": agreement,
        "application": decision.application,
        "rows": [(row, payment, BADGES[payment.state] if payment else "") for row, payment in rows],
        "chart": _chart(granted, paid - returned, _reserved(known)),
        "granted": granted,
        "paid": paid,
        "returned": returned,
        "owed": actions.to_return_cents(agreement),
        "left": balance(decision.account).available,
        "refunds": agreement.refunds.all(),
        "may_certify": access.may_close(actor, agreement).allowed
        and actor.user.pk != decision.signatory_id,
        "may_pay": actor.covers(decision.application.department, Role.PAYER),
        "may_close": access.may_close(actor, agreement).allowed,
    }
    return render(request, "payments/agreement.html", context)


def _reserved(known: dict[int, Payment]) -> int:
    return sum(row.amount_cents for row in known.values() if row.state == Payment.State.RESERVED)


def _chart(granted: int, paid: int, reserved: int) -> StackedBar:
    left = max(0, granted - paid - reserved)
    return StackedBar(
        parts=[
            Part("Versé", paid, "leaf"),
            Part("En paiement", reserved, "honey"),
            Part("Reste à verser", left, "slate"),
        ],
        sentence=f"Versé {euros(paid)} sur {euros(granted)} accordés",
    )


def _confirm(
    request: HttpRequest,
    agreement: Agreement,
    *,
    form_class: type[Any],
    act: Callable[[dict[str, Any]], Any],
    words: dict[str, Any],
) -> HttpResponse:
    """Ask, then do it once; what was typed comes back with the refusal."""
    form = form_class(request.POST) if request.method == "POST" else unchecked(form_class, request)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(form.cleaned_data)
                messages.success(request, words["done"])
                return redirect("payments:agreement", number=agreement.number)
            except Refusal as refusal:
                form.refuse(refusal)
                status = getattr(refusal, "status", 422)
    context = {**words, "form": form, "cancel_url": _back(agreement)}
    return render(request, "pages/confirm.html", context, status=status)


def _back(agreement: Agreement) -> str:
    return redirect("payments:agreement", number=agreement.number).url


@guard(access.may_certify, load=load_instalment)
def certify(request: HttpRequest, instalment: Instalment) -> HttpResponse:
    """The service was done: reserve the instalment for the payer."""
    return _confirm(
        request,
        instalment.agreement,
        form_class=ConfirmForm,
        act=lambda typed: actions.certify(
            key=typed["key"], instalment=instalment, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Certifier cette échéance",
            "eyebrow": f"Convention {instalment.agreement.number}",
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
    return _confirm(
        request,
        agreement,
        form_class=ConfirmForm,
        act=lambda typed: actions.pay(
            key=typed["key"], payment=payment, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Payer cette échéance",
            "eyebrow": f"Convention {agreement.number}",
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
    return _confirm(
        request,
        agreement,
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
            "eyebrow": f"Convention {agreement.number}",
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
    """Record money that came back."""
    owed = actions.to_return_cents(agreement)
    return _confirm(
        request,
        agreement,
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
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                f"Reste à rendre d'après le bilan accepté : {euros(owed)}.",
                "Le montant revient sur la convention, puis à l'enveloppe à la clôture.",
            ],
            "button": "Enregistrer le reversement",
            "done": "Le reversement est enregistré.",
        },
    )


@guard(access.may_close, load=load_agreement)
def close(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Close the agreement; what was never paid goes back to the envelopes."""
    left = balance(agreement.decision.account).available
    return _confirm(
        request,
        agreement,
        form_class=ConfirmForm,
        act=lambda typed: actions.close(
            key=typed["key"], agreement=agreement, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Clore cette convention",
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                f"{euros(left)} non versés reviennent aux enveloppes.",
                "Le dossier est clos : plus aucun versement n'est possible.",
            ],
            "button": "Clore la convention",
            "done": "La convention est close.",
        },
    )
