"""Signing in: passwords, counts of tries, second factor, sessions, and GETs that never write."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.notices.models import Message
from ensemblier.base.people import account_urls, sessions, urls
from ensemblier.base.people.models import STRONG_ROLES, Role, User
from ensemblier.base.people.parking import WHO_COOKIE
from ensemblier.web.databases import SIDE, SideRouter
from ensemblier.web.readonly import ReadOnlyGet, WriteOnGet, is_read
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


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    """Argon2 takes a third of a second; its use is checked once, below."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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
    from allauth.account.models import EmailAddress, EmailConfirmationHMAC

    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert log_in(client).url == "/adresse/a-confirmer/"
    assert client.get(ACCOUNT).status_code == 302
    address = EmailAddress.objects.get(user=user)
    link = reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])
    assert link in Message.objects.get().body
    looks_like_ours(client.get(link))
    address.refresh_from_db()
    assert not address.verified
    client.post(link)
    address.refresh_from_db()
    assert address.verified
    assert log_in(client).url == django_settings.LOGIN_REDIRECT_URL


# Read-only GETs


def test_a_get_that_writes_is_refused(db):
    def view(request):
        with transaction.atomic():
            return make_user()

    handler = ReadOnlyGet(view)
    for method in ("get", "head", "options"):
        with pytest.raises(WriteOnGet):
            handler(getattr(RequestFactory(), method)("/"))
    assert not User.objects.exists()
    handler(RequestFactory().post("/"))  # negative control
    assert User.objects.count() == 1
    assert "ensemblier.web.readonly.ReadOnlyGet" in django_settings.MIDDLEWARE


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT 1", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("SAVEPOINT s1", True),
        ("BEGIN IMMEDIATE", True),
        ("EXPLAIN SELECT 1", True),
        ("SELECT 'DELETE FROM users'", True),
        ('UPDATE "django_session" SET a = 1', True),
        ('INSERT INTO "journal_access" (a) VALUES (1)', True),
        ('UPDATE "people_user" SET a = 1', False),
        ('INSERT INTO "journal_event" (a) VALUES (1)', False),
        ("WITH a AS (DELETE FROM people_user RETURNING *) SELECT * FROM a", False),
        ("EXPLAIN ANALYZE DELETE FROM people_user", False),
        ("SELECT setval('x', 1)", False),
        ("SELECT 1 FOR UPDATE", False),
        ("PRAGMA synchronous = OFF", False),
        ("TRUNCATE people_user", False),
        ("DROP TABLE people_user", False),
        ("COPY people_user FROM STDIN", False),
        ('UPDATE "people_user" SET a = \'"django_session"\'', False),
    ],
)
def test_what_counts_as_a_read(sql, read):
    assert is_read(sql) is read


@pytest.mark.django_db(transaction=True, databases=["default", SIDE])
def test_sessions_and_counts_go_through_their_own_connection(monkeypatch):
    """As in production: with the router on, a sign-in works and the two connections agree."""
    from django.db import router

    monkeypatch.setattr(router, "routers", [SideRouter()], raising=False)
    make_user("ana@exemple.fr", password=PASSWORD)
    client = Client()
    with connections[SIDE].execute_wrapper(note := Note()):
        assert log_in(client, password="faux").status_code == 200
        assert log_in(client).status_code == 302
        assert client.get(ACCOUNT).status_code == 200
    assert any("django_session" in sql for sql in note.seen)
    assert any("ensemblier_cache" in sql for sql in note.seen)
    assert connection.alias == "default"


class Note:
    """Remembers what goes through a connection."""

    def __init__(self):
        self.seen = []

    def __call__(self, execute, sql, params, many, context):
        self.seen.append(sql)
        return execute(sql, params, many, context)
