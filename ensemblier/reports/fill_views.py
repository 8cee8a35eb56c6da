"""Fill the report of an agreement from a chain: read first, then written where nothing is yet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.monitoring.access import may_write
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.monitoring.views import load_report
from ensemblier.reports import filling
from ensemblier.reports.forms import FillForm


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_write, load=load_report)
def fill(request: HttpRequest, report: Report) -> HttpResponse:
    """What each chain says, beside what the report holds; one button for each chain."""
    chains = filling.chains_of(report)
    form, status = FillForm(request.POST or None, chains=chains), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                filling.fill_account(
                    report=report,
                    actor=request.user,
                    day=timezone.localdate(),
                    **form.cleaned_data,
                )
            except Refusal as refusal:
                form.refuse(refusal)
                status = getattr(refusal, "status", 422)
            else:
                messages.success(
                    request, "Le bilan est rempli. Relisez chaque montant avant de le déposer."
                )
                return redirect("monitoring:report", pk=report.pk)
    context = {
        "report": report,
        "agreement": report.agreement,
        "form": form,
        "found": [_shown(report, chain) for chain in chains],
        "back": reverse("monitoring:report", args=[report.pk]),
    }
    return render(request, "reports/fill.html", context, status=status)


def _shown(report: Report, chain: Any) -> dict[str, Any]:
    """The proposal of a chain, or why there is none."""
    try:
        return {
            "chain": chain,
            "told": filling.proposal(report=report, chain=chain, day=timezone.localdate()),
        }
    except Refusal as refusal:
        return {"chain": chain, "refused": refusal.message}
