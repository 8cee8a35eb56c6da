"""Pages of a sharing: settings compared, runs kept, why for the applicant, how for the jurors."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.allocation.outcome import written
from ensemblier.fund.allocation import access, actions, comparing
from ensemblier.fund.allocation.explaining import names_of
from ensemblier.fund.allocation.forms import SettingsForm
from ensemblier.fund.allocation.models import Outcome, Run
from ensemblier.fund.allocation.why_pdf import jurors_pdf, why_pdf
from ensemblier.fund.jury.form_pages import load_sitting, one
from ensemblier.fund.jury.models import Sitting
from ensemblier.fund.jury.showing import cards_of, tongue

BOTH = ["GET", "HEAD", "POST"]


def load_run(request: HttpRequest, pk: int) -> Run:
    run: Run = one(Run.objects.select_related("sitting__jury__call", "author"), pk=pk)
    return run


def load_outcome(request: HttpRequest, number: str) -> Outcome:
    rows = Outcome.objects.filter(application__number=number, run__is_final=True)
    rows = rows.select_related(
        "application__organisation", "application__department", "application__call",
        "run__sitting__jury__call",
    )  # fmt: skip
    found = rows.order_by("-pk").first()
    if found is None:
        raise Http404
    return found


def available(sitting: Sitting) -> int:
    """What the call's envelopes still hold."""
    rows = sitting.jury.call.envelopes.select_related("account")
    return sum(max(0, balance(row.account).available) for row in rows)


@require_http_methods(BOTH)
@guard(access.may_share, load=load_sitting)
def share(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """Compare six settings, then keep a sharing, or hand it over to the signatory."""
    initial = {"envelope": available(sitting)}
    form: Any
    if request.method == "POST":
        form = SettingsForm(request.POST)
    else:
        form = unchecked(SettingsForm, request, initial=initial)
    if request.method == "POST" and form.is_valid():
        final = "hand" in request.POST
        try:
            run = actions.run(
                sitting=sitting, settings=form.settings(), final=final, actor=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            done = "Le résultat est remis au signataire." if final else "La répartition est gardée."
            messages.success(request, done)
            return redirect("allocation:run", run.pk)
    envelope = initial["envelope"]
    if request.method == "POST" and form.cleaned_data.get("envelope"):
        envelope = form.cleaned_data["envelope"]
    context = {
        "sitting": sitting,
        "form": form,
        "envelope": envelope,
        "found": comparing.compare(sitting, envelope) if envelope else None,
        "runs": list(sitting.runs.all()),
    }
    return render(request, "allocation/share.html", context, status=422 if form.errors else 200)


@require_safe
@guard(access.may_read_run, load=load_run)
def run(request: HttpRequest, run: Run) -> HttpResponse:
    outcomes = list(
        run.outcomes.select_related("application__organisation").prefetch_related("departures")
    )
    context = {
        "run": run,
        "outcomes": outcomes,
        "spent": sum(row.funded_cents for row in outcomes),
        "compared": compared(run, outcomes),
        "bar": by_college(run),
        "files": access.may_take_files(request.actor, run).allowed,  # type: ignore[attr-defined]
    }
    return render(request, "allocation/run.html", context)


def compared(run: Run, outcomes: list[Outcome]) -> list[tuple[str, list[str]]]:
    """What the two usual rules would have changed, in names of projects."""
    titles = {row.application.number: row.application.title for row in outcomes}
    kept = {row.application.number for row in outcomes if row.funded_cents}
    names = {"most_votes": "Le plus de points d'abord", "votes_per_euro": "Points par euro d'abord"}
    found = []
    for key, name in names.items():
        chosen = {lot for lot in run.result.get("comparison", {}).get(key, ()) if lot in titles}
        lines = [f"aurait pris « {titles[lot]} »" for lot in sorted(chosen - kept)]
        lines += [f"aurait laissé « {titles[lot]} »" for lot in sorted(kept - chosen)]
        found.append((name, lines or ["aurait choisi les mêmes projets"]))
    return found


def by_college(run: Run) -> StackedBar | None:
    """What each group of colleges paid."""
    colleges = {row.pk: row for row in run.sitting.jury.call.colleges.all()}
    names = names_of(actions.groups_of(run.sitting), colleges)
    paid: dict[str, int] = dict.fromkeys(names.values(), 0)
    rest = 0
    for row in run.facts["payments"]:
        if row["completed"]:
            rest += row["cost"]
            continue
        for kind, amount in row["by_college"].items():
            paid[names[kind]] += amount
    parts = [Part(name.capitalize(), amount) for name, amount in paid.items() if amount]
    if rest:
        parts.append(Part("Payé avec le reste", rest))
    if not parts:
        return None
    first = max(parts, key=lambda part: part.value)
    return StackedBar(parts, f"Qui paie les projets retenus : d'abord « {first.label} ».")


@require_safe
@guard(access.may_take_files, load=load_run)
def inputs(request: HttpRequest, run: Run) -> HttpResponse:
    return attached(run.inputs, f"entrees-{run.pk}.toml", "application/toml")


@require_safe
@guard(access.may_take_files, load=load_run)
def result(request: HttpRequest, run: Run) -> HttpResponse:
    return attached(written(run.result), f"resultat-{run.pk}.json", "application/json")


def attached(text: str, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@guard(access.may_read_for_jurors, load=load_sitting)
def for_jurors(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """What the votes gave, in the words and pictures of the cards; on paper with ?papier=1."""
    final = Run.objects.select_related("sitting__jury__call").get(sitting=sitting, is_final=True)
    language = tongue(request)
    items = list(sitting.items.select_related("application"))
    cards = {card.item.application_id: card for card in cards_of(items, language["code"])}
    outcomes = final.outcomes.prefetch_related("departures")
    rows = [(row, cards[row.application_id]) for row in outcomes]
    if "papier" in request.GET:
        paper = jurors_pdf(final, rows, language["code"])
        response = HttpResponse(paper, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="jury-{sitting.held_on}.pdf"'
        return response
    context = {**language, "sitting": sitting, "rows": rows}
    return render(request, "allocation/for_jurors.html", context)


@require_safe
@guard(access.may_read_why, load=load_outcome)
def why(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    context = {
        "outcome": outcome,
        "application": outcome.application,
        "departures": list(outcome.departures.select_related("signatory")),
        "method": reverse("calls:detail", args=[outcome.application.call.slug]),
    }
    return render(request, "allocation/why.html", context)


@require_safe
@guard(access.may_read_why, load=load_outcome)
def why_paper(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    response = HttpResponse(why_pdf(outcome), content_type="application/pdf")
    name = f"jury-{outcome.application.number}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
