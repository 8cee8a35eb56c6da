"""Pages of the scenarios of a call: side by side, one by one, exported, turned into drafts."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.pages.cells import harmless
from ensemblier.base.pages.formats import in_paris, typed_euros
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions import access, drafting, sharing
from ensemblier.fund.decisions.candidates import WAITING, field_of
from ensemblier.fund.decisions.comparing import MOST, compare
from ensemblier.fund.decisions.models import Scenario, ScenarioLine
from ensemblier.fund.decisions.scenario_forms import FixForm, ScenarioForm
from ensemblier.fund.review.scoring import on_hundred

PAGE_ROWS = 50
LINES = Prefetch(
    "lines",
    ScenarioLine.objects.select_related("application").only(
        "scenario", "amount_cents", "reason", "application__number"
    ),
)


def load_call(request: HttpRequest, slug: str) -> Call:
    found = Call.objects.select_related("programme").filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def load_scenario(request: HttpRequest, pk: int) -> Scenario:
    rows = Scenario.objects.select_related("call", "author")
    found = rows.prefetch_related(LINES).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_see(actor: Any, scenario: Scenario) -> Any:
    return access.may_compare(actor, scenario.call)


def may_change(actor: Any, scenario: Scenario) -> Any:
    return access.may_prepare(actor, scenario.call)


@require_safe
@guard(access.may_share)
def calls(request: HttpRequest) -> HttpResponse:
    """The calls whose files wait for a decision."""
    waiting = Q(applications__state__in=WAITING, applications__filed_at__isnull=False)
    rows = Call.objects.published().annotate(
        waiting=Count("applications", filter=waiting, distinct=True),
        written=Count("scenarios", distinct=True),
    )
    return render(request, "decisions/calls.html", {"calls": rows.filter(waiting__gt=0)})


@require_safe
@guard(access.may_compare, load=load_call)
def side_by_side(request: HttpRequest, call: Call) -> HttpResponse:
    return render(request, "decisions/scenarios.html", _comparison(request, call))


def _comparison(request: HttpRequest, call: Call) -> dict[str, Any]:
    every = list(call.scenarios.prefetch_related(LINES))
    wanted = {int(pk) for pk in request.GET.getlist("s") if pk.isdecimal() and len(pk) < 19}
    chosen = [row for row in every if row.pk in wanted][:MOST] or every[:MOST]
    comparison = compare(call, chosen, field_of(call, timezone.localdate()))
    return {
        "call": call,
        "every": every,
        "chosen": {row.pk for row in chosen},
        "comparison": comparison,
        "query": "&".join(f"s={row.pk}" for row in chosen),
        "may_write": access.may_prepare(request.actor, call).allowed,
    }


@require_safe
@guard(access.may_compare, load=load_call)
def table(request: HttpRequest, call: Call) -> HttpResponse:
    """Every file with every scenario, for a spreadsheet. No cell begins like a formula."""
    comparison = _comparison(request, call)["comparison"]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scenarios-{call.slug}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response, delimiter=";")
    writer.writerow(
        _safe(
            [
                "rang", "dossier", "organisation", "projet", "région", "département", "zonages",
                "note", "demandé (€)", *(f"{row.name} (€)" for row in comparison.scenarios),
            ]
        )
    )  # fmt: skip
    for row in comparison.rows():
        amounts = [typed_euros(int(cents)).replace("\u00a0", "") for cents in row[8:]]
        writer.writerow(_safe([*row[:8], *amounts]))
    return response


def _safe(cells: list[Any]) -> list[str]:
    return [harmless(str(cell)) for cell in cells]


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_prepare, load=load_call)
def new(request: HttpRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        form = ScenarioForm(request.POST)
        if form.is_valid():
            try:
                row = sharing.write(
                    call=call,
                    name=form.cleaned_data["name"],
                    rule=form.rule(),
                    actor=request.user,
                    now=timezone.now(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, f"Le scénario « {row.name} » est enregistré.")
                return redirect("decisions:scenarios", call.slug)
    else:
        form = unchecked(ScenarioForm, request, initial={"kind": "rank"})
    return render(request, "decisions/scenario_new.html", {"call": call, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_see, load=load_scenario)
def one(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    """The files in the order of the scenario, and what was fixed by hand."""
    writes = access.may_prepare(request.actor, scenario.call)
    form = unchecked(FixForm, request)
    if request.method == "POST":
        if not writes.allowed:
            return render(request, "pages/refused.html", {"reason": writes.reason}, status=403)
        form = FixForm(request.POST)
        if form.is_valid() and _fixed(request, scenario, form):
            return redirect("decisions:scenario", scenario.pk)
    field = field_of(scenario.call, timezone.localdate())
    outcome = sharing.outcome_of(scenario, field)
    page = Paginator(field.line_up.order, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [
        (field.files[row.number], on_hundred(row.score), outcome.total(row.number))
        for row in page.object_list
    ]
    context = {
        "scenario": scenario,
        "call": scenario.call,
        "sentence": sharing.rule_of(scenario).sentence(),
        "page": page,
        "first": page.start_index() - 1,
        "rows": rows,
        "outcome": outcome,
        "lines": scenario.lines.all(),
        "form": form,
        "ready": sum(file.state == "proposed" for file in field.files.values()),
        "may_write": writes.allowed,
    }
    return render(request, "decisions/scenario.html", context)


def _fixed(request: HttpRequest, scenario: Scenario, form: FixForm) -> bool:
    kept = form.cleaned_data
    application = Application.objects.filter(
        call=scenario.call, number=kept["number"].strip(), filed_at__isnull=False
    ).first()
    if application is None:
        form.add_error("number", "Aucun dossier déposé de cet appel ne porte ce numéro.")
        return False
    try:
        sharing.fix(
            scenario=scenario,
            application=application,
            amount_cents=kept["amount"],
            reason=kept["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, f"Le montant du dossier {application.number} est fixé.")
    return True


def load_line(request: HttpRequest, pk: int) -> ScenarioLine:
    rows = ScenarioLine.objects.select_related("scenario__call", "application")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["POST"])
@guard(lambda actor, line: access.may_prepare(actor, line.scenario.call), load=load_line)
def release(request: HttpRequest, line: ScenarioLine) -> HttpResponse:
    sharing.release(line=line, actor=request.user, now=timezone.now())
    messages.success(request, f"La règle décide de nouveau pour {line.application.number}.")
    return redirect("decisions:scenario", line.scenario_id)


@require_http_methods(["POST"])
@guard(may_change, load=load_scenario)
def remove(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    try:
        sharing.remove(scenario=scenario, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("decisions:scenario", scenario.pk)
    messages.success(request, "Le scénario est supprimé.")
    return redirect("decisions:scenarios", scenario.call.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_change, load=load_scenario)
def prepare(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    """Turn a scenario into drafts, after a page that says what will be prepared."""
    now = timezone.now()
    if request.method == "POST":
        try:
            drafts = drafting.prepare(scenario=scenario, actor=request.user, now=now)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("decisions:scenario", scenario.pk)
        messages.success(
            request,
            f"{len(drafts)} projets de décision sont prêts. Un signataire les lit et les signe.",
        )
        return redirect("decisions:drafts")
    field = field_of(scenario.call, in_paris(now).date())
    outcome = sharing.outcome_of(scenario, field)
    ready = [file for file in field.files.values() if file.state == "proposed"]
    amounts = [outcome.total(file.number) for file in ready]
    context = {
        "scenario": scenario,
        "call": scenario.call,
        "ready": len(ready),
        "granted": sum(1 for cents in amounts if cents),
        "refused": sum(1 for cents in amounts if not cents),
        "total": sum(amounts),
        "waiting": len(field.files) - len(ready),
        "sentence": sharing.rule_of(scenario).sentence(),
    }
    return render(request, "decisions/prepare.html", context)
