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
from ensemblier.fund.programme.figures import Figures, figures_by_envelope
from ensemblier.fund.programme.forms import ContributionForm, EnvelopeForm, ProgrammeForm
from ensemblier.fund.programme.models import Envelope, Programme
from ensemblier.fund.programme.years import contributors_of, year_chart, years_of

PAYERS = (OrganisationKind.STATE, OrganisationKind.PUBLIC, OrganisationKind.FOUNDATION)


def load(request: HttpRequest, pk: int) -> Envelope:
    rows = Envelope.objects.select_related(
        "programme__owner", "region", "department", "account", "parent__account"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@guard(everyone, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """Programmes and their envelopes, with the figures of the books."""
    envelopes = list(Envelope.objects.select_related("programme", "region", "department"))
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
@guard(everyone, public=True)
def programme(request: HttpRequest, pk: int) -> HttpResponse:
    """One programme over its years: who pays, what is committed, under which ceiling."""
    found = Programme.objects.select_related("owner").filter(pk=pk).first()
    if found is None:
        raise Http404
    context = {
        "programme": found,
        "years": years_of(found),
        "contributors": contributors_of(found),
        "span": range(found.first_year, found.last_year + 1),
        "writer": access.may_manage(request.actor).allowed,  # type: ignore[attr-defined]
    }
    context["chart"] = year_chart(context["years"])
    return render(request, "programme/programme.html", context)


@require_safe
@guard(everyone, load=load, public=True)
def envelope(request: HttpRequest, row: Envelope) -> HttpResponse:
    children = list(row.children.select_related("programme", "region", "department"))
    books = figures_by_envelope([row, *children])
    found = books[row.pk]
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "envelope": row,
        "figures": found,
        "children": [(child, books[child.pk]) for child in children],
        "delegates": access.may_delegate(actor, row).allowed,
        "chart": bar([found]),
        "contributions": row.contributions.select_related("contributor").order_by("pk"),
        "calls": row.calls.published(),
        "writer": access.may_manage(actor).allowed,
    }
    return render(request, "programme/envelope.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage)
def new(request: HttpRequest) -> HttpResponse:
    form = filled(request, ProgrammeForm, owners=payers())
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_programme(actor=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Le programme « {made.name} » est créé.")
            return redirect("programme:index")
    return form_page(request, form, "Créer un programme", reverse("programme:index"))


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage)
def new_envelope(request: HttpRequest) -> HttpResponse:
    form = filled(request, EnvelopeForm, initial={"strand": "local"})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_envelope(actor=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "L'enveloppe est ouverte. Ajoutez-y une contribution.")
            return redirect("programme:envelope", made.pk)
    return form_page(request, form, "Ouvrir une enveloppe", reverse("programme:index"))


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage, load=load)
def contribute(request: HttpRequest, row: Envelope) -> HttpResponse:
    """Write a contribution in the books, once."""
    options = {"contributors": payers(), "initial": {"day": timezone.localdate()}}
    form = filled(request, ContributionForm, **options)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.contribute(actor=request.user, envelope=row, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"{euros(made.amount_cents)} sont dans l'enveloppe.")
            return redirect("programme:envelope", row.pk)
    back = reverse("programme:envelope", args=[row.pk])
    return form_page(request, form, "Ajouter une contribution", back, eyebrow=str(row))


def bar(found: list[Figures]) -> StackedBar:
    """What became of the money paid in."""
    contributed = sum(row.contributed + row.received - row.delegated for row in found)
    granted = sum(row.granted for row in found)
    reserved = sum(row.reserved for row in found)
    left = contributed - granted - reserved
    sentence = f"Sur {euros(contributed)}, il reste {euros(left)} à attribuer."
    parts = [
        Part("Conventionné", max(granted, 0), "leaf"),
        Part("Décidé, pas encore signé", reserved, "honey"),
        Part("Disponible", max(left, 0), "slate"),
    ]
    return StackedBar(parts if contributed else [], sentence)


def payers() -> Any:
    """Not those that anybody may have registered a minute ago: their identity is confirmed."""
    return Organisation.objects.filter(kind__in=PAYERS, is_confirmed=True).order_by("name")


def filled(request: HttpRequest, kind: Any, **options: Any) -> Any:
    if request.method == "POST":
        return kind(request.POST, **options)
    return unchecked(kind, request, **options)


def form_page(
    request: HttpRequest, form: Any, title: str, back: str, eyebrow: str = "Programme"
) -> HttpResponse:
    context = {"form": form, "title": title, "cancel_url": back, "eyebrow": eyebrow}
    status = 422 if form.errors else 200
    return render(request, "programme/form.html", context, status=status)
