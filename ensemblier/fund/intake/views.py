"""Pages of imports: give a table, choose its columns, read the plan, apply, undo."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor, guard
from ensemblier.base.people.models import Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake import access, actions
from ensemblier.fund.intake.fields import fields_of
from ensemblier.fund.intake.forms import ColumnsForm, ReasonForm, TableForm
from ensemblier.fund.intake.models import Batch
from ensemblier.fund.intake.planning import lacking, plan

OUTCOMES = {
    "create": ("info", "Sera créé"),
    "update": ("info", "Sera mis à jour"),
    "same": ("done", "Déjà à jour"),
    "refused": ("stop", "Refusé"),
}
DONE = {"create": ("done", "Créé"), "update": ("done", "Mis à jour")}
STATES = {"read": "wait", "applied": "done", "undone": "draft"}
PAPERS = {"no": "draft", "waiting": "wait", "done": "done", "failed": "stop"}
MOST = 300
PAGE = require_http_methods(["GET", "HEAD", "POST"])


def load_batch(request: HttpRequest, pk: int) -> Batch:
    rows = Batch.objects.select_related("call__owner", "read_by", "ended_by")
    return get_object_or_404(rows.prefetch_related("call__expenses", "call__questions"), pk=pk)


def in_sight(actor: Actor) -> Q:
    """One's own imports; all of them for the programme and the auditors."""
    return Q() if actor.has(*access.READERS) else Q(read_by=actor.user.pk)


@PAGE
@guard(access.may_list)
def batches(request: HttpRequest) -> HttpResponse:
    """Earlier imports, and the form of a new one."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = Batch.objects.filter(in_sight(actor)).select_related("call", "read_by")
    rows = rows.defer("cells")[:50]
    context = {
        "rows": [(row, STATES[row.state]) for row in rows],
        "works": access.may_import(actor).allowed,
        "links": access.may_link(actor).allowed,
    }
    return render(request, "intake/batches.html", context)


@PAGE
@guard(access.may_import)
def new(request: HttpRequest) -> HttpResponse:
    """Give a table: it is read, nothing changes."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    calls = Call.objects.filter(published_at__isnull=False, opens_at__lte=now, closes_at__gt=now)
    head = actor.has(Role.NETWORK_HEAD) and not actor.has(*access.DESK, Role.PROGRAMME)
    options = {"user": request.user, "calls": calls}
    status = 200
    if request.method == "POST":
        form, status = TableForm(request.POST, request.FILES, **options), 422
        if form.is_valid():
            typed = dict(form.cleaned_data)
            paper = typed.pop("paper")
            try:
                batch = actions.read(
                    content=paper.read(),
                    name=paper.name or "tableau",
                    actor=request.user,
                    now=now,
                    **typed,
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                return _after_reading(request, batch)
    else:
        first = {"given_on": in_paris(now).date(), "quality": "network" if head else "officer"}
        form = unchecked(TableForm, request, initial=first, **options)
    context = {"form": form, "has_calls": calls.exists(), "most": actions.MOST_LINES}
    return render(request, "intake/new.html", context, status=status)


def _after_reading(request: HttpRequest, batch: Batch) -> HttpResponse:
    if batch.state == Batch.State.APPLIED:
        messages.info(request, "Ce même tableau est déjà importé : rien n'a changé.")
        return redirect("intake:batch", batch.pk)
    if lacking(batch.columns, fields_of(batch.call, in_paris(batch.read_at).date())):
        return redirect("intake:columns", batch.pk)
    return redirect("intake:batch", batch.pk)


@PAGE
@guard(access.may_work_on, load=load_batch)
def columns(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Correct which column fills what."""
    options = {
        "fields": fields_of(batch.call, in_paris(batch.read_at).date()),
        "heading": batch.heading,
        "chosen": batch.columns,
    }
    status = 200
    if request.method == "POST":
        form, status = ColumnsForm(request.POST, **options), 422
        if form.is_valid():
            try:
                actions.choose_columns(
                    batch=batch,
                    columns=form.columns(),
                    name=form.cleaned_data["name"],
                    actor=request.user,
                    now=timezone.now(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                return redirect("intake:batch", batch.pk)
    else:
        form = unchecked(ColumnsForm, request, **options)
    unused = [text for text in batch.heading if text and text not in batch.columns.values()]
    context = {
        "batch": batch,
        "form": form,
        "unused": unused,
        "lacks": lacking(batch.columns, options["fields"]),
        "is_read": batch.state == Batch.State.READ,
    }
    return render(request, "intake/columns.html", context, status=status)


@PAGE
@guard(access.may_see, load=load_batch)
def batch(request: HttpRequest, batch: Batch) -> HttpResponse:
    """What each line would do, or did."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    works = access.may_work_on(actor, batch).allowed
    if batch.state == Batch.State.READ:
        planned = plan(batch, actor) if works else []
        lines = [
            {
                "line": row.line, "title": row.title, "name": row.name,
                "words": [f"{fault.cell} : {fault.words}" for fault in row.faults],
                "number": row.application.number if row.application and not row.faults else "",
                "badge": OUTCOMES[row.outcome], "outcome": row.outcome,
            }
            for row in planned
        ]  # fmt: skip
    else:
        lines = [row | {"badge": (OUTCOMES | DONE)[row["outcome"]]} for row in batch.told]
    counts = Counter(row["badge"] for row in lines)
    context = {
        "batch": batch,
        "kind": STATES[batch.state],
        "lines": lines[:MOST],
        "counts": [(*badge, count) for badge, count in counts.items()],
        "to_do": sum(1 for row in lines if row["outcome"] in ("create", "update")),
        "works": works,
        "papers_kind": PAPERS[batch.papers],
    }
    return render(request, "intake/batch.html", context)


@PAGE
@guard(access.may_work_on, load=load_batch)
def apply(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Confirm, then do what the page showed."""
    if request.method == "POST":
        try:
            done = actions.apply(batch=batch, actor=request.user, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            made = sum(1 for row in done.told if row["outcome"] in ("create", "update"))
            messages.success(request, f"L'import est fait : {_counted(made, 'dossier')}.")
        return redirect("intake:batch", batch.pk)
    actor = request.actor  # type: ignore[attr-defined]
    counts = Counter(row.outcome for row in plan(batch, actor))
    context = {
        "title": "Importer ces dossiers",
        "eyebrow": batch.name,
        "will_happen": [
            *_announced(counts, batch.call.title),
            "Chaque association est prévenue par e-mail ; son représentant confirme avant le "
            "dépôt.",
            "L'import peut être défait, sauf pour les dossiers touchés depuis.",
        ],
        "button": "Importer",
        "cancel_url": batch_url(batch),
    }
    return render(request, "pages/confirm.html", context)


@PAGE
@guard(access.may_work_on, load=load_batch)
def undo(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Say why, then take back what nobody touched."""
    status = 200
    if request.method == "POST":
        form, status = ReasonForm(request.POST), 422
        if form.is_valid():
            try:
                actions.undo(batch=batch, actor=request.user, now=timezone.now(),
                             **form.cleaned_data)  # fmt: skip
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, "L'import est défait : le détail est ligne à ligne.")
                return redirect("intake:batch", batch.pk)
    else:
        form = unchecked(ReasonForm, request)
    context = {
        "title": "Défaire cet import",
        "eyebrow": batch.name,
        "form": form,
        "will_happen": [
            "Les brouillons créés sont retirés, les dossiers mis à jour reprennent leur contenu "
            "d'avant.",
            "Un dossier que quelqu'un a touché depuis reste comme il est : la page dit lequel et "
            "pourquoi.",
        ],
        "button": "Défaire l'import",
        "danger": True,
        "cancel_url": batch_url(batch),
    }
    return render(request, "pages/confirm.html", context, status=status)


def _announced(counts: Counter[str], call: str) -> list[str]:
    """What the lines do, without a line about nothing."""
    told = {
        "create": f"{_counted(counts['create'], 'brouillon')} à créer dans l'appel « {call} ».",
        "update": f"{_counted(counts['update'], 'dossier')} à mettre à jour.",
        "same": f"{_counted(counts['same'], 'dossier')} déjà à jour : rien ne change.",
        "refused": f"{_counted(counts['refused'], 'ligne')} à corriger : rien ne se passe pour "
        "elles.",
    }
    return [words for outcome, words in told.items() if counts[outcome]]


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


def batch_url(batch: Batch) -> str:
    return reverse("intake:batch", args=[batch.pk])
