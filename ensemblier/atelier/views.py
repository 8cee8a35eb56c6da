"""Pages of the atelier: the list, a new plan, the plan in pictures, what it rests on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.atelier import access, actions, activity_map, sliders, starting
from ensemblier.atelier.forms import StartPlanForm
from ensemblier.atelier.models import MAIN, EconomicPlan
from ensemblier.atelier.pictures import pictures
from ensemblier.atelier.queries import Shown, plans_of, shown
from ensemblier.atelier.tables import main_assumptions, tables
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import guard, signed_in
from ensemblier.base.people.models import Organisation
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.economics import BadPlan, compute, read_plan


def one(request: HttpRequest, *, pk: int, **_: Any) -> EconomicPlan:
    rows = EconomicPlan.objects.select_related(
        "organisation", "chain", "application__organisation", "application__department"
    )
    return get_object_or_404(rows, pk=pk)


def shown_or_404(request: HttpRequest, plan: EconomicPlan) -> Shown:
    """The scenario that the address names, in the version that this person may see."""
    rank = sliders.whole(request.GET.get("scenario"), MAIN)
    found = shown(plan, request.actor, rank)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@require_safe
@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    """The plans of one's organisations, and the 25 to start from."""
    context = {
        "plans": list(plans_of(request.actor)),  # type: ignore[attr-defined]
        "models": starting.models().values(),
        "may_start": access.may_start(request.actor).allowed,  # type: ignore[attr-defined]
    }
    return render(request, "atelier/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_start)
def new(request: HttpRequest) -> HttpResponse:
    """From one of the 25 plans, or almost nothing."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    asked = sliders.whole(request.GET.get("fiche"), 0)
    model = starting.models().get(asked)
    mine = Organisation.objects.filter(pk__in=actor.organisations(*access.WRITERS))
    options: dict[str, Any] = {
        "organisations": mine,
        "initial": {"sheet": asked if model else 0, "title": model.name[:160] if model else ""},
    }
    posted = request.method == "POST"
    form: Any = (
        StartPlanForm(request.POST, **options)
        if posted
        else unchecked(StartPlanForm, request, **options)
    )
    if posted and form.is_valid():
        cleaned = form.cleaned_data
        chosen = starting.models().get(cleaned["sheet"])
        start = f"{in_paris(now).year + 1}-01"
        text = chosen.text if chosen else starting.blank(cleaned["title"], start)
        try:
            plan = actions.start(**cleaned, text=text, actor=actor.user, now=now)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Votre plan est ouvert. Commencez par les trois curseurs.")
            return redirect("atelier:detail", pk=plan.pk)
    status = 422 if form.errors else 200
    return render(request, "atelier/new.html", {"form": form, "model": model}, status=status)


@require_safe
@guard(signed_in)
def model(request: HttpRequest, number: int) -> HttpResponse:
    """One of the 25 plans in pictures, with its sliders: to look before starting from it."""
    found = starting.models().get(number)
    if found is None:
        raise Http404
    context = drawn(request, read_plan(found.text)) | {"model": found}
    return render(request, "atelier/model.html", context)


@require_safe
@guard(access.may_read, load=one)
def detail(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """The plan in pictures, where its three sliders are."""
    found = shown_or_404(request, plan)
    context = drawn(request, found.read) | {"shown": found, "here": "detail"}
    return render(request, "atelier/detail.html", context)


def drawn(request: HttpRequest, plan: Any) -> dict[str, Any]:
    """Pictures, sliders and assumptions; a setting that cannot be is said, and left aside."""
    setting, fault = sliders.setting_of(request.GET), ""
    written = compute(plan)
    try:
        changed = sliders.moved(written, setting)
    except BadPlan as error:
        changed, fault = plan, error.message
    return {
        "sliders": sliders.sliders(written, setting),
        "setting": setting,
        "fault": fault,
        "pictures": pictures(changed),
        "assumptions": main_assumptions(plan.data),
    }


@require_safe
@guard(access.may_read, load=one)
def figures(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """Every figure of the plan, table by table, and where it comes from."""
    found = shown_or_404(request, plan)
    context = {"shown": found, "here": "figures", "tables": tables(found.data)}
    return render(request, "atelier/figures.html", context)


@require_safe
@guard(access.may_read, load=one)
def activities(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """Figure 1 of the report with what this plan does, its effects, and who could pay for each."""
    found = shown_or_404(request, plan)
    context = {"shown": found, "here": "activities"} | activity_map.context(compute(found.read))
    return render(request, "atelier/activities.html", context)


def back(found: Shown, name: str = "atelier:detail") -> str:
    """The address of a page of this plan, on the same scenario."""
    return f"{reverse(name, args=[found.plan.pk])}{found.query}"
