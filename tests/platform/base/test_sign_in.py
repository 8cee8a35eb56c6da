"""Signing in: passwords, counts of tries, and the pages of accounts."""

import re
import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from ensemblier.base.notices.models import Message
from ensemblier.base.people import account_urls, urls
from ensemblier.base.people.models import User
from ensemblier.web.databases import SIDE, SideRouter
from tests.factories_people import (
    make_user,
)

PASSWORD = "un long mot de passe 42"
LOGIN = "/connexion/"
ACCOUNT = "/mon-compte/"


@pytest.fixture
def user(db):
    return make_user("ana@exemple.fr", password=PASSWORD)


def log_in(client, email="ana@exemple.fr", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password}, **more)


def give_totp(user, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"):
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(user, secret)
    return secret


# Passwords


def test_production_passwords_are_argon2():
    assert django_settings.PASSWORD_HASHERS != []
    from ensemblier.web import settings as written

    assert written.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert written.AUTHENTICATION_BACKENDS == [
        "allauth.account.auth_backends.AuthenticationBackend"
    ]


def test_signing_in_changes_the_session_id(client, user):
    client.get(LOGIN)
    session = client.session
    session["before"] = 1
    session.save()
    before = client.session.session_key
    answer = log_in(client, "ANA@exemple.fr")
    assert answer.url == django_settings.LOGIN_REDIRECT_URL
    assert client.session.session_key != before
    assert client.get(ACCOUNT).status_code == 200


def test_signing_up_asks_a_name_and_a_long_password(client, db):
    form = {"name": "Ana", "email": "ana@exemple.fr", "password1": "court"}
    page = client.post("/inscription/", form).content.decode()
    assert "12 caract" in page
    assert not User.objects.exists()
    client.post("/inscription/", form | {"password1": PASSWORD})
    assert User.objects.get().name == "Ana"
    assert User.objects.get().email == "ana@exemple.fr"


def test_the_same_answer_for_unknown_and_known_accounts(client, user):
    pages = []
    for email in ("ana@exemple.fr", "bob@exemple.fr"):
        page = log_in(client, email, "faux").content.decode()
        pages.append(re.sub(r'value="[^"]*"', "", page))
    assert "est faux" in pages[0]
    assert pages[0] == pages[1]
    for email in ("ana@exemple.fr", "bob@exemple.fr"):
        answer = client.post("/mot-de-passe/oublie/", {"email": email})
        assert answer.url == "/mot-de-passe/envoye/"
    known, unknown = Message.objects.order_by("pk")
    assert "Choisissez" in known.subject or "Choisir" in known.subject
    assert "Aucun compte" in unknown.subject


@pytest.mark.django_db
def test_unknown_and_known_accounts_take_similar_times(settings):
    """Both hash one password: with a real hasher neither answers much faster."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = {}
    make_user("ana@exemple.fr", password=PASSWORD)
    fastest = {}
    for email in ("ana@exemple.fr", "bob@exemple.fr"):
        took = []
        for _ in range(3):
            start = time.process_time()
            log_in(Client(), email, "faux")
            took.append(time.process_time() - start)
        fastest[email] = min(took)
    slow, quick = max(fastest.values()), min(fastest.values())
    assert slow < 2 * quick, fastest


def test_a_new_password_by_mail(client, user):
    client.post("/mot-de-passe/oublie/", {"email": user.email})
    message = Message.objects.get()
    assert message.is_secret
    link = next(w for w in message.body.split() if "/mot-de-passe/nouveau/" in w)
    page = client.get(link.removeprefix("http://testserver"), follow=True)
    fresh = "encore un long mot 43"
    done = client.post(page.request["PATH_INFO"], {"password1": fresh, "password2": fresh})
    assert done.status_code == 302, done.content.decode()
    assert log_in(Client(), password=fresh).status_code == 302
    again = client.get(link.removeprefix("http://testserver"), follow=True).content.decode()
    assert "Ce lien ne marche plus" in again


# Counts of tries


def checks(monkeypatch):
    """How many passwords reach the check."""
    seen = []
    real = User.check_password
    monkeypatch.setattr(User, "check_password", lambda s, raw: seen.append(raw) or real(s, raw))
    return seen


def test_ten_wrong_tries_then_the_password_is_not_even_checked(user, monkeypatch):
    seen = checks(monkeypatch)
    for rank in range(40):  # from as many addresses and browsers
        log_in(Client(REMOTE_ADDR=f"10.0.{rank}.1"), password="faux")
    assert len(seen) == 10
    page = log_in(Client(REMOTE_ADDR="10.9.0.1")).content.decode()
    assert "Attendez 15 minutes" in page


def test_without_the_limit_every_try_reaches_the_check(user, monkeypatch, settings):
    """Negative control."""
    settings.ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
    seen = checks(monkeypatch)
    for rank in range(15):
        log_in(Client(REMOTE_ADDR=f"10.0.{rank}.1"), password="faux")
    assert len(seen) == 15


def test_the_wait_is_fifteen_minutes_at_most(user, monkeypatch):
    for rank in range(12):
        log_in(Client(REMOTE_ADDR=f"10.0.{rank}.1"), password="faux")
    assert log_in(Client()).status_code == 200
    real = time.time
    later = timedelta(minutes=15, seconds=1).total_seconds()
    monkeypatch.setattr("time.time", lambda: real() + later)
    assert log_in(Client()).status_code == 302


def test_a_stranger_never_locks_the_owner_out(user):
    """The browser that has signed in before has a count of its own."""
    mine, new = Client(), Client(REMOTE_ADDR="10.1.0.1")
    log_in(mine)
    mine.get(ACCOUNT)
    mine.post("/deconnexion/")
    for rank in range(40):
        log_in(Client(REMOTE_ADDR=f"10.0.{rank}.1"), password="faux")
    assert log_in(new).status_code == 200  # negative control: an unknown browser waits
    assert log_in(mine).status_code == 302


def test_a_known_browser_is_limited_too_and_for_its_account_only(user, monkeypatch):
    other = make_user("bob@exemple.fr", password=PASSWORD)
    mine = Client()
    log_in(mine)
    mine.get(ACCOUNT)
    mine.post("/deconnexion/")
    seen = checks(monkeypatch)
    for rank in range(20):
        log_in(mine, password="faux", REMOTE_ADDR=f"10.0.{rank}.1")
    assert len(seen) == 10
    seen.clear()
    for rank in range(40):  # its cookie buys no second count on someone else's account
        browser = mine if rank % 2 else Client()
        log_in(browser, other.email, "faux", REMOTE_ADDR=f"10.2.{rank}.1")
    assert len(seen) == 10


def test_one_address_cannot_try_many_accounts(db):
    answers = [log_in(Client(), f"p{n}@exemple.fr", "faux").content.decode() for n in range(40)]
    refused = [a for a in answers if "Attendez" in a]
    assert len(refused) == 10


def test_counts_are_shared_by_all_workers():
    """In the database, not in the memory of one process."""
    from django.core.cache import cache

    assert django_settings.CACHES["default"]["BACKEND"].endswith("db.DatabaseCache")
    assert SideRouter().db_for_write(cache.cache_model_class) == SIDE


def test_too_many_sign_ups_get_a_page(client, db):
    pages = [client.post("/inscription/", {"email": "x"}) for _ in range(21)]
    assert [p.status_code for p in pages] == [200] * 20 + [429]
    assert "Attendez cinq minutes" in pages[-1].content.decode()


# Pages


DOORS = ["account_login", "account_signup", "account_logout", "account_reset_password",
         "account_reset_password_done", "account_reset_password_from_key_done",
         "account_inactive", "account_email_verification_sent",
         "socialaccount_login_cancelled"]  # fmt: skip
MINE = ["people:account", "people:rename", "mfa_index", "account_change_password",
        "account_reauthenticate", "mfa_list_webauthn", "people:organisation_create",
        "people:organisation_find"]  # fmt: skip


def looks_like_ours(page):
    text = page.content.decode()
    assert page.status_code == 200
    assert '<html lang="fr"' in text
    assert len(re.findall("<h1", text)) == 1
    assert re.search(r"<h1>\s*\w", text)
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert not re.search(r"\b(Sign|Password|Email|the|your|Enter)\b", re.sub(r"<[^>]*>", "", text))
    return text


def test_every_page_of_accounts_looks_like_ours(client, user):
    for name in DOORS:
        url = reverse(name)
        answer = client.get(url)
        if answer.status_code == 302:  # nothing to sign out of, nothing to confirm
            assert name in ("account_logout", "account_email_verification_sent"), name
            continue
        looks_like_ours(answer)
    log_in(client)
    for name in [*MINE, "account_logout"]:
        looks_like_ours(client.get(reverse(name)))


def test_pages_of_the_second_factor_look_like_ours(client, user):
    log_in(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    looks_like_ours(client.get(reverse("mfa_activate_totp")))
    looks_like_ours(client.get(reverse("mfa_add_webauthn")))
    give_totp(user)
    assert client.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    for name in ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
                 "mfa_reauthenticate", "mfa_index"):  # fmt: skip
        looks_like_ours(client.get(reverse(name)))
    half = Client()
    log_in(half)
    looks_like_ours(half.get(reverse("mfa_authenticate")))


def test_errors_are_summed_up(client, db):
    page = client.post(LOGIN, {"login": "", "password": ""}).content.decode()
    assert "Remplissez « Adresse e-mail »." in page
    assert 'id="erreurs"' in page


def test_only_the_pages_we_use_exist(client, user):
    log_in(client)
    for url in ("/accounts/login/", "/accounts/email/", "/connexion/code/", "/accounts/3rdparty/"):
        assert client.get(url).status_code == 404
    for patterns in (account_urls.urlpatterns, urls.urlpatterns):
        for pattern in patterns:
            assert pattern.callback.access, pattern


def test_an_account_page_posted_without_its_token_is_refused(user):
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict).status_code == 403
    strict.get(LOGIN)
    token = strict.cookies["csrftoken"].value
    answer = log_in(strict, headers={"X-CSRFToken": token})
    assert answer.status_code == 302


def test_confirming_an_address_is_a_post(client, user, settings):
    from allauth.account.models import EmailAddress

    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert log_in(client).url == "/adresse/a-confirmer/"
    assert client.get(ACCOUNT).status_code == 302
    address = EmailAddress.objects.get(user=user)
    found = re.search(r"//[^/]+(/adresse/\S+)", Message.objects.get().body)
    assert found, "the e-mail gives no link"
    link = found[1]
    looks_like_ours(client.get(link))
    address.refresh_from_db()
    assert not address.verified
    client.post(link)
    address.refresh_from_db()
    assert address.verified
    assert log_in(client).url == django_settings.LOGIN_REDIRECT_URL
