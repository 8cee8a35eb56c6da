"""The desk: check those who say they act for an organisation."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ensemblier.base.people.access import (
    Actor,
    guard,
    may_check_claim,
    may_check_claims,
)
from ensemblier.base.people.claims import confirm_claim, refuse_claim
from ensemblier.base.people.forms import RefusalForm
from ensemblier.base.people.models import Claim, Mandate, Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal

FIRST = 200


def load(request: HttpRequest, pk: int) -> Claim:
    rows = Claim.objects.select_related("organisation__commune__department", "user", "document")
    return get_object_or_404(rows, pk=pk)


def on_territory(actor: Actor) -> Q:
    """The same rule as `may_check_claim`, asked of the database."""
    ours = Q(pk__in=[])
    for mandate in actor.mandates:
        if mandate.role not in (Role.INSTRUCTOR, Role.SUPPORT):
            continue
        if mandate.department_id:
            ours |= Q(organisation__commune__department=mandate.department_id)
        elif mandate.region_id:
            ours |= Q(organisation__commune__department__region=mandate.region_id)
        else:
            return Q()
    return ours


def waiting(actor: Actor) -> list[Claim]:
    """Claims to check on this desk's territory, the oldest first."""
    rows = Claim.objects.filter(on_territory(actor), state=Claim.State.PENDING)
    return list(rows.select_related("organisation", "user").order_by("asked_at")[:FIRST])


@guard(may_check_claims)
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    return render(request, "people/claims.html", {"claims": waiting(request.actor)})


def show(request: HttpRequest, claim: Claim, form: RefusalForm, status: int = 200) -> HttpResponse:
    context = {
        "claim": claim,
        "form": form,
        "others": Mandate.objects.on(request.actor.day)
        .filter(organisation=claim.organisation)
        .select_related("user"),
    }
    return render(request, "people/claim_check.html", context, status=status)


@guard(may_check_claim, load=load)
@require_safe
def check(request: HttpRequest, claim: Claim) -> HttpResponse:
    return show(request, claim, unchecked(RefusalForm, request))


@guard(may_check_claim, load=load)
@require_POST
def confirm(request: HttpRequest, claim: Claim) -> HttpResponse:
    try:
        confirm_claim(claim=claim, actor=request.user, now=timezone.now())
        messages.success(request, f"{claim.user} peut agir pour {claim.organisation}.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("people:claims")


@guard(may_check_claim, load=load)
@require_POST
def refuse(request: HttpRequest, claim: Claim) -> HttpResponse:
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return show(request, claim, form, status=422)
    try:
        refuse_claim(
            claim=claim,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        messages.success(request, "La demande est refusée, la personne est prévenue.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("people:claims")
