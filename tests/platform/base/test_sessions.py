"""Second factor and sessions: what opens, what ends, what is kept out of caches."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people import sessions
from ensemblier.base.people.models import STRONG_ROLES, Role
from ensemblier.base.people.parking import WHO_COOKIE
from tests.factories_people import (
    make_mandate,
    make_organisation,
    make_person,
    make_user,
    sign_in,
)

PASSWORD = "un long mot de passe 42"
LOGIN = "/connexion/"
ACCOUNT = "/mon-compte/"
DESK = "/rattachements/"


@pytest.fixture
def user(db):
    return make_user("ana@exemple.fr", password=PASSWORD)


def log_in(client, email="ana@exemple.fr", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password}, **more)


def code_of(secret):
    if time.time() % 30 > 27:  # a code lives 30 seconds: take one that will not die on the way
        time.sleep(3.1)
    return format_hotp_value(hotp_value(secret, next(iter(counters()))))


def give_totp(user, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"):
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(user, secret)
    return secret


# Second factor


def test_a_half_signed_in_session_opens_nothing(client, user):
    make_mandate(user, Role.PAYER)
    make_mandate(user, Role.INSTRUCTOR)
    secret = give_totp(user)
    assert log_in(client).url == "/second-facteur/"
    for name in ("people:account", "people:claims", "people:organisation_find", "mfa_index"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert answer.url.startswith(LOGIN)
    assert client.get("/second-facteur/").status_code == 200
    wrong = client.post("/second-facteur/", {"code": "000000"}).content.decode()
    assert "Ce code est faux" in wrong
    assert client.get(DESK).url.startswith(LOGIN)
    assert client.post("/second-facteur/", {"code": code_of(secret)}).status_code == 302
    assert client.get(DESK).status_code == 200


def test_a_code_serves_once(client, user):
    secret = give_totp(user)
    code = code_of(secret)
    for expected in (302, 200):
        browser = Client()
        log_in(browser)
        assert browser.post("/second-facteur/", {"code": code}).status_code == expected


def test_codes_are_counted_too(user):
    give_totp(user)
    client = Client()
    log_in(client)
    pages = [
        client.post("/second-facteur/", {"code": "000000"}, REMOTE_ADDR=f"10.0.{n}.1")
        for n in range(12)
    ]
    texts = ["Ce code est faux" in p.content.decode() for p in pages]
    assert texts == [True] * 10 + [False] * 2


@pytest.mark.parametrize("role", sorted(STRONG_ROLES))
def test_strong_roles_need_the_second_factor(client, db, role):
    user = make_person(role)
    sign_in(client, user, strong=False)
    organisation = user.mandates.get().organisation_id
    for url in (DESK, reverse("people:organisation", args=[organisation])):
        answer = client.get(url)
        assert answer.url == f"/mon-compte/second-facteur/?next={url}"
    assert client.get(ACCOUNT).status_code == 200
    sign_in(client, user)  # negative control
    assert client.get(reverse("people:organisation", args=[organisation])).status_code == 200


def test_applicants_may_do_without(client, db):
    organisation = make_organisation()
    sign_in(client, make_person(Role.APPLICANT, organisation), strong=False)
    url = reverse("people:organisation", args=[organisation.pk])
    assert client.get(url).status_code == 200


def test_setting_up_the_first_second_factor(client, user):
    make_mandate(user, Role.INSTRUCTOR)
    log_in(client)
    assert client.get(DESK).url == f"/mon-compte/second-facteur/?next={DESK}"
    page = client.get(client.get(DESK).url).content.decode()
    assert "Ajouter une application" in page
    asked = client.get("/mon-compte/securite/application/")
    client.post(asked.url, {"password": PASSWORD})
    page = client.get("/mon-compte/securite/application/").content.decode()
    secret = re.search(r"<code>(\w+)</code>", page)[1]
    answer = client.post("/mon-compte/securite/application/", {"code": code_of(secret)})
    assert answer.status_code == 302
    assert client.get(DESK).status_code == 200
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored  # sealed
    codes = client.get(answer.url, follow=True).content.decode()
    assert len(re.findall(r"<code>\d+", codes)) == 10


def test_the_demo_signs_in_only_in_the_demo(settings, user):
    make_mandate(user, Role.INSTRUCTOR)
    request = RequestFactory().post("/")
    request.session = Client().session
    with pytest.raises(ImproperlyConfigured):
        sessions.demo_sign_in(request, user)
    client = Client()
    client.force_login(user)
    session = client.session
    session[sessions.DEMO_STRONG] = True
    session.save()
    assert client.get(DESK).status_code == 302  # the flag alone is worth nothing elsewhere
    settings.DEMO = True
    assert client.get(DESK).status_code == 200


# Sessions


def age(client, **seconds):
    session = client.session
    for key, value in seconds.items():
        session[key] -= value
    session.save()


def test_idle_money_roles_are_signed_out(client, db):
    sign_in(client, make_person(Role.INSTRUCTOR))
    assert client.get(DESK).status_code == 200
    age(client, seen=29 * 60)
    assert client.get(DESK).status_code == 200
    age(client, seen=31 * 60)
    assert client.get(DESK).url.startswith(LOGIN)


def test_idle_applicants_stay(client, db):
    """Negative control: only those who touch money or decisions."""
    sign_in(client, make_person(Role.APPLICANT, make_organisation()))
    client.get(ACCOUNT)
    age(client, seen=31 * 60)
    assert client.get(ACCOUNT).status_code == 200


def test_a_session_ends_after_twelve_hours(client, db):
    sign_in(client, make_user())
    client.get(ACCOUNT)
    age(client, since=12 * 3600 - 60)
    assert client.get(ACCOUNT).status_code == 200
    age(client, since=61)
    assert client.get(ACCOUNT).url.startswith(LOGIN)


def test_a_closed_account_and_an_ended_mandate_stop_at_the_next_request(client, db):
    user = make_person(Role.INSTRUCTOR)
    sign_in(client, user)
    assert client.get(DESK).status_code == 200
    user.mandates.update(ends=timezone.localdate() - timedelta(days=1))
    assert client.get(DESK).status_code == 403
    user.is_active = False
    user.save()
    assert client.get(ACCOUNT).url.startswith(LOGIN)


def test_changing_the_password_closes_other_sessions(client, user):
    other = Client()
    log_in(client)
    log_in(other)
    assert other.get(ACCOUNT).status_code == 200
    user.set_password("encore un long mot 43")
    user.save()
    assert other.get(ACCOUNT).status_code == 302


def test_signing_out_is_a_post(client, user):
    log_in(client)
    assert client.get("/deconnexion/").status_code == 200
    assert client.get(ACCOUNT).status_code == 200
    client.post("/deconnexion/")
    assert client.get(ACCOUNT).status_code == 302


def test_signed_in_pages_are_kept_out_of_every_cache(client, user):
    log_in(client)
    for url in (ACCOUNT, "/deconnexion/", "/mon-compte/securite/", "/nulle-part/"):
        assert client.get(url)["Cache-Control"] == "no-store, private", url
    assert Client().get("/healthz").get("Cache-Control") != "no-store, private"
    cookie = client.cookies[WHO_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "ana" not in cookie.value
