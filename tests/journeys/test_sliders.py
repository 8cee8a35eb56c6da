"""A slider of the atelier on a phone: with the script it redraws by itself, without it a button."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.factories_atelier import make_plan
from tests.journeys.site import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
PHONE = {"width": 360, "height": 780}
MOVED = "Les images montrent l'effet des curseurs"


def sign_in(page: Page, site: SimpleNamespace) -> str:
    """Signed in on a phone; the address of a plan of one's organisation."""
    plan = make_plan(site.draft.organisation, site.person, sheet=21, now=timezone.now())
    page.goto(f"{site.url}/connexion/")
    page.fill("input[name=login]", site.person.email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    return f"{site.url}/atelier/{plan.pk}/"


def asked(page: Page) -> str:
    """The key figure that the patronage moves: the lowest cash."""
    return page.locator("#effet .figure .value").nth(1).inner_text()


def test_a_slider_redraws_the_pictures_and_the_number_follows(
    page: Page, site: SimpleNamespace
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(sign_in(page, site))
    before = asked(page)
    slider = page.locator("#id_ressource_curseur")
    slider.focus()
    for _ in range(3):
        slider.press("PageDown")
    expect(page.locator("#effet")).to_contain_text(MOVED)
    expect(page.locator("input[type=number][name=ressource]")).not_to_have_value("100")
    assert asked(page) != before and "ressource=" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_the_script_a_button_shows_the_effect(
    chromium: Browser, site: SimpleNamespace
) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(sign_in(page, site))
    before = asked(page)
    page.locator("#id_ressource_curseur").focus()
    page.keyboard.press("Home")
    with page.expect_navigation():
        page.get_by_role("button", name="Voir l'effet").click()
    expect(page.locator("#effet")).to_contain_text(MOVED)
    expect(page.locator("input[type=number][name=ressource]")).to_have_value("0")
    assert asked(page) != before
    context.close()
