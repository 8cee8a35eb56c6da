"""Fill the report of an agreement from its chains: read first, then written where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.chains.models import Chain
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
    """What its chains say together and each apart, beside what the report holds; one button."""
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
        "chains": chains,
        **(_shown(report, chains) if chains else {}),
        "back": reverse("monitoring:report", args=[report.pk]),
    }
    return render(request, "reports/fill.html", context, status=status)


def _shown(report: Report, chains: Sequence[Chain]) -> dict[str, Any]:
    """The proposal, or why there is none."""
    try:
        day = timezone.localdate()
        return {"told": filling.proposal(report=report, chains=chains, day=day)}
    except Refusal as refusal:
        return {"refused": refusal.message}
