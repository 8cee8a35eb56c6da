"""My account: name, mandates, security; and invitations."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from ensemblier.base.people.access import everyone, guard, signed_in
from ensemblier.base.people.actions import rename_account
from ensemblier.base.people.forms import NameForm
from ensemblier.base.people.invitations import accept_invitation, digest, why_over
from ensemblier.base.people.models import Invitation
from ensemblier.base.people.parking import unchecked
from ensemblier.base.people.provider import PROCONNECT
from ensemblier.base.refusal import Refusal


@guard(signed_in, second_factor=False)
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what I may do, how my account is protected."""
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    actor = request.actor
    context = {
        "mandates": actor.all_mandates,
        "claims": request.user.claims.select_related("organisation").order_by("-asked_at"),
        "must": actor.holds_strong_role,
        "strong": actor.strong,
        "totp": Authenticator.Type.TOTP in kinds,
        "passkey": Authenticator.Type.WEBAUTHN in kinds,
        "recovery": Authenticator.Type.RECOVERY_CODES in kinds,
        "proconnect_on": PROCONNECT.app() is not None,
        "proconnect": SocialAccount.objects.filter(user=request.user).exists(),
    }
    return render(request, "people/account.html", context)


@guard(signed_in, second_factor=False)
def rename(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        form = NameForm(request.POST)
        if form.is_valid():
            rename_account(user=request.user, name=form.cleaned_data["name"])
            messages.success(request, "Votre nom est enregistré.")
            return redirect("people:account")
    else:
        form = unchecked(NameForm, request, initial={"name": request.user.name})
    return render(
        request, "people/form.html", {"form": form, "title": "Votre nom", "button": "Enregistrer"}
    )


@guard(signed_in, second_factor=False)
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """To the code when a second factor exists, else to setting one up, then back."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("people:account")
    if request.actor.strong:
        return HttpResponseRedirect(back)
    types = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    has_one = is_mfa_enabled(request.user, types)
    if has_one and not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        return redirect(reverse("mfa_reauthenticate_webauthn", query={"next": back}))
    if has_one:
        return redirect(reverse("mfa_reauthenticate", query={"next": back}))
    return render(request, "people/second_factor.html", {"back": back})


def load_invitation(request: HttpRequest, token: str) -> tuple[str, Invitation | None]:
    found = Invitation.objects.select_related("organisation", "region", "department")
    return token, found.filter(token_digest=digest(token)).first()


@guard(everyone, load=load_invitation, public=True)
def invitation(request: HttpRequest, loaded: tuple[str, Invitation | None]) -> HttpResponse:
    """What is offered; taken up by POST, once signed in with the address invited."""
    token, offer = loaded
    over = (
        why_over(offer, timezone.now())
        if offer
        else ("Cette invitation n'existe pas. Recopiez le lien en entier.")
    )
    if over:
        return render(request, "people/invitation_over.html", {"reason": over}, status=410)
    if request.method == "POST" and request.user.is_authenticated:
        try:
            mandate = accept_invitation(token=token, user=request.user, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.path)
        request.session.cycle_key()  # the session can do more than before: its id changes
        messages.success(request, f"Vous êtes {mandate.get_role_display()}.")
        return redirect("people:organisation", pk=mandate.organisation_id)
    same = request.user.is_authenticated and request.user.email == offer.email
    context = {"offer": offer, "same": same, "here": request.path}
    return render(request, "people/invitation.html", context)


def proconnect_siret(request: HttpRequest) -> str:
    """The SIRET that ProConnect gave in this very session; "" when it gave none."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    uids = [r.get("uid") for r in records if r.get("method") == "socialaccount"]
    known = SocialAccount.objects.filter(user=request.user, provider=PROCONNECT.id, uid__in=uids)
    person = next((row.extra_data.get("userinfo", {}) for row in known), {})
    return str(person.get("siret", ""))
