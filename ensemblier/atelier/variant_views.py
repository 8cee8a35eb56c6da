"""Scenarios side by side, versions and what changed, what restores balance, what people say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.atelier import access, actions, sliders
from ensemblier.atelier.comparing import columns, effects
from ensemblier.atelier.forms import BoundsForm, CommentForm, ScenarioForm
from ensemblier.atelier.models import EconomicPlan, PlanComment, PlanVersion
from ensemblier.atelier.pictures import payers_as_if, what_if
from ensemblier.atelier.queries import Shown, visible_versions
from ensemblier.atelier.rows import values_of
from ensemblier.atelier.views import back, one, shown_or_404
from ensemblier.atelier.wording import changes
from ensemblier.base.pages.formats import percent
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.economics import BadPlan, compute, dependences, levers, plan_text
from ensemblier.engines.economics.levers import LEVERS


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=one)
def scenarios(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """All of them side by side; a new one starts from the sliders of the address, or as is."""
    found = shown_or_404(request, plan)
    setting = sliders.setting_of(request.GET)
    posted = request.method == "POST"
    form: Any = ScenarioForm(request.POST) if posted else unchecked(ScenarioForm, request)
    if posted and form.is_valid():
        try:
            made = actions.add_scenario(
                plan=plan,
                name=form.cleaned_data["name"],
                text=set_text(found, setting),
                actor=request.actor.user,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        except BadPlan as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Scénario « {made.name} » ouvert.")
            return redirect(f"{reverse('atelier:detail', args=[plan.pk])}?scenario={made.rank}")
    context = {"shown": found, "here": "scenarios", "form": form, "setting": setting}
    context |= {"columns": columns(found.scenarios)}
    status = 422 if form.errors else 200
    return render(request, "atelier/scenarios.html", context, status=status)


def set_text(found: Shown, setting: sliders.Setting) -> str:
    """The text of a scenario where the sliders are."""
    if setting.is_rest:
        return found.version.text
    return plan_text(sliders.moved(compute(found.read), setting).data)


@require_safe
@guard(access.may_read, load=one)
def versions(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """Every version of a scenario, and what changed between two of them."""
    found = shown_or_404(request, plan)
    rows = visible_versions(found)
    numbers = [row.number for row in rows]
    after = sliders.whole(request.GET.get("a"), found.version.number)
    before = sliders.whole(request.GET.get("de"), last_year_or_before(rows))
    by_number = {row.number: row for row in rows}
    context: dict[str, Any] = {"shown": found, "here": "versions", "versions": rows[::-1]}
    context |= {"numbers": numbers[::-1], "before": before, "after": after}
    if before in by_number and after in by_number and before != after:
        pair = (by_number[before], by_number[after])
        context["changes"] = changes(*(values_of(row.text) for row in pair))
        context["effects"] = effects(*(row.text for row in pair))
    return render(request, "atelier/versions.html", context)


def last_year_or_before(rows: list[PlanVersion]) -> int:
    """What the last version is compared with at first: the one in force a year before it, or the
    one just before."""
    if len(rows) < 2:
        return rows[-1].number if rows else 0
    last = rows[-1]
    old = [row for row in rows[:-1] if (last.made_at - row.made_at).days >= 365]
    return old[-1].number if old else rows[-2].number


@require_safe
@guard(access.may_read, load=one)
def balance(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """What happens when a resource ends, and the least set of changes that restores balance."""
    found = shown_or_404(request, plan)
    asked = any(name in request.GET for name in BoundsForm.base_fields)
    form = BoundsForm(request.GET if asked else dict(STANDARD))
    outcome = compute(found.read)
    remedy = levers(outcome, form.bounds())
    lost = [
        {
            "label": each.label,
            "payer": each.payer,
            "share": percent(max(each.share_bp), 10_000),
            "told": what_if(each, outcome.plan),
            "vital": each.is_vital,
        }
        for each in dependences(outcome)
    ]
    context = {"shown": found, "here": "balance", "form": form, "remedy": remedy, "lost": lost}
    context["moves"] = [(LEVERS[name], change) for name, change in remedy.changes.items()]
    context |= {"points": outcome.break_evens, "payers": payers_as_if(outcome)}
    return render(request, "atelier/balance.html", context)


STANDARD = {"prix": "20", "volumes": "30", "charges": "15", "ressources": "30"}


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=one)
def comments(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """What its people say of a scenario, version by version; it stays among them."""
    found = shown_or_404(request, plan)
    posted = request.method == "POST"
    form: Any = CommentForm(request.POST) if posted else unchecked(CommentForm, request)
    if posted and form.is_valid():
        try:
            actions.comment(
                version=found.version,
                body=form.cleaned_data["body"],
                actor=request.actor.user,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Commentaire ajouté.")
            return redirect(back(found, "atelier:comments"))
    rows = PlanComment.objects.filter(version__in=visible_versions(found))
    said = rows.select_related("author", "version").order_by("-written_at", "-pk")
    context = {"shown": found, "here": "comments", "form": form, "comments": said}
    status = 422 if form.errors else 200
    return render(request, "atelier/comments.html", context, status=status)
