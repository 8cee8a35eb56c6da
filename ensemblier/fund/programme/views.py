"""Pages of the programmes: what was paid in, what is engaged, what is left."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import everyone, guard
from ensemblier.base.people.models import Organisation, OrganisationKind
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.programme import access, actions
from ensemblier.fund.programme.figures import Figures, figures, figures_by_envelope
from ensemblier.fund.programme.forms import ContributionForm, EnvelopeForm, ProgrammeForm
from ensemblier.fund.programme.models import Envelope, Programme

PAYERS = (OrganisationKind.STATE, OrganisationKind.PUBLIC, OrganisationKind.FOUNDATION)


def load(request: HttpRequest, pk: int) -> Envelope:
    rows = Envelope.objects.select_related("programme__owner", "region", "account")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@guard(everyone, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """Programmes and their envelopes, with the figures of the books."""
    envelopes = list(Envelope.objects.select_related("programme", "region"))
    found = figures_by_envelope(envelopes)
    rows = [(row, found[row.pk]) for row in envelopes]
    programmes = [
        (
            programme,
            [pair for pair in rows if pair[0].programme_id == programme.pk],
            bar([pair[1] for pair in rows if pair[0].programme_id == programme.pk]),
        )
        for programme in Programme.objects.select_related("owner").order_by("pk")
    ]
    context = {
        "programmes": programmes,
        "writer": access.may_manage(request.actor).allowed,  # type: ignore[attr-defined]
    }
    return render(request, "programme/index.html", context)


@require_safe
@guard(everyone, load=load, public=True)
def envelope(request: HttpRequest, row: Envelope) -> HttpResponse:
    found = figures(row)
    context = {
        "envelope": row,
        "figures": found,
        "chart": bar([found]),
        "contributions": row.contributions.select_related("contributor").order_by("pk"),
        "calls": row.calls.published(),
        "writer": access.may_manage(request.actor).allowed,  # type: ignore[attr-defined]
    }
    return render(request, "programme/envelope.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage)
def new(request: HttpRequest) -> HttpResponse:
    form = _filled(request, ProgrammeForm, owners=_payers())
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_programme(actor=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Le programme « {made.name} » est créé.")
            return redirect("programme:index")
    return _form(request, form, "Créer un programme", reverse("programme:index"))


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage)
def new_envelope(request: HttpRequest) -> HttpResponse:
    form = _filled(request, EnvelopeForm, initial={"strand": "local"})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_envelope(actor=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "L'enveloppe est ouverte. Ajoutez-y une contribution.")
            return redirect("programme:envelope", made.pk)
    return _form(request, form, "Ouvrir une enveloppe", reverse("programme:index"))


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage, load=load)
def contribute(request: HttpRequest, row: Envelope) -> HttpResponse:
    """Write a contribution in the books, once."""
    options = {"contributors": _payers(), "initial": {"day": timezone.localdate()}}
    form = _filled(request, ContributionForm, **options)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.contribute(actor=request.user, envelope=row, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"{euros(made.amount_cents)} sont dans l'enveloppe.")
            return redirect("programme:envelope", row.pk)
    back = reverse("programme:envelope", args=[row.pk])
    return _form(request, form, "Ajouter une contribution", back, eyebrow=str(row))


def bar(found: list[Figures]) -> StackedBar:
    """What became of the money paid in."""
    contributed = sum(row.contributed for row in found)
    granted = sum(row.granted for row in found)
    reserved = sum(row.reserved for row in found)
    left = contributed - granted - reserved
    sentence = f"Sur {euros(contributed)}, il reste {euros(left)} à attribuer."
    parts = [
        Part("Conventionné", granted, "leaf"),
        Part("Décidé, pas encore signé", reserved, "honey"),
        Part("Disponible", left, "slate"),
    ]
    return StackedBar(parts if contributed else [], sentence)


def _payers() -> Any:
    """Not those that anybody may have registered a minute ago: their identity is confirmed."""
    return Organisation.objects.filter(kind__in=PAYERS, is_confirmed=True).order_by("name")


def _filled(request: HttpRequest, kind: Any, **options: Any) -> Any:
    if request.method == "POST":
        return kind(request.POST, **options)
    return unchecked(kind, request, **options)


def _form(
    request: HttpRequest, form: Any, title: str, back: str, eyebrow: str = "Programme"
) -> HttpResponse:
    context = {"form": form, "title": title, "cancel_url": back, "eyebrow": eyebrow}
    status = 422 if form.errors else 200
    return render(request, "programme/form.html", context, status=status)
