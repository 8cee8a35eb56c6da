"""Changing a plan: one row in a form, or the whole text."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.atelier import access, actions
from ensemblier.atelier.forms import TextForm
from ensemblier.atelier.models import EconomicPlan
from ensemblier.atelier.queries import Shown
from ensemblier.atelier.row_forms import RowForm
from ensemblier.atelier.rows import PLAN, UNSURE, new_id, row_of, values_of
from ensemblier.atelier.tables import ADD
from ensemblier.atelier.views import back, one, shown_or_404
from ensemblier.atelier.wording import TITLES, changes, labels_of
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.economics.format import TABLES

KEPT = "Enregistré. La version d'avant reste dans « Versions »."


def of_table(request: HttpRequest, *, pk: int, table: str, item: str = "") -> EconomicPlan:
    request.place = (table, item)  # type: ignore[attr-defined]
    if table not in (PLAN, UNSURE, *TABLES) or (item and table not in TABLES):
        raise Http404
    return one(request, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=of_table)
def row(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """One row that exists."""
    table, item = request.place  # type: ignore[attr-defined]
    found = shown_or_404(request, plan)
    kept = row_of(found.data, table, item)
    if kept is None or (table in TABLES and not item):
        raise Http404
    title = labels_of(found.data).get(item, TITLES[table])
    return row_page(request, found, table, item, kept, title)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=of_table)
def row_new(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """A row to add; its short name comes from its label."""
    table, _ = request.place  # type: ignore[attr-defined]
    if table not in TABLES:
        raise Http404
    return row_page(request, shown_or_404(request, plan), table, "", {}, ADD[table])


def row_page(
    request: HttpRequest,
    found: Shown,
    table: str,
    item: str,
    kept: dict[str, Any],
    title: str,
) -> HttpResponse:
    options: dict[str, Any] = {
        "table": table,
        "data": found.data,
        "initial": {**kept, "opened": found.scenario.version},
    }
    posted = request.method == "POST"
    form: Any = (
        RowForm(request.POST, **options) if posted else unchecked(RowForm, request, **options)
    )
    context = {"shown": found, "here": "figures", "form": form, "title": title, "table": table}
    context |= {"item": item, "shelf": TITLES[table], "removable": bool(item)}
    if posted and form.is_valid():
        target = item or (new_id(found.data, form.cleaned_data["label"]) if table in TABLES else "")
        try:
            actions.change_row(
                scenario=found.scenario,
                table=table,
                item=target,
                row=form.row(target),
                opened=form.cleaned_data["opened"],
                why=form.cleaned_data["why"],
                actor=request.actor.user,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except actions.StalePlan as stale:
            context |= stale_row(form, stale, table, item)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, KEPT)
            return redirect(f"{back(found, 'atelier:figures')}#{table}")
    return render(request, "atelier/row.html", context, status=422 if form.errors else 200)


def stale_row(form: Any, stale: actions.StalePlan, table: str, item: str) -> dict[str, Any]:
    """Both rows side by side; sending the page again keeps what was typed."""
    theirs = values_of(stale.saved.text)
    mine = form.row(item)
    key = table if table in TABLES else ""
    ours: dict[str, Any]
    if key:
        ours = {key: [mine]}
        theirs = {key: [row for row in theirs.get(key, []) if row["id"] == item]}
    else:
        ours = mine if table == PLAN else {UNSURE: mine}
        theirs = row_of(theirs, table, "") or {}
        theirs = theirs if table == PLAN else {UNSURE: theirs}
    refreshed = form.data.copy()
    refreshed["opened"] = stale.saved.number
    form.data = refreshed
    form.add_error(None, stale.message)
    return {"differences": changes(theirs, ours)}


@require_POST
@guard(access.may_write, load=of_table)
def row_remove(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """Take a row out; refused while another one needs it."""
    table, item = request.place  # type: ignore[attr-defined]
    found = shown_or_404(request, plan)
    try:
        actions.change_row(
            scenario=found.scenario,
            table=table,
            item=item,
            row=None,
            opened=found.scenario.version,
            actor=request.actor.user,  # type: ignore[attr-defined]
            now=timezone.now(),
            why="Ligne retirée",
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Ligne retirée. La version d'avant reste dans « Versions ».")
    return redirect(f"{back(found, 'atelier:figures')}#{table}")


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=one)
def text(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """The whole plan as text; a mistake is shown at its line."""
    found = shown_or_404(request, plan)
    options = {"initial": {"text": found.version.text, "opened": found.scenario.version}}
    posted = request.method == "POST"
    form: Any = TextForm(request.POST) if posted else unchecked(TextForm, request, **options)
    context = {"shown": found, "here": "figures", "form": form}
    if posted and form.is_valid():
        asked = form.cleaned_data
        typed = asked["text"].replace("\r\n", "\n")
        try:
            actions.save_text(
                scenario=found.scenario,
                text=typed,
                opened=asked["opened"],
                why=asked["why"],
                actor=request.actor.user,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except actions.StalePlan as stale:
            refreshed = form.data.copy()
            refreshed["opened"] = stale.saved.number
            form.data = refreshed
            form.add_error(None, stale.message)
            context["saved"] = stale.saved
        except actions.PlanRefused as refusal:
            form.add_error("text", refusal.message)
            context["around"] = around(typed, refusal.line)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, KEPT)
            return redirect(back(found))
    return render(request, "atelier/text.html", context, status=422 if form.errors else 200)


def around(text: str, line: int | None) -> list[tuple[int, str, bool]]:
    """The lines near a mistake: number, text, whether it is the one."""
    if line is None:
        return []
    lines = text.split("\n")
    first = max(line - 3, 1)
    return [
        (number, lines[number - 1], number == line)
        for number in range(first, min(line + 2, len(lines)) + 1)
    ]
