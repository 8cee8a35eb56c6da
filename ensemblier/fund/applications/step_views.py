"""The form of a file, page by page: shown, saved as one types, compared when two people write."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import NOTICE, parked, unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.rules import in_short, zonings_of
from ensemblier.engines import budget
from ensemblier.fund.applications import access, actions, content, showing, wording
from ensemblier.fund.applications import papers as joining
from ensemblier.fund.applications.commitments import COMMITMENTS, SOURCE
from ensemblier.fund.applications.forms import FileForm, PaperForm
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.applications.reading import load, load_whole
from ensemblier.fund.applications.report import examples
from ensemblier.fund.applications.rules import NAMES, STEPS
from ensemblier.fund.applications.saving import StaleVersion
from ensemblier.fund.applications.screens import Screen
from ensemblier.fund.calls.instants import instant

HIDDEN_FIELDS = {"version", "page", "csrfmiddlewaretoken", "then"}


def load_step(request: HttpRequest, number: str, step: str) -> Application:
    request.step = step  # type: ignore[attr-defined]
    return load_whole(request, number)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_edit, load=load_step)
def step(request: HttpRequest, application: Application) -> HttpResponse:
    """One page of the form."""
    name = request.step  # type: ignore[attr-defined]
    if name == "questions" and not application.call.questions.all():
        return redirect("applications:step", application.number, "pieces")
    if name == "pieces":
        return papers(request, application)
    if name == "envoi":
        return sending(request, application)
    if request.method == "POST":
        return save(request, application, name)
    typed = parked(request)
    screen = Screen(application, name, typed=typed, more=request.GET.get("ajouter", ""))
    if typed is not None:
        screen.spare_errors()
        messages.warning(request, NOTICE)
    return show(request, application, screen, typed or QueryDict())


def save(request: HttpRequest, application: Application, name: str) -> HttpResponse:
    screen = Screen(application, name, typed=request.POST)
    quietly = request.headers.get("HX-Request") == "true"
    try:
        saved = screen.save(
            actor=request.user,
            version=whole_number(request.POST.get("version"), application.version),
            page=request.POST.get("page", "")[:36],
        )
    except StaleVersion as stale:
        return compare(request, application, stale, quietly)
    except Refusal as refusal:
        saved = application
        screen.form.refuse(refusal)
    if quietly:
        return said(request, saved, screen)
    if not screen.is_valid():
        return show(request, saved, screen, request.POST, status=422)
    return leave(request, saved, screen)


def leave(request: HttpRequest, saved: Application, screen: Screen) -> HttpResponse:
    """Where each button of the page leads, once the page is saved."""
    name, then = screen.step, request.POST.get("then", "")
    here = reverse("applications:step", args=[saved.number, name])
    if then in screen.rows:
        return redirect(f"{here}?ajouter={then}#{then}")
    if then == "balance":
        balance(request, saved)
        return redirect(here)
    messages.success(request, f"« {NAMES[name]} » est enregistré.")
    if then == "stay":
        return redirect(here)
    if then == "later":
        return redirect("applications:mine")
    return redirect("applications:step", saved.number, after(saved, name))


def show(
    request: HttpRequest,
    application: Application,
    screen: Screen,
    typed: QueryDict,
    status: int = 200,
) -> HttpResponse:
    name = screen.step
    context = {
        **frame(application, name),
        "screen": screen,
        "form": screen.form,
        "rows": screen.rows,
        "faults": screen.faults() if status != 200 else [],
        # What was open keeps its own version: saving it must not hide what changed since.
        "version": whole_number(typed.get("version"), application.version)
        if status == 200
        else application.version,
        "page_name": typed.get("page", "")[:36] or str(uuid4()),
    }
    context |= beside(application, name)
    return render(request, f"applications/step_{name}.html", context, status=status)


def beside(application: Application, name: str) -> dict[str, Any]:
    """What a page shows next to its form."""
    if name == "budget":
        return sums(application)
    if name == "demande":
        rows = application.call.expenses.all()
        return sums(application) | {
            "examples": [(row, examples(row.expense_class)) for row in rows]
        }
    if name == "territoire" and application.commune:
        return {"zones": in_short(zonings_of(application.commune, timezone.localdate()))}
    if name == "partenaires":
        return {"ecosystem": showing.ecosystem(application)}
    if name == "modele":
        return {"path_chart": showing.path_chart(application)}
    return {}


def said(request: HttpRequest, application: Application, screen: Screen) -> HttpResponse:
    """The short answer to an autosave: what is kept, and the totals when there are any."""
    now = in_paris(application.saved_at)
    fields = screen.form
    wrong = [
        f"« {fields[field].label} » : {' '.join(errors)}" if field in fields.fields else errors[0]
        for field, errors in fields.errors.items()
    ] + screen.faults()
    context = {
        "at": f"{now.hour}\u00a0h\u00a0{now.minute:02d}",
        "wrong": wrong,
        "version": application.version,
        "application": application,
        "step": screen.step,
    }
    if screen.step in ("budget", "demande"):
        context |= sums(application)
    return render(request, "applications/saved.html", context)


def compare(
    request: HttpRequest, application: Application, stale: StaleVersion, quietly: bool
) -> HttpResponse:
    """Both texts side by side; whoever wrote last chooses."""
    if quietly:
        return render(request, "applications/elsewhere.html", {"reason": stale.message})
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in HIDDEN_FIELDS
    ]
    context = {
        **frame(application, stale.step),
        "reason": stale.message,
        "differences": wording.differences(stale.step, stale.yours, stale.saved),
        "kept": kept,
        "version": stale.version,
        "page_name": str(uuid4()),
        "here": reverse("applications:step", args=[application.number, stale.step]),
    }
    return render(request, "applications/conflict.html", context, status=409)


def papers(request: HttpRequest, application: Application) -> HttpResponse:
    """Papers: one form to join one, and those already there."""
    kinds = joining.choices(application)
    form = (
        PaperForm(request.POST, request.FILES, kinds=kinds)
        if request.method == "POST"
        else unchecked(PaperForm, request, kinds=kinds)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.attach(
                application=application,
                **joining.chosen(application, form.cleaned_data["kind"])._asdict(),
                checked=form.cleaned_data["file"],
                actor=request.user,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "La pièce est jointe.")
            return redirect("applications:step", application.number, "pieces")
    context = {
        **frame(application, "pieces"),
        "form": form,
        "expected": joining.expected(application),
    }
    status = 422 if form.errors else 200
    return render(request, "applications/step_pieces.html", context, status=status)


def sending(request: HttpRequest, application: Application) -> HttpResponse:
    """The last page: what is missing, then one button."""
    if application.state != State.DRAFT:
        return redirect("applications:detail", application.number)
    if request.method == "POST":
        return redirect("applications:step", application.number, "envoi")
    now = timezone.now()
    call = application.call
    initial = {
        "version": application.version,
        "accepts_commitments": application.accepts_commitments,
    }
    frames = frame(application, "envoi")
    context = {
        **frames,
        "form": FileForm(initial=initial),
        "to_mend": [gap for gap in frames["gaps"] if gap.step != "envoi"],
        "names": NAMES,
        "is_open": call.is_open(now),
        "closes": instant(call.closes_at, call.zone),
        "chart": showing.who_pays(application),
        "commitments": COMMITMENTS,
        "commitments_source": SOURCE,
    }
    return render(request, "applications/step_envoi.html", context)


def balance(request: HttpRequest, application: Application) -> None:
    """Ask the fund for what lacks, or for less, once the page is saved."""
    try:
        actions.balance_with_the_fund(
            application=application, version=application.version, actor=request.user
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Le budget est équilibré : la demande au fonds a changé.")


def load_with_paper(request: HttpRequest, number: str, paper: int) -> Application:
    request.paper = paper  # type: ignore[attr-defined]
    return load(request, number)


@require_POST
@guard(access.may_edit, load=load_with_paper)
def remove_paper(request: HttpRequest, application: Application) -> HttpResponse:
    found = application.attachments.filter(pk=request.paper).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    try:
        actions.detach(attachment=found, actor=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "La pièce est retirée.")
    return redirect("applications:step", application.number, "pieces")


def frame(application: Application, name: str) -> dict[str, Any]:
    """What surrounds each page: the steps, and what is missing on this one."""
    gaps = actions.gaps(application)
    unfinished = {gap.step for gap in gaps}
    steps = []
    for key, label in steps_of(application):
        state = "todo" if key in unfinished or key == "envoi" else "done"
        steps.append(
            {
                "label": label,
                "url": reverse("applications:step", args=[application.number, key]),
                "state": "current" if key == name else state,
            }
        )
    return {
        "application": application,
        "step": name,
        "step_name": NAMES[name],
        "steps_items": steps,
        "gaps": gaps,
        "missing_here": [gap for gap in gaps if gap.step == name],
        "is_last": name == "pieces",
    }


def sums(application: Application) -> dict[str, Any]:
    """Totals of the budget, its faults, and whether the fund can take the gap."""
    lines, asked = content.budget_lines(application), content.asked_amounts(application)
    caps = content.caps(application.call)
    found = budget.totals(lines, asked)
    return {
        "sums": found,
        "gap_size": abs(found.gap),
        "faults_of_budget": budget.balance_faults(found),
        "faults_of_caps": budget.cap_faults(found, asked, caps) if found.asked else [],
        "can_balance": budget.balanced_by_the_fund(lines, asked, caps) is not None,
        "rate": budget.percent(found.rate_bp),
        "max_rate": budget.percent(caps.max_rate_bp),
        "chart": showing.who_pays(application),
        "top_up": showing.top_up(application),
    }


def steps_of(application: Application) -> list[tuple[str, str]]:
    """The pages of this file: a call without questions has no page for them."""
    asks = bool(application.call.questions.all())
    return [(key, label) for key, label in STEPS if asks or key != "questions"]


def after(application: Application, name: str) -> str:
    keys = [key for key, _ in steps_of(application)]
    return keys[min(keys.index(name) + 1, len(keys) - 1)]


def whole_number(text: Any, otherwise: int) -> int:
    return int(text) if text and str(text).isdecimal() and len(str(text)) < 10 else otherwise
