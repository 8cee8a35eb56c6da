"""The gallery in a real browser: axe, content policy, small screens, large text, keyboard."""

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Page, sync_playwright

from ensemblier.web.gallery.views import SAMPLES
from tests.browser import launch

pytestmark = pytest.mark.browser

PAGES = ["/composants", *(f"/composants/pages/{name}" for name in SAMPLES)]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation', e => window.refused.push(e.blockedURI));
"""
TOO_SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => !e.closest('p, li, th, td, svg, label, dd') && e.type !== 'hidden')
  .map(e => [e.tagName, e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, , r]) => r.width > 1 && r.height < 44).map(([tag, text]) => `${tag} ${text}`)"""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The site on a free port, without a database: the gallery needs none."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Any]:
    """Open a page with every fold open; the console must stay silent."""
    contexts = []
    complaints: list[str] = []

    def opened(path: str, *, width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale="fr-FR"
        )
        contexts.append(context)
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        assert page.goto(address + path).status == 200
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.refused") == []
        context.close()
    assert complaints == []


@pytest.mark.slow  # the same pages given from memory: tests/journeys/test_axe.py
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit, path, scheme):
    for width in (1280, 360) if path == "/composants" else (360,):
        results = Axe().run(visit(path, width=width, scheme=scheme), options={"runOnly": TAGS})
        assert len(results.response["passes"]) > 10
        found = [(v["id"], [n["html"] for n in v["nodes"]]) for v in results.response["violations"]]
        assert found == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_overflows_at_320_pixels_and_targets_are_large(visit, path):
    page = visit(path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("path", PAGES)
def test_text_twice_as_large_still_fits(visit, path):
    page = visit(path, width=1280)
    page.evaluate("document.documentElement.style.fontSize = '36px'")
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(visit):
    page = visit("/composants")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_a_link_of_the_summary_leads_to_its_field(visit):
    page = visit("/composants")
    page.get_by_role("link", name="Montant demandé").click()
    assert page.evaluate("document.activeElement.id") == "id_error-asked"


def test_the_appearance_chosen_wins_over_the_device(visit):
    page = visit("/composants", scheme="light")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Sombre").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != paper
    assert page.get_by_role("button", name="Sombre").get_attribute("aria-pressed") == "true"
