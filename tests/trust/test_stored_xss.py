"""A8: sixty payloads in every free text of the database, on every page: no script runs.

The fields come from the models (tests/trust/poison.py). Long fields hold all the payloads, short
ones a different payload for each row and field. PDF: test_pdfs.py. Tables: test_exports.py.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import models
from django.template import engines
from django.utils import timezone
from django.utils.html import escape

from ensemblier.base.notices import actions as notices
from ensemblier.base.people.models import Organisation
from ensemblier.fund.applications.models import Application
from tests.browser import Shelf
from tests.journeys.conftest import (  # noqa: F401
    LISTEN,
    chromium,
    context,
    page,
    shelf,
)
from tests.trust import answers, pages, poison, shapes
from tests.trust.pages import Rendering
from tests.trust.payloads import MARK, PAYLOADS, injected

pytestmark = [pytest.mark.browser, pytest.mark.trust]
PEOPLE = (
    *("anonyme", "représentante", "tête de réseau", "instruction 62"),
    *("programme", "signataire", "payeur", "auditeur", "assistance"),
)
ALL = "\n".join(PAYLOADS)
CONTEXTS = (
    "<p>{{ text }}</p>",
    '<input value="{{ text }}">',
    "<input value='{{ text }}'>",
    "<textarea>{{ text }}</textarea>",
    "<title>{{ text }}</title>",
    "<select><option>{{ text }}</option></select>",
    "<svg><text>{{ text }}</text></svg>",
)


def words(field: models.Field, rank: int) -> str:
    if isinstance(field, models.JSONField) or not field.max_length or field.max_length > len(ALL):
        return ALL
    short = [text for text in PAYLOADS if len(text) <= field.max_length] or [MARK]
    return short[(zlib.crc32(poison.label(field).encode()) + rank) % len(short)]


def visit(cookies: str, path: str) -> Any:
    """One GET; a page that breaks is shown too: it is test_hostile_input.py that forbids it."""
    response = pages.client_with(cookies).get(path)
    if response.streaming:
        response.getvalue()
    return response


@pytest.fixture(scope="module")
def poisoned(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> list[Any]:
    """Every page of the poisoned world, made before the browser starts."""
    with django_db_blocker.unblock(), pages.open_world() as world:
        written, refused = poison.poison(words)
        assert len(written) > 100
        assert not refused
        known = answers.fillable(world)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pages, "addresses", lambda: known)
            patch.setattr(pages, "visit", visit)
            return list(pages.renderings(world, people=PEOPLE))


def test_there_are_sixty_different_payloads() -> None:
    assert len(set(PAYLOADS)) == 60
    assert all(MARK in text for text in PAYLOADS)


@pytest.mark.parametrize("place", CONTEXTS)
def test_no_payload_leaves_its_place_and_each_would_without_escaping(place: str) -> None:
    django = engines["django"]
    escaped, raw = (
        django.from_string(place),
        django.from_string(place.replace("text }}", "text|safe }}")),
    )
    left = [text for text in PAYLOADS if injected(escaped.render({"text": text}))]
    assert left == []
    # Negative control: with |safe some get out of this very place.
    assert any(injected(raw.render({"text": text})) for text in PAYLOADS)


def test_nearly_all_payloads_do_get_out_of_some_place_without_escaping() -> None:
    """Negative control of the finder; a body or a link in plain text is for other places."""
    raw = [
        engines["django"].from_string(place.replace("text }}", "text|safe }}"))
        for place in CONTEXTS
    ]
    out = [text for text in PAYLOADS if any(injected(t.render({"text": text})) for t in raw)]
    assert len(out) >= 55, sorted(set(PAYLOADS) - set(out))


def test_no_page_lets_a_payload_out(poisoned: list[Any]) -> None:
    carrying = {seen.name for seen in poisoned if MARK in seen.html}
    found = {str(seen): wrong for seen in poisoned if seen.html and (wrong := injected(seen.html))}
    assert found == {}
    assert len(carrying) > 60, len(carrying)


def heaviest(poisoned: list[Rendering]) -> list[Rendering]:
    """Each address once: as whoever reads the most payloads there."""
    found: dict[str, Rendering] = {}
    for seen in poisoned:
        best = found.get(seen.name)
        if seen.html.count(MARK) > (best.html.count(MARK) if best else 0):
            found[seen.name] = seen
    return list(found.values())


def carrying(poisoned: list[Rendering]) -> list[Rendering]:
    """In CI, the pages that between them show every part that bears a payload: what escapes a
    payload is the part's template. All of them in the soak."""
    return shapes.parts(heaviest(poisoned))


def sweep(context: Any, shown: list[Rendering]) -> list[str]:  # noqa: F811
    """Each page in the browser; what ran, asked or was refused, with the page that did it."""
    heard: list[str] = []
    now = [""]

    def hear(what: str) -> None:
        heard.append(f"{what}: {now[0]}")

    def dismiss(dialog: Any) -> None:
        hear("dialog")
        dialog.dismiss()

    def abort(route: Any) -> None:
        hear(f"asked {route.request.url}")
        route.abort()

    opened = context.new_page()
    opened.expose_function(MARK, lambda: hear("ran"))
    opened.on("dialog", dismiss)
    with Shelf() as shelf:
        # What is not for the shelf leaves the site.
        context.route(lambda url: not url.startswith(f"{shelf.origin}/"), abort)
        for seen in shown:
            now[0] = str(seen)
            shelf.show(opened, seen.path, seen.html, seen.headers)
            opened.wait_for_timeout(30)  # what an image that fails or a focus would start
            for word in opened.evaluate("window.refused"):
                hear(f"refused {word}")
    opened.close()
    context.unroute_all()
    return heard


@pytest.mark.parametrize(
    "chosen", [carrying, pytest.param(heaviest, marks=pytest.mark.slow)], ids=lambda f: f.__name__
)
def test_no_page_runs_a_payload_in_the_browser(
    context: Any,  # noqa: F811
    poisoned: list[Any],
    chosen: Any,
) -> None:
    shown = chosen(poisoned)
    assert len(shown) > 60, len(shown)
    printed = "\n".join(seen.html for seen in shown)
    assert [text for text in PAYLOADS if escape(text) not in printed] == []  # all sixty are there
    assert sweep(context, shown) == []


def test_the_sweep_hears_what_runs(context: Any, poisoned: list[Any]) -> None:  # noqa: F811
    """Negative control: each alone, without the policy it is heard; with it, it is refused."""
    name = "Content-Security-Policy"
    bare = {"Content-Type": "text/html"}
    policy = bare | {name: poisoned[0].headers[name]}
    # A dialog holds the answer of a function that was called before it: one page each.
    for body, what in (
        (f"<script>{MARK}()</script>", "ran"),
        (f"<img src=data:, onerror={MARK}()>", "ran"),
        ("<script>alert(1)</script>", "dialog"),
        (f"<link rel=stylesheet href=https://{MARK}.example/>", "asked"),
    ):
        raw = f"<!doctype html><html><body>{body}"
        heard = sweep(context, [Rendering("", "essai", "/essai", 200, raw, bare)])
        assert heard and {word.split()[0].rstrip(":") for word in heard} == {what}, body
        again = sweep(context, [Rendering("", "essai", "/essai", 200, raw, policy)])
        assert again and {word.split()[0] for word in again} == {"refused"}, body


def test_the_browser_does_run_what_is_not_escaped(context: Any, poisoned: list[Any]) -> None:  # noqa: F811
    """Negative control: rendered |safe, without the policy it runs; with it, it is refused."""
    opened = context.new_page()
    html = engines["django"].from_string("<html><body>{{ text|safe }}").render({"text": ALL})
    ran: list[str] = []
    opened.expose_function(MARK, lambda: ran.append("ran"))
    opened.on("dialog", lambda dialog: dialog.dismiss())
    with Shelf() as shelf:
        shelf.show(opened, "/essai", html, {"Content-Type": "text/html"})
        opened.wait_for_timeout(300)
        assert ran
        ran.clear()
        policy = {name: poisoned[0].headers[name] for name in ("Content-Security-Policy",)}
        shelf.show(opened, "/essai", html, {"Content-Type": "text/html", **policy})
        opened.wait_for_timeout(300)
    assert not ran
    assert any("script-src" in word for word in opened.evaluate("window.refused"))


@pytest.mark.django_db
def test_an_e_mail_is_plain_text_and_gains_no_header(settings: Any) -> None:
    """Words of people arrive as they are, in a text that nothing runs."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    name = f"{PAYLOADS[0]}\r\nBcc: vole@exemple.fr"
    row = Application(number="2027-00001", title=ALL, organisation=Organisation(name=name))
    root = Path(notices.__file__).parents[2]
    templates = sorted(root.rglob("templates/**/emails/*.txt"))
    assert len(templates) > 20
    for path in templates:
        template = str(path).rsplit("/templates/", 1)[1]
        text = {key: name for key in ("name", "organisation_name", "reason", "title", "who")}
        facts = {"application": row, "organisation": row.organisation, "message": ALL, **text}
        try:
            sent = notices.send(to="essai@exemple.fr", template=template, context=facts)
        except notices.BadTemplate:
            continue  # a piece of another template
        assert "\n" not in sent.subject and "\r" not in sent.subject
    for number in notices.Message.objects.values_list("pk", flat=True):
        notices.deliver(message_id=number, now=timezone.now())
    assert len(mail.outbox) > 20
    for letter in mail.outbox:
        assert letter.content_subtype == "plain"
        assert not getattr(letter, "alternatives", [])
        assert letter.recipients() == ["essai@exemple.fr"]
        assert letter.message()["Bcc"] is None
    assert any(MARK in letter.body for letter in mail.outbox)
