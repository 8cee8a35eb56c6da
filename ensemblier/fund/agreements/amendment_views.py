"""Pages of amendments: written, read, sent, signed, given up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, actions, amending, signing
from ensemblier.fund.agreements.amendment_forms import AbandonForm, AmendForm
from ensemblier.fund.agreements.follow_views import one
from ensemblier.fund.agreements.forms import SignForm
from ensemblier.fund.agreements.models import Agreement, Amendment, SignedScan
from ensemblier.fund.agreements.page import AMENDMENT_BADGES, to_check, waiting_scans
from ensemblier.fund.agreements.parties import parties_of
from ensemblier.fund.agreements.reading import whole
from ensemblier.fund.agreements.shares import agreed_cents, change_of
from ensemblier.fund.agreements.showing import changes_of
from ensemblier.fund.agreements.views import load_whole, proof_of, speaks_for

GET_POST = ["GET", "HEAD", "POST"]
load = one(Amendment, "pdf", *(f"agreement__{name}" for name in access.WHOLE_AGREEMENT))


def load_whole_text(request: HttpRequest, pk: int) -> Amendment:
    """With the rows of its agreement, for a page that shows them."""
    row: Amendment = load(request, pk)
    if request.method in ("GET", "HEAD"):
        whole(row.agreement)
    return row


@require_http_methods(GET_POST)
@guard(access.may_work_on, load=load_whole)
def amend(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Write the next amendment, or write again the one in preparation."""
    draft = agreement.amendments.filter(state=Amendment.State.DRAFT).first()
    status = 200
    if request.method == "POST":
        form = AmendForm(request.POST, request.FILES, agreement=agreement, draft=draft)
        status = 422
        if form.is_valid():
            try:
                row = amending.prepare(
                    key=form.cleaned_data["key"],
                    agreement=agreement,
                    reasons=form.cleaned_data["reasons"],
                    changes=form.changes(),
                    papers=form.papers(),
                    version=form.cleaned_data["version"],
                    actor=request.user,
                    now=timezone.now(),
                )
                messages.success(request, "L'avenant est prêt à relire, puis à envoyer.")
                return redirect("agreements:amendment", row.pk)
            except Refusal as refusal:
                form.refuse(refusal)
    else:
        start = AmendForm.start_of(agreement, draft)
        form = unchecked(AmendForm, request, initial=start, agreement=agreement, draft=draft)
    context = {
        "agreement": agreement,
        "form": form,
        "draft": draft,
        "waiting": agreement.amendments.filter(state=Amendment.State.SENT).first(),
        "granted": agreed_cents(agreement),
    }
    return render(request, "agreements/amend.html", context, status=status)


@guard(access.may_read_amendment, load=load_whole_text)
def amendment(request: HttpRequest, row: Amendment) -> HttpResponse:
    """What an amendment changes, before and after, and who signed it."""
    return show(request, row, unchecked(SignForm, request))


def show(request: HttpRequest, row: Amendment, form: Any, status: int = 200) -> HttpResponse:
    agreement, actor = row.agreement, request.actor  # type: ignore[attr-defined]
    done = signing.signed_by(agreement, row)
    sent = row.state == Amendment.State.SENT
    works = access.may_work_on_amendment(actor, row).allowed
    context = {
        "amendment": row,
        "agreement": agreement,
        "application": agreement.decision.application,
        "badge_kind": AMENDMENT_BADGES[row.state],
        "changes": changes_of(row),
        "change_cents": change_of(row),
        "after": agreed_cents(agreement, None if row.signed_at else row),
        "parties": [(p, done.get(p.organisation_id)) for p in parties_of(agreement, row)],
        "signing": speaks_for(request, agreement, row) if sent else None,
        "may_work": works,
        "may_scan": sent and (works or access.may_give_scan(actor, agreement).allowed),
        "scans": to_check(actor, _scans(row)),
        "form": form,
        "abandon_form": AbandonForm(),
    }
    return render(request, "agreements/amendment.html", context, status=status)


def _scans(row: Amendment) -> list[SignedScan]:
    """Papers of this amendment that wait to be read: those of the agreement are already here."""
    found = [scan for scan in waiting_scans(row.agreement) if scan.amendment_id == row.pk]
    for scan in found:
        scan.agreement, scan.amendment = row.agreement, row
    return found


@require_POST
@guard(access.may_work_on_amendment, load=load)
def send_amendment(request: HttpRequest, row: Amendment) -> HttpResponse:
    """Set the money aside, freeze the text, ask for signatures."""
    try:
        amending.send(amendment=row, actor=request.user, now=timezone.now())
        messages.success(request, "L'avenant est envoyé : les mêmes parties le signent.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:amendment", row.pk)


@require_POST
@guard(access.may_work_on_amendment, load=load)
def abandon(request: HttpRequest, row: Amendment) -> HttpResponse:
    """Give up an amendment."""
    form = AbandonForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    try:
        amending.abandon(amendment=row, why=why, actor=request.user, now=timezone.now())
        messages.success(request, "L'avenant est abandonné : la convention ne change pas.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:amendment", row.pk)


@require_POST
@guard(access.may_sign_amendment, load=load)
def sign_amendment(request: HttpRequest, row: Amendment) -> HttpResponse:
    """Sign for the party this person speaks for."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return show(request, row, form, status=422)
    party = speaks_for(request, row.agreement, row)
    try:
        actions.sign(
            agreement=row.agreement,
            amendment=row,
            organisation=party.organisation if party else None,
            actor=request.user,
            now=timezone.now(),
            key=form.cleaned_data["key"],
            proof=proof_of(request),
        )
        messages.success(request, "Votre signature est enregistrée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:amendment", row.pk)
