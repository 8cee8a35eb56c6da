"""The forms of allauth, dressed as the others and in plain French."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.pages.forms import Dressed
from ensemblier.base.people.forms import SignupName

LABELS = {
    "login": "Adresse e-mail",
    "email": "Adresse e-mail",
    "password": "Mot de passe",
    "password1": "Mot de passe",
    "password2": "Le même mot de passe, une seconde fois",
    "oldpassword": "Mot de passe actuel",
    "code": "Code à 6 chiffres",
    "name": "Nom de cette clé",
}
LENGTH = "12 caractères au moins. Une phrase que vous retenez est un bon mot de passe."


class Plain(Dressed):
    """Our labels, no grey text inside the fields."""

    labels: dict[str, str] = {}
    hints: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = (LABELS | self.labels).get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.error_messages["required"] = f"Remplissez « {field.label} »."


class LoginForm(Plain, account.LoginForm):
    """E-mail and password."""


class SignupForm(Plain, account.SignupForm):
    """To open an account."""

    field_order = SignupName.field_order
    labels = {"name": "Votre nom"}
    hints = {"password1": LENGTH, "name": SignupName.base_fields["name"].help_text}


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    """To receive a link."""


class ResetPasswordKeyForm(Plain, account.ResetPasswordKeyForm):
    """To choose a new password from the link."""

    labels = {"password1": "Nouveau mot de passe"}
    hints = {"password1": LENGTH}


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    """To change one's password."""

    labels = {"password1": "Nouveau mot de passe"}
    hints = {"password1": LENGTH}


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    """The password once more."""


CODE_HINT = "Celui que montre votre application, ou l'un de vos codes de secours."


class AuthenticateForm(Plain, mfa.AuthenticateForm):
    """The second factor at sign-in."""

    labels = {"code": "Code"}
    hints = {"code": CODE_HINT}


class ReauthenticateCodeForm(Plain, mfa.ReauthenticateForm):
    """The second factor once more."""

    labels = {"code": "Code"}
    hints = {"code": CODE_HINT}


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):
    """The first code of an application."""


class Credential(forms.JSONField):
    """What the browser says of a key; text that JSON cannot hold is refused, not broken."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(
                "La réponse de cette clé est abîmée. Rechargez la page et recommencez.",
                code="invalid",
            ) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Shown again empty: nobody typed it."""
        return ""


def credential() -> Credential:
    return Credential(widget=forms.HiddenInput)


class UseKeyForm(webauthn.AuthenticateWebAuthnForm):
    """A key at sign-in."""

    credential = credential()


class ConfirmKeyForm(webauthn.ReauthenticateWebAuthnForm):
    """A key once more."""

    credential = credential()


class AddKeyForm(Plain, webauthn.AddWebAuthnForm):
    """A passkey or a security key."""

    credential = credential()

    hints = {"name": "Par exemple : téléphone, clé du bureau."}


class EditKeyForm(Plain, webauthn.EditWebAuthnForm):
    """The name of a key."""
