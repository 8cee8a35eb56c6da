"""A passkey in a real browser, under the strict CSP; the account pages judged by axe."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.hashers import make_password
from playwright.sync_api import sync_playwright

from ensemblier.base.people.models import Role, User
from tests.browser import launch
from tests.factories_people import make_mandate, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ACCOUNT_PAGES = [
    "/mon-compte/",
    "/mon-compte/nom/",
    "/mon-compte/securite/",
    "/organisations/nouvelle/",
    "/organisations/rejoindre/",
    "/deconnexion/",
]
PASSWORD = "un long mot de passe 42"
LISTEN = "addEventListener('securitypolicyviolation', e => console.log('csp ' + e.blockedURI))"
KEY = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
       "hasUserVerification": True, "isUserVerified": True,
       "automaticPresenceSimulation": True}  # fmt: skip


@pytest.fixture
def address(settings, live_server):
    """Passkeys want a name, not a number."""
    settings.ALLOWED_HOSTS = ["localhost"]
    return f"http://localhost:{urlsplit(live_server.url).port}"


@pytest.fixture
def officer(address):
    """Made before the browser starts: Playwright's loop forbids the database afterwards."""
    user = make_user("ana@exemple.fr", name="Ana")
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="md5"))
    return user


@pytest.fixture
def instructor(officer):
    return make_mandate(officer, Role.INSTRUCTOR)


@pytest.fixture
def page(officer):
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.set_default_timeout(15_000)
        page.refused = []
        page.on(
            "console", lambda m: page.refused.append(m.text) if m.text.startswith("csp") else None
        )
        page.add_init_script(LISTEN)
        yield page
        browser.close()


def judge(page):
    """No barrier that axe sees, light and dark, and nothing that the CSP refused."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(400)  # colours glide from one scheme to the other
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url} {scheme}: {found.generate_report()}"
    assert page.refused == []


def sign_in(page, address, then=""):
    page.goto(f"{address}/connexion/{then}")
    page.get_by_label("Adresse e-mail").fill("ana@exemple.fr")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def test_an_officer_adds_a_passkey_then_signs_in_with_it(address, instructor, page):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    sign_in(page, address, "?next=/rattachements/")
    page.wait_for_url("**/mon-compte/second-facteur/**")
    judge(page)
    page.get_by_role("button", name="Ajouter une clé d'accès").click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    judge(page)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Nom de cette clé").fill("Téléphone")
    judge(page)
    page.get_by_role("button", name="Ajouter cette clé").click()
    page.wait_for_url("**/secours/**")
    assert page.locator("main code").count() == 10
    judge(page)
    page.goto(f"{address}/rattachements/")
    assert page.locator("h1").inner_text() == "Rattachements à vérifier"
    judge(page)

    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{address}/")
    sign_in(page, address, "?next=/rattachements/")
    page.wait_for_url("**/second-facteur/")
    judge(page)
    page.goto(f"{address}/rattachements/")  # half signed in: nothing opens
    page.wait_for_url("**/second-facteur/")
    page.get_by_role("button", name="Utiliser une clé d'accès").click()
    page.wait_for_url("**/rattachements/")
    judge(page)


def test_account_pages_have_no_barrier_and_fit_a_phone(address, page):
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/connexion/", "/inscription/", "/mot-de-passe/oublie/"):
        page.goto(address + path)
        judge(page)
        page.locator("main form button").first.click()
        assert page.locator("#erreurs").is_visible()
        judge(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    sign_in(page, address, "?next=/mon-compte/")
    for path in ACCOUNT_PAGES:
        page.goto(address + path)
        judge(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
