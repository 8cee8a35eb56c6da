"""The page of the applicant: where the money is, what blocks it, who must act."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from ensemblier.base.people.access import guard
from ensemblier.engines.law.subsidies import payment_due_days
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments import access
from ensemblier.fund.payments.cofunding import debts
from ensemblier.fund.payments.where import tracks, with_the_way


def load_application(request: HttpRequest, number: str) -> Application:
    rows = Application.objects.select_related("organisation", "department", "call__owner")
    return get_object_or_404(rows, number=number, decision__outcome="funded")


@guard(access.may_see_where, load=load_application)
def where(request: HttpRequest, application: Application) -> HttpResponse:
    """Each instalment on its way, as a picture and its table."""
    # What is not sent yet is the desk's own work.
    sent = Agreement.objects.exclude(state=Agreement.State.DRAFT)
    rows = sent.filter(decision__application=application)
    found = tracks(with_the_way(rows), timezone.now())
    decided = application.decision.decided_at
    paid = sum(t.instalment.amount_cents for t in found if t.is_paid)
    total = sum(t.instalment.amount_cents for t in found)
    owed = debts(found[0].agreement, (total, paid)) if found else []
    context = {
        "debts": owed if len(owed) > 1 else [],
        "application": application,
        "decision": application.decision,
        "tracks": found,
        "agreement": found[0].agreement if found else None,
        "since": timezone.localtime(decided).date(),
        "days": payment_due_days(timezone.localdate()),
        "paid": paid,
        "total": total,
    }
    return render(request, "payments/where.html", context)
