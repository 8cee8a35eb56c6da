"""The evaluation of a project, and its end sheet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.access import may_read_agreement
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.monitoring import access, evaluating, sheets, voices
from ensemblier.fund.monitoring.models import EndSheet, Evaluation, Mark
from ensemblier.fund.monitoring.voice_forms import (
    ConsentForm,
    MarksForm,
    SheetForm,
    VoicesForm,
    WithdrawForm,
)

AROUND = (
    "agreement__decision__application__call__owner",
    "agreement__decision__application__organisation",
    "agreement__decision__application__department",
)
SHEET_BADGES = {"draft": "draft", "published": "done", "withdrawn": "stop"}


def load_evaluation(request: HttpRequest, number: str) -> Evaluation:
    rows = Evaluation.objects.select_related(*AROUND)
    return get_object_or_404(rows, agreement__number=number)


def load_sheet(request: HttpRequest, number: str) -> EndSheet:
    return get_object_or_404(EndSheet.objects.select_related(*AROUND), agreement__number=number)


@guard(may_read_agreement, load=load_agreement)
def evaluation(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Three voices side by side; the people's answers counted, small counts hidden."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    row = Evaluation.objects.filter(agreement=agreement).prefetch_related("marks", "counts").first()
    own = bool(row) and access.may_speak(actor, row, Mark.Voice.CARRIER).allowed
    indicators = agreement.indicators.prefetch_related("measures")
    context = {
        "agreement": agreement,
        "application": agreement.decision.application,
        "evaluation": row,
        "lines": voices.lines(agreement, row, safe=True),
        "asked": voices.answers(row.counts.all()) if row else [],
        "indicators": [(i, next(iter(i.measures.all()), None)) for i in indicators],
        "may_open": access.may_evaluate(actor, agreement).allowed,
        "may_carry": own,
        "may_visit": bool(row) and access.may_speak(actor, row, Mark.Voice.VISIT).allowed,
    }
    return render(request, "monitoring/evaluation.html", context)


@require_POST
@guard(access.may_evaluate, load=load_agreement)
def open_evaluation(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    try:
        evaluating.open_evaluation(agreement=agreement, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("monitoring:evaluation", number=agreement.number)


@guard(access.speaks_in, load=load_evaluation)
def marks(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Write one voice: the organisation's, or the visit's. Each person has one of them."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    voice = next(v for v in Mark.Voice if access.may_speak(actor, evaluation, v).allowed)
    lines = voices.lines(evaluation.agreement, evaluation, safe=True)
    if request.method != "POST":
        return _marks(request, evaluation, unchecked(MarksForm, request, lines=lines, voice=voice))
    form = MarksForm(request.POST, lines=lines, voice=voice)
    if not form.is_valid():
        return _marks(request, evaluation, form, status=422)
    try:
        evaluating.write_marks(
            evaluation=evaluation,
            voice=voice,
            marks=form.marks(),
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _marks(request, evaluation, form, status=422)
    messages.success(request, "Vos appréciations sont enregistrées.")
    return redirect("monitoring:evaluation", number=evaluation.agreement.number)


def _marks(request: HttpRequest, evaluation: Evaluation, form: Any, status: int = 200) -> Any:
    return render(request, "monitoring/marks.html", _around(evaluation, form), status=status)


def _around(evaluation: Evaluation, form: Any) -> dict[str, Any]:
    agreement = evaluation.agreement
    return {
        "evaluation": evaluation,
        "agreement": agreement,
        "application": agreement.decision.application,
        "form": form,
    }


@guard(access.carries, load=load_evaluation)
def people(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """What people answered, counted by the organisation that asked them."""
    if request.method != "POST":
        form: Any = unchecked(VoicesForm, request, evaluation=evaluation)
        return render(request, "monitoring/people.html", _around(evaluation, form))
    form = VoicesForm(request.POST, evaluation=evaluation)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            evaluating.count_voices(
                evaluation=evaluation,
                method=typed["method"],
                asked_on=typed["asked_on"],
                words=typed["words"],
                changed=typed["changed"],
                counts=form.counts(),
                actor=request.user,
                now=timezone.now(),
            )
            messages.success(
                request, "Les réponses sont comptées. Merci à celles et ceux qui ont répondu."
            )
            return redirect("monitoring:evaluation", number=evaluation.agreement.number)
        except Refusal as refusal:
            form.refuse(refusal)
    return render(request, "monitoring/people.html", _around(evaluation, form), status=422)


@require_POST
@guard(access.visits, load=load_evaluation)
def end(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    try:
        evaluating.end_evaluation(evaluation=evaluation, actor=request.user, now=timezone.now())
        messages.success(request, "L'évaluation est terminée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("monitoring:evaluation", number=evaluation.agreement.number)


@guard(access.may_read_sheet, load=load_agreement)
def sheet(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The end sheet: drafted, edited, published or withdrawn."""
    row = EndSheet.objects.filter(agreement=agreement).first()
    form = unchecked(SheetForm, request, sheet=row) if row else None
    return _sheet(request, agreement, row, form)


def _sheet(
    request: HttpRequest, agreement: Agreement, row: Any, form: Any, status: int = 200, **more: Any
) -> HttpResponse:
    actor: Any = request.actor  # type: ignore[attr-defined]
    context = {
        "agreement": agreement,
        "application": agreement.decision.application,
        "sheet": row,
        "badge_kind": SHEET_BADGES[row.state] if row else "",
        "form": form,
        "consent": unchecked(ConsentForm, request),
        "withdrawal": unchecked(WithdrawForm, request),
        "may_edit": access.may_start(actor, agreement).allowed,
        "may_publish": bool(row) and access.may_publish_sheet(actor, row).allowed,
        "may_withdraw": bool(row) and access.may_withdraw_sheet(actor, row).allowed,
        **more,
    }
    return render(request, "monitoring/sheet.html", context, status=status)


@require_POST
@guard(access.may_start, load=load_agreement)
def draft(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    try:
        sheets.draft_sheet(agreement=agreement, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("monitoring:sheet", number=agreement.number)


@require_POST
@guard(access.may_edit_sheet, load=load_sheet)
def save_sheet(request: HttpRequest, sheet: EndSheet) -> HttpResponse:
    form = SheetForm(request.POST, sheet=sheet)
    if not form.is_valid():
        return _sheet(request, sheet.agreement, sheet, form, status=422)
    try:
        sheets.save_sheet(
            sheet=sheet,
            fields=form.written(),
            version=form.cleaned_data["version"],
            actor=request.user,
            now=timezone.now(),
        )
    except sheets.StaleSheet as refusal:
        saved = load_sheet(request, sheet.agreement.number)
        form.refuse(refusal)
        form.data = {**form.data.dict(), "links": request.POST.getlist("links")}
        form.data["version"] = saved.version
        return _sheet(request, sheet.agreement, saved, form, status=409, conflict=True)
    except Refusal as refusal:
        form.refuse(refusal)
        return _sheet(request, sheet.agreement, sheet, form, status=422)
    messages.success(request, "La fiche est enregistrée. Elle ne paraît qu'avec votre accord.")
    return redirect("monitoring:sheet", number=sheet.agreement.number)


@require_POST
@guard(access.may_publish_sheet, load=load_sheet)
def publish_sheet(request: HttpRequest, sheet: EndSheet) -> HttpResponse:
    try:
        sheets.publish_sheet(
            sheet=sheet,
            agreed="agreed" in request.POST,
            actor=request.user,
            now=timezone.now(),
        )
        messages.success(request, "La fiche paraît dans la bibliothèque. Merci de partager.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("monitoring:sheet", number=sheet.agreement.number)


@require_POST
@guard(access.may_withdraw_sheet, load=load_sheet)
def withdraw_sheet(request: HttpRequest, sheet: EndSheet) -> HttpResponse:
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Le motif tient en 500 signes : raccourcissez-le.")
        return redirect("monitoring:sheet", number=sheet.agreement.number)
    try:
        sheets.withdraw_sheet(
            sheet=sheet,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        messages.success(request, "La fiche est retirée de la bibliothèque.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("monitoring:sheet", number=sheet.agreement.number)
