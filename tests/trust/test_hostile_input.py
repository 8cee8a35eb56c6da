"""Hostile values sent to every form, every filter and every address: never a page that breaks."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import override_settings
from django.urls import resolve, reverse

from tests.trust import pages

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
HOSTILE: dict[str, Any] = {
    "NUL": "a\x00b",
    "zeros": "0" * 5000,
    "digits": "9" * 10_000,
    "beyond bigint": str(10**19),
    "negative": "-1",
    "exponent": "1e3000000",
    "not a number": "NaN",
    "surrogate": "\\ud800",
    "year zero": "0000-00-00",
    "last day": "9999-12-31",
    "long": "é" * 20_000,
    "nested": "[" * 100_000,
    "minute": "9999-12-31T23:59",
    "list": ["1", "2"],
    "file": SimpleUploadedFile("a\x00b.pdf", b"%PDF-1.4 \x00"),
    "markup": "<b>%s {{ 7 }} ../../etc/passwd",
}
ALONE = ("zeros", "beyond bigint")
# Between them they meet every form of the site.
WRITERS = (
    "anonyme",
    "représentante",
    "instruction 62",
    "programme",
    "signataire",
    "payeur",
    "assistance",
    *pages.CONFIRMED,
    pages.HALF,
)
SEGMENTS = ("a\x00b", "9" * 25, "9" * 5000, "é" * 300, "%s", "..%2f", " ")
FILTERS = ("page", "q", "next", "sort", "commune", "code", "number", "date", "day", "year")


class Form(NamedTuple):
    """One form as somebody may send it, with values that a browser would send."""

    cookies: str
    name: str
    path: str
    method: str
    data: dict[str, Any]

    @property
    def shape(self) -> tuple[Any, ...]:
        return (self.method, resolve(urlsplit(self.path).path).view_name, *sorted(self.data))


def forms_of(world: SimpleNamespace) -> Iterator[Form]:
    """Each form of the site once, for the first person who meets it."""
    seen = set()
    for who in WRITERS:
        cookies = pages.cookies_of(world, who)
        for address, path in pages.ways(world, who):
            if who == pages.HALF and address.name != "mfa_authenticate":
                continue
            response = pages.visit(cookies, path)
            if not pages.is_page(response) or not response.content:
                continue
            for element in lxml.html.fromstring(response.content.decode()).forms:
                target = element.action or path
                form = Form(cookies, address.name, target, element.method, values(element))
                if form.shape not in seen and "deconnexion" not in target:
                    seen.add(form.shape)
                    yield form


def values(element: Any) -> dict[str, Any]:
    """What is filled in already, and something for each field that is not."""
    found: dict[str, Any] = {}
    for field in element.inputs:
        kind = getattr(field, "type", "")
        if not field.name or field.name == "csrfmiddlewaretoken" or kind == "submit":
            continue
        if field.tag == "select":
            options = [option for option in field.value_options if option]
            found[field.name] = options[0] if options else ""
        elif kind in ("radio", "checkbox"):
            found.setdefault(field.name, field.get("value") or "on")
        else:
            text = field.value if field.tag == "textarea" else field.get("value")
            found[field.name] = text or "1"
    return found


def send(form: Form, data: dict[str, Any]) -> int:
    for value in data.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    client = pages.client_with(form.cookies)
    verb = client.post if form.method == "POST" else client.get
    with transaction.atomic(), override_settings(DEMO=form.path.startswith(reverse("tour:index"))):
        response = verb(form.path, data)
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    return int(response.status_code)


def attempts(form: Form, rank: int, every: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Nothing; the same value in every field; then one hostile value among good ones.

    Each field is tried alone with the values that a whole form of errors hides: those that a form
    lets through and only the database refuses. One value in `every` only, another first one on
    each form, so that all values meet all kinds of forms; then each field alone on one of the two
    databases, for both refuse what is too large.
    """
    half = 0 if connection.vendor == "sqlite" else 1
    yield "nothing", {}
    yield "as filled", form.data
    for label in list(HOSTILE)[rank % every :: every]:
        if label != "file" or form.method == "POST":
            yield label, dict.fromkeys(form.data, HOSTILE[label])
    for place, name in enumerate(form.data, start=rank):
        if every > 1 and place // 2 % 2 == half:
            continue
        for label in ALONE if every == 1 else [ALONE[place % len(ALONE)]]:
            yield f"{name}: {label}", form.data | {name: HOSTILE[label]}


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_no_form_breaks_whatever_is_typed(db: None, every: int) -> None:
    with pages.open_world() as world:
        forms = list(forms_of(world))
        broken = [
            f"{form.name} {form.method} {form.path} ({label})"
            for rank, form in enumerate(forms)
            for label, data in attempts(form, rank, every)
            if send(form, data) >= 500
        ]
    assert len(forms) > 50
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_no_address_breaks_whatever_it_holds(db: None, every: int) -> None:
    """Every part that an address takes, and every word after its question mark."""
    with pages.open_world() as world:
        cookies = pages.cookies_of(world, "programme")
        broken = [
            path
            for path in hostile_paths(world, every)
            if send(Form(cookies, "", path, "GET", {}), {}) >= 500
        ]
    assert not broken, "\n".join(broken)


def hostile_paths(world: SimpleNamespace, every: int) -> Iterator[str]:
    """One hostile value in `every` only, another first one at each place."""
    taken: set[str] = set()
    filters, place = ("a\x00b", "9" * 5000, "9999-12-31"), 0
    for rank, (address, path) in enumerate(pages.paths(world)):
        if (
            address.name == "operations:healthz"
        ):  # answers 503 by design, to say that a worker is away
            continue
        for value in filters if every == 1 else [filters[rank % len(filters)]]:
            yield f"{path}?{urlencode(dict.fromkeys(FILTERS, value))}"
        if address.takes and address.name not in taken:
            taken.add(address.name)
            parts = path.strip("/").split("/")
            for part in range(1, len(parts)):
                place += 1
                for segment in SEGMENTS[place % every :: every]:
                    yield "/" + "/".join([*parts[:part], quote(segment), *parts[part + 1 :]]) + "/"
