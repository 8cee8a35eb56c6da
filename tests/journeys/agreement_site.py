"""A site with one signed agreement, and browser windows of the people around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.demo import on_database
from tests.factories_people import sign_in
from tests.journeys.conftest import Complaints

WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SIZES = {360: 780, 1280: 900}


@contextmanager
def serve_agreement(folder: Path, make: Callable[[], Any]) -> Iterator[SimpleNamespace]:
    """`make` builds the case in a copy of the empty test database."""
    copy = str(folder / "agreement.sqlite3")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [copy])
    with on_database(copy):
        case = make()
        server = LiveServer("127.0.0.1")
        try:
            case.url = server.url
            yield case
        finally:
            server.stop()


class Person:
    """One person's own browser window on the site."""

    def __init__(self, browser: Browser, case: SimpleNamespace, who: str) -> None:
        client = Client()
        sign_in(client, getattr(case, who))
        self.base = case.url
        self.context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")
        self.context.set_default_timeout(20_000)
        self.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": case.url}
                for name, morsel in client.cookies.items()
            ]
        )
        self.page: Page = self.context.new_page()
        self.complaints = Complaints()
        self.complaints.listen(self.page)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def click(self, words: str) -> None:
        found = self.page.locator("main").locator("a, button").filter(has_text=words)
        found.first.click()

    def sees(self, words: str) -> None:
        expect(self.page.locator("body")).to_contain_text(words)

    def looks_right(self, name: str = "") -> None:
        """Nothing sticks out, at both widths, and the page complains of nothing."""
        self.page.locator("main").first.wait_for()  # the page that was asked for
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            if name and Path("/tmp/w/shots").is_dir():
                self.page.screenshot(path=f"/tmp/w/shots/{name}-{width}.png", full_page=True)
            assert not self.page.evaluate(WIDER), f"{self.page.url} is wider than {width}"
        assert self.complaints.heard == []
