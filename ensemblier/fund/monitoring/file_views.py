"""What goes with a report: its PDF, its invoices, and the dedicated fund of the agreement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.access import may_read_agreement
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.monitoring import access, funds, invoices
from ensemblier.fund.monitoring.actions import EDITABLE
from ensemblier.fund.monitoring.forms import InvoiceForm, UseForm
from ensemblier.fund.monitoring.models import DeclaredInvoice, Report
from ensemblier.fund.monitoring.report_pdf import report_pdf
from ensemblier.fund.monitoring.views import load_report


@require_safe
@guard(access.may_read_report, load=load_report)
def pdf(request: HttpRequest, report: Report) -> HttpResponse:
    """The form as it stands: the certified one is the frozen file."""
    if report.pdf and report.state not in EDITABLE:
        return redirect("downloads:download", name=report.pdf.name)
    content = report_pdf(report, made_at=timezone.now())
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="projet-{report.agreement.number}.pdf"'
    return answer


@guard(access.may_read_report, load=load_report)
def invoice_list(request: HttpRequest, report: Report) -> HttpResponse:
    """The invoices a report counts; each that another report counts too is shown."""
    form = unchecked(InvoiceForm, request, report=report)
    return _invoices(request, report, form)


def _invoices(request: HttpRequest, report: Report, form: Any, status: int = 200) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    rows = list(report.invoices.all())
    found = invoices.twice(rows, actor)
    context = {
        "report": report,
        "agreement": report.agreement,
        "application": report.agreement.decision.application,
        "rows": [(row, found.get(row.pk, [])) for row in rows],
        "total": sum(row.amount_cents for row in rows),
        "writing": report.state in EDITABLE and access.may_write(actor, report).allowed,
        "form": form,
    }
    return render(request, "monitoring/invoices.html", context, status=status)


@require_POST
@guard(access.may_write, load=load_report)
def declare(request: HttpRequest, report: Report) -> HttpResponse:
    """Add an invoice."""
    form = InvoiceForm(request.POST, report=report)
    if not form.is_valid():
        return _invoices(request, report, form, status=422)
    try:
        invoices.declare(report=report, actor=request.user, now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        form.refuse(refusal)
        return _invoices(request, report, form, status=422)
    messages.success(request, "La facture est ajoutée.")
    return redirect("monitoring:invoices", pk=report.pk)


def load_invoice(request: HttpRequest, pk: int) -> DeclaredInvoice:
    rows = DeclaredInvoice.objects.select_related(
        "report__agreement__decision__application__call__owner",
        "report__agreement__decision__application__organisation",
        "report__agreement__decision__application__department",
    )
    return get_object_or_404(rows, pk=pk)


@require_POST
@guard(access.may_withdraw_invoice, load=load_invoice)
def withdraw(request: HttpRequest, invoice: DeclaredInvoice) -> HttpResponse:
    """Take an invoice out."""
    try:
        invoices.withdraw(invoice=invoice, actor=request.user, now=timezone.now())
        messages.success(request, "La facture est retirée de ce bilan.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("monitoring:invoices", pk=invoice.report_id)


@guard(may_read_agreement, load=load_agreement)
def fund(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """What was received and not used at the end of each year, with the entries to write."""
    return _fund(request, agreement, unchecked(UseForm, request, initial=_year(request)))


def _year(request: HttpRequest) -> dict[str, int]:
    return {"year": timezone.localdate().year}


def _fund(request: HttpRequest, agreement: Agreement, form: Any, status: int = 200) -> HttpResponse:
    found, wrong = funds.fund_of(agreement)
    context = {
        "agreement": agreement,
        "application": agreement.decision.application,
        "moves": found,
        "wrong": wrong,
        "years": funds.years_of(agreement),
        "writing": access.may_start(request.actor, agreement).allowed,  # type: ignore[attr-defined]
        "form": form,
    }
    return render(request, "monitoring/fund.html", context, status=status)


@require_POST
@guard(access.may_start, load=load_agreement)
def use(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Say what was used in a year."""
    form = UseForm(request.POST)
    if not form.is_valid():
        return _fund(request, agreement, form, status=422)
    try:
        funds.state_use(
            agreement=agreement, actor=request.user, now=timezone.now(), **form.cleaned_data
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _fund(request, agreement, form, status=422)
    messages.success(request, "L'emploi de cette année est enregistré.")
    return redirect("monitoring:fund", number=agreement.number)
