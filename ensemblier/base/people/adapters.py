"""What we ask of allauth: mail through our outbox, counts of tries, sealed secrets, ProConnect."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import send
from ensemblier.base.people.actions import open_account
from ensemblier.base.people.models import User
from ensemblier.base.people.parking import who
from ensemblier.base.people.provider import PROCONNECT

ERRORS = {
    "email_password_mismatch": "L'adresse e-mail ou le mot de passe est faux. "
    "Vérifiez les deux, ou choisissez un nouveau mot de passe.",
    "too_many_login_attempts": "Trop d'essais ont échoué. Attendez 15 minutes avant de "
    "recommencer, ou choisissez un nouveau mot de passe.",
    "enter_current_password": "Ce n'est pas votre mot de passe actuel.",
    "incorrect_password": "Ce mot de passe est faux.",
    "email_taken": "Un compte existe déjà avec cette adresse : connectez-vous.",
    "rate_limited": "Trop d'essais. Attendez quelques minutes avant de recommencer.",
    "incorrect_code": "Ce code est faux.",
}
CHANGES = {
    "password_reset": "votre mot de passe a été changé",
    "password_changed": "votre mot de passe a été changé",
    "password_set": "un mot de passe a été choisi",
    "totp_activated": "une application de codes a été ajoutée",
    "totp_deactivated": "l'application de codes a été retirée",
    "recovery_codes_generated": "de nouveaux codes de secours ont été créés",
    "webauthn_added": "une clé d'accès a été ajoutée",
    "webauthn_removed": "une clé d'accès a été retirée",
    "account_connected": "votre compte ProConnect a été rattaché",
    "account_disconnected": "votre compte ProConnect a été détaché",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by e-mail address."""

    error_messages = DefaultAccountAdapter.error_messages | ERRORS

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox: people/emails/<name>.txt, emptied once sent if it holds a link."""
        name = template_prefix.rpartition("/")[2]
        change = CHANGES.get(name, "")
        known = {k: str(v) for k, v in context.items() if isinstance(v, (str, int, User))}
        site = self.request.build_absolute_uri("/")
        send(
            to=email,
            template=f"people/emails/{'security_change' if change else name}.txt",
            context=known | {"email": email, "site": site, "change": change},
            about="account",
            is_secret="key" in context or "password_reset_url" in context,
        )

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        data = form.cleaned_data
        return open_account(
            user=user,
            email=data["email"],
            name=data.get("name", ""),
            password=data.get("password1"),
        )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count per account, whatever the address typed from; and one count of its own for a
        browser that has signed in to this account before, so that a stranger who uses up the
        first never locks the owner out."""
        email = credentials.get("email", "").lower()
        known = who(request)
        if known and User.objects.filter(pk=known["user"], email=email).exists():
            return f"{email}:{known['browser']}"
        return email

    def login(self, request: HttpRequest, user: Any) -> None:
        """The one door of a session, once every stage is passed."""
        super().login(request, user)
        if user.warned_at is not None:  # it was about to be forgotten: it is in use
            user.warned_at = None
            user.save(update_fields=["warned_at"])
        record(actor=user, action="account.sign_in", subject=f"account:{user.pk}")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return settings.LOGIN_REDIRECT_URL

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Noted without the address that was typed: it may be a password."""
        record(actor=None, action="account.sign_in_failed", subject="account:unknown")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors. Secrets are sealed in the database: a copy of it opens nothing."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "Ce code est faux ou a expiré. Attendez le suivant et recopiez-le.",
        "unverified_email": "Confirmez d'abord votre adresse e-mail.",
    }

    def encrypt(self, text: str) -> str:
        return seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return seal().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "Ensemblier"}


def seal(secrets: Sequence[str] = ()) -> MultiFernet:
    """Keys drawn from SECRET_KEY, then from the former ones."""
    keys = secrets or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    drawn = [hashlib.sha256(f"second-factor:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in drawn])


class ProConnectAdapter(DefaultSocialAccountAdapter):
    """Accounts that come from ProConnect."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": ERRORS["email_taken"],
        "invalid_token": "ProConnect a répondu de travers. Recommencez.",
        "connected_other": "Ce compte ProConnect est déjà rattaché à un autre compte.",
    }

    def list_apps(self, request: Any, provider: Any = None, client_id: Any = None) -> list[Any]:
        """One application, from the environment; none when ProConnect is off."""
        app = PROCONNECT.app()
        wanted = provider in (None, PROCONNECT.id) and client_id in (
            None,
            getattr(app, "client_id", None),
        )
        return [app] if app and wanted else []

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """An address that someone else may have typed is never enough to enter an account."""
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        email = (sociallogin.user.email or "").lower()
        if not email:
            refuse = {"reason": "ProConnect n'a pas donné votre adresse e-mail."}
            raise ImmediateHttpResponse(
                render(request, "people/proconnect_refused.html", refuse, status=403)
            )
        owner = User.objects.filter(email=email).first()
        if owner is None:
            return
        vouched = any(a.verified and a.email.lower() == email for a in sociallogin.email_addresses)
        proved = EmailAddress.objects.filter(user=owner, email=email, verified=True).exists()
        if vouched and proved and owner.is_active:
            sociallogin.connect(request, owner)
            record(actor=owner, action="account.link", subject=f"account:{owner.pk}")
            return
        messages.warning(
            request,
            "Un compte existe déjà avec cette adresse. Connectez-vous avec votre mot de passe, "
            "puis rattachez ProConnect depuis « Mon compte ».",
        )
        raise ImmediateHttpResponse(redirect("account_login"))

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        user = super().populate_user(request, sociallogin, data)
        user.name = " ".join(filter(None, (data.get("first_name"), data.get("last_name"))))[:120]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        user = sociallogin.user
        open_account(user=user, email=user.email, name=user.name, password=None)
        sociallogin.save(request)
        return user

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("people:account")
