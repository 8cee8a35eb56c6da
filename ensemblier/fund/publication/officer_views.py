"""The programme officer's page: publish now, correct a line, withdraw it, put it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.publication import access, actions, reading
from ensemblier.fund.publication.entries import is_complete
from ensemblier.fund.publication.forms import CorrectForm, ReasonForm
from ensemblier.fund.publication.models import Entry
from ensemblier.fund.publication.views import load_entry


@require_safe
@guard(access.may_publish)
def index(request: HttpRequest) -> HttpResponse:
    """What is published, what is late."""
    rows = list(reading.last_versions().values())
    context = {
        "rows": sorted(rows, key=lambda row: row.entry.code, reverse=True)[:500],
        "incomplete": [row for row in rows if row.entry.is_due and not is_complete(row.content)],
        "late": actions.overdue(timezone.localdate()),
    }
    return render(request, "publication/index.html", context)


@require_POST
@guard(access.may_publish)
def refresh(request: HttpRequest) -> HttpResponse:
    """Publish what was signed since."""
    found = actions.refresh(actor=request.user, now=timezone.now())
    if found.opened or found.changed or found.files:
        messages.success(
            request,
            f"Lignes ajoutées : {found.opened}, changées : {found.changed}, "
            f"fichiers refaits : {found.files}.",
        )
    else:
        messages.success(request, "Tout est déjà à jour.")
    return redirect("publication:index")


@guard(access.may_publish, load=load_entry)
def edit(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Correct a line; its history stays."""
    last = reading.history(entry)[0]
    if request.method != "POST":
        names = [n for n in CorrectForm.base_fields if n != "reason"]
        initial = {name: last.content.get(name, "") for name in names}
        return _edit(request, entry, unchecked(CorrectForm, request, initial=initial))
    form = CorrectForm(request.POST)
    if not form.is_valid():
        return _edit(request, entry, form, status=422)
    try:
        actions.correct(
            entry=entry,
            fields=form.changes(),
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _edit(request, entry, form, status=422)
    messages.success(request, "La correction est publiée. L'ancienne version reste visible.")
    return redirect("publication:edit", code=entry.code)


def _edit(request: HttpRequest, entry: Entry, form: Any, status: int = 200) -> HttpResponse:
    versions = reading.history(entry)
    context = {
        "entry": entry,
        "last": versions[0],
        "versions": versions,
        "form": form,
        "reason": unchecked(ReasonForm, request, auto_id="why_%s"),
    }
    return render(request, "publication/edit.html", context, status=status)


@require_POST
@guard(access.may_publish, load=load_entry)
def withdraw(request: HttpRequest, entry: Entry) -> HttpResponse:
    return _change(request, entry, actions.withdraw, "La ligne est retirée des fichiers.")


@require_POST
@guard(access.may_publish, load=load_entry)
def restore(request: HttpRequest, entry: Entry) -> HttpResponse:
    return _change(request, entry, actions.restore, "La ligne est remise dans les fichiers.")


def _change(request: HttpRequest, entry: Entry, verb: Any, said: str) -> HttpResponse:
    reason = request.POST.get("reason", "")[:500]
    try:
        verb(entry=entry, reason=reason, actor=request.user, now=timezone.now())
        messages.success(request, said)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("publication:edit", code=entry.code)
