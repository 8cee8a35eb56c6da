"""Pages of breach and recovery: found, heard, read, dropped. Deciding is a page of payments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.remedies import reply_due
from ensemblier.fund.agreements import access, recovering
from ensemblier.fund.agreements.follow_views import WHOLE, WhyForm, one
from ensemblier.fund.agreements.forms import long_text
from ensemblier.fund.agreements.models import Agreement, Recovery
from ensemblier.fund.agreements.models.recovery import GROUNDS
from ensemblier.fund.agreements.page import RECOVERY_BADGES
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.decisions.contradictory import is_heard
from ensemblier.fund.decisions.models import Notice

GET_POST = ["GET", "HEAD", "POST"]
load = one(Recovery, "opened_by", "decided_by", *WHOLE)


class BreachForm(KeyedForm):
    button = "Noter le manquement"
    ground = forms.ChoiceField(label="Motif", choices=GROUNDS)
    happened_on = DayField(label="Date du manquement")
    facts = long_text("Ce qui a été constaté, et comment")
    misused = EurosField(label="Si l'argent a servi à autre chose : combien", required=False)
    stops_payments = forms.BooleanField(
        label="Suspendre les versements suivants jusqu'à la fin du reversement",
        required=False,
        initial=True,
    )


class HearForm(PageForm):
    button = "Envoyer la demande"
    due_on = DayField(label="Réponse attendue avant le")


class DropForm(WhyForm):
    button = "Abandonner le reversement"


@require_http_methods(GET_POST)
@guard(access.may_find_breach, load=load_agreement)
def find(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Note a breach: the amount is worked out from the books."""
    status = 200
    if request.method == "POST":
        form = BreachForm(request.POST)
        status = 422
        if form.is_valid():
            cleaned = form.cleaned_data
            try:
                row = recovering.find(
                    key=cleaned["key"],
                    agreement=agreement,
                    ground=cleaned["ground"],
                    happened_on=cleaned["happened_on"],
                    facts=cleaned["facts"],
                    misused_cents=cleaned["misused"] or 0,
                    stops_payments=cleaned["stops_payments"],
                    actor=request.user,
                    now=timezone.now(),
                )
                messages.success(request, "Le manquement est noté, et le montant calculé.")
                return redirect("agreements:recovery", row.pk)
            except Refusal as refusal:
                form.refuse(refusal)
    else:
        form = unchecked(BreachForm, request)
    context = {
        "agreement": agreement,
        "form": form,
        "title": "Constater un manquement",
        "lead": "Le montant est calculé d'après les livres. Rien n'est demandé avant que "
        "l'organisation ait pu répondre.",
    }
    return render(request, "agreements/form.html", context, status=status)


@guard(access.may_read_recovery, load=load)
def recovery(request: HttpRequest, row: Recovery) -> HttpResponse:
    """What was found, the working, the notice and its answer, the plan."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    open_states = (Recovery.State.OPEN, Recovery.State.HEARING)
    context = {
        "recovery": row,
        "agreement": row.agreement,
        "application": row.agreement.decision.application,
        "badge_kind": RECOVERY_BADGES[row.state],
        "notices": list(Notice.objects.filter(about=row.about).order_by("pk")),
        "heard": is_heard(row.about, timezone.localdate()),
        "stages": list(row.stages.prefetch_related("claims__settlement")),
        "may_work": row.state in open_states and access.may_work_on_recovery(actor, row).allowed,
        "may_order": access.may_order_recovery(actor, row).allowed,
        "is_open": row.state in open_states,
        "may_refund": row.state == Recovery.State.ORDERED
        and access.pays_around(actor, row.agreement.decision.application),
    }
    return render(request, "agreements/recovery.html", context)


@require_http_methods(GET_POST)
@guard(access.may_work_on_recovery, load=load)
def hear(request: HttpRequest, row: Recovery) -> HttpResponse:
    """Ask the organisation for its observations."""
    form, status = unchecked(HearForm, request, initial={"due_on": _due()}), 200
    if request.method == "POST":
        form, status = HearForm(request.POST), 422
        if form.is_valid():
            try:
                recovering.hear(
                    recovery=row,
                    due_on=form.cleaned_data["due_on"],
                    actor=request.user,
                    now=timezone.now(),
                )
                messages.success(request, "L'organisation est prévenue et peut répondre.")
                return redirect("agreements:recovery", row.pk)
            except Refusal as refusal:
                form.refuse(refusal)
    return _page(request, row, form, "Demander les observations de l'organisation", status)


def _due() -> Any:
    return reply_due(timezone.localdate())


@require_http_methods(GET_POST)
@guard(access.may_work_on_recovery, load=load)
def drop(request: HttpRequest, row: Recovery) -> HttpResponse:
    """Give up before any decision."""
    form, status = unchecked(DropForm, request), 200
    if request.method == "POST":
        form, status = DropForm(request.POST), 422
        if form.is_valid():
            try:
                recovering.drop(
                    recovery=row,
                    why=form.cleaned_data["why"],
                    actor=request.user,
                    now=timezone.now(),
                )
                messages.success(request, "Le reversement est abandonné.")
                return redirect("agreements:recovery", row.pk)
            except Refusal as refusal:
                form.refuse(refusal)
    return _page(request, row, form, "Abandonner ce reversement", status)


def _page(request: HttpRequest, row: Recovery, form: Any, title: str, status: int) -> Any:
    context = {
        "agreement": row.agreement,
        "recovery": row,
        "form": form,
        "title": title,
        "lead": row.calculation["sentence"],
    }
    return render(request, "agreements/form.html", context, status=status)
