"""Pages of linked démarches: link one, read it, see how far it is, bring its papers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor, Answer, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake import access, linking, reading
from ensemblier.fund.intake import papers as bringing
from ensemblier.fund.intake.forms import DemarcheForm
from ensemblier.fund.intake.models import Batch, Demarche
from ensemblier.fund.intake.views import load_batch

BADGES = {"idle": "done", "waiting": "wait", "reading": "wait", "failed": "stop"}
# The other site does not say how many files it holds: progress is told in steps.
STEPS = 3


def load_demarche(request: HttpRequest, pk: int) -> Demarche:
    return get_object_or_404(Demarche.objects.select_related("call", "owner"), pk=pk)


def may_see_demarche(actor: Actor, demarche: Demarche) -> Answer:
    answer = access.may_work_on_demarche(actor, demarche)
    return access.YES if answer.reason else answer


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_link)
def demarches(request: HttpRequest) -> HttpResponse:
    """One's linked démarches, and the form of a new one."""
    now, status = timezone.now(), 200
    calls = Call.objects.filter(published_at__isnull=False, opens_at__lte=now, closes_at__gt=now)
    if request.method == "POST":
        form, status = DemarcheForm(request.POST, calls=calls), 422
        if form.is_valid():
            try:
                row = linking.link(actor=request.user, now=now, **form.cleaned_data)
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, "La démarche est reliée. Son jeton est chiffré.")
                return redirect("intake:demarche", row.pk)
    else:
        first = {"given_on": in_paris(now).date()}
        form = unchecked(DemarcheForm, request, initial=first, calls=calls)
    rows = Demarche.objects.filter(owner=request.user).select_related("call")
    context = {"form": form, "rows": [(row, BADGES[row.state]) for row in rows[:50]]}
    return render(request, "intake/demarches.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
@guard(may_see_demarche, load=load_demarche)
def demarche(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """How far the reading is, and the imports it made."""
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "demarche": demarche,
        "kind": BADGES[demarche.state],
        "batches": demarche.batches.defer("cells")[:50],
        "works": access.may_work_on_demarche(actor, demarche).allowed,
        **_progress(demarche),
    }
    return render(request, "intake/demarche.html", context)


def _progress(demarche: Demarche) -> dict[str, Any]:
    """Under way, cut, or at rest; how many files a resumed reading would not ask for again."""
    runs = reading.is_under_way(demarche, timezone.now())
    pages = list(demarche.pages.values_list("is_last", flat=True))
    step = 1 if demarche.state == Demarche.State.WAITING else 3 if any(pages) else 2
    words = {
        1: "Étape 1 sur 3 : la lecture attend son tour.",
        2: f"Étape 2 sur 3 : dossiers lus, {demarche.seen}. Le site ne dit pas combien il en "
        "reste.",
        3: f"Étape 3 sur 3 : dossiers lus, {demarche.seen}. Recherche de ceux qui ont été "
        "supprimés là-bas.",
    }
    return {
        "runs": runs,
        "is_cut": demarche.state in reading.UNDER_WAY and not runs,
        "kept": demarche.seen if pages else 0,
        "step": step - 1,
        "steps": STEPS,
        "phrase": words[step],
    }


@require_POST
@guard(access.may_work_on_demarche, load=load_demarche)
def read(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """Ask for what changed over there; the task worker reads it, this page says how far it is."""
    try:
        asked = reading.ask_reading(
            demarche=demarche,
            from_start=request.POST.get("from_start") == "1",
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        if not asked:
            messages.info(request, "Cette lecture est déjà demandée : elle suit son cours.")
    return redirect("intake:demarche", demarche.pk)


@require_POST
@guard(access.may_work_on, load=load_batch)
def papers(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Ask for the papers of an applied import; the task worker brings them."""
    try:
        asked = bringing.ask_papers(batch=batch, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        words = "demandées" if asked else "déjà demandées"
        messages.info(request, f"Les pièces sont {words} : elles arrivent une à une.")
    return redirect("intake:batch", batch.pk)
