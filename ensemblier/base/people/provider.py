"""ProConnect, the State's sign-in for professionals: OpenID Connect with a signed userinfo."""

from __future__ import annotations

import hmac
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

ALGORITHMS = ["RS256", "ES256"]  # never the one the token asks for
NONCE = "proconnect_nonce"
LEAVING = "proconnect_leaving"  # in the session: how to end the session over there as well
LEFT = "proconnect_left"
CLAIMS = ("sub", "email", "email_verified", "given_name", "usual_name", "siret")


class ProConnectViews(OpenIDConnectOAuth2Adapter):
    """The exchange with ProConnect: every token is checked with its published keys."""

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any):
        id_token = kwargs["response"].get("id_token")
        if not id_token:
            raise OAuth2Error("no id_token")
        identity = self._verified(id_token, app)
        nonce = request.session.pop(NONCE, "")
        if not nonce or not hmac.compare_digest(str(identity.get("nonce", "")), nonce):
            raise OAuth2Error("wrong nonce")
        person = self._verified(self._userinfo(token.token), app)
        if person.get("sub") != identity.get("sub"):
            raise OAuth2Error("userinfo speaks of someone else")
        if end := self.openid_config.get("end_session_endpoint"):
            request.session[LEAVING] = {"address": end, "id_token": id_token}
        kept = {name: person[name] for name in CLAIMS if name in person}
        return self.get_provider().sociallogin_from_response(request, {"userinfo": kept})

    def _userinfo(self, access_token: str) -> str:
        headers = {"Authorization": f"Bearer {access_token}"}
        with get_adapter().get_requests_session() as session:
            response = session.get(self.profile_url, headers=headers)
            response.raise_for_status()
        return response.text

    def _verified(self, token: str, app: Any) -> dict[str, Any]:
        """The content of a token signed by ProConnect, for us, and still valid."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            with get_adapter().get_requests_session() as session:
                keys = jwt.PyJWKSet.from_dict(session.get(self.openid_config["jwks_uri"]).json())
            key = next((k for k in keys.keys if k.key_id == kid), None)
            if key is None:
                raise OAuth2Error("unknown key")
            return jwt.decode(
                token,
                key=key.key,
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                options={"require": ["exp", "aud", "iss"]},
                leeway=10,
            )
        except (jwt.PyJWTError, requests.RequestException, ValueError) as error:
            raise OAuth2Error("token refused") from error

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("proconnect_callback"))


class ProConnectProvider(OpenIDConnectProvider):
    """Off until PROCONNECT_ADDRESS is set."""

    id = "proconnect"
    name = "ProConnect"
    oauth2_adapter_class = ProConnectViews
    pkce_enabled_default = True

    @classmethod
    def app(cls) -> SocialApp | None:
        if not settings.PROCONNECT_ADDRESS:
            return None
        return SocialApp(
            provider=cls.id,
            provider_id=cls.id,
            name=cls.name,
            client_id=settings.PROCONNECT_CLIENT_ID,
            secret=settings.PROCONNECT_CLIENT_SECRET,
            settings={"server_url": settings.PROCONNECT_ADDRESS, "oauth_pkce_enabled": True},
        )

    def get_default_scope(self) -> list[str]:
        return ["openid", "email", "given_name", "usual_name", "siret"]

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        return self.get_scope()

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        request.session[NONCE] = token_urlsafe(32)
        return {"acr_values": "eidas1", "nonce": request.session[NONCE]}

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("proconnect_login", query=kwargs or None)

    def get_callback_url(self) -> str:
        return reverse("proconnect_callback")

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        person = data["userinfo"]
        return {
            "email": (person.get("email") or "").lower(),
            "first_name": person.get("given_name"),
            "last_name": person.get("usual_name"),
            "email_verified": person.get("email_verified") is True,
        }

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """None of their own: the address comes from the fields above, verified only when
        ProConnect says `true`, not anything that looks like it."""
        return []


def way_out(request: HttpRequest, leaving: dict[str, str]) -> str:
    """Where the browser ends its session at ProConnect (OpenID Connect RP-Initiated Logout 1.0)."""
    request.session[LEFT] = token_urlsafe(32)
    query = {
        "id_token_hint": leaving["id_token"],
        "state": request.session[LEFT],
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("proconnect_left")),
    }
    return f"{leaving['address']}{'&' if '?' in leaving['address'] else '?'}{urlencode(query)}"


PROCONNECT = ProConnectProvider
provider_classes = [ProConnectProvider]
