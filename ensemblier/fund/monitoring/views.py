"""Reports: the list of an agreement, the form of the organisation, the desk's check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.ledger import drawing
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.access import may_read_agreement
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.reading import whole
from ensemblier.fund.agreements.shares import agreed_cents
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring import access, actions, periods, reopening
from ensemblier.fund.monitoring.forms import CheckForm, ReopenForm, ReportForm
from ensemblier.fund.monitoring.funds import received_cents
from ensemblier.fund.monitoring.invoices import twice
from ensemblier.fund.monitoring.models import Report, ReportLine
from ensemblier.fund.monitoring.rules import Variance

BADGES = {"draft": "draft", "filed": "wait", "returned": "stop", "accepted": "done"}


def load_report(request: HttpRequest, pk: int) -> Report:
    rows = Report.objects.select_related(
        "agreement__decision__application__call__owner",
        "agreement__decision__application__organisation",
        "agreement__decision__application__department",
    )
    return get_object_or_404(rows, pk=pk)


@guard(may_read_agreement, load=load_agreement)
def index(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The reports an agreement asks for, with their dates, and what follows them."""
    actor = request.actor  # type: ignore[attr-defined]
    prefetch_related_objects(
        [whole(agreement)],
        "reports",
        "instalments",
        "decision__awards__envelope",
        "amendments__lines__envelope",
    )
    known = {(report.kind, report.year or 0): report for report in agreement.reports.all()}
    expected = periods.periods(agreement)
    asked = {(period.kind, period.year) for period in expected}
    shown = [_row(actor, period, known.get((period.kind, period.year))) for period in expected]
    shown += [
        _row(actor, periods.Period(kind, year, report.due_on), report)
        for (kind, year), report in known.items()
        if (kind, year) not in asked
    ]
    context = {
        "agreement": agreement,
        "application": agreement.decision.application,
        "rows": shown,
        "late": periods.overdue(agreement, timezone.localdate()),
        "may_start": access.may_start(actor, agreement).allowed,
        "may_evaluate": access.may_evaluate(actor, agreement).allowed,
    }
    return render(request, "monitoring/index.html", context)


def _row(actor: Any, period: Any, report: Report | None) -> dict[str, Any]:
    shown = report if report and access.may_read_report(actor, report).allowed else None
    return {"period": period, "report": shown, "badge": BADGES[shown.state] if shown else ""}


@require_POST
@guard(access.may_start, load=load_agreement)
def start(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Open a report with the planned budget in it."""
    kind, year = request.POST.get("kind", ""), request.POST.get("year", "")
    if kind not in Report.Kind.values or not (year.isascii() and year[:4].isdigit() or not year):
        messages.error(request, "Choisissez le bilan à ouvrir : annuel, intermédiaire ou final.")
        return redirect("monitoring:list", number=agreement.number)
    try:
        report = actions.start_report(
            agreement=agreement,
            kind=kind,
            year=int(year[:4]) if year and kind == Report.Kind.YEARLY else None,
            actor=request.user,
            day=timezone.localdate(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("monitoring:list", number=agreement.number)
    return redirect("monitoring:report", pk=report.pk)


@guard(access.may_read_report, load=load_report)
def report(request: HttpRequest, report: Report) -> HttpResponse:
    """The report: a form for the organisation while it is open, a page to read otherwise."""
    actor = request.actor  # type: ignore[attr-defined]
    if report.state in actions.EDITABLE and access.may_write(actor, report).allowed:
        return _edit(request, report, unchecked(ReportForm, request, report=report))
    return _read(request, report)


def _edit(request: HttpRequest, report: Report, form: Any, status: int = 200) -> HttpResponse:
    context = {
        "report": report,
        "agreement": report.agreement,
        "application": report.agreement.decision.application,
        "badge_kind": BADGES[report.state],
        "conflict": status == 409,
        "form": form,
        "may_certify": access.may_certify(request.actor, report),  # type: ignore[attr-defined]
        "invoices": report.invoices.count(),
        "drawn": drawing.was_given(report.agreement.decision.account_id),
    }
    return render(request, "monitoring/edit.html", context, status=status)


def _read(
    request: HttpRequest, report: Report, form: Any = None, status: int = 200
) -> HttpResponse:
    lines = list(report.lines.all())
    actor = request.actor  # type: ignore[attr-defined]
    checks = access.may_check(actor, report).allowed
    checking = checks and report.state == Report.State.FILED
    accepted = checks and report.state == Report.State.ACCEPTED
    if checking and form is None:
        form = unchecked(CheckForm, request, initial=_proposal(report, lines))
    if accepted and form is None:
        form = unchecked(ReopenForm, request)
    invoices = list(report.invoices.all())
    context = {
        "report": report,
        "agreement": report.agreement,
        "application": report.agreement.decision.application,
        "badge_kind": BADGES[report.state],
        "sides": [
            ("Charges", _compared(lines, Side.CHARGE, report)),
            ("Produits", _compared(lines, Side.RESOURCE, report)),
        ],
        "unspent": _unspent(report),
        "invoices": invoices,
        "twice": twice(invoices, actor) if invoices else {},
        "checking": checking,
        "accepted": accepted,
        "why_closed": reopening.why_closed(report) if accepted else "",
        "form": form,
    }
    return render(request, "monitoring/read.html", context, status=status)


def _compared(lines: list[Any], side: str, report: Report) -> dict[str, Any]:
    """Planned, actual and variance of one side, with its total."""
    rows = []
    for line in (line for line in lines if line.side == side):
        variance = Variance(line.planned_cents, line.actual_cents or 0)
        rows.append((line, variance, variance.is_significant(report.due_on)))
    total = Variance(sum(v.planned for _, v, _ in rows), sum(v.actual for _, v, _ in rows))
    return {"rows": rows, "total": total}


def _unspent(report: Report) -> dict[str, int] | None:
    """What was received and not justified: what may be kept, what must come back."""
    if report.justified_cents is None or report.kind != Report.Kind.FINAL:
        return None
    left = max(0, received_cents(report.agreement) - report.justified_cents)
    kept = min(left, report.kept_cents or 0)
    return {"left": left, "kept": kept, "back": left - kept}


def _proposal(report: Report, lines: Sequence[ReportLine]) -> dict[str, Any]:
    """What the desk would usually admit: the grant, less what charges fell short of resources."""
    granted = agreed_cents(report.agreement)
    charges = sum(line.actual_cents or 0 for line in lines if line.side == Side.CHARGE)
    resources = sum(line.actual_cents or 0 for line in lines if line.side == Side.RESOURCE)
    return {"justified_cents": max(0, granted - max(0, resources - charges))}


@require_POST
@guard(access.may_write, load=load_report)
def save(request: HttpRequest, report: Report) -> HttpResponse:
    """Keep the report; with `file`, hand it to the desk too."""
    form = ReportForm(request.POST, report=report)
    if not form.is_valid():
        return _edit(request, report, form, status=422)
    typed = form.cleaned_data
    try:
        report = actions.save_report(
            report=report,
            narrative=typed["narrative"],
            variance_note=typed["variance_note"],
            people_count=typed["people_count"],
            actuals=form.actuals(),
            story=form.story(),
            version=typed["version"],
            actor=request.user,
        )
    except actions.StaleReport as refusal:
        saved = load_report(request, report.pk)
        form.refuse(refusal)
        form.data = {**form.data.dict(), "version": saved.version}
        return _edit(request, saved, form, status=409)
    except Refusal as refusal:
        form.refuse(refusal)
        return _edit(request, report, form, status=422)
    if "fill" in request.POST:
        # The page of the chains' figures is above us: known by its address only.
        return redirect("reports:fill", pk=report.pk)
    return _file(request, report) if "file" in request.POST else _saved(request, report)


def _saved(request: HttpRequest, report: Report) -> HttpResponse:
    messages.success(request, "Le bilan est enregistré. Vous pouvez fermer cette page.")
    return redirect("monitoring:report", pk=report.pk)


def _file(request: HttpRequest, report: Report) -> HttpResponse:
    try:
        actions.file_report(report=report, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        form = ReportForm(report=report)
        form.is_bound, form.data = True, {form.add_prefix(k): v for k, v in form.initial.items()}
        form.full_clean()
        form.refuse(refusal)
        return _edit(request, report, form, status=422)
    messages.success(request, "Le bilan est déposé. Le service de l'État le contrôle.")
    return redirect("monitoring:report", pk=report.pk)


@require_POST
@guard(access.may_check, load=load_report)
def check(request: HttpRequest, report: Report) -> HttpResponse:
    """Accept or send back; once accepted, open again."""
    if "reopen" in request.POST:
        return _reopen(request, report)
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _read(request, report, form, status=422)
    note, now = form.cleaned_data["note"], timezone.now()
    try:
        if "accept" in request.POST:
            actions.accept_report(
                report=report,
                justified_cents=form.cleaned_data["justified_cents"],
                kept_cents=form.cleaned_data["kept_cents"] or 0,
                note=note,
                actor=request.user,
                now=now,
            )
        else:
            actions.return_report(report=report, note=note, actor=request.user, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _read(request, report, form, status=422)
    messages.success(request, "Votre réponse est envoyée à l'organisation.")
    return redirect("monitoring:report", pk=report.pk)


def _reopen(request: HttpRequest, report: Report) -> HttpResponse:
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _read(request, report, form, status=422)
    try:
        reopening.reopen_report(
            report=report,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _read(request, report, form, status=422)
    messages.success(request, "Le bilan est rouvert : contrôlez-le de nouveau.")
    return redirect("monitoring:report", pk=report.pk)
