"""What every answer carries, and what every unsafe request must bring."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import SimpleCookie

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories_fund as fund
from tests.factories_people import sign_in
from tests.trust import pages
from tests.trust.addresses import addresses
from tests.trust.crawl import Crawl
from tests.trust.production import settings_of

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
SIGNED_IN = ("porteur", "programme", "payeur", "avec second facteur")


def policy(value: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in value.split(";") if part.strip())


def test_every_answer_carries_its_headers(crawled: Crawl) -> None:
    wrong = [
        f"{answer.name} ({answer.who}): {fault}"
        for answer in crawled.answers
        for fault in faults(answer.headers, signed_in=answer.who != "anonyme")
        if answer.who in ("anonyme", *SIGNED_IN)
    ]
    assert not wrong, "\n".join(wrong)
    assert len({answer.name for answer in crawled.answers}) == len(addresses())


def faults(headers: Mapping[str, str], *, signed_in: bool) -> list[str]:
    found = []
    if policy(headers.get("Content-Security-Policy", "")) != POLICY:
        found.append(f"content policy {headers.get('Content-Security-Policy')}")
    if headers.get("X-Content-Type-Options") != "nosniff":
        found.append("no nosniff")
    if headers.get("X-Frame-Options") != "DENY":
        found.append("may be framed")
    if headers.get("Referrer-Policy") != "same-origin":
        found.append("tells other sites where people come from")
    if signed_in and headers.get("Cache-Control") != "no-store, private":
        found.append(f"may be kept: {headers.get('Cache-Control')}")
    return found


def test_negative_control_a_bare_answer_has_every_fault() -> None:
    assert len(faults({}, signed_in=True)) == 5
    assert "unsafe" not in str(POLICY)


def test_the_cookies_are_out_of_reach() -> None:
    client = sign_in(Client(), fund.user())
    client.get(reverse("people:account"))
    client.get(reverse("people:rename"))
    for name in ("sessionid", "ensemblier_who"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax", name
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_production_sends_cookies_over_https_only() -> None:
    found = settings_of("production")
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000


@pytest.mark.sqlite  # refused before any database is asked
def test_every_post_without_its_token_is_refused() -> None:
    with pages.open_world() as world:
        cookies = pages.cookies_of(world, "programme")
        let_in = []
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        for address, path in pages.paths(world):
            client.cookies = SimpleCookie(cookies)
            for method in ("post", "put", "patch", "delete"):
                answer = getattr(client, method)(path)
                if answer.status_code not in (403, 405):
                    let_in.append(f"{method} {address.name}: {answer.status_code}")
    assert not let_in, let_in
