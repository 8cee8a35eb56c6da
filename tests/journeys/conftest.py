"""A real browser for the journeys: Chromium, and what it complains of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import Shelf, launch
from tests.journeys.site import serve

LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation',
  event => window.refused.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@dataclass
class Complaints:
    """What a browser says when a page misbehaves."""

    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.heard.append(f"pageerror: {error}"))
        page.on("console", lambda message: self.console(message))
        page.on("dialog", lambda dialog: self.dialog(dialog))

    def console(self, message: Any) -> None:
        # A page that says "refused" answers 4xx: Chromium notes it, and it is what we want.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.heard.append(f"console: {message.text}")

    def dialog(self, dialog: Any) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def of(self, page: Page) -> list[str]:
        """All of them, with the refusals of the content policy on the page as it stands."""
        return self.heard + page.evaluate("window.refused || []")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module; the tests look into the database from its own thread."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with_context = chromium.new_context(
        viewport={"width": 1280, "height": 900},
        locale="fr-FR",
        timezone_id="Europe/Paris",
        reduced_motion="reduce",  # no colour half way between two themes
    )
    with_context.add_init_script(LISTEN)
    yield with_context
    with_context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must end without a complaint."""
    opened = context.new_page()
    complaints = Complaints()
    complaints.listen(opened)
    opened.complaints = complaints  # type: ignore[attr-defined]
    yield opened
    assert complaints.of(opened) == []


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as opened:
        yield opened


@pytest.fixture
def site(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """`site.url`, `site.draft` (a file that lacks its last tick), `site.person` who may send it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    with django_db_blocker.unblock(), serve(tmp_path) as served:
        yield served
