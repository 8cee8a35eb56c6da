"""Agreements: the list, the preparation, the page, the signature and the PDF."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation, Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.subsidies import payment_due_days, report_due
from ensemblier.fund.agreements import access, actions
from ensemblier.fund.agreements.forms import PrepareForm, SignForm
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.applications.access import may_read as may_read_application
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.decisions.models import Decision

BADGES = {"draft": "draft", "sent": "wait", "signed": "done", "closed": "info"}


def load_agreement(request: HttpRequest, number: str) -> Agreement:
    rows = Agreement.objects.select_related(
        "decision__application__call__owner",
        "decision__application__organisation",
        "decision__application__department",
        "pdf",
    )
    return get_object_or_404(rows, number=number)


def load_decision(request: HttpRequest, number: str) -> Decision:
    rows = Decision.objects.select_related(
        "application__call__owner", "application__organisation", "application__department"
    )
    return get_object_or_404(rows, application__number=number, outcome="funded")


@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    """Agreements this person may see, and the grants that still await one."""
    actor = request.actor  # type: ignore[attr-defined]
    seen = Application.objects.filter(access.in_sight(actor))
    rows = (
        Agreement.objects.filter(decision__application__in=seen)
        .select_related("decision__application__organisation")
        .annotate(granted=Sum("decision__awards__amount_cents"))
        .order_by("-pk")
    )
    desk = actor.has(Role.PROGRAMME, Role.INSTRUCTOR, Role.SIGNATORY, Role.AUDITOR)
    if not desk:
        rows = rows.exclude(state=Agreement.State.DRAFT)
    waiting = seen.filter(state=State.FUNDED, decision__agreement=None) if desk else seen.none()
    return render(
        request,
        "agreements/index.html",
        {
            "rows": [(row, BADGES[row.state]) for row in rows[:200]],
            "waiting": waiting.select_related("organisation").order_by("pk")[:200],
            "may_prepare": actor.has(Role.PROGRAMME, Role.INSTRUCTOR),
        },
    )


@guard(access.may_prepare, load=load_decision)
def prepare(request: HttpRequest, decision: Decision) -> HttpResponse:
    """Dates, clause and instalments; may be done again until the agreement is sent."""
    agreement = Agreement.objects.filter(decision=decision).first()
    if agreement and agreement.state != Agreement.State.DRAFT:
        return redirect("agreements:detail", number=agreement.number)
    if request.method != "POST":
        form = unchecked(PrepareForm, request, initial=_initial(decision, agreement))
        return _prepare_page(request, decision, form)
    form = PrepareForm(request.POST)
    if form.is_valid():
        try:
            agreement = actions.prepare(
                decision=decision,
                starts_on=form.cleaned_data["starts_on"],
                ends_on=form.cleaned_data["ends_on"],
                surplus_clause=form.cleaned_data["surplus_clause"],
                instalments=form.instalments(),
                actor=request.user,
            )
            messages.success(request, "La convention est prête à relire, puis à envoyer.")
            return redirect("agreements:detail", number=agreement.number)
        except Refusal as refusal:
            form.refuse(refusal)
    return _prepare_page(request, decision, form, status=422)


def _prepare_page(
    request: HttpRequest, decision: Decision, form: Any, status: int = 200
) -> HttpResponse:
    context = {
        "decision": decision,
        "application": decision.application,
        "granted": actions.granted_cents(decision),
        "form": form,
    }
    return render(request, "agreements/prepare.html", context, status=status)


def _initial(decision: Decision, agreement: Agreement | None) -> dict[str, Any]:
    """What is already prepared, else a usual plan: 60 % at the signature, the rest at the end."""
    if agreement:
        facts: dict[str, Any] = {
            "starts_on": agreement.starts_on,
            "ends_on": agreement.ends_on,
            "surplus_clause": agreement.surplus_clause,
        }
        planned = [(i.amount_cents, i.release, i.due_on) for i in agreement.instalments.all()]
    else:
        call = decision.application.call
        granted = actions.granted_cents(decision)
        first = granted * 60 // 100 // 100 * 100
        starts = in_paris(decision.decided_at).date()
        ends = max(date(call.last_year, 12, 31), starts + timedelta(days=365))
        facts = {"starts_on": starts, "ends_on": ends}
        planned = [
            (
                first,
                Instalment.Release.SIGNATURE,
                starts + timedelta(days=payment_due_days(starts)),
            ),
            (granted - first, Instalment.Release.FINAL_REPORT, report_due(date(ends.year, 12, 31))),
        ]
    for rank, (amount, release, due_on) in enumerate(planned, start=1):
        facts |= {f"amount_{rank}": amount, f"release_{rank}": release, f"due_on_{rank}": due_on}
    return facts


@guard(access.may_read_agreement, load=load_agreement)
def detail(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The agreement: what is granted, when it is paid, who signed."""
    return _detail(request, agreement, unchecked(SignForm, request))


def _detail(request: HttpRequest, agreement: Agreement, form: Any, status: int = 200) -> Any:
    actor = request.actor  # type: ignore[attr-defined]
    signed = {row.organisation_id: row for row in agreement.signatures.all()}
    parties = [(party, signed.get(party.pk)) for party in actions.parties(agreement)]
    signing = next(
        (party for party, done in parties if not done and _speaks_for(request, agreement, party)),
        None,
    )
    turn = next((party for party, done in parties if not done), None)
    context = {
        "agreement": agreement,
        "badge_kind": BADGES[agreement.state],
        "application": agreement.decision.application,
        "awards": agreement.decision.awards.select_related("envelope").all(),
        "granted": actions.granted_cents(agreement.decision),
        "instalments": agreement.instalments.all(),
        "parties": parties,
        "may_work": access.may_work_on(actor, agreement).allowed,
        "signing": signing if agreement.state == Agreement.State.SENT and signing == turn else None,
        "may_read_file": may_read_application(actor, agreement.decision.application).allowed,
        "form": form,
    }
    return render(request, "agreements/detail.html", context, status=status)


def _speaks_for(request: HttpRequest, agreement: Agreement, party: Organisation) -> bool:
    actor = request.actor  # type: ignore[attr-defined]
    application = agreement.decision.application
    if party == application.organisation:
        return actor.has(Role.REPRESENTATIVE, organisation=party)
    return access.signs_for_the_state(actor, application)


@require_POST
@guard(access.may_work_on, load=load_agreement)
def send(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Freeze the PDF and ask for signatures."""
    try:
        actions.send(agreement=agreement, actor=request.user, now=timezone.now())
        messages.success(request, "La convention est envoyée. L'organisation peut la signer.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:detail", number=agreement.number)


@require_POST
@guard(access.may_sign, load=load_agreement)
def sign(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Sign for the party this person speaks for."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return _detail(request, agreement, form, status=422)
    party = next(
        (row for row in actions.parties(agreement) if _speaks_for(request, agreement, row)), None
    )
    try:
        actions.sign(
            agreement=agreement,
            organisation=party,
            actor=request.user,
            now=timezone.now(),
            key=form.cleaned_data["key"],
        )
        messages.success(request, "Votre signature est enregistrée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:detail", number=agreement.number)
