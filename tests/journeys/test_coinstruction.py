"""A regional co-instruction in a browser: one recusal, one disagreement, one note that settles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review import access
from ensemblier.fund.review.models import Interest, Review
from tests import factories_fund as fund
from tests.demo import on_database
from tests.factories_people import sign_in
from tests.journeys.conftest import Complaints

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SIZES = {360: 780, 1280: 900}


@pytest.fixture
def region(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """One filed file, three people of the region's desks, on a database of its own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    copy = str(tmp_path / "region.sqlite3")
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        with on_database(copy):
            now = timezone.now()
            home = fund.organisation("Jardin de l'écluse")
            file = fund.filed(fund.complete(of=fund.call_open_now(), by=home, now=now), now=now)
            place = file.department
            people = {
                "department": fund.user(Role.INSTRUCTOR, department=place),
                "region": fund.user(Role.INSTRUCTOR, region=place.region),
                "linked": fund.user(Role.INSTRUCTOR, region=place.region),
                "member": fund.user(Role.APPLICANT, home),
            }
            server = LiveServer("127.0.0.1")
            try:
                yield SimpleNamespace(url=server.url, file=file, **people)
            finally:
                server.stop()


class Person:
    """One person's own browser window on the site."""

    def __init__(self, browser: Browser, region: SimpleNamespace, who: str) -> None:
        client = Client()
        sign_in(client, getattr(region, who))
        self.context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")
        self.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": region.url}
                for name, morsel in client.cookies.items()
            ]
        )
        self.page: Page = self.context.new_page()
        self.complaints = Complaints()
        self.complaints.listen(self.page)
        self.base = f"{region.url}/instruction/{region.file.number}/"

    def open(self, path: str = "") -> Page:
        self.page.goto(self.base + path)
        return self.page

    def declare(self, words: str, reason: str = "") -> None:
        """The declaration comes first, whatever was asked."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Avez-vous un lien")
        self.page.get_by_label(words, exact=True).check()
        self.page.get_by_label("Précision").fill(reason)
        self.click("Enregistrer ma déclaration")

    def click(self, words: str) -> None:
        found = self.page.locator("main").locator("a, button").filter(has_text=words)
        found.first.click()

    def give(self, score: str, sense: str, reasons: str) -> None:
        self.page.wait_for_url("**/avis/")
        criteria = self.page.locator("fieldset:has(select)")
        for place in range(criteria.count()):
            criteria.nth(place).locator("select").select_option(score)
            criteria.nth(place).locator("textarea").fill("Constat tiré du dossier.")
        self.page.get_by_label(sense, exact=True).check()
        self.page.get_by_label("Motifs").fill(reasons)
        self.click("Rendre mon avis")
        expect(self.page.locator("main")).to_contain_text("Votre avis est rendu.")

    def looks_right(self) -> None:
        """Nothing sticks out, at both widths, and the page complains of nothing."""
        self.page.locator("main").first.wait_for()  # the page that was asked for
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            assert not self.page.evaluate(WIDER), f"{self.page.url} is wider than {width}"
        assert self.complaints.heard == []


def keeps_away(linked: Person) -> None:
    """Somebody of the region has a link: no score, no opinion, no message, and no way round."""
    linked.open()
    linked.declare("j'en suis membre, bénévole ou élu", "Administratrice depuis 2024.")
    expect(linked.page.locator("main")).to_contain_text("vous vous êtes déporté")
    expect(linked.page.locator("main")).not_to_contain_text("Le besoin est décrit par le CCAS")
    linked.looks_right()
    linked.open("messages/")
    expect(linked.page.locator("main")).to_contain_text("vous vous êtes déporté")
    linked.open("proposer/")
    expect(linked.page.locator("main")).to_contain_text("vous vous êtes déporté")


def write_to_each_other(department: Person, member: Person) -> None:
    """They write to the organisation, which answers."""
    department.open("messages/")
    department.page.get_by_label("Votre message").fill("Qui paie le loyer la troisième année ?")
    department.click("Envoyer le message")
    department.page.get_by_label("Votre message").fill("À voir avec la région avant mardi.")
    department.page.get_by_label("Note interne").check()
    department.click("Envoyer le message")
    member.open("messages/")
    expect(member.page.locator("main")).to_contain_text("Qui paie le loyer")
    expect(member.page.locator("main")).not_to_contain_text("avant mardi")
    member.page.get_by_label("Votre message").fill("La commune, par convention.")
    member.click("Envoyer le message")
    member.looks_right()


def test_a_regional_co_instruction(chromium: Browser, region: SimpleNamespace) -> None:
    department = Person(chromium, region, "department")
    region_desk = Person(chromium, region, "region")
    linked = Person(chromium, region, "linked")
    member = Person(chromium, region, "member")

    # The department takes the file and gives its opinion.
    department.open()
    department.declare("aucun lien")
    department.click("Instruire ce dossier")
    department.click("Écrire mon avis")
    department.give("4", "favorable", "Le besoin est décrit par le CCAS.")

    keeps_away(linked)

    # The region does not agree.
    region_desk.open()
    region_desk.declare("aucun lien")
    region_desk.click("Ouvrir mon avis")
    region_desk.click("Écrire mon avis")
    region_desk.give("1", "défavorable", "Le modèle ne tient pas après l'aide.")
    main = region_desk.page.locator("main")
    expect(main).to_contain_text("Les avis ne disent pas la même chose")
    expect(main.locator(".spread svg")).to_have_count(6)
    region_desk.looks_right()

    write_to_each_other(department, member)

    # A note settles the disagreement, and the file goes to the signatory.
    department.open()
    department.click("Écrire une note de conciliation")
    department.page.get_by_label("Comment ces avis se concilient").fill(
        "La commune s'engage sur le loyer : nous proposons, avec un point à un an."
    )
    department.click("Écrire cette note")
    expect(department.page.locator("main")).to_contain_text("La commune s'engage sur le loyer")
    department.looks_right()
    department.click("Proposer à la décision")
    department.click("Proposer ce dossier")

    file = Application.objects.get(pk=region.file.pk)
    assert file.state == State.PROPOSED
    assert access.is_recused(region.linked, file)
    assert not Review.objects.filter(reviewer=region.linked).exists()
    assert Interest.objects.filter(application=file).count() == 3
    refused = RefusedAttempt.objects.filter(actor_id=region.linked.pk)
    assert {row.action for row in refused} == {"GET review:thread", "GET review:propose"}
