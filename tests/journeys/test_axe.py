"""X1: axe finds nothing on any page, in light and dark, wide and narrow.

The pages are those every kind of person meets (tests/trust/pages.py), and the answers to their
forms sent empty. They are given to the browser from memory, with their own headers, so that the
content policy holds as on the site.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser import Shelf
from tests.trust import pages, shapes
from tests.trust.crawl import Crawl
from tests.trust.pages import Rendering

pytestmark = [pytest.mark.browser]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]
PEOPLE = (
    "anonyme",
    "sans mandat",
    "porteur",
    "représentante",
    "tête de réseau",
    "instruction 62",
    "programme",
    "signataire",
    "payeur",
    "auditeur",
    "assistance",
    "jurée",
    "avec second facteur",
    *pages.IN_CHAINS,
    *pages.IN_JURIES,
    pages.SIGNS,
    pages.HALF,
    "programme sans second facteur",
)
ALL: dict[str, Any] = {"runOnly": TAGS}
ALL_BUT_CONTRAST = ALL | {"rules": {"color-contrast": {"enabled": False}}}
AXE = Axe().axe_script
RUN = """async options => {
  const found = await axe.run(
    document, {...options, resultTypes: ['violations'], selectors: false, preload: false});
  return [found.passes.length, found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`))];
}"""
OPEN_FOLDS = "document.querySelectorAll('details').forEach(d => d.open = true)"
# Buttons, and links that look like them, are 44 px high; other links are text.
TOO_SMALL = """() => [...document.querySelectorAll(
  'a[role=button], button, input, select, textarea, summary')]
  .filter(e => !e.closest('p, li, th, td, svg, label, dd, dt') && e.type !== 'hidden')
  .map(e => [e.tagName, e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, , r]) => r.width > 1 && r.height > 0 && r.height < 44)
  .map(([tag, text, r]) => `target of ${Math.round(r.height)} px: ${tag} ${text.slice(0, 60)}`)"""
WIDTH = "document.scrollingElement.scrollWidth"


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """axe is there as each page opens: sent once, compiled once."""
    context.add_init_script(AXE)
    return context


@pytest.fixture(scope="module")
def everything(crawled: Crawl) -> list[Rendering]:
    """Every rendering, made before the browser starts."""
    return [page for page in crawled.renderings if page.who in PEOPLE]


@pytest.fixture(scope="module")
def found(everything: list[Rendering]) -> list[Rendering]:
    return shapes.enough(everything)


def faults(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe says, one line for each element; it must have looked at something."""
    checked, wrong = page.evaluate(RUN, options)
    assert checked, "axe looked at nothing"
    return wrong


def overflow(page: Page, most: int, when: str) -> list[str]:
    width = page.evaluate(WIDTH)
    return [f"scrolls sideways with {when}: {width} px"] if width > most else []


def look(page: Page, shelf: Shelf, seen: Rendering, *, new: bool = True) -> list[str]:
    """One rendering with every rule, light and wide, then dark and narrow. When another page shows
    all its parts, it is without the rule of contrast, which looks at parts, and in the dark only
    measured."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    shelf.show(page, seen.path, seen.html, seen.headers)
    page.evaluate(OPEN_FOLDS)
    wrong = faults(page, ALL if new else ALL_BUT_CONTRAST)
    page.set_viewport_size({"width": 640, "height": 450})
    wrong += overflow(page, 640, "all twice as large on a screen of 1280 px")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 800})
    wrong += overflow(page, 320, "320 px") + page.evaluate(TOO_SMALL)
    page.set_viewport_size({"width": 360, "height": 800})
    wrong += overflow(page, 360, "360 px")
    if not new:
        return wrong
    return wrong + [f"in the dark on a phone: {line}" for line in faults(page, ALL)]


def report(found: list[Rendering], page: Page, shelf: Shelf) -> str:
    """The faults of each of these renderings, "" when there are none."""
    told = []
    with_new_parts = {id(seen) for seen in shapes.parts(found)}
    for seen in found:
        wrong = look(page, shelf, seen, new=id(seen) in with_new_parts)
        if wrong := wrong + page.evaluate("window.refused"):
            told.append("\n    ".join([str(seen), *wrong]))
    return "\n".join(told)


def test_axe_finds_nothing_on_any_page_nor_part_of_page(
    found: list[Rendering], page: Page, shelf: Shelf
) -> None:
    assert not (told := report(found, page, shelf)), told


@pytest.mark.slow
def test_axe_finds_nothing_however_the_parts_are_put_together(
    everything: list[Rendering], found: list[Rendering], page: Page, shelf: Shelf
) -> None:
    others = shapes.distinct(everything)
    assert len(others) > len(found)
    told = [str(seen) for seen in others if look(page, shelf, seen)]
    assert not told, told


def test_every_address_with_a_page_was_looked_at(
    everything: list[Rendering], found: list[Rendering]
) -> None:
    """A page added to the site without a rendering here fails."""
    seen = {rendering.name for rendering in found if rendering.status in (200, 422)}
    missing = pages.names_with_pages(everything) - seen
    assert not missing, sorted(missing)
    assert len([r for r in found if r.state]) > 30  # error states


PLANTED = (
    '<!doctype html><html lang="fr"><title>Essai</title><main><h1>Essai</h1>'
    '<img src="/static/pages/mark.svg"><input name="x"><script>window.ran = true</script></main>'
)


def test_what_is_planted_is_caught(
    db: None, context: Any, shelf: Shelf, found: list[Rendering]
) -> None:
    """Negative control: an inline script is refused and heard of, a bare image and field found."""
    page = context.new_page()
    shelf.show(page, "/essai", PLANTED, found[0].headers)
    assert page.evaluate("window.ran") is None
    assert any(word.startswith("script-src") for word in page.evaluate("window.refused"))
    ids = {line.split(":")[0] for line in faults(page, ALL)}
    assert {"image-alt", "label"} <= ids
    page.emulate_media(color_scheme="dark")
    assert {line.split(":")[0] for line in faults(page, ALL)} == ids
    page.set_viewport_size({"width": 360, "height": 800})
    shelf.show(page, "/essai", PLANTED.replace("<h1>", "<h1>" + "x" * 400), found[0].headers)
    assert page.evaluate(WIDTH) > 360
