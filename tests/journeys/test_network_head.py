"""A network head with 12 members, in a browser: from a grouped request to an unspent share that
passes from one member to another."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.frameworks import figures
from ensemblier.fund.frameworks.models import Framework, MemberShare
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as review
from tests.demo import on_database
from tests.factories_people import sign_in
from tests.journeys.conftest import Complaints

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SHOTS = Path("/tmp/w/shots")
COUNT = 12


@pytest.fixture
def network(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """A network, its 12 members, and its draft; on a database of its own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    copy = str(tmp_path / "network.sqlite3")
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        with on_database(copy):
            now = timezone.now()
            head = fund.organisation("Réseau des jardins", kind="network")
            leader = fund.user(Role.REPRESENTATIVE, head)
            fund.give(leader, Role.NETWORK_HEAD, head)
            call = fund.call_open_now()
            file = fund.complete(of=call, by=head, actor=leader, now=now)
            members = [
                fund.organisation(f"Jardin {rank:02d}", head=head, email=f"jardin{rank}@exemple.fr")
                for rank in range(1, COUNT + 1)
            ]
            people = [fund.user(Role.REPRESENTATIVE, members[rank]) for rank in (0, 1)]
            server = LiveServer("127.0.0.1")
            try:
                yield SimpleNamespace(
                    url=server.url, file=file, leader=leader, members=members, people=people
                )
            finally:
                server.stop()


class Window:
    """One person's own browser window; nobody for the links sent by e-mail."""

    def __init__(self, browser: Browser, network: SimpleNamespace, user: Any = None) -> None:
        self.context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")
        self.url = network.url
        if user is not None:
            client = Client()
            sign_in(client, user)
            self.context.add_cookies(
                [
                    {"name": name, "value": morsel.value, "url": network.url}
                    for name, morsel in client.cookies.items()
                ]
            )
        self.page: Page = self.context.new_page()
        self.complaints = Complaints()
        self.complaints.listen(self.page)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def looks_right(self, name: str) -> None:
        self.page.locator("main").first.wait_for()  # the page that was asked for
        for width, height in ((360, 780), (1280, 900)):
            self.page.set_viewport_size({"width": width, "height": height})
            assert not self.page.evaluate(WIDER), f"{name} at {width} px"
            if SHOTS.is_dir():
                self.page.screenshot(path=SHOTS / f"network-{name}-{width}.png", full_page=True)

    def close(self) -> None:
        assert self.complaints.of(self.page) == []
        self.context.close()


def test_a_network_head_with_twelve_members(chromium: Browser, network: SimpleNamespace) -> None:
    head = Window(chromium, network, network.leader)
    number = network.file.number
    cadre = f"/dossiers/{number}/cadre/"
    group(head, number)
    framework = Framework.objects.get(application__number=number)
    for member in network.members:
        add(head, cadre, member)
    guarantee(head, cadre)
    answers(chromium, network, head, cadre)
    head.looks_right("grouped")
    head.open(f"/dossiers/{number}/envoi/")
    assert "confirmé sa part" not in head.page.content()
    send(head, number)
    grant(network.file)
    head.open(f"{cadre}partager/")
    head.page.get_by_role("button", name="Ouvrir les parts").click()
    expect(head.page.get_by_role("heading", name="Suivi des parts")).to_be_visible()
    spend(chromium, network, head, framework)
    pass_on(chromium, network, head, cadre)
    framework.refresh_from_db()
    lines = figures.lines_of(framework)
    assert sum(line.granted for line in lines) == COUNT * 1_500_00
    assert [lines[0].left, lines[1].left] == [100_00, 2_500_00]
    head.open(f"{cadre}suivi/")
    head.looks_right("live")
    head.close()


def group(head: Window, number: str) -> None:
    page = head.open(f"/dossiers/{number}/")
    page.get_by_role("link", name="Faire une demande groupée").click()
    day = (timezone.localdate() + timedelta(days=15)).isoformat()
    page.get_by_label("Les membres répondent avant le").fill(day)
    page.get_by_role("button", name="Commencer la demande groupée").click()
    expect(page.get_by_role("heading", name="Demande groupée", exact=True)).to_be_visible()


def add(head: Window, cadre: str, member: Any) -> None:
    page = head.open(f"{cadre}membre/")
    page.get_by_label("Membre", exact=True).select_option(str(member.pk))
    page.get_by_label("Son projet, en quelques mots").fill("Des paniers chaque semaine.")
    page.get_by_label("Ingénierie, 2027").fill("1 500")
    page.get_by_role("button", name="Enregistrer cette part").click()
    expect(page.get_by_role("link", name=member.name, exact=True)).to_be_visible()
    page.get_by_role("button", name=f"Envoyer le lien à {member.name}").click()
    expect(page.get_by_text(f"Le lien est envoyé à {member.name}.")).to_be_visible()


def guarantee(head: Window, cadre: str) -> None:
    page = head.open(f"{cadre}garantie/")
    page.get_by_label("Ce que la tête de réseau garantit").fill("Le réseau contrôle et rend.")
    page.get_by_label("Le contrôle des dépenses de chaque membre").check()
    page.get_by_role("button", name="Enregistrer la garantie").click()
    page.get_by_role("button", name="Signer la garantie").click()
    page.get_by_role("button", name="Signer au nom du réseau").click()
    expect(page.get_by_text("La garantie est signée.")).to_be_visible()


def link_of(member: Any) -> str:
    about = Message.objects.filter(body__contains=member.name).order_by("-pk")
    for message in about:
        if found := re.search(r"(/ma-part/[^/\s]+/)", message.body):
            return found[1]
    raise AssertionError(f"no link was sent to {member}")


def answers(browser: Browser, network: SimpleNamespace, head: Window, cadre: str) -> None:
    """Eleven say yes; the last says no, its share is written again, then it says yes."""
    window = Window(browser, network)
    for member in network.members[:-1]:
        say(window, member, "Oui")
    last = network.members[-1]
    say(window, last, "Non")
    page = head.open(cadre)
    expect(page.get_by_text("a refusé sa part")).to_be_visible()
    share = MemberShare.objects.get(member=last)
    head.open(f"/cadres/parts/{share.pk}/modifier/")
    page.get_by_label("Son projet, en quelques mots").fill("Des paniers toutes les deux semaines.")
    page.get_by_role("button", name="Enregistrer cette part").click()
    page.get_by_role("button", name=f"Envoyer le lien à {last.name}").click()
    say(window, last, "Oui")
    window.close()
    head.open(cadre)
    assert MemberShare.objects.filter(state=MemberShare.State.CONFIRMED).count() == COUNT


def say(window: Window, member: Any, word: str) -> None:
    page = window.open(link_of(member))
    expect(page.get_by_text(f"Ce qui est demandé pour {member.name}")).to_be_visible()
    page.get_by_label(word, exact=True).check()
    page.get_by_label("Votre nom et votre fonction").fill("Awa Test, présidente")
    if word == "Non":
        page.get_by_label("Si c'est non, pourquoi ?").fill("Chaque semaine, c'est trop.")
        window.looks_right("answer")
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_text("est prévenue.")).to_be_visible()


def send(head: Window, number: str) -> None:
    page = head.open(f"/dossiers/{number}/envoi/")
    page.get_by_role("button", name=re.compile("Déposer")).first.click()
    assert Application.objects.get(number=number).state == State.FILED


def grant(file: Application) -> None:
    """The desk instructs, decides and agrees; its pages have their own journeys."""
    file.refresh_from_db()
    case = money.granted(case=review.proposed(file))
    today = timezone.localdate()
    fields = {"starts_on": today - timedelta(days=1), "ends_on": today + timedelta(days=300)}
    money.signed_of(money.prepared(case, **fields))


def spend(browser: Browser, network: SimpleNamespace, head: Window, framework: Framework) -> None:
    """The first member spends 400 €; the head checks the invoice."""
    member = Window(browser, network, network.people[0])
    share = MemberShare.objects.get(framework=framework, member=network.members[0])
    page = member.open(f"/cadres/parts/{share.pk}/depense/")
    page.get_by_label("Ce qui a été payé").fill("Cageots")
    page.get_by_label("Montant", exact=True).fill("400")
    page.get_by_label("Payé le").fill(timezone.localdate().isoformat())
    page.get_by_label("Facture ou autre preuve").set_input_files(
        {"name": "facture.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.get_by_role("button", name="Envoyer cette dépense").click()
    expect(page.get_by_role("heading", name="Les dépenses")).to_be_visible()
    member.looks_right("share")
    member.close()
    page = head.open(f"/dossiers/{framework.application.number}/cadre/suivi/")
    page.get_by_role("link", name="Contrôler « Cageots »").click()
    page.get_by_label("Oui", exact=True).check()
    page.get_by_role("button", name="Enregistrer le contrôle").click()
    expect(page.get_by_text("La dépense est contrôlée.")).to_be_visible()


def picture() -> bytes:
    found = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(found, "PNG")
    return found.getvalue()


def pass_on(browser: Browser, network: SimpleNamespace, head: Window, cadre: str) -> None:
    """1 000 € of the first member go to the second, once the first has said yes."""
    first, second = network.members[:2]
    page = head.open(f"{cadre}transfert/")
    page.get_by_label("Qui laisse").select_option(index=0)
    page.get_by_label("Qui reçoit").select_option(label=second.name)
    page.get_by_label("Montant", exact=True).fill("1 000")
    page.get_by_label("Motif").fill("Le premier jardin a payé moins cher.")
    page.get_by_role("button", name="Proposer ce transfert").click()
    expect(page.get_by_text("Le transfert est proposé au membre.")).to_be_visible()
    member = Window(browser, network, network.people[0])
    page = member.open("/cadres/")
    page.locator("#t-mine + ul").get_by_role("link").first.click()
    page.get_by_role("link", name="Répondre à ce transfert").click()
    page.get_by_label("Oui", exact=True).check()
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_text("Votre réponse est enregistrée.")).to_be_visible()
    member.close()
    assert Event.objects.filter(action="framework.transfer_accepted").exists()
    assert first.name in head.open(f"{cadre}suivi/").content()
