"""What every answer carries, and what every unsafe request must bring."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories_fund as fund
from tests.factories_people import sign_in
from tests.trust import pages
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


def test_every_answer_carries_its_headers() -> None:
    wrong = []
    with pages.open_world() as world:
        for who in ("anonyme", *SIGNED_IN):
            cookies = pages.cookies_of(world, who)
            for address, path in pages.paths(world):
                response = pages.visit(cookies, path)
                wrong += [
                    f"{address.name} ({who}): {fault}"
                    for fault in faults(response, signed_in=who != "anonyme")
                ]
    assert not wrong, "\n".join(wrong)


def faults(response: Any, *, signed_in: bool) -> list[str]:
    found = []
    if policy(response.get("Content-Security-Policy", "")) != POLICY:
        found.append(f"content policy {response.get('Content-Security-Policy')}")
    if response.get("X-Content-Type-Options") != "nosniff":
        found.append("no nosniff")
    if response.get("X-Frame-Options") != "DENY":
        found.append("may be framed")
    if response.get("Referrer-Policy") != "same-origin":
        found.append("tells other sites where people come from")
    if signed_in and response.get("Cache-Control") != "no-store, private":
        found.append(f"may be kept: {response.get('Cache-Control')}")
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


def test_every_post_without_its_token_is_refused() -> None:
    with pages.open_world() as world:
        cookies = pages.cookies_of(world, "programme")
        let_in = []
        for address, path in pages.paths(world):
            client = Client(enforce_csrf_checks=True, raise_request_exception=False)
            client.cookies = SimpleCookie(cookies)
            for method in ("post", "put", "patch", "delete"):
                answer = getattr(client, method)(path)
                if answer.status_code not in (403, 405):
                    let_in.append(f"{method} {address.name}: {answer.status_code}")
    assert not let_in, let_in
