"""The page of a network head, and how an organisation becomes its member or leaves."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ensemblier.base.people import networks
from ensemblier.base.people.access import (
    Actor,
    Answer,
    guard,
    may_edit_organisation,
    may_end_membership,
    may_lead_network,
    may_see_network,
)
from ensemblier.base.people.forms import (
    DesignateForm,
    EndMandateForm,
    NetworkForm,
    RefusalForm,
)
from ensemblier.base.people.memberships import MembershipRequest
from ensemblier.base.people.models import FoodAidAuthorisation, Organisation
from ensemblier.base.people.organisation_views import attempt, load, page
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal


@guard(may_see_network, load=load)
@require_safe
def show(request: HttpRequest, network: Organisation) -> HttpResponse:
    actor: Actor = request.actor
    in_force = FoodAidAuthorisation.objects.on(actor.day).filter(organisation=network)
    designated = in_force.filter(designated=OuterRef("pk"))
    pending = network.membership_requests.filter(state=MembershipRequest.State.PENDING)
    context = {
        "network": network,
        "members": network.members.select_related("commune")
        .annotate(is_designated=Exists(designated))
        .order_by("name", "pk"),
        "requests": pending.select_related("organisation", "asked_by"),
        "aid": in_force.select_related("region").annotate(count=Count("designated")),
        "may_lead": may_lead_network(actor, network).allowed,
    }
    return render(request, "people/network.html", context)


@guard(may_edit_organisation, load=load)
def ask(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    title, button = "Rejoindre un réseau", "Envoyer la demande"
    more = {
        "back": reverse("people:organisation", args=[organisation.pk]),
        "lead": "Le réseau répondra. S'il accepte, ses animateurs verront votre fiche et vos "
        "dossiers.",
    }
    options = {"networks": networks.networks_for(organisation)}
    if request.method != "POST":
        return page(request, unchecked(NetworkForm, request, **options), title, button, **more)
    form = NetworkForm(request.POST, **options)
    if form.is_valid() and attempt(
        form,
        lambda: networks.ask_network(
            organisation=organisation,
            network=form.cleaned_data["network"],
            actor=request.user,
            now=timezone.now(),
        ),
    ):
        messages.success(request, "La demande est envoyée. Le réseau vous répondra par e-mail.")
        return redirect("people:organisation", pk=organisation.pk)
    return page(request, form, title, button, **more)


@guard(may_end_membership, load=load)
def leave(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    head = organisation.head
    ours = bool(head and may_lead_network(request.actor, head).allowed)
    where = "people:network" if ours else "people:organisation"
    back = reverse(where, args=[head.pk if ours else organisation.pk])
    title, button = "Quitter le réseau", "Mettre fin à l'adhésion"
    lead = f"{organisation} ne sera plus membre de {head}, et n'en sera plus désignée."
    more = {"back": back, "lead": lead if head else ""}
    if request.method != "POST":
        return page(request, unchecked(EndMandateForm, request), title, button, **more)
    form = EndMandateForm(request.POST)
    if form.is_valid() and attempt(
        form,
        lambda: networks.leave_network(
            organisation=organisation, actor=request.user, reason=form.cleaned_data["reason"]
        ),
    ):
        messages.success(request, "L'adhésion a pris fin.")
        return redirect(back)
    return page(request, form, title, button, **more)


def load_request(request: HttpRequest, pk: int) -> MembershipRequest:
    rows = MembershipRequest.objects.select_related("organisation__commune__department", "network")
    return get_object_or_404(rows, pk=pk)


def may_answer(actor: Actor, asked: MembershipRequest) -> Answer:
    """Those who speak for the network that was asked."""
    return may_lead_network(actor, asked.network)


def may_withdraw(actor: Actor, asked: MembershipRequest) -> Answer:
    """The legal representative of the organisation that asked."""
    return may_edit_organisation(actor, asked.organisation)


@guard(may_answer, load=load_request)
@require_POST
def accept(request: HttpRequest, asked: MembershipRequest) -> HttpResponse:
    try:
        networks.accept_member(asked=asked, actor=request.user, now=timezone.now())
        messages.success(request, f"{asked.organisation} est membre du réseau.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("people:network", pk=asked.network_id)


@guard(may_answer, load=load_request)
def refuse(request: HttpRequest, asked: MembershipRequest) -> HttpResponse:
    title, button = "Refuser la demande", "Refuser"
    more = {"back": reverse("people:network", args=[asked.network_id])}
    if request.method != "POST":
        return page(request, unchecked(RefusalForm, request), title, button, **more)
    form = RefusalForm(request.POST)
    if form.is_valid() and attempt(
        form,
        lambda: networks.refuse_member(
            asked=asked,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        ),
    ):
        messages.success(request, "La demande est refusée, l'organisation est prévenue.")
        return redirect("people:network", pk=asked.network_id)
    return page(request, form, title, button, **more)


@guard(may_withdraw, load=load_request)
@require_POST
def withdraw(request: HttpRequest, asked: MembershipRequest) -> HttpResponse:
    try:
        networks.withdraw_request(asked=asked, actor=request.user, now=timezone.now())
        messages.success(request, "La demande est annulée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("people:organisation", pk=asked.organisation_id)


def load_authorisation(request: HttpRequest, pk: int) -> FoodAidAuthorisation:
    rows = FoodAidAuthorisation.objects.select_related("organisation__commune__department")
    return get_object_or_404(rows, pk=pk)


def may_designate(actor: Actor, authorisation: FoodAidAuthorisation) -> Answer:
    """Those who speak for the network that holds the authorisation."""
    return may_lead_network(actor, authorisation.organisation)


@guard(may_designate, load=load_authorisation)
def designate(request: HttpRequest, authorisation: FoodAidAuthorisation) -> HttpResponse:
    network = authorisation.organisation
    title, button = "Désigner les membres", "Enregistrer"
    more = {"back": reverse("people:network", args=[network.pk]), "lead": f"{authorisation}."}
    options = {"members": network.members.order_by("name", "pk")}
    if request.method != "POST":
        initial = {"members": authorisation.designated.values_list("pk", flat=True)}
        form = unchecked(DesignateForm, request, initial=initial, **options)
        return page(request, form, title, button, **more)
    form = DesignateForm(request.POST, **options)
    if form.is_valid() and attempt(
        form,
        lambda: networks.designate_members(
            authorisation=authorisation, actor=request.user, members=form.cleaned_data["members"]
        ),
    ):
        messages.success(request, "Les membres désignés sont enregistrés.")
        return redirect("people:network", pk=network.pk)
    return page(request, form, title, button, **more)
