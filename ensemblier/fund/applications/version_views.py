"""Pages of versions: the list, what changed between two, starting from a former file."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.journal.actions import refuse
from ensemblier.base.people.access import Actor, Answer, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access, changes, content, copying, snapshots
from ensemblier.fund.applications.company_forms import CopyForm, VersionForm
from ensemblier.fund.applications.models import Application, Carryover, Snapshot
from ensemblier.fund.applications.reading import load_call, load_whole
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.calls.models import Call

NOW, LAST_YEAR = "maintenant", "an-dernier"
TOLD = (Snapshot.Reason.FILED, Snapshot.Reason.COMPLEMENTS)


class Side(NamedTuple):
    """One of the two contents compared: its address, its words, and the content."""

    key: str
    label: str
    content: dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_read, load=load_whole)
def versions(request: HttpRequest, application: Application) -> HttpResponse:
    """The versions of a file, and what two of them do not share."""
    actor = request.actor  # type: ignore[attr-defined]
    writes = access.writes(actor, application)
    if request.method == "POST" and not writes:
        reason = access.may_write(actor, application).reason
        refuse(reason=reason)
        return render(request, "pages/refused.html", {"reason": reason}, status=403)
    form = (
        VersionForm(request.POST) if request.method == "POST" else unchecked(VersionForm, request)
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = snapshots.keep_version(
                application=application, actor=actor.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"La version {row.number} est gardée.")
            return redirect("applications:versions", application.number)
    rows = visible(actor, application)
    former = former_file(actor, application)
    first, second = _chosen(request, rows, former, application)
    context = {
        "application": application,
        "rows": rows,
        "form": form if writes else None,
        "choices": _choices(rows, former),
        "first": first,
        "second": second,
        "pages": changes.pages(first.content, second.content) if first and second else [],
        "former": former,
        "filed": next((row for row in rows if row.reason == Snapshot.Reason.FILED), None),
    }
    status = 422 if form.errors else 200
    return render(request, "applications/versions.html", context, status=status)


def visible(actor: Actor, application: Application) -> list[Snapshot]:
    """Those of the file see all; the service sees what was sent to it."""
    rows = application.snapshots.select_related("taken_by")
    if access.may_read_comments(actor, application).allowed:
        return list(rows)
    return list(rows.filter(reason__in=TOLD))


def former_file(actor: Actor, application: Application) -> Application | None:
    """The file of last year, when this person may read it too."""
    former = copying.former_of(application)
    if former is None or not access.may_read(actor, former).allowed:
        return None
    return former


def _choices(rows: list[Snapshot], former: Application | None) -> list[tuple[str, str]]:
    found = [(LAST_YEAR, f"Dossier de l'an dernier, {former.number}")] if former else []
    found += [(str(row.number), _label(row)) for row in rows]
    return [*found, (NOW, "Le dossier maintenant")]


def _label(row: Snapshot) -> str:
    return f"Version {row.number} : {row.note or row.get_reason_display()}"


def _chosen(
    request: HttpRequest, rows: list[Snapshot], former: Application | None, application: Application
) -> tuple[Side | None, Side | None]:
    keys = [key for key, _ in _choices(rows, former)]
    wanted = request.GET.get("de", ""), request.GET.get("a", NOW)
    if not wanted[0]:
        return None, None
    if not set(wanted) <= set(keys):
        raise Http404
    return _side(wanted[0], rows, former, application), _side(wanted[1], rows, former, application)


def _side(
    key: str, rows: list[Snapshot], former: Application | None, application: Application
) -> Side:
    if key == NOW:
        return Side(key, "le dossier maintenant", content.whole_content(application))
    if key == LAST_YEAR and former is not None:
        sent = former.snapshots.filter(reason__in=TOLD).last()
        found = sent.content if sent else content.whole_content(former)
        return Side(key, f"le dossier {former.number}", found)
    row = next(row for row in rows if str(row.number) == key)
    return Side(key, _label(row), row.content)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_start, load=load_call)
def copy(request: HttpRequest, call: Call) -> HttpResponse:
    """Choose a former file; the new one opens with the list of what to check."""
    actor = request.actor  # type: ignore[attr-defined]
    files = copying.former_files(actor, call)
    form = (
        CopyForm(request.POST, files=files)
        if request.method == "POST"
        else unchecked(CopyForm, request, files=files, initial={"source": files[0] if files else 0})
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = copying.copy_file(
                call=call, actor=actor.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Votre dossier {row.application.number} est ouvert.")
            return redirect("applications:carryover", row.application.number)
    context = {"call": call, "form": form, "files": files}
    status = 422 if form.errors else 200
    return render(request, "applications/copy.html", context, status=status)


def load_carryover(request: HttpRequest, number: str) -> Carryover:
    rows = Carryover.objects.select_related(
        "application__call", "application__organisation", "application__department", "source__call"
    )
    found = rows.filter(application__number=number).first()
    if found is None:
        raise Http404
    return found


def may_follow(actor: Actor, carryover: Carryover) -> Answer:
    return access.may_write(actor, carryover.application)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_follow, load=load_carryover)
def carryover(request: HttpRequest, row: Carryover) -> HttpResponse:
    """What was kept, what was left and why, what to check: ticked as one goes."""
    if request.method == "POST":
        ranks = [int(text) for text in request.POST.getlist("done") if text.isdecimal()]
        try:
            copying.check_again(carryover=row, done=ranks, actor=request.user)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "C'est noté.")
        return redirect("applications:carryover", row.application.number)
    context = {
        "application": row.application,
        "row": row,
        "checks": [{**check, "name": NAMES[check["step"]]} for check in row.checks],
    }
    return render(request, "applications/carryover.html", context)
