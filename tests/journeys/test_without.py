"""The main journey without a mouse, and without JavaScript: sign in, write, send the file."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.site import PASSWORD, state_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
MOST = 160
# Where the keyboard is, whether it shows, and whether that is what we look for.
HERE = """selector => {
  const e = document.activeElement, style = getComputedStyle(e);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return {lost: e === document.body, wanted: e.matches(selector),
          seen: outlined || style.boxShadow !== 'none', what: e.outerHTML.slice(0, 120)};
}"""


def reach(page: Page, selector: str) -> None:
    """Tab until the element has the focus; all along, the focus shows and is never trapped."""
    passed = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE, selector)
        if here["lost"]:
            continue  # the end of the page: the next Tab starts again
        # The calendar inside a field for a date shows its own outline, which no script can read.
        inside = 'type="date"' in here["what"] and here["what"] in passed
        assert here["seen"] or inside, f"the focus does not show on {here['what']}"
        if here["wanted"]:
            return
        passed.append(here["what"])
        # A field for a date has its own stops inside: day, month, year, calendar.
        most = 5 if 'type="date"' in here["what"] else 3
        assert passed[-most:].count(here["what"]) < most, (
            f"the keyboard is trapped on {here['what']}"
        )
    raise AssertionError(f"{selector} cannot be reached on {page.url}; seen: {passed[:40]}")


def follow(page: Page, selector: str, key: str = "Enter") -> None:
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press(key)


def test_the_keyboard_alone_signs_in_writes_and_sends(page: Page, site: SimpleNamespace) -> None:
    number = site.draft.number
    page.goto(f"{site.url}/connexion/")
    reach(page, "input[name=login]")
    page.keyboard.type(site.person.email)
    reach(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, "a[href='/dossiers/']")
    follow(page, f"main a[href^='/dossiers/{number}/']")
    if page.url.endswith(f"/dossiers/{number}/"):
        follow(page, f"main a[href^='/dossiers/{number}/']")
    if not page.url.endswith("/projet/"):
        follow(page, f"a[href='/dossiers/{number}/projet/']")
    reach(page, "textarea[name=summary]")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Écrit au clavier.")
    follow(page, "button[value=next]", "Space")
    assert page.url.endswith("/publics/")
    follow(page, f"a[href='/dossiers/{number}/budget/']")
    reach(page, "input[name='charges-0-amount_cents']")
    follow(page, f"a[href='/dossiers/{number}/envoi/']")
    reach(page, "input[name=accepts_commitments]")
    page.keyboard.press("Space")
    follow(page, f"form[action='/dossiers/{number}/deposer/'] button")
    assert page.url.endswith("/accuse/")
    site.draft.refresh_from_db()
    assert site.draft.summary.endswith("Écrit au clavier.")
    assert state_of(site.draft) == "filed"


def test_negative_control_hidden_focus_and_traps_are_seen(page: Page) -> None:
    page.set_content("<a href=# id=a>a</a><a href=# id=b style='outline:0'>b</a>")
    reach(page, "#a")
    with pytest.raises(AssertionError, match="does not show"):
        reach(page, "#b")
    page.set_content(
        "<a href=# id=a>a</a><a href=# id=b>b</a><script>"
        "document.querySelector('#a').onkeydown = e => e.preventDefault()</script>"
    )
    with pytest.raises(AssertionError, match="trapped"):
        reach(page, "#b")


def test_without_javascript_the_file_is_written_and_sent(
    chromium: Browser, site: SimpleNamespace
) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    steps = f"{site.url}/dossiers/{site.draft.number}"
    page.goto(f"{steps}/publics/")
    page.get_by_label("Adresse e-mail").fill(site.person.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    assert page.url == f"{steps}/publics/"
    page.locator("textarea[name=needs]").fill("Écrit sans JavaScript.")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    assert page.url == f"{steps}/territoire/"
    page.goto(f"{steps}/budget/")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.goto(f"{steps}/envoi/")
    page.locator("input[name=accepts_commitments]").check()
    page.locator("form[action$='/deposer/'] button").click()
    assert page.url == f"{steps}/accuse/"
    assert "Écrit sans JavaScript." in page.goto(f"{steps}/").text()
    assert state_of(site.draft) == "filed"
    context.close()
