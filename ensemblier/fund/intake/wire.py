"""Asking another site, and only those we know: its address is checked, then used as checked.

The name is resolved once and the connection goes to that very address, so that a name which
changes meanwhile leads nowhere else. Redirections are refused, sizes and times are bounded.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ensemblier.base.refusal import Refusal

SECONDS = 20
TRIES = 4
AGAIN = (429, 500, 502, 503, 504)
LONGEST_WAIT = 30


class WireRefused(Refusal):
    """The other site may not be asked, or did not answer as it should."""


class TokenRefused(WireRefused):
    """The other site no longer knows this token."""


class Places(NamedTuple):
    """The names that may be asked. `is_local` is for tests: HTTP, and this machine alone."""

    hosts: Sequence[str]
    is_local: bool = False


def ask(
    url: str,
    *,
    places: Places,
    most: int,
    wait: Callable[[float], None],
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """The body of the answer; asked again, more and more slowly, when the site is busy."""
    for turn in range(TRIES):
        try:
            status, told, content = _once(url, places, most, body, headers or {})
        except (OSError, http.client.HTTPException) as error:
            status, told, content = 503, "", b""
            cause: Exception | None = error
        else:
            cause = None
        if status == 200:
            return content
        if status in (401, 403):
            raise TokenRefused(
                "Le jeton est refusé : il a expiré ou n'ouvre pas cette démarche. Créez-en un "
                "autre sur le site de la démarche, puis enregistrez-le ici.",
                field="token",
            )
        if status not in AGAIN:
            break
        if turn + 1 < TRIES:
            wait(_pause(told, turn))
    raise WireRefused(
        f"Le site n'a pas répondu comme prévu (code {status}). Rien n'a changé : réessayez plus "
        "tard."
    ) from cause


def _pause(told: str, turn: int) -> float:
    asked = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 2**turn
    return min(asked, LONGEST_WAIT)


def _once(
    url: str, places: Places, most: int, body: bytes | None, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    host, port = _check(parts, places)
    address = _resolve(host, port, places.is_local)
    line: Any = http.client.HTTPConnection(host, port, timeout=SECONDS)
    line.sock = socket.create_connection((address, port), timeout=SECONDS)
    if parts.scheme == "https":
        safe = ssl.create_default_context()
        line.sock = safe.wrap_socket(line.sock, server_hostname=host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("POST" if body is not None else "GET", path, body, headers)
        answer = line.getresponse()
        content = answer.read(most + 1)
        if len(content) > most:
            raise WireRefused("La réponse du site est trop lourde : elle n'est pas lue.")
        return answer.status, answer.headers.get("Retry-After", ""), content
    finally:
        line.close()


def _check(parts: Any, places: Places) -> tuple[str, int]:
    host = (parts.hostname or "").lower()
    scheme = "http" if places.is_local else "https"
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        port = 0
    plain = parts.username is None and parts.password is None
    known = host in places.hosts and parts.scheme == scheme and plain
    if not known or (port != 443 and not places.is_local):
        raise WireRefused(
            f"L'adresse « {host[:60]} » n'est pas dans la liste des sites que nous interrogeons. "
            "Demandez à l'exploitant de l'ajouter si elle est la bonne.",
            field="host",
        )
    return host, port


def _resolve(host: str, port: int, is_local: bool) -> str:
    """One address of this name; refused when any of them is not on the public network."""
    found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for text in found:
        address = ipaddress.ip_address(text.split("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or address
        if not is_local and not inner.is_global:
            raise WireRefused("Cette adresse mène à un réseau privé : elle n'est pas interrogée.")
    return sorted(found)[0]
