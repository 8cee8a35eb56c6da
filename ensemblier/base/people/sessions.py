"""How long a session lives, whether the second factor was given, and the actor of each request."""

from __future__ import annotations

import time
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ensemblier.base.people.access import Actor
from ensemblier.base.people.parking import WHO_AGE, WHO_COOKIE, who

ABSOLUTE = 12 * 3600
IDLE = 30 * 60  # for those who touch money or decisions
GRAIN = 60  # the last visit is noted once a minute at most
SINCE, SEEN, DEMO_STRONG = "since", "seen", "demo_strong"


def gave_second_factor(request: HttpRequest) -> bool:
    """This session was opened with a second factor (or by the demo's tour, in the demo only)."""
    if settings.DEMO and request.session.get(DEMO_STRONG):
        return True
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def demo_sign_in(request: HttpRequest, user: Any) -> None:
    """Sign in as one of the demo's roles, second factor included. Refused outside the demo."""
    if not settings.DEMO:
        raise ImproperlyConfigured("La connexion sans mot de passe n'existe que dans la démo.")
    request.session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[DEMO_STRONG] = True


def has_ended(request: HttpRequest, actor: Actor, now: float) -> bool:
    """12 hours after sign-in for all; after 30 idle minutes for money and decisions."""
    since = request.session.get(SINCE)
    if since is not None and now - since > ABSOLUTE:
        return True
    seen = request.session.get(SEEN, now)
    return now - seen > IDLE and actor.holds_strong_role


class ActorMiddleware:
    """Sets `request.actor`, ends old sessions, keeps every signed-in page out of all caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = self.actor(request, time.time())  # type: ignore[attr-defined]
        response = self.get_response(request)
        if not request.actor.is_anonymous or SESSION_KEY in request.session:  # type: ignore[attr-defined]
            response["Cache-Control"] = "no-store, private"
            self.name_browser(request, response)
        return response

    def actor(self, request: HttpRequest, now: float) -> Actor:
        if not request.session.get(SESSION_KEY) or not request.user.is_authenticated:
            return Actor(AnonymousUser(), day=timezone.localdate(), strong=False)
        actor = Actor(request.user, day=timezone.localdate(), strong=gave_second_factor(request))
        if has_ended(request, actor, now):
            request.session.flush()
            request.user = AnonymousUser()
            return Actor(request.user, day=timezone.localdate(), strong=False)
        if now - request.session.get(SEEN, 0) > GRAIN:
            request.session.setdefault(SINCE, now)
            request.session[SEEN] = now
        return actor

    def name_browser(self, request: HttpRequest, response: HttpResponse) -> None:
        """A signed cookie that outlives the session: whose typing to keep, which browser to trust
        when someone else hammers the account's password."""
        if not request.user.is_authenticated:
            return
        known = who(request)
        if known and known["user"] == request.user.pk:
            return
        value = {"user": request.user.pk, "browser": token_urlsafe(16)}
        response.set_cookie(
            WHO_COOKIE,
            signing.dumps(value, salt=WHO_COOKIE),
            max_age=WHO_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
