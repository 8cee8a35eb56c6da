"""An organisation: register it, join it, keep it up to date, invite people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ensemblier.base.people import actions, claims, invitations
from ensemblier.base.people.access import (
    YES,
    Actor,
    Answer,
    guard,
    invitable_roles,
    may_confirm_identity,
    may_edit_organisation,
    may_invite,
    may_see_network,
    may_see_organisation,
    signed_in,
)
from ensemblier.base.people.forms import (
    ClaimForm,
    EndMandateForm,
    FoodAidForm,
    IaeAgreementForm,
    InviteForm,
    OrganisationFacts,
    OrganisationForm,
    SearchForm,
)
from ensemblier.base.people.memberships import MembershipRequest
from ensemblier.base.people.models import (
    FoodAidAuthorisation,
    Invitation,
    Mandate,
    Organisation,
    OrganisationKind,
)
from ensemblier.base.people.parking import unchecked
from ensemblier.base.people.views import proconnect_siret
from ensemblier.base.refusal import Refusal

FOUND = "found_organisation"


def load(request: HttpRequest, pk: int) -> Organisation:
    rows = Organisation.objects.select_related("commune__department", "head")
    return get_object_or_404(rows, pk=pk)


def attempt(form: Any, act: Callable[[], Any]) -> Any:
    """The result of an action, or None with the refusal shown in the form."""
    try:
        return act() or True
    except Refusal as refusal:
        form.refuse(refusal)
    except ValidationError as error:
        for field, sentences in error.message_dict.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
    return None


def page(request: HttpRequest, form: Any, title: str, button: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, **more}
    return render(request, "people/form.html", context)


@guard(may_see_organisation, load=load)
@require_safe
def show(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    actor: Actor = request.actor
    context = {
        "organisation": organisation,
        "mandates": Mandate.objects.on(actor.day)
        .filter(organisation=organisation)
        .select_related("user", "region", "department")
        .order_by("role", "user__name"),
        "iae": organisation.iae_agreements.all(),
        "aid": FoodAidAuthorisation.objects.covering(organisation).select_related(
            "organisation", "region"
        ),
        "today": actor.day,
        "may_edit": may_edit_organisation(actor, organisation).allowed,
        "may_invite": bool(invitable_roles(actor, organisation)),
        "may_confirm": may_confirm_identity(actor, organisation).allowed,
        "sees_network": may_see_network(actor, organisation).allowed,
    }
    if context["may_edit"]:
        context["asked"] = organisation.network_requests.filter(
            state=MembershipRequest.State.PENDING
        ).select_related("network")
    if context["may_invite"]:
        context["invitations"] = organisation.invitations.filter(
            accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
        )
    return render(request, "people/organisation.html", context)


@guard(signed_in)
def create(request: HttpRequest) -> HttpResponse:
    """Register an organisation, then prove that one acts for it."""
    if request.method != "POST":
        form = unchecked(OrganisationForm, request, initial=request.GET.dict())
        return page(request, form, "Inscrire mon organisation", "Inscrire")
    form = OrganisationForm(request.POST)
    if form.is_valid():
        act = lambda: actions.create_organisation(actor=request.user, **form.cleaned_data)  # noqa: E731
        if made := attempt(form, act):
            request.session[FOUND] = made.pk
            messages.success(request, "Votre organisation est inscrite.")
            return redirect("people:claim", pk=made.pk)
    return page(request, form, "Inscrire mon organisation", "Inscrire")


@guard(signed_in)
def find(request: HttpRequest) -> HttpResponse:
    """Find one's organisation by its number; the page says only whether it is registered."""
    form = unchecked(SearchForm, request) if request.method != "POST" else SearchForm(request.POST)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        field = "rna" if number.startswith("W") else "siret"
        found = Organisation.objects.filter(**{field: number}).first()
        if found:
            request.session[FOUND] = found.pk
            return redirect("people:claim", pk=found.pk)
        messages.info(request, "Cette organisation n'est pas encore inscrite : inscrivez-la.")
        return redirect(reverse("people:organisation_create", query={field: number}))
    return page(request, form, "Rejoindre mon organisation", "Chercher")


def load_found(request: HttpRequest, pk: int) -> Organisation:
    """Only the organisation whose number this person has just typed: numbers in the address
    tell nobody who is registered."""
    if request.session.get(FOUND) != pk:
        raise Http404
    return load(request, pk)


def may_claim(actor: Actor, organisation: Organisation) -> Answer:
    """Anyone signed in may ask; services of the State are joined by invitation."""
    if organisation.kind == OrganisationKind.STATE:
        return Answer(False, "On rejoint un service de l'État sur invitation seulement.")
    return signed_in(actor)


@guard(may_claim, load=load_found)
def claim(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Say that one acts for an organisation, with the proof."""
    siret = proconnect_siret(request)
    more = {
        "lead": f"Vous demandez à agir pour {organisation.name}.",
        "note": "ProConnect confirme que vous travaillez pour cette organisation : aucun document "
        "n'est nécessaire pour devenir porteur de projet."
        if siret and siret == organisation.siret
        else "",
        "upload": True,
    }
    title, button = "Prouver que j'agis pour cette organisation", "Envoyer ma demande"
    if request.method != "POST":
        return page(request, unchecked(ClaimForm, request), title, button, **more)
    form = ClaimForm(request.POST, request.FILES)
    if form.is_valid():
        made = attempt(
            form,
            lambda: claims.claim_organisation(
                user=request.user,
                organisation=organisation,
                now=timezone.now(),
                proconnect_siret=siret,
                **form.cleaned_data,
            ),
        )
        if made:
            return after_claim(request, made)
    return page(request, form, title, button, **more)


def after_claim(request: HttpRequest, made: Any) -> HttpResponse:
    if made.state == made.State.ACCEPTED:
        request.session.cycle_key()
        messages.success(request, "Vous pouvez agir pour cette organisation.")
        return redirect("people:organisation", pk=made.organisation_id)
    messages.success(
        request, "Votre demande est envoyée. Le service instructeur vous répondra par e-mail."
    )
    return redirect("people:account")


@guard(may_edit_organisation, load=load)
def edit(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    fields = ("name", "legal_form", "commune", "address", "email")
    more = {"back": reverse("people:organisation", args=[organisation.pk])}
    if request.method != "POST":
        initial = {field: getattr(organisation, field) for field in fields}
        form = unchecked(OrganisationFacts, request, initial=initial)
        return page(request, form, "Modifier la fiche", "Enregistrer", **more)
    form = OrganisationFacts(request.POST)
    if form.is_valid() and attempt(
        form,
        lambda: actions.edit_organisation(
            organisation=organisation, actor=request.user, **form.cleaned_data
        ),
    ):
        messages.success(request, "La fiche est enregistrée.")
        return redirect("people:organisation", pk=organisation.pk)
    return page(request, form, "Modifier la fiche", "Enregistrer", **more)


@guard(may_confirm_identity, load=load)
@require_POST
def confirm_identity(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    actions.confirm_identity(organisation=organisation, actor=request.user)
    messages.success(request, "L'identité est confirmée.")
    return redirect("people:organisation", pk=organisation.pk)


@guard(may_invite, load=load)
def invite(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    offered = invitable_roles(request.actor, organisation)
    more = {"back": reverse("people:organisation", args=[organisation.pk])}
    options = {
        "roles": offered,
        "with_territory": organisation.kind == OrganisationKind.STATE,
    }
    if request.method != "POST":
        form = unchecked(InviteForm, request, **options)
        return page(request, form, "Inviter une personne", "Envoyer l'invitation", **more)
    form = InviteForm(request.POST, **options)
    if form.is_valid() and attempt(
        form,
        lambda: invitations.invite(
            organisation=organisation,
            actor=request.user,
            offered=offered,
            now=timezone.now(),
            link=lambda token: request.build_absolute_uri(
                reverse("people:invitation", args=[token])
            ),
            **form.cleaned_data,
        ),
    ):
        messages.success(request, f"L'invitation part à {form.cleaned_data['email']}.")
        return redirect("people:organisation", pk=organisation.pk)
    return page(request, form, "Inviter une personne", "Envoyer l'invitation", **more)


def load_invitation(request: HttpRequest, pk: int) -> Invitation:
    return get_object_or_404(Invitation.objects.select_related("organisation"), pk=pk)


def may_withdraw(actor: Actor, invitation: Invitation) -> Answer:
    """Whoever may invite in this organisation."""
    return may_invite(actor, invitation.organisation)


@guard(may_withdraw, load=load_invitation)
@require_POST
def withdraw(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    try:
        invitations.withdraw_invitation(
            invitation=invitation, actor=request.user, now=timezone.now()
        )
        messages.success(request, "L'invitation est annulée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("people:organisation", pk=invitation.organisation_id)


def load_mandate(request: HttpRequest, pk: int) -> Mandate:
    return get_object_or_404(Mandate.objects.select_related("organisation", "user"), pk=pk)


def may_end(actor: Actor, mandate: Mandate) -> Answer:
    """The holder, or whoever may give that role in this organisation."""
    if not actor.is_anonymous and mandate.user_id == actor.user.pk:
        return YES
    answer = may_invite(actor, mandate.organisation)
    if answer.allowed and mandate.role not in invitable_roles(actor, mandate.organisation):
        return Answer(False, "Vous ne pouvez pas mettre fin à ce mandat.")
    return answer


@guard(may_end, load=load_mandate)
def end(request: HttpRequest, mandate: Mandate) -> HttpResponse:
    back = reverse("people:organisation", args=[mandate.organisation_id])
    title, button = "Mettre fin au mandat", "Mettre fin au mandat"
    lead = f"{mandate.user} ne sera plus {mandate.get_role_display()} dès maintenant."
    if request.method != "POST":
        form = unchecked(EndMandateForm, request)
        return page(request, form, title, button, back=back, lead=lead)
    form = EndMandateForm(request.POST)
    if form.is_valid() and attempt(
        form,
        lambda: actions.end_mandate(
            mandate=mandate,
            day=timezone.localdate(),
            actor=request.user,
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, "Le mandat a pris fin.")
        return redirect("people:account" if mandate.user_id == request.user.pk else back)
    return page(request, form, title, button, back=back, lead=lead)


@guard(may_edit_organisation, load=load)
def add_iae(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    def act(facts: dict[str, Any]) -> Any:
        facts["sales_share_max"] = facts.pop("sales_share") * 100
        return actions.add_iae_agreement(organisation=organisation, actor=request.user, **facts)

    return add(request, organisation, IaeAgreementForm, "Ajouter une convention IAE", act)


@guard(may_edit_organisation, load=load)
def add_aid(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    def act(facts: dict[str, Any]) -> Any:
        return actions.add_food_aid_authorisation(
            organisation=organisation, actor=request.user, **facts
        )

    return add(request, organisation, FoodAidForm, "Ajouter une habilitation", act)


def add(request: HttpRequest, organisation: Any, kind: Any, title: str, act: Any) -> HttpResponse:
    back = reverse("people:organisation", args=[organisation.pk])
    if request.method != "POST":
        return page(request, unchecked(kind, request), title, "Ajouter", back=back)
    form = kind(request.POST)
    if form.is_valid() and attempt(form, lambda: act(dict(form.cleaned_data))):
        messages.success(request, "C'est enregistré.")
        return redirect(back)
    return page(request, form, title, "Ajouter", back=back)
