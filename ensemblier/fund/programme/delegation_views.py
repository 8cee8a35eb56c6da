"""Pages of delegation between envelopes, and of the ceilings of each year."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.programme import access, delegation
from ensemblier.fund.programme.forms import CeilingForm, DelegateForm, GiveBackForm
from ensemblier.fund.programme.models import Envelope, Programme
from ensemblier.fund.programme.rules import narrower_fault
from ensemblier.fund.programme.views import filled, form_page, load


def load_programme(request: HttpRequest, pk: int) -> Programme:
    found = Programme.objects.select_related("owner").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_delegate, load=load)
def delegate(request: HttpRequest, row: Envelope) -> HttpResponse:
    """Send part of an envelope to a narrower one, once."""
    same = Envelope.objects.filter(programme=row.programme, year=row.year, strand=row.strand)
    targets = [other for other in same if not narrower_fault(other, row)]
    options = {"targets": targets, "initial": {"day": timezone.localdate()}}
    form = filled(request, DelegateForm, **options)
    back = reverse("programme:envelope", args=[row.pk])
    if not targets:
        messages.info(request, "Ouvrez d'abord l'enveloppe plus étroite qui recevra l'argent.")
        return redirect("programme:new_envelope")
    if request.method == "POST" and form.is_valid():
        try:
            delegation.delegate(actor=request.user, envelope=row, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            sent = euros(form.cleaned_data["amount_cents"])
            messages.success(request, f"{sent} sont délégués.")
            return redirect(back)
    return form_page(request, form, "Déléguer une part", back, eyebrow=str(row))


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_delegate, load=load)
def give_back(request: HttpRequest, row: Envelope) -> HttpResponse:
    """Send back to the wider envelope what is not committed, once."""
    form = filled(request, GiveBackForm, initial={"day": timezone.localdate()})
    back = reverse("programme:envelope", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        try:
            delegation.give_back(actor=request.user, envelope=row, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            sent = euros(form.cleaned_data["amount_cents"])
            messages.success(request, f"{sent} sont rendus.")
            return redirect(back)
    return form_page(request, form, "Rendre une part", back, eyebrow=str(row))


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage, load=load_programme)
def ceilings(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Fix the most that may be committed on one year."""
    form = filled(request, CeilingForm)
    back = reverse("programme:programme", args=[programme.pk])
    if request.method == "POST" and form.is_valid():
        try:
            delegation.set_ceiling(
                actor=request.user, programme=programme, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Le plafond est fixé.")
            return redirect(back)
    return form_page(request, form, "Fixer un plafond annuel", back, eyebrow=programme.name)
