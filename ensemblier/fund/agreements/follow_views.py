"""Pages that follow an agreement: evidence, measures, suspensions, and declared aid."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, PageForm
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, aid, parties, releasing
from ensemblier.fund.agreements.forms import AID_RANKS, AidForm, long_text
from ensemblier.fund.agreements.models import (
    Agreement,
    Evidence,
    Indicator,
    Instalment,
    PartyPayment,
    Suspension,
)
from ensemblier.fund.agreements.views import load_agreement

GET_POST = ["GET", "HEAD", "POST"]
WHOLE = tuple(f"agreement__{name}" for name in access.WHOLE_AGREEMENT)


class EvidenceForm(PageForm):
    button = "Envoyer le justificatif"
    file = CheckedFileField(label="Pièce", required=False)
    note = long_text("Ce que cela montre", required=False, max_length=500, rows=2)


class VerdictForm(PageForm):
    button = "Enregistrer le contrôle"
    accepted = forms.ChoiceField(
        label="Ce justificatif",
        choices=[("yes", "ouvre l'échéance"), ("no", "est à refaire")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Remarque", max_length=500, required=False)


class SuspendForm(PageForm):
    button = "Suspendre le délai"
    reason = forms.CharField(
        label="Ce que l'organisation doit",
        max_length=500,
        help_text="Elle le lit dans un courriel, et à la page de la convention. Un versement "
        "certifié attend aussi ; ce qui est déjà envoyé à la banque, ou demandé au comptable "
        "public, ne se rappelle pas.",
    )


class WhyForm(PageForm):
    why = forms.CharField(label="Pourquoi", max_length=500)


class LiftForm(WhyForm):
    button = "Lever la suspension"


class MeasureForm(PageForm):
    button = "Enregistrer la mesure"
    value = forms.DecimalField(label="Valeur", max_digits=14, decimal_places=2, localize=True)
    measured_on = DayField(label="Mesurée le")
    note = forms.CharField(label="Comment", max_length=300, required=False)


class PaidForm(PageForm):
    button = "Noter ce versement"
    paid_on = DayField(label="Versé le")


def one(model: Any, *related: str) -> Any:
    """A loader by key."""

    def load(request: HttpRequest, pk: int) -> Any:
        found = model.objects.select_related(*related).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    return load


def page(
    request: HttpRequest,
    agreement: Agreement,
    form: Any,
    title: str,
    lead: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"agreement": agreement, "form": form, "title": title, "lead": lead}
    return render(request, "agreements/form.html", context, status=status)


def run(
    request: HttpRequest, agreement: Agreement, kind: Any, act: Any, title: str, lead: str = ""
) -> HttpResponse:
    """Show a form, or do what it asks and go back to the agreement."""
    if request.method != "POST":
        return page(request, agreement, unchecked(kind, request), title, lead)
    form = kind(request.POST, request.FILES)
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "C'est enregistré.")
            return redirect("agreements:detail", agreement.number)
    return page(request, agreement, form, title, lead, status=422)


@require_http_methods(GET_POST)
@guard(access.may_give_evidence, load=one(Instalment, *WHOLE, "indicator"))
def evidence(request: HttpRequest, row: Instalment) -> HttpResponse:
    """Show what releases an instalment."""

    def act(cleaned: dict[str, Any]) -> None:
        releasing.give_evidence(
            instalment=row,
            checked=cleaned["file"],
            note=cleaned["note"],
            actor=request.user,
            now=timezone.now(),
        )

    waited = row.paper_label or row.get_release_display()
    lead = f"Échéance {row.position} : ce qui est attendu, {waited}."
    return run(request, row.agreement, EvidenceForm, act, "Ouvrir une échéance", lead)


@require_http_methods(GET_POST)
@guard(
    access.may_check_evidence,
    load=one(Evidence, "file", *(f"instalment__{name}" for name in WHOLE)),
)
def check_evidence(request: HttpRequest, row: Evidence) -> HttpResponse:
    """Accept or return what was shown."""

    def act(cleaned: dict[str, Any]) -> None:
        releasing.check_evidence(
            evidence=row,
            accepted=cleaned["accepted"] == "yes",
            note=cleaned["note"],
            actor=request.user,
            now=timezone.now(),
        )

    title = f"Contrôler un justificatif ({row.get_kind_display()})"
    return run(request, row.instalment.agreement, VerdictForm, act, title, row.note)


@require_http_methods(GET_POST)
@guard(access.may_work_on, load=load_agreement)
def suspend(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Stop the days of every instalment."""

    def act(cleaned: dict[str, Any]) -> None:
        releasing.suspend(
            agreement=agreement,
            instalment=None,
            reason=cleaned["reason"],
            actor=request.user,
            now=timezone.now(),
        )

    return run(request, agreement, SuspendForm, act, "Suspendre le délai de paiement")


@require_http_methods(GET_POST)
@guard(access.may_lift, load=one(Suspension, *WHOLE))
def lift(request: HttpRequest, row: Suspension) -> HttpResponse:
    """The days count again."""

    def act(cleaned: dict[str, Any]) -> None:
        releasing.lift(suspension=row, why=cleaned["why"], actor=request.user, now=timezone.now())

    return run(request, row.agreement, LiftForm, act, "Lever la suspension", row.reason)


@require_http_methods(GET_POST)
@guard(access.may_measure, load=one(Indicator, *WHOLE))
def measure(request: HttpRequest, row: Indicator) -> HttpResponse:
    """Note a value of an indicator."""

    def act(cleaned: dict[str, Any]) -> None:
        releasing.measure(indicator=row, actor=request.user, now=timezone.now(), **cleaned)

    return run(request, row.agreement, MeasureForm, act, f"Mesurer : {row.label}")


@require_http_methods(GET_POST)
@guard(access.may_note_paid, load=one(PartyPayment, *(f"party__{name}" for name in WHOLE)))
def paid(request: HttpRequest, row: PartyPayment) -> HttpResponse:
    """A co-funder paid its part."""

    def act(cleaned: dict[str, Any]) -> None:
        parties.note_paid(
            payment=row, paid_on=cleaned["paid_on"], actor=request.user, now=timezone.now()
        )

    return run(request, row.party.agreement, PaidForm, act, f"Noter un versement : {row.label}")


@require_http_methods(GET_POST)
@guard(access.may_see_aid, load=one(Organisation))
def aids(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The counters of an organisation, and its declaration."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    may_declare = access.may_declare_aid(actor, organisation).allowed
    form, status = unchecked(AidForm, request), 200
    if request.method == "POST":
        form, status = AidForm(request.POST), 422
        if form.is_valid() and _declared(request, organisation, form):
            return redirect("agreements:aids", organisation.pk)
    known, today = aid.known_of(organisation), timezone.localdate()
    context = {
        "organisation": organisation,
        "counters": [known.counter(regime, 0, today) for regime in aid.CAPPED],
        "declaration": known.last,
        "undertaking": sorted(known.undertaking - {organisation.siren}),
        "form": form,
        "may_declare": may_declare,
    }
    return render(request, "agreements/aids.html", context, status=status)


def _declared(request: HttpRequest, organisation: Organisation, form: AidForm) -> bool:
    cleaned = form.cleaned_data
    received = [
        aid.Received(
            cleaned[f"regime_{rank}"],
            cleaned[f"granted_on_{rank}"],
            cleaned[f"amount_{rank}"],
            cleaned[f"grantor_{rank}"],
        )
        for rank in AID_RANKS
        if cleaned[f"regime_{rank}"]
    ]
    try:
        aid.declare(
            organisation=organisation,
            linked=cleaned["linked"].split(),
            received=received,
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, "Votre déclaration est enregistrée.")
    return True
