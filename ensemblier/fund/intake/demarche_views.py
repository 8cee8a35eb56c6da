"""Pages of linked démarches: link one, read it, see how far it is, bring its papers."""

from __future__ import annotations

import time

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
from ensemblier.fund.intake import access, linking
from ensemblier.fund.intake.forms import DemarcheForm
from ensemblier.fund.intake.models import Batch, Demarche
from ensemblier.fund.intake.views import load_batch

BADGES = {"idle": "done", "reading": "wait", "failed": "stop"}


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
    }
    return render(request, "intake/demarche.html", context)


@require_POST
@guard(access.may_work_on_demarche, load=load_demarche)
def read(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """Read what changed over there: the import is then shown line by line."""
    try:
        batch = linking.fetch(
            demarche=demarche, actor=request.user, now=timezone.now(), wait=time.sleep
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("intake:demarche", demarche.pk)
    if batch is None:
        messages.info(request, "Rien de nouveau là-bas.")
        return redirect("intake:demarche", demarche.pk)
    return redirect("intake:batch", batch.pk)


@require_POST
@guard(access.may_work_on, load=load_batch)
def papers(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Bring the papers of an applied import."""
    try:
        told = linking.join_papers(
            batch=batch, actor=request.user, now=timezone.now(), wait=time.sleep
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        for words in told[:20] or ["Aucune pièce nouvelle."]:
            messages.info(request, words)
    return redirect("intake:batch", batch.pk)
