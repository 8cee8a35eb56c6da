"""Chorus: one step noted by hand, and extracts read, applied, undone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.payments import access, chorus, imports
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.forms import ConfirmForm, ExtractForm, ReasonForm, StepForm
from ensemblier.fund.payments.models import ChorusImport, ChorusTrace, Payment

OUTCOMES = {
    "apply": ("info", "Sera noté"),
    "known": ("done", "Déjà noté"),
    "unmatched": ("stop", "Ne correspond à rien"),
    "ambiguous": ("stop", "Ambigu : rien n'est fait"),
    "invalid": ("stop", "Illisible"),
    "barred": ("wait", "Pas par vous"),
}
STATES = {"read": "wait", "applied": "done", "undone": "draft"}
DONE = {"apply": ("done", "Noté")}


def load_import(request: HttpRequest, pk: int) -> ChorusImport:
    return get_object_or_404(ChorusImport.objects.select_related("read_by", "ended_by"), pk=pk)


def load_trace(request: HttpRequest, pk: int) -> ChorusTrace:
    rows = ChorusTrace.objects.select_related(
        "agreement__decision__application__organisation",
        "agreement__decision__application__department",
        "agreement__decision__application__call__owner",
        "payment",
    )
    return get_object_or_404(rows, pk=pk)


@guard(access.may_record_chorus, load=load_agreement)
def record(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Note by hand what Chorus says."""
    live = Payment.objects.filter(
        instalment__agreement=agreement, state__in=("reserved", "paid")
    ).select_related("instalment")
    by_pk = {str(payment.pk): payment for payment in live}

    def act(typed: dict[str, Any]) -> None:
        typed["payment"] = by_pk.get(typed["payment"])
        chorus.record_step(agreement=agreement, actor=request.user, now=timezone.now(), **typed)

    choices = [
        (pk, f"Échéance {row.instalment.position} : {euros(row.amount_cents)}")
        for pk, row in by_pk.items()
    ]
    return confirm(
        request,
        back=reverse("payments:agreement", args=[agreement.number]),
        form_class=StepForm,
        options={"choices": choices},
        act=act,
        words={
            "title": "Noter une étape de Chorus",
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                "L'étape s'ajoute, avec votre nom et l'heure. L'organisation la voit.",
                "« Payé par le comptable » écrit aussi le paiement au livre.",
            ],
            "button": "Noter cette étape",
            "done": "L'étape est notée.",
        },
    )


@guard(access.may_undo_trace, load=load_trace)
def undo(request: HttpRequest, trace: ChorusTrace) -> HttpResponse:
    """Undo a step noted by mistake."""
    agreement = trace.agreement
    return confirm(
        request,
        back=reverse("payments:agreement", args=[agreement.number]),
        form_class=ReasonForm,
        act=lambda typed: chorus.undo_step(
            trace=trace, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Défaire une étape de Chorus",
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                f"« {trace.get_step_display().capitalize()} » {trace.number} est défait par une "
                "ligne contraire ; l'ancienne reste lisible.",
                "Un paiement noté par erreur est repris par une écriture inverse.",
            ],
            "button": "Défaire cette étape",
            "danger": True,
            "done": "L'étape est défaite.",
        },
    )


@guard(access.may_import_chorus)
def extracts(request: HttpRequest) -> HttpResponse:
    """Give an extract, and see the earlier ones."""
    form: Any = ExtractForm()
    status = 200
    if request.method == "POST":
        form, status = ExtractForm(request.POST, request.FILES), 422
        if form.is_valid():
            upload = form.cleaned_data["paper"]
            try:
                batch = imports.read_extract(
                    content=upload.read(),
                    name=upload.name or "extrait",
                    columns=form.columns(),
                    actor=request.user,
                    now=timezone.now(),
                )
                return redirect("payments:extract", pk=batch.pk)
            except Refusal as refusal:
                form.refuse(refusal)
    actor = request.actor  # type: ignore[attr-defined]
    seen = ChorusImport.objects.filter(access.imports_in_sight(actor))
    rows = seen.select_related("read_by")[:50]
    context = {"form": form, "rows": [(row, STATES[row.state], len(row.rows)) for row in rows]}
    return render(request, "payments/extracts.html", context, status=status)


@guard(access.may_see_import, load=load_import)
def extract(request: HttpRequest, batch: ChorusImport) -> HttpResponse:
    """What each line of an extract would do, or did."""
    actor = request.actor  # type: ignore[attr-defined]
    words = OUTCOMES if batch.state == ChorusImport.State.READ else OUTCOMES | DONE
    lines: list[tuple[Any, ...]]
    if batch.state == ChorusImport.State.READ:
        planned = imports.plan(batch, actor)
        lines = [(p.line._asdict(), *words[p.outcome], p.words) for p in planned]
        counts = Counter(p.outcome for p in planned)
    else:
        lines = [
            (row, *words[row.get("outcome", "known")], row.get("words", "")) for row in batch.rows
        ]
        counts = Counter(row.get("outcome", "known") for row in batch.rows)
    context = {
        "batch": batch,
        "kind": STATES[batch.state],
        "lines": lines[:500],
        "more": max(0, len(lines) - 500),
        "counts": [(*words[name], count) for name, count in counts.items()],
        "to_apply": counts["apply"],
        "works": access.may_work_on_import(actor, batch).allowed,
    }
    return render(request, "payments/extract.html", context)


@guard(access.may_work_on_import, load=load_import)
def apply(request: HttpRequest, batch: ChorusImport) -> HttpResponse:
    """Apply what the page showed."""
    actor = request.actor  # type: ignore[attr-defined]
    ready = [p for p in imports.plan(batch, actor) if p.outcome == "apply"]
    paid = sum(
        p.payment.amount_cents
        for p in ready
        if p.payment and any(step == chorus.Step.PAID for step, _, _ in p.steps)
    )
    return confirm(
        request,
        back=reverse("payments:extract", args=[batch.pk]),
        form_class=ConfirmForm,
        act=lambda typed: imports.apply_extract(
            batch=batch, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Appliquer cet extrait",
            "eyebrow": batch.name,
            "will_happen": [
                f"{len(ready)} ligne(s) sont notées ; {euros(paid)} sont notés payés au livre.",
                "Les autres lignes ne font rien.",
                "L'extrait peut être défait tant que rien ne l'a suivi.",
            ],
            "button": "Appliquer l'extrait",
            "done": "L'extrait est appliqué.",
        },
    )


@guard(access.may_work_on_import, load=load_import)
def undo_extract(request: HttpRequest, batch: ChorusImport) -> HttpResponse:
    """Undo all that an extract did."""
    return confirm(
        request,
        back=reverse("payments:extract", args=[batch.pk]),
        form_class=ReasonForm,
        act=lambda typed: imports.undo_extract(
            batch=batch, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Défaire cet extrait",
            "eyebrow": batch.name,
            "will_happen": [
                "Chaque ligne appliquée est défaite par une ligne contraire.",
                "Si quelque chose a suivi une seule ligne, rien n'est défait et la page dit quoi.",
            ],
            "button": "Défaire l'extrait",
            "danger": True,
            "done": "L'extrait est défait.",
        },
    )
