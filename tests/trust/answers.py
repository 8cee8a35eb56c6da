"""What the site answers besides pages: files to download, found by visiting and by their links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import lxml.html
from django.urls import Resolver404, resolve

from tests.trust import pages
from tests.trust.addresses import Address, addresses, fill
from tests.trust.doors import may_open

# Between them they may download everything.
READERS = (
    "anonyme",
    "représentante",
    "instruction 62",
    "programme",
    "payeur",
    "auditeur",
    "tête de réseau",
)
PAGE_TYPES = ("text/html", "application/json", "text/javascript")


class Answer(NamedTuple):
    """One file as it reached somebody."""

    who: str
    name: str
    path: str
    media_type: str
    content: bytes
    headers: dict[str, str]


def files(world: SimpleNamespace, people: Sequence[str] = READERS) -> Iterator[Answer]:
    """Each file once: from every address, then from every link of every page met."""
    seen: set[str] = set()
    for who in people:
        cookies = pages.cookies_of(world, who)
        waiting = list(_starts(world, who))
        visited: set[str] = set()  # pages that lead to themselves
        while waiting:
            path = waiting.pop(0)
            if path in seen or path in visited:
                continue
            visited.add(path)
            response = pages.client_with(cookies).get(path)
            if response.status_code != 200:
                continue
            media_type = response.get("Content-Type", "").partition(";")[0]
            if media_type == "text/html":
                waiting += [link for link in _downloads(response) if link not in seen]
            if media_type in PAGE_TYPES:
                continue
            seen.add(path)
            yield Answer(
                who, name_of(path), path, media_type, _body(response), dict(response.items())
            )


def fillable(world: SimpleNamespace) -> list[Address]:
    """The addresses that can be filled: test_access_table fails for the others."""
    return [address for address in addresses() if _filled(address, world) is not None]


def _filled(address: Address, world: SimpleNamespace) -> dict[str, str] | None:
    try:
        return fill(address, world)
    except KeyError:
        return None


def _starts(world: SimpleNamespace, who: str) -> Iterator[str]:
    """The doors that open to this person, as the access table says: it knocked at the others."""
    for address in fillable(world):
        for side, path in fill(address, world).items():
            if may_open(who, address.name, side):
                yield path


def _body(response: Any) -> bytes:
    return response.getvalue() if response.streaming else response.content


def name_of(path: str) -> str:
    return resolve(urlsplit(path).path).view_name


def _downloads(response: Any) -> list[str]:
    """Links of a page that lead to a file: its address or its question says a format."""
    found = []
    for href in lxml.html.fromstring(response.content.decode()).xpath("//a/@href"):
        parts = urlsplit(href)
        if parts.netloc or not parts.path.startswith("/"):
            continue
        marks = f"{parts.path} {parts.query}".lower()
        if not any(mark in marks for mark in ("csv", "xlsx", "ods", "pdf", "zip", "fichiers/")):
            continue
        try:
            resolve(parts.path)
        except Resolver404:
            continue
        found.append(href.partition("#")[0])
    return found
