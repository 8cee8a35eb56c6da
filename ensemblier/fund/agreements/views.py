"""Agreements: the list, the preparation, the page, and what sends and signs them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.subsidies import payment_due_days, report_due
from ensemblier.fund.agreements import access, actions, signing
from ensemblier.fund.agreements.forms import PrepareForm, SignForm
from ensemblier.fund.agreements.models import Agreement, Amendment, Instalment, Party
from ensemblier.fund.agreements.page import BADGES, detail_context
from ensemblier.fund.agreements.reading import whole
from ensemblier.fund.agreements.shares import agreed_by_agreement
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.decisions.models import Decision


def load_agreement(request: HttpRequest, number: str) -> Agreement:
    rows = Agreement.objects.select_related(*access.WHOLE_AGREEMENT)
    return get_object_or_404(rows, number=number)


def load_whole(request: HttpRequest, number: str) -> Agreement:
    """The same for a page that shows it all; what is sent to it reads the tables."""
    agreement = load_agreement(request, number)
    return whole(agreement) if request.method in ("GET", "HEAD") else agreement


def load_decision(request: HttpRequest, number: str) -> Decision:
    rows = Decision.objects.select_related(
        "application__call__owner", "application__organisation", "application__department"
    )
    return get_object_or_404(rows, application__number=number, outcome="funded")


def actor_of(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]


@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    """Agreements this person may see, and the grants that still await one."""
    actor = actor_of(request)
    seen = Application.objects.filter(access.in_sight(actor))
    own = actor.organisations(*access.MEMBERS, Role.SIGNATORY)
    mine = Agreement.objects.filter(parties__organisation__in=own, parties__left_by=None)
    rows = (
        (
            Agreement.objects.filter(decision__application__in=seen)
            | Agreement.objects.filter(pk__in=mine.values("pk"))
        )
        .select_related("decision__application__organisation")
        .order_by("-pk")
    )
    desk = actor.has(Role.PROGRAMME, Role.INSTRUCTOR, Role.SIGNATORY, Role.AUDITOR)
    if not desk:
        rows = rows.exclude(state=Agreement.State.DRAFT)
    waiting = seen.filter(state=State.FUNDED, decision__agreement=None) if desk else seen.none()
    shown = list(rows[:200])
    sums = agreed_by_agreement(shown)
    return render(
        request,
        "agreements/index.html",
        {
            "rows": [(row, BADGES[row.state], sums[row.pk]) for row in shown],
            "waiting": waiting.select_related("organisation").order_by("pk")[:200],
            "may_prepare": actor.has(Role.PROGRAMME, Role.INSTRUCTOR),
            "may_write": access.may_write_templates(actor).allowed,
        },
    )


@guard(access.may_prepare, load=load_decision)
def prepare(request: HttpRequest, decision: Decision) -> HttpResponse:
    """Dates, rule of aid, clause and instalments; may be done again until it is sent."""
    agreement = Agreement.objects.filter(decision=decision).first()
    if agreement and agreement.state != Agreement.State.DRAFT:
        return redirect("agreements:detail", number=agreement.number)
    indicators = agreement.indicators.all() if agreement else None
    if request.method != "POST":
        start = _initial(decision, agreement)
        form = unchecked(PrepareForm, request, initial=start, indicators=indicators)
        return _prepare_page(request, decision, form)
    form = PrepareForm(request.POST, indicators=indicators)
    if form.is_valid():
        try:
            agreement = actions.prepare(
                decision=decision,
                starts_on=form.cleaned_data["starts_on"],
                ends_on=form.cleaned_data["ends_on"],
                surplus_clause=form.cleaned_data["surplus_clause"],
                basis=form.basis(),
                instalments=form.instalments(),
                actor=request.user,
                now=timezone.now(),
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
            "legal_basis": agreement.legal_basis,
            "basis_note": agreement.basis_note,
            "is_line_based": agreement.is_line_based,
            "surplus_clause": agreement.surplus_clause,
        }
        planned = [
            (i.amount_cents, i.release, i.due_on, i.paper_label, i.indicator_id)
            for i in agreement.instalments.all()
        ]
    else:
        facts, planned = _usual(decision)
    for rank, row in enumerate(planned, start=1):
        for name, value in zip(
            ("amount", "release", "due_on", "paper", "indicator"), row, strict=False
        ):
            facts[f"{name}_{rank}"] = value
    return facts


def _usual(decision: Decision) -> tuple[dict[str, Any], list[Any]]:
    call = decision.application.call
    granted = actions.granted_cents(decision)
    first = granted * 60 // 100 // 100 * 100
    starts = in_paris(decision.decided_at).date()
    ends = max(date(call.last_year, 12, 31), starts + timedelta(days=365))
    early = starts + timedelta(days=payment_due_days(starts))
    return {"starts_on": starts, "ends_on": ends, "legal_basis": "not_economic"}, [
        (first, Instalment.Release.SIGNATURE, early),
        (granted - first, Instalment.Release.FINAL_REPORT, report_due(date(ends.year, 12, 31))),
    ]


@guard(access.may_read_agreement, load=load_whole)
def detail(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The agreement: what is granted, when it is paid, who signed, as amended."""
    return show(request, agreement, unchecked(SignForm, request))


def show(request: HttpRequest, agreement: Agreement, form: Any, status: int = 200) -> HttpResponse:
    context = detail_context(actor_of(request), agreement, timezone.localdate())
    return render(request, "agreements/detail.html", context | {"form": form}, status=status)


def speaks_for(
    request: HttpRequest, agreement: Agreement, amendment: Amendment | None = None
) -> Party | None:
    """The party whose turn it is and for which this person signs."""
    actor = actor_of(request)
    return next(
        (
            party
            for party in signing.next_parties(agreement, amendment)
            if access.signs_for(actor, agreement, party, amendment).allowed
        ),
        None,
    )


def proof_of(request: HttpRequest) -> signing.Proof:
    actor = actor_of(request)
    return signing.Proof(ip=request.META.get("REMOTE_ADDR", ""), second_factor=actor.strong)


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
        return show(request, agreement, form, status=422)
    party = speaks_for(request, agreement)
    try:
        actions.sign(
            agreement=agreement,
            organisation=party.organisation if party else None,
            actor=request.user,
            now=timezone.now(),
            key=form.cleaned_data["key"],
            proof=proof_of(request),
        )
        messages.success(request, "Votre signature est enregistrée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:detail", number=agreement.number)
