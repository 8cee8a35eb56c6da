"""An audit as of 31 December in a browser: the figures of that evening, a sample, its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from ensemblier.base.people.models import Role
from ensemblier.web.demo.season import load_season
from tests import factories_boards as boards
from tests import factories_fund as fund
from tests.demo import on_database
from tests.factories_people import sign_in
from tests.journeys.conftest import Complaints

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# The season's call closed in the autumn before: on 31 December nothing was paid, or all was.
LOADED = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def season(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """A small season on a database of its own, and an auditor."""
    settings.MEDIA_ROOT, settings.MODE = tmp_path / "files", "demo"
    copy = str(tmp_path / "season.sqlite3")
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        with on_database(copy):
            boards.centre()
            load_season(now=LOADED, files=80, instructors=6)
            server = LiveServer("127.0.0.1")
            try:
                yield SimpleNamespace(url=server.url, auditor=fund.user(Role.AUDITOR))
            finally:
                server.stop()


def test_an_audit_as_of_31_december(chromium: Browser, season: SimpleNamespace) -> None:
    client = Client()
    sign_in(client, season.auditor)
    context = chromium.new_context(locale="fr-FR", timezone_id="Europe/Paris")
    context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": season.url}
            for name, morsel in client.cookies.items()
        ]
    )
    page, complaints = context.new_page(), Complaints()
    complaints.listen(page)
    main = page.locator("main")

    # That evening: files asked, nothing decided nor paid.
    page.goto(f"{season.url}/audit/")
    page.locator("#id_au").fill("2025-12-31")
    main.get_by_role("button", name="Voir le fonds ce jour-là").click()
    expect(main).to_contain_text("Au soir du 31 décembre 2025")
    expect(main).to_contain_text("Aucun versement")
    expect(main.get_by_role("row", name="Payé")).to_contain_text("0 €")

    # Today the same page shows what was paid since.
    page.goto(f"{season.url}/audit/")
    expect(main.get_by_role("row", name="Payé").first).not_to_contain_text("\u00a00 €")
    main.get_by_role("button", name="Tirer un échantillon").click()
    page.locator("#id_graine").fill("31-12")
    page.locator("#id_taille").fill("3")
    page.locator("#id_methode").select_option("monetary")
    main.get_by_role("button", name="Tirer l'échantillon").click()
    expect(main).to_contain_text("graine « 31-12 »")
    drawn = main.locator("tbody th a").all_inner_texts()
    page.reload()
    assert main.locator("tbody th a").all_inner_texts() == drawn

    # From one paid euro to its decision and its request.
    main.locator("tbody th a").first.click()
    expect(main).to_contain_text("Service fait certifié")
    expect(main).to_contain_text("Décision D-")
    expect(main).to_contain_text("Pièces jointes")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(WIDER)
    assert complaints.heard == []
