"""Choices not yet in the urn: they stay on the juror's own device, sealed, and nowhere else.

The server keeps no draft: a row that names a juror beside choices would undo the secret. The text
has the same length whatever was chosen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse

NOTHING = "."
HOURS = 12


def _lock() -> Fernet:
    key = hmac.new(settings.SECRET_KEY.encode(), b"ensemblier:jury:draft", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def name_of(sitting: int) -> str:
    return f"ensemblier_vote_{sitting}"


def read(request: HttpRequest, sitting: int) -> dict[int, str]:
    """Number of the project -> choice; empty when the device holds none of this account's."""
    sealed = request.COOKIES.get(name_of(sitting), "")
    try:
        text = _lock().decrypt(sealed.encode(), ttl=HOURS * 3600).decode()
    except (InvalidToken, ValueError):
        return {}
    owner, _, choices = text.partition(":")
    if owner != str(request.user.pk):
        return {}
    return {rank: sign for rank, sign in enumerate(choices, start=1) if sign != NOTHING}


def keep(
    request: HttpRequest,
    response: HttpResponse,
    sitting: int,
    choices: Mapping[int, str],
    most: int,
) -> None:
    """Give the choices back to the device; one sign a project, so that no length tells."""
    signs = "".join(choices.get(rank, NOTHING) for rank in range(1, most + 1))
    response.set_cookie(
        name_of(sitting),
        _lock().encrypt(f"{request.user.pk}:{signs}".encode()).decode(),
        max_age=HOURS * 3600,
        path="/jury/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponse, sitting: int) -> None:
    response.delete_cookie(name_of(sitting), path="/jury/", samesite="Strict")
