"""X1 on the demonstration: the 25 sheets and files, charts, map, dashboards and the guided tour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application
from ensemblier.library.models import Sheet
from ensemblier.web.demo.accounts import ACCOUNTS
from tests.browser import Shelf
from tests.factories_people import sign_in
from tests.journeys.test_axe import context, look  # noqa: F401
from tests.trust.pages import Rendering, as_rendering
from tests.trust.shapes import enough

pytestmark = [pytest.mark.browser]
FOR_ALL = ("home:index", "tour:index", "calls:list", "library:list", "programme:index")
AT_WORK = ("dashboard:index", "applications:mine", "review:inbox", "decisions:inbox")
WITH_MONEY = ("agreements:list", "payments:inbox", "books:index", "books:journal")


def addresses_of(who: str) -> Iterator[tuple[str, str]]:
    """What this person looks at, when they may."""
    for name in (*FOR_ALL, *AT_WORK, *WITH_MONEY):
        yield name, reverse(name)
    if who == "":
        for sheet in Sheet.objects.all():
            yield "library:detail", reverse("library:detail", args=[sheet.slug])
    if who in ("programme", "representante"):
        for row in Application.objects.all():
            yield "applications:detail", reverse("applications:detail", args=[row.number])
            yield "review:file", reverse("review:file", args=[row.number])
        for row in Agreement.objects.all():
            yield "agreements:detail", reverse("agreements:detail", args=[row.number])
            yield "payments:agreement", reverse("payments:agreement", args=[row.number])


def renderings() -> Iterator[Rendering]:
    for who in ("", *(account.key for account in ACCOUNTS)):
        client = Client()
        if who:
            sign_in(client, User.objects.get(email__startswith=f"{who}@"))
        for name, path in addresses_of(who):
            response = client.get(path)
            if response.status_code == 200:
                yield as_rendering(who or "anonyme", name, path, response)


def test_axe_finds_nothing_on_the_demonstration(demo_db: None, page: Page, shelf: Shelf) -> None:
    found = enough(renderings())
    assert {seen.name for seen in found} >= {*FOR_ALL, *AT_WORK, *WITH_MONEY}
    report = {}
    for seen in found:
        if wrong := look(page, shelf, seen) + page.evaluate("window.refused"):
            report[str(seen)] = wrong
    told = "\n".join(f"{name}\n    " + "\n    ".join(w) for name, w in report.items())
    assert not report, f"{len(report)} of {len(found)} renderings:\n{told}"
