"""The plan and the rest of the site: its application and its chain, its budget, what happened."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.atelier import access, actions, sliders
from ensemblier.atelier.actual import compare
from ensemblier.atelier.forms import AttachForm
from ensemblier.atelier.handing import handed
from ensemblier.atelier.models import EconomicPlan
from ensemblier.atelier.views import back, one, shown_or_404
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.budget import CHARGE, cerfa_line
from ensemblier.engines.economics import compute
from ensemblier.engines.economics.terms import CLASSES, EFFECTS, YEARS
from ensemblier.fund.applications.models import EDITABLE, Application


class HandForm(PageForm):
    """The version of the application that was shown."""

    opened = forms.IntegerField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=one)
def attach(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """Which application the plan goes with, and which chain it is the model of."""
    found = shown_or_404(request, plan)
    mine = Application.objects.filter(organisation=plan.organisation)
    if plan.application_id:
        mine = mine.filter(state__in=EDITABLE) | mine.filter(pk=plan.application_id)
    else:
        mine = mine.filter(state__in=EDITABLE)
    options: dict[str, Any] = {
        "applications": mine,
        "chains": Chain.objects.filter(lead=plan.organisation),
        "initial": {"application": plan.application_id, "chain": plan.chain_id},
    }
    posted = request.method == "POST"
    form: Any = (
        AttachForm(request.POST, **options) if posted else unchecked(AttachForm, request, **options)
    )
    if posted and form.is_valid():
        try:
            actions.attach(
                plan=plan,
                **form.cleaned_data,
                actor=request.actor.user,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Enregistré.")
            only_chain = plan.chain_id and not plan.application_id
            return redirect(back(found, "atelier:actual" if only_chain else "atelier:budget"))
    context = {"shown": found, "here": "budget", "form": form}
    status = 422 if form.errors else 200
    return render(request, "atelier/attach.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=one)
def budget(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """One year of the plan as the budget of its application: shown, then taken over."""
    found = shown_or_404(request, plan)
    outcome = compute(found.read)
    year = min(sliders.whole(request.GET.get("annee"), 0), YEARS - 1)
    rows = handed(outcome, year)
    application = plan.application
    form = HandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.take_into_budget(
                version=found.version,
                year=year,
                opened=form.cleaned_data["opened"],
                actor=request.actor.user,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Le budget {rows.year} du plan est dans votre dossier.")
            number = application.number if application else ""
            return redirect(reverse("applications:step", args=[number, "budget"]))
    context = {
        "shown": found,
        "here": "budget",
        "form": form,
        "handed": rows,
        "sides": sides(rows.lines, outcome.plan.start),
        "asked": [(CLASSES[row["expense_class"]], row["amount_cents"]) for row in rows.asked],
        "years": list(enumerate(outcome.plan.year_names)),
        "year": year,
        "open": application is not None and application.state in EDITABLE,
    }
    status = 422 if form.errors else 200
    return render(request, "atelier/budget.html", context, status=status)


def sides(lines: list[dict[str, Any]], start: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """Charges and resources, with the words of the form."""
    day = date(start // 12, start % 12 + 1, 1)
    told = [
        {
            **row,
            "label": cerfa_line(row["side"], row["code"], day).label,
            "effect": EFFECTS.get(row["effect"], ""),
        }
        for row in lines
    ]
    return [
        ("Charges", [row for row in told if row["side"] == CHARGE]),
        ("Ressources", [row for row in told if row["side"] != CHARGE]),
    ]


@require_safe
@guard(access.may_write, load=one)
def actual(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """What was planned beside what the chain did, month by month."""
    found = shown_or_404(request, plan)
    context: dict[str, Any] = {"shown": found, "here": "actual"}
    if plan.chain is not None:
        day = request.actor.day  # type: ignore[attr-defined]
        context["compared"] = compare(compute(found.read), plan.chain, day)
    return render(request, "atelier/actual.html", context)
