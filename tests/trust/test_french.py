"""Every word is French, every page has one title, and no variable of a template is missing."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import lxml.html
import pytest
from django.template import engines
from django.template.base import FilterExpression

from tests.trust import pages, shapes
from tests.trust.crawl import Crawl
from tests.trust.pages import Rendering

# What a page says does not depend on the database.
pytestmark = [pytest.mark.django_db, pytest.mark.trust, pytest.mark.sqlite]
# Words that only an English sentence of Django, allauth or a browser would bring.
ENGLISH = re.compile(
    r"\b(the|this|that|with|from|your|you|please|must|have|been|field|required|submit|password"
    r"|sign (in|up|out)|log ?(in|out)|username|choose file|browse|delete|remove|save|cancel|edit"
    r"|update|enter|select|search|page not found|forbidden|error|invalid|value|is not|and)\b",
    re.IGNORECASE,
)
# What a browser shows and reads aloud besides the text.
SPOKEN = ("alt", "title", "aria-label", "placeholder", "aria-description", "data-label")
# French or proper words that look English: « un document édité », names of software and families.
FRENCH_TOO = re.compile(r"\bAND\b|\bpage de garde\b|\bBounce and Back\b")
MISSING = "⟦absente : %s⟧"
INVISIBLE = ("script", "style", "template", "noscript")


def words(page: Rendering) -> list[str]:
    """Everything a person reads or hears on the page, but the report's own words."""
    body = lxml.html.fromstring(page.html)
    for quoted in body.xpath("//*[@data-source='rapport'] | //code[@translate='no']"):
        quoted.drop_tree()
    for tag in INVISIBLE:
        for element in list(body.iter(tag)):
            element.drop_tree()
    heard = [element.get(name) for element in body.iter() for name in SPOKEN if element.get(name)]
    heard += [button.get("value") for button in body.xpath("//input[@type='submit']")]
    return [*(text.strip() for text in body.itertext() if text.strip()), *heard]


def faults(page: Rendering) -> list[str]:
    """What is wrong with the language and the frame of one page."""
    body = lxml.html.fromstring(page.html)
    found = [
        what
        for what, wrong in {
            f"lang={body.get('lang')}": body.get("lang") != "fr",
            "no title": not (body.findtext(".//title") or "").replace("| Ensemblier", "").strip(),
            f"{len(list(body.iter('h1')))} h1": len(list(body.iter("h1"))) != 1,
        }.items()
        if wrong
    ]
    for text in words(page):
        if ENGLISH.search(FRENCH_TOO.sub("", text)):
            found.append(f"English? {text[:80]!r}")
        if "bénéficiaire" in text.casefold():
            found.append(f"a word that is not ours: {text[:80]!r}")
        if MISSING[0] in text:
            found.append(f"template variable: {text[:80]!r}")
    if MISSING[0] in page.html and not any("variable" in fault for fault in found):
        found.append("template variable in an attribute")
    return found


@pytest.fixture
def strict_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that no view gave shows, instead of vanishing, unless it says its default."""
    engine = engines["django"].engine
    resolve = FilterExpression.resolve

    def strict(self: FilterExpression, *args: Any, **kwargs: Any) -> Any:
        says_default = any(f.__name__.startswith("default") for f, _ in self.filters)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "string_if_invalid", "" if says_default else MISSING)
            return resolve(self, *args, **kwargs)

    monkeypatch.setattr(FilterExpression, "resolve", strict)


def test_every_page_is_in_french(crawled: Crawl) -> None:
    report: dict[str, list[str]] = {}
    titles: dict[str, set[str]] = {}
    for page in crawled.renderings:
        if not page.html:
            continue
        for fault in faults(page):
            report.setdefault(fault, []).append(str(page))
        if page.status == 200 and not page.state:
            title = lxml.html.fromstring(page.html).findtext(".//title") or ""
            titles.setdefault(" ".join(title.split()), set()).add(page.name)
    told = [f"{fault} | {len(where)} pages, {where[0]}" for fault, where in report.items()]
    assert not told, "\n".join(sorted(told))
    shared = {title: names for title, names in titles.items() if len(names) > 1}
    assert not shared, shared


def test_no_page_points_at_what_is_not_there(crawled: Crawl) -> None:
    """Names given twice, labels and descriptions of nothing: on every page, not only those that
    axe reads (tests/journeys/test_axe.py)."""
    wrong: dict[str, list[str]] = {}
    for page in crawled.renderings:
        for fault in shapes.dangling(page) if page.html else ():
            wrong.setdefault(f"{page.name} {fault}", []).append(str(page))
    assert not wrong, "\n".join(f"{fault} | {where[0]}" for fault, where in wrong.items())


def test_negative_control_what_is_not_there_is_seen() -> None:
    html = '<p id="a"><p id="a"><label for="b">B</label><input aria-describedby="a c">'
    found = shapes.dangling(Rendering("", "", "", 200, html, {}))
    assert sorted(found) == ["aria-describedby=c", "for=b", "id twice: a"]


def test_no_variable_of_a_template_is_missing(db: None, strict_templates: None) -> None:
    missing: Counter[str] = Counter()
    first: dict[str, str] = {}
    with pages.open_world() as world:
        for page in pages.renderings(world, people=("anonyme", "porteur", "programme")):
            for name in re.findall(r"⟦absente : (.*?)⟧", page.html):
                missing[name] += 1
                first.setdefault(name, str(page))
    assert not missing, "\n".join(f"{name}: {first[name]}" for name in missing)


def test_negative_control_a_missing_variable_shows(strict_templates: None) -> None:
    made = engines["django"].from_string("{{ absente }}{{ voulue|default:'ici' }}")
    assert made.render({}) == f"{MISSING % 'absente'}ici"


def test_pages_use_words_of_dignity(db: None) -> None:
    """« bénéficiaire » may stand only where the report is quoted, and the mark says so."""
    quoted = '<html lang="fr"><title>T</title><h1>T</h1><p data-source="rapport">bénéficiaires'
    own = '<html lang="fr"><title>T</title><h1>T</h1><p>Les bénéficiaires'
    assert faults(Rendering("", "", "", 200, quoted, {})) == []
    assert len(faults(Rendering("", "", "", 200, own, {}))) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<html lang="en"><title>T</title><h1>T</h1>',
        '<html lang="fr"><title> | Ensemblier</title><h1>T</h1>',
        '<html lang="fr"><title>T</title><h1>T</h1><h1>T</h1>',
        '<html lang="fr"><title>T</title><h1>T</h1><p>This field is required.',
        '<html lang="fr"><title>T</title><h1>T</h1><input aria-label="Choose file">',
        f'<html lang="fr"><title>T</title><h1>T</h1><p>{MISSING % "x"}',
    ],
)
def test_negative_control_each_fault_is_seen(html: str) -> None:
    assert len(faults(Rendering("", "", "", 200, html, {}))) >= 1
