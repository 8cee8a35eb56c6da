"""A small association, from a question asked without an account to money on its account.

The association holds a phone of 360 px, the officers sit at 1280 px. SHOTS=folder keeps pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Mandate, Organisation, Role, User
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.payments.models import Payment
from tests import factories_fund as fund
from tests import hostile_files
from tests.canaries import PASSWORD
from tests.demo import on_database
from tests.factories_people import a_siret, sign_in
from tests.journeys.conftest import LISTEN, Complaints

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
SHOTS = os.environ.get("SHOTS", "")
PAPER = {
    "name": "piece.pdf",
    "mimeType": "application/pdf",
    "buffer": hostile_files.pdf(),
}


@pytest.fixture
def site(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """An open call and four officers, each with one role. Nobody knows the association yet."""
    settings.MEDIA_ROOT = tmp_path / "files"
    copy = str(tmp_path / "cash.sqlite3")
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy])
        with on_database(copy):
            call = fund.call_open_now()
            place = fund.place().department
            server = LiveServer("127.0.0.1")
            try:
                yield SimpleNamespace(
                    url=server.url,
                    call=call,
                    desk=fund.user(Role.INSTRUCTOR, department=place),
                    signatory=fund.user(Role.SIGNATORY),
                    payer=fund.user(Role.PAYER),
                )
            finally:
                server.stop()


class Visitor:
    """Somebody's own window: what it complains of is kept, what sticks out is refused."""

    def __init__(
        self, browser: Browser, site: SimpleNamespace, size: dict[str, int], who: User | None = None
    ) -> None:
        self.url, self.size, self.shots = site.url, size, 0
        self.name = str(who.mandates.get().role) if who else "association"
        self.context = browser.new_context(
            viewport=size, locale="fr-FR", timezone_id="Europe/Paris", reduced_motion="reduce"
        )
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(LISTEN)
        if who is not None:
            client = sign_in(Client(), who)
            cookies = [(name, morsel.value) for name, morsel in client.cookies.items()]
            self.context.add_cookies(
                [{"name": name, "value": value, "url": site.url} for name, value in cookies]
            )
        self.page: Page = self.context.new_page()
        self.complaints = Complaints()
        self.complaints.listen(self.page)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.look()

    def click(self, words: str) -> None:
        self.main.locator("a, button").filter(has_text=words).first.click()
        self.page.wait_for_load_state()
        self.look()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).fill(value)

    def cell(self, name: str, value: str) -> None:
        """A cell of a table, by the name of its field."""
        field = self.page.locator(f'[name="{name}"]')
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def tick(self, *labels: str) -> None:
        for label in labels:
            self.page.get_by_label(label, exact=True).check()

    def says(self, words: str) -> None:
        expect(self.main).to_contain_text(words)

    def look(self) -> None:
        """Nothing sticks out, nothing is complained of, nothing is refused by the policy."""
        self.page.locator("main").first.wait_for()  # the page that was asked for
        assert not self.page.evaluate(WIDER), f"{self.page.url} is wider than its screen"
        assert self.complaints.of(self.page) == [], self.page.url
        if SHOTS:
            self.shots += 1
            name = f"cash-{self.size['width']}-{self.name}-{self.shots:02d}.png"
            self.page.screenshot(path=str(Path(SHOTS) / name), full_page=True)


def ask_without_account(who: Visitor) -> None:
    """By keyboard only: the first answer of each question, then the button."""
    who.open("/")
    who.open("/orientation/")
    for code in ("what", "people", "support", "carrier"):
        who.page.locator(f'[name="{code}"]').first.focus()
        who.page.keyboard.press("Space")
    who.page.get_by_role("button", name="Voir la réponse").focus()
    who.page.keyboard.press("Enter")
    who.page.wait_for_url("**/orientation/reponse/**")
    who.look()
    expect(who.page.get_by_role("heading", level=1)).to_contain_text("Oui")


def sign_up(who: Visitor, site: SimpleNamespace) -> None:
    """The call leads to sign-up, filled by keyboard; the organisation follows."""
    who.main.get_by_role("link", name=site.call.title).click()
    who.look()
    who.open("/inscription/")
    who.page.get_by_label("Votre nom").focus()
    for text in ("Nour Essai", "nour@exemple.fr", PASSWORD):
        who.page.keyboard.type(text)
        who.page.keyboard.press("Tab")
    who.page.get_by_role("button", name="Créer mon compte").focus()
    who.page.keyboard.press("Enter")
    expect(who.page.get_by_role("button", name="Créer mon compte")).to_have_count(0)
    who.look()
    who.open("/tableau-de-bord/")  # a new account is never at a dead end
    who.says("Commencez ici")
    who.look()
    who.main.get_by_role("button", name="Inscrire mon organisation").click()
    number = a_siret(777)
    who.page.locator('[name="number"]').fill(number)
    who.click("Chercher")
    expect(who.page.locator('[name="siret"]')).to_have_value(number)
    who.fill("Nom de l'organisation", "Les paniers de l'écluse")
    who.page.locator('[name="commune"]').fill("Audruicq (62)")
    who.click("Inscrire")
    who.tick("représentant légal")
    who.page.locator('input[type="file"]').set_input_files(PAPER)
    who.click("Envoyer ma demande")
    who.says("Votre demande est envoyée")
    who.open("/tableau-de-bord/")
    who.says("Les paniers de l'écluse est en cours")
    who.look()


def accept_them(desk: Visitor) -> None:
    desk.open("/rattachements/")
    desk.main.locator("table a, li a, article a").first.click()
    desk.look()
    desk.click("Accepter le rattachement")


def write_the_file(who: Visitor, site: SimpleNamespace) -> str:
    who.open(f"/appels/{site.call.slug}/candidater/")
    who.fill("Titre du projet", "Paniers de l'écluse")
    who.main.locator("form button").first.click()
    who.page.wait_for_url("**/projet/")
    who.look()
    for write in (project, publics, territory, partners, model, budget, asked):
        write(who)
        who.click("Enregistrer et continuer")
    who.page.wait_for_url("**/pieces/")
    for kind in ("statutes", "accounts", "bank_details"):
        who.page.locator('[name="kind"]').select_option(kind)
        who.page.locator('[name="file"]').set_input_files(PAPER)
        who.click("Joindre ce fichier")
        who.says("La pièce est jointe.")
    who.click("Continuer")
    who.says("Votre dossier est complet.")
    who.page.locator('[name="accepts_commitments"]').focus()
    who.page.keyboard.press("Space")
    who.click("Déposer le dossier")
    file = Application.objects.get()
    who.says(file.number)
    return file.number


def project(who: Visitor) -> None:
    who.page.locator('[name="summary"]').fill(
        "Des maraîchers du canton livrent chaque semaine des paniers à prix accessible."
    )
    for name, value in (
        ("goals", "access"),
        ("stage", "seeding"),
        ("links", "production"),
        ("length", "local"),
    ):
        who.page.locator(f'[name="{name}"][value="{value}"]').check()
    who.page.locator('[name="quality"]').fill("Légumes de saison, récoltés à moins de 30 km.")


def publics(who: Visitor) -> None:
    who.cell("people_edge", "120")
    who.page.locator('[name="people_edge"]').press("Tab")
    who.cell("needs", "Des familles n'achètent plus de légumes frais.")
    who.page.locator('[name="participation"][value="co_building"]').check()
    who.cell("participation_how", "Un comité de mangeurs choisit les produits.")
    who.cell("means-0-label", "Animation du comité")
    who.cell("means-0-amount_cents", "2 000")
    who.cell("means-0-code", "64")


def territory(who: Visitor) -> None:
    who.cell("commune", "Audruicq (62)")
    who.cell("territory_note", "Nous sommes connus au marché depuis dix ans.")


def partners(who: Visitor) -> None:
    who.cell("partners-0-name", "CCAS d'Audruicq")
    who.cell("partners-0-sector", "social")
    who.cell("partners-0-role", "oriente les familles")


def model(who: Visitor) -> None:
    who.cell("effects-0-effect", "health")
    who.cell("effects-0-explanation", "Plus de légumes dans les assiettes")
    who.cell("model_path", "Les ventes et la commune prennent le relais du fonds.")
    who.cell("fund-2027", "20 000")
    who.cell("sales-2031", "40 000")


def budget(who: Visitor) -> None:
    who.cell("charges-0-code", "60")
    who.cell("charges-0-amount_cents", "18 000")
    who.cell("charges-1-code", "64")
    who.cell("charges-1-amount_cents", "14 000")
    who.cell("resources-0-code", "70")
    who.cell("resources-0-certainty", "firm")
    who.cell("resources-0-amount_cents", "12 000")


def asked(who: Visitor) -> None:
    who.cell("engineering-2027", "20 000")


def instruct(desk: Visitor, number: str) -> None:
    desk.open(f"/instruction/{number}/")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Avez-vous un lien")
    desk.tick("aucun lien")
    desk.click("Enregistrer ma déclaration")
    desk.click("Instruire ce dossier")
    desk.click("Écrire mon avis")
    desk.page.wait_for_url("**/avis/")
    criteria = desk.page.locator("fieldset:has(select)")
    for place in range(criteria.count()):
        criteria.nth(place).locator("select").select_option("3")
        criteria.nth(place).locator("textarea").fill("Décrit au dossier.")
    desk.tick("favorable")
    desk.fill("Motifs", "Le besoin est décrit par le CCAS.")
    desk.page.get_by_label("Montant proposé").fill("20 000")
    desk.click("Rendre mon avis")
    desk.says("Votre avis est rendu.")
    desk.click("Proposer à la décision")
    desk.click("Proposer ce dossier")
    assert Application.objects.get(number=number).state == State.PROPOSED


def declare_no_link(who: Visitor, path: str) -> None:
    """The declaration comes first, when it is asked."""
    who.open(path)
    if who.page.get_by_role("heading", level=1).filter(has_text="Avez-vous un lien").count():
        who.tick("aucun lien")
        who.click("Enregistrer ma déclaration")
        who.open(path)


def decide(signatory: Visitor, number: str) -> None:
    declare_no_link(signatory, f"/decisions/{number}/")
    signatory.tick("Accorder une aide")
    signatory.fill("Motifs", "Le projet répond aux critères et l'enveloppe le permet.")
    signatory.click("Enregistrer la décision")
    signatory.says("20 000")


def agree(desk: Visitor, who: Visitor, signatory: Visitor, number: str) -> str:
    desk.open(f"/conventions/preparer/{number}/")
    desk.click("Enregistrer la convention")
    desk.click("Envoyer à la signature")
    agreement = desk.page.url
    path = agreement.removeprefix(desk.url)
    for signer in (who, signatory):
        signer.open(path)
        signer.main.locator('input[name="agrees"]').focus()
        signer.page.keyboard.press("Space")
        signer.click("Signer la convention")
    expect(signatory.page.locator(".badge", has_text="Signée").first).to_be_visible()
    return path


def pay(desk: Visitor, payer: Visitor, path: str) -> None:
    desk.open(f"{path}versements/")
    desk.click("Certifier")
    desk.click("Certifier")
    desk.says("certifiée")
    payer.open(f"{path}versements/")
    payer.click("Payer")
    payer.click("Payer")
    payer.says("sont versés à Les paniers de l'écluse")


def test_from_orientation_to_cash(chromium: Browser, site: SimpleNamespace) -> None:
    association = Visitor(chromium, site, PHONE)
    desk = Visitor(chromium, site, DESK, site.desk)
    signatory = Visitor(chromium, site, DESK, site.signatory)
    payer = Visitor(chromium, site, DESK, site.payer)

    ask_without_account(association)
    sign_up(association, site)
    accept_them(desk)
    number = write_the_file(association, site)
    instruct(desk, number)
    decide(signatory, number)

    association.open(f"/decisions/{number}/lettre/")
    association.says("20 000")
    association.says("Le projet répond aux critères")
    path = agree(desk, association, signatory, number)
    association.open(f"/dossiers/{number}/argent/")
    association.says("doit certifier que le service est fait")
    paid_badge = association.main.locator("article .badge.done", has_text="Payée")
    expect(paid_badge).to_have_count(0)
    pay(desk, payer, path)

    association.open(f"/dossiers/{number}/argent/")
    expect(paid_badge).to_have_count(1)
    association.says("La banque peut mettre quelques jours.")
    payment = Payment.objects.get()
    assert payment.state == Payment.State.PAID
    assert payment.amount_cents == 12_000_00
    assert verify().faults == []
    # Nobody held two of the three roles, and the association has one mandate only.
    people = [site.desk, site.signatory, site.payer]
    assert [Mandate.objects.filter(user=person).count() for person in people] == [1, 1, 1]
    assert Mandate.objects.get(organisation=Organisation.objects.get(siret=a_siret(777))).role == (
        Role.REPRESENTATIVE
    )
