"""Pages that move the money of a recovery: decided, given back stage by stage, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.recovery import BadCase, plan
from ensemblier.fund.agreements.access import may_order_recovery
from ensemblier.fund.agreements.follow_views import WHOLE, one
from ensemblier.fund.agreements.models import Recovery, RecoveryStage
from ensemblier.fund.agreements.recovering import Stage
from ensemblier.fund.payments import access, recoveries

GET_POST = ["GET", "HEAD", "POST"]
load = one(Recovery, *WHOLE)


class OrderForm(KeyedForm):
    button = "Décider du reversement"
    cents = EurosField(label="Montant à rendre", min_cents=0)
    reasons = forms.CharField(
        label="Motifs de la décision", max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    stages = forms.IntegerField(
        label="En combien de fois",
        min_value=1,
        max_value=36,
        initial=1,
        help_text="Une fois par mois, à partir de la date ci-dessous.",
    )
    first_on = DayField(label="À rendre avant le (première fois)")


class BackForm(KeyedForm):
    button = "Noter ce retour"
    amount_cents = EurosField(label="Montant revenu", min_cents=1)


class CancelForm(KeyedForm):
    button = "Annuler le reversement"
    why = forms.CharField(label="Pourquoi l'annuler", max_length=500)


def _run(
    request: HttpRequest, row: Recovery, form: Any, title: str, act: Callable[[Any], Any]
) -> HttpResponse:
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                act(form.cleaned_data)
                messages.success(request, "C'est enregistré.")
                return redirect("agreements:recovery", row.pk)
            except BadCase as fault:
                form.add_error("stages", str(fault))
            except Refusal as refusal:
                form.refuse(refusal)
    context = {
        "agreement": row.agreement,
        "recovery": row,
        "form": form,
        "title": title,
        "lead": row.calculation["sentence"],
    }
    return render(request, "agreements/form.html", context, status=status)


def _form(kind: Any, request: HttpRequest, **initial: Any) -> Any:
    if request.method == "POST":
        return kind(request.POST)
    return unchecked(kind, request, initial=initial)


def _plan(cleaned: dict[str, Any]) -> list[Stage]:
    if not cleaned["cents"]:
        return []
    return [Stage(*s) for s in plan(cleaned["cents"], cleaned["stages"], cleaned["first_on"])]


@require_http_methods(GET_POST)
@guard(may_order_recovery, load=load)
def order(request: HttpRequest, row: Recovery) -> HttpResponse:
    """A signatory decides how much comes back, and when."""

    def act(cleaned: dict[str, Any]) -> None:
        recoveries.order(
            key=cleaned["key"],
            recovery=row,
            cents=cleaned["cents"],
            reasons=cleaned["reasons"],
            stages=_plan(cleaned),
            actor=request.user,
            now=timezone.now(),
        )

    form = _form(OrderForm, request, cents=row.proposed_cents, stages=1)
    return _run(request, row, form, "Décider du reversement", act)


@require_http_methods(GET_POST)
@guard(access.may_give_back, load=one(RecoveryStage, *(f"recovery__{name}" for name in WHOLE)))
def give_back(request: HttpRequest, stage: RecoveryStage) -> HttpResponse:
    """Note that money of a stage came back."""

    def act(cleaned: dict[str, Any]) -> None:
        recoveries.give_back(
            key=cleaned["key"],
            stage=stage,
            amount_cents=cleaned["amount_cents"],
            actor=request.user,
            now=timezone.now(),
        )

    claim = stage.claims.filter(settlement__isnull=True).first()
    form = _form(BackForm, request, amount_cents=claim.amount_cents if claim else None)
    return _run(request, stage.recovery, form, f"Noter un retour, étape {stage.position}", act)


@require_http_methods(GET_POST)
@guard(may_order_recovery, load=load)
def cancel(request: HttpRequest, row: Recovery) -> HttpResponse:
    """Take a decided recovery back."""

    def act(cleaned: dict[str, Any]) -> None:
        recoveries.cancel(
            key=cleaned["key"],
            recovery=row,
            why=cleaned["why"],
            actor=request.user,
            now=timezone.now(),
        )

    return _run(request, row, _form(CancelForm, request), "Annuler ce reversement", act)
