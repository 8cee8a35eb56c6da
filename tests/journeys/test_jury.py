"""Jurors in a browser at 360 px: with a voice and without, by keyboard alone; and with paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from ensemblier.fund.jury import cards, voting
from ensemblier.fund.jury.models import Ballot
from ensemblier.fund.jury.words import FRENCH
from tests import factories_jury as juries
from tests.demo import on_database
from tests.factories_people import sign_in
from tests.journeys.conftest import Complaints

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# A voice that says what it is asked to read.
VOICE = """
window.said = [];
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
Object.defineProperty(window, 'speechSynthesis', { value: {
  speak: words => { window.said.push(words.lang + ' ' + words.text);
    if (words.onend) words.onend(); },
  cancel: () => {} } });
"""
NO_VOICE = "delete window.speechSynthesis; delete Window.prototype.speechSynthesis;"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]


@pytest.fixture
def hall(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """A sitting on two projects, its vote open, on a database of its own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    copy = str(tmp_path / "jury.sqlite3")
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        with on_database(copy):
            world = juries.sitting(files=2)
            cards.review_language(
                language="en", readers=2, note="Relu", jury=world.jury, actor=world.office,
                now=juries.NOW,
            )  # fmt: skip
            server = LiveServer("127.0.0.1")
            world.url = server.url
            try:
                yield world
            finally:
                server.stop()


def window(browser: Browser, hall: SimpleNamespace, user: Any, script: str, **options: Any) -> Page:
    """One person's own telephone."""
    client = Client()
    sign_in(client, user)
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="fr-FR", timezone_id="Europe/Paris",
        reduced_motion="reduce", **options,
    )  # fmt: skip
    context.add_init_script(script)
    context.add_cookies(
        [{"name": n, "value": m.value, "url": hall.url} for n, m in client.cookies.items()]
    )
    page = context.new_page()
    page.complaints = Complaints()  # type: ignore[attr-defined]
    page.complaints.listen(page)  # type: ignore[attr-defined]
    page.goto(f"{hall.url}/jury/seances/{hall.sitting.pk}/projets/")
    return page


def looks_right(page: Page) -> None:
    page.locator("main").first.wait_for()  # the page that was asked for
    assert not page.evaluate(WIDER), page.url
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    assert found.response["violations"] == [], (page.url, found.generate_report())


def test_a_juror_votes_at_360_px_by_keyboard_with_a_voice(
    chromium: Browser, hall: SimpleNamespace
) -> None:
    """Links, listening, two cards and points, the urn, the receipt: never a mouse."""
    juror = juries.seats(hall.jury, "people")[0].user
    page = window(chromium, hall, juror, VOICE)
    expect(page.get_by_role("heading", level=1)).to_have_text(FRENCH["links_title"])
    looks_right(page)
    press(page, page.get_by_role("button", name="C'est dit, continuer"))
    looks_right(page)
    press(page, page.get_by_role("button", name="Commencer à voter"))
    page.get_by_role("button", name="Écouter").focus()
    page.keyboard.press("Enter")
    said = page.evaluate("window.said")
    assert said[0] == "fr Des gens cultivent un jardin."
    assert any("Ce projet demande" in words for words in said)
    expect(page.locator(".points")).to_be_hidden()
    choose(page, 'input[value="Y"]')
    expect(page.locator(".points")).to_be_visible()
    choose(page, '.points input[value="3"]')
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    looks_right(page)
    press(page, page.get_by_role("button", name="Continuer"))
    choose(page, 'input[value="N"]')
    press(page, page.get_by_role("button", name="Continuer"))
    expect(page.locator(".choices-made")).to_contain_text("Oui, 5 points")
    looks_right(page)
    press(page, page.get_by_role("button", name="Mettre mon bulletin dans l'urne"))
    receipt = page.locator(".receipt code").inner_text()
    looks_right(page)
    assert voting.is_counted(sitting=hall.sitting, receipt=receipt)
    assert Ballot.objects.get().points == {"1": 5}
    press(page, page.get_by_role("button", name="Vérifier mon reçu"))
    page.get_by_label("Le code de votre reçu").focus()
    page.keyboard.type(receipt)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Ce bulletin est compté.")
    looks_right(page)
    assert page.complaints.heard == []  # type: ignore[attr-defined]
    page.context.close()


def press(page: Page, found: Any) -> None:
    """What leads to another page."""
    found.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, selector: str) -> None:
    """Reach a radio by the keyboard."""
    page.locator(selector).focus()
    page.keyboard.press("Space")
    expect(page.locator(selector)).to_be_checked()


def test_without_voice_nor_script_in_english(chromium: Browser, hall: SimpleNamespace) -> None:
    """The same vote without JavaScript: no listening button, and nothing else is missing."""
    juror = juries.seats(hall.jury, "people")[1].user
    page = window(chromium, hall, juror, NO_VOICE, java_script_enabled=False)
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Done, go on").click()
    page.get_by_role("button", name="Start voting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The shared garden")
    expect(page.get_by_role("button", name="Listen")).to_be_hidden()
    for card, last in (("unsure", False), ("yes", True)):
        page.locator(f"label.{card}").click()
        assert page.locator(".points").is_visible() == last
        page.get_by_role("button", name="Next").click()
    expect(page.locator(".choices-made")).to_contain_text("Yes, 3 points")
    page.get_by_role("button", name="Put my ballot in the box").click()
    expect(page.locator(".receipt code")).to_be_visible()
    assert Ballot.objects.get().points == {"2": 3}
    page.context.close()


def test_with_paper_cards_from_the_printer_to_the_urn(
    chromium: Browser, hall: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The office prints, ticks a juror, and a reader types the codes of the envelope.

    That a camera reads the printed codes is in tests/platform/fund/test_jury_pages.py.
    """
    drawn = iter(["ABCDEFGHJKLMNPQR", "ABCDEFGHJKLMNPQS", "ABCDEFGHJKLMNPQT", "ABCDEFGHJKLMNPQU"])
    monkeypatch.setattr(voting, "new_receipt", lambda: next(drawn))
    seat = juries.seats(hall.jury, "people")[0]
    page = window(chromium, hall, hall.office, "")
    page.goto(f"{hall.url}/jury/seances/{hall.sitting.pk}/cartes/")
    looks_right(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Préparer le PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    slip, start = "T.ABCDEFGHJKLMNPQT", voting.poll_code(hall.poll)  # people: after associations
    page.goto(f"{hall.url}/jury/seances/{hall.sitting.pk}/")
    page.get_by_text("Liste d'émargement").click()
    looks_right(page)
    page.locator(f'button[name="seat"][value="{seat.pk}"]').click()
    expect(page.locator("main")).to_contain_text("vote sur papier")
    page.goto(f"{hall.url}/jury/seances/{hall.sitting.pk}/depouiller/")
    page.get_by_label("Codes d'une enveloppe").fill("\n".join([slip, f"{start}.1.4"]))
    looks_right(page)
    page.get_by_role("button", name="Mettre dans l'urne").click()
    expect(page.locator("main")).to_contain_text("1 enveloppe dans l'urne")
    assert Ballot.objects.get().points == {"1": 4}
    page.context.close()
