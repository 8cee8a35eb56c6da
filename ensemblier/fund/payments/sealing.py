"""Bank account numbers at rest: encrypted, and compared by a keyed fingerprint."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotOpen(Exception):
    """The number was sealed with a key that this installation no longer has."""


def _key(secret: str, use: str) -> bytes:
    return hmac.new(secret.encode(), f"ensemblier:iban:{use}".encode(), hashlib.sha256).digest()


@cache
def locks(secrets: tuple[str, ...]) -> MultiFernet:
    keys = [base64.urlsafe_b64encode(_key(secret, "seal")) for secret in secrets]
    return MultiFernet([Fernet(key) for key in keys])


def _secrets() -> tuple[str, ...]:
    """The key in use first, then older ones that still open what they sealed."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def seal(number: str) -> str:
    return locks(_secrets()).encrypt(number.encode()).decode()


def unseal(sealed: str) -> str:
    try:
        return locks(_secrets()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen("la clé qui a chiffré cet IBAN manque (SECRET_KEY_FALLBACKS)") from None


def fingerprint(number: str) -> str:
    """Two accounts with the same number have the same one; it does not give the number back."""
    return _mark(settings.SECRET_KEY, number)


def marks(number: str) -> list[str]:
    """Every fingerprint that this number may have got, under the key in use and older ones."""
    return [_mark(secret, number) for secret in _secrets()]


def _mark(secret: str, number: str) -> str:
    return hmac.new(_key(secret, "mark"), number.encode(), hashlib.sha256).hexdigest()
