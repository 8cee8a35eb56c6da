"""The pages of allauth that we use, and no other; each wears the guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, re_path
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from ensemblier.base.people.access import everyone, guard, signed_in
from ensemblier.base.people.provider import (
    LEAVING,
    LEFT,
    PROCONNECT,
    ProConnectViews,
    way_out,
)

door = guard(everyone, public=True)
mine = guard(signed_in, second_factor=False)
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def adds_factor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Setting up one's first second factor proves that one has it: no code is asked twice.

    The recovery codes that come with it are noted as seen here, at the POST: the page that shows
    them is a GET, which never writes.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: object) -> HttpResponse:
        had = is_mfa_enabled(request.user, FACTORS)
        response = view(request, **kwargs)
        if request.method != "POST":
            return response
        if not had and is_mfa_enabled(request.user, FACTORS):
            record_authentication(request, request.user, "mfa", type="first")
            request.session.cycle_key()
        codes = Authenticator.Type.RECOVERY_CODES
        for row in Authenticator.objects.filter(user=request.user, type=codes):
            row.wrap().mark_as_viewed()
        return response

    return wrapped


def exchange() -> type[ProConnectViews]:
    """ProConnect's half of the exchange; the page does not exist while it is off."""
    if PROCONNECT.app() is None:
        raise Http404
    return ProConnectViews


@door
@require_safe
def proconnect_login(request: HttpRequest) -> HttpResponse:
    """Off to ProConnect. Only the session changes."""
    return OAuth2LoginView.adapter_view(exchange()(request, PROCONNECT.id))(request)


@door
def proconnect_callback(request: HttpRequest) -> HttpResponse:
    """Back from ProConnect: a button, because accounts change at a POST, never at a GET."""
    views = exchange()(request, PROCONNECT.id)
    if request.method != "POST" and "code" in request.GET and "state" in request.GET:
        return render(request, "people/proconnect_return.html")
    try:
        return OAuth2CallbackView.adapter_view(views)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error


@door
def logout(request: HttpRequest) -> HttpResponse:
    """Out of here, then out of ProConnect when that is where the person came from.

    The second half is a page that leads on: a form may not end on another site (content policy).
    """
    leaving = request.session.get(LEAVING) if request.method == "POST" else None
    response = account.logout(request)
    if not leaving or PROCONNECT.app() is None:
        return response
    address = way_out(request, leaving)
    response = render(request, "people/proconnect_leave.html", {"address": address})
    response["Refresh"] = f"0; url={address}"
    return response


@door
@require_safe
def proconnect_left(request: HttpRequest) -> HttpResponse:
    """Back from ProConnect, signed out of both."""
    state = request.session.pop(LEFT, "")
    if state and constant_time_compare(request.GET.get("state", ""), state):
        messages.success(request, "Vous êtes déconnecté d'Ensemblier et de ProConnect.")
    return redirect("/")


urlpatterns = [
    path("connexion/", door(account.login), name="account_login"),
    path("deconnexion/", logout, name="account_logout"),
    path("inscription/", door(account.signup), name="account_signup"),
    path("compte-inactif/", door(account.account_inactive), name="account_inactive"),
    path(
        "adresse/a-confirmer/",
        door(account.email_verification_sent),
        name="account_email_verification_sent",
    ),
    re_path(
        r"^adresse/(?P<key>[-:\w]+)/$", door(account.confirm_email), name="account_confirm_email"
    ),
    path("mot-de-passe/oublie/", door(account.password_reset), name="account_reset_password"),
    path(
        "mot-de-passe/envoye/",
        door(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        door(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/change/",
        door(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("second-facteur/", door(mfa.authenticate), name="mfa_authenticate"),
    path("mon-compte/mot-de-passe/", mine(account.password_change), name="account_change_password"),
    path("mon-compte/confirmer/", mine(account.reauthenticate), name="account_reauthenticate"),
    path("mon-compte/securite/", mine(mfa.index), name="mfa_index"),
    path("mon-compte/securite/confirmer/", mine(mfa.reauthenticate), name="mfa_reauthenticate"),
    path(
        "mon-compte/securite/application/",
        mine(adds_factor(totp.activate_totp)),
        name="mfa_activate_totp",
    ),
    path(
        "mon-compte/securite/application/retirer/",
        mine(totp.deactivate_totp),
        name="mfa_deactivate_totp",
    ),
    path(
        "mon-compte/securite/secours/",
        mine(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "mon-compte/securite/secours/nouveaux/",
        mine(adds_factor(recovery.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "mon-compte/securite/secours/fichier/",
        mine(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("mon-compte/securite/cles/", mine(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path(
        "mon-compte/securite/cles/ajouter/",
        mine(adds_factor(webauthn.add_webauthn)),
        name="mfa_add_webauthn",
    ),
    path(
        "mon-compte/securite/cles/confirmer/",
        mine(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "mon-compte/securite/cles/<int:pk>/retirer/",
        mine(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "mon-compte/securite/cles/<int:pk>/nom/",
        mine(webauthn.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path("proconnect/", proconnect_login, name="proconnect_login"),
    path("proconnect/retour/", proconnect_callback, name="proconnect_callback"),
    path("proconnect/deconnecte/", proconnect_left, name="proconnect_left"),
    path(
        "proconnect/annule/",
        door(social.login_cancelled),
        name="socialaccount_login_cancelled",
    ),
]
