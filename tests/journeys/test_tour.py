"""The guided tour done by a browser: one file from its last tick to paid and reported.

CAPTURES=1 writes the pictures of docs/tutoriels/captures/ on the way.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ensemblier.base.ledger.verify import verify
from ensemblier.fund.applications.models import State
from ensemblier.web.tour.progress import Progress, tour_file
from ensemblier.web.tour.stages import PASSAGES, STAGES
from tests.browser import launch

pytestmark = pytest.mark.browser

CAPTURES = Path(__file__).resolve().parents[2] / "docs" / "tutoriels" / "captures"
SIZES = {360: 780, 1280: 860}
LISTEN = """
document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective,
  e.blockedURI));
"""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Visit:
    """A browser on the site: every complaint of the page is kept."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": SIZES[1280]}, locale="fr-FR"
        )
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(LISTEN)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("dialog", self.dialog)

    def dialog(self, dialog: object) -> None:
        self.complaints.append(f"dialog: {dialog.message}")  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    def enter(self, key: str) -> None:
        """Take a role from the page of the tour, then look at the page one lands on."""
        self.page.goto(f"{self.address}/visite/")
        self.page.locator(f'form[action="/visite/entrer/{key}/"] button').click()
        stage, passage = PASSAGES[key]
        bar = self.page.locator(".demo-banner")
        expect(bar).to_contain_text(passage.role)
        expect(bar).to_contain_text(f"étape {stage.number} sur {len(STAGES)}")
        self.look(f"{stage.number:02d}-{key}")

    def look(self, name: str) -> None:
        """Nothing sticks out on a small screen; a picture of both widths when asked."""
        self.page.locator("main").first.wait_for()  # the page that was asked for
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            assert not self.page.evaluate(WIDER), f"{self.page.url} is wider than {width}"
            if os.environ.get("CAPTURES"):
                CAPTURES.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=str(CAPTURES / f"{name}-{width}.png"))

    def click(self, name: str) -> None:
        """A link or a button of the page, found by its words."""
        found = self.page.locator("main").locator("a, button").filter(has_text=name)
        found.first.click()


def opinion(visit: Visit, score: str) -> None:
    """Score the six criteria with a reason each, choose, say why, and give."""
    page = visit.page
    page.wait_for_url("**/avis/")
    criteria = page.locator("fieldset:has(select)")
    expect(criteria).to_have_count(6)
    for place in range(6):
        criteria.nth(place).locator("select").select_option(score)
        criteria.nth(place).locator("textarea").fill("Décrit au dossier et déjà en place.")
    page.get_by_label("favorable", exact=True).check()
    page.get_by_label("Motifs").fill("Le jardin répond à un besoin décrit par le CCAS.")
    page.get_by_label("Montant proposé").fill("50 000")
    visit.click("Rendre mon avis")
    expect(page.locator(".badge", has_text="En instruction").first).to_be_visible()


def file_it(visit: Visit) -> None:
    visit.enter("visiteur")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Filières solidaires")
    visit.enter("porteur")
    visit.page.locator('main input[type="checkbox"]').check()
    visit.click("Déposer le dossier")
    expect(visit.page.locator("main")).to_contain_text(re.compile(r"\d{4}-\d{5}"))
    visit.look("02-accuse")


def review_it(visit: Visit) -> None:
    visit.enter("instructeur")
    visit.click("Instruire ce dossier")
    visit.click("Écrire mon avis")
    opinion(visit, "3")
    visit.enter("reseau")
    visit.click("Ouvrir mon avis")
    visit.click("Écrire mon avis")
    opinion(visit, "4")
    visit.enter("programme")
    visit.click("Proposer à la décision")
    visit.page.locator("main form button").last.click()
    expect(visit.page.locator(".badge", has_text="Proposé").first).to_be_visible()


def judge_it(visit: Visit) -> None:
    """A juror says her links, votes on three projects and keeps her receipt; the chair closes."""
    page = visit.page
    visit.enter("juree")
    page.locator("main form").last.locator("button").click()
    visit.click("Commencer à voter")
    for card in ("yes", "no", "unsure"):
        page.locator(f"label.{card}").click()
        page.locator("form.ballot button").click()
    visit.look("06-choix")
    visit.click("Mettre mon bulletin")
    expect(page.locator(".receipt code")).to_have_text(re.compile(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}"))
    visit.look("06-recu")
    visit.enter("presidence")
    visit.click("Clore le vote")
    visit.click("Voir le décompte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le décompte")


def decide_it(visit: Visit) -> None:
    page = visit.page
    visit.enter("signataire")
    page.get_by_label("Accorder une aide").check()
    page.get_by_label("Motifs").fill("Le projet répond aux six critères et l'enveloppe le permet.")
    visit.click("Enregistrer la décision")
    expect(page.locator("main")).to_contain_text("50")
    visit.enter("convention")
    visit.click("Enregistrer la convention")
    visit.click("Envoyer à la signature")
    expect(page.locator(".badge", has_text="À signer").first).to_be_visible()
    for key in ("representante", "signature"):
        visit.enter(key)
        page.locator('main input[type="checkbox"]').check()
        visit.click("Signer la convention")
    expect(page.locator(".badge", has_text="Signée").first).to_be_visible()


def pay_it(visit: Visit) -> None:
    visit.enter("certification")
    visit.click("Certifier")
    visit.click("Certifier")
    expect(visit.page.locator("main")).to_contain_text("À payer")
    visit.enter("payeur")
    visit.click("Payer l'échéance")
    visit.click("Payer")
    expect(visit.page.locator(".badge", has_text="Payé").first).to_be_visible()


def report_it(visit: Visit) -> None:
    page = visit.page
    visit.enter("bilan")
    visit.click("Commencer le bilan final")
    page.get_by_label("Ce qui a été fait").fill("Les paniers ont été livrés chaque semaine.")
    page.get_by_label("Nombre de personnes").fill("120")
    for field in page.locator('input[name^="line_"]').all():
        field.fill("1 000")
    page.get_by_label("Pourquoi le réalisé").fill("Le projet est à mi-chemin.")
    visit.click("Enregistrer le brouillon")
    visit.enter("depot")
    visit.click("Certifier et déposer le bilan")
    expect(page.locator(".badge", has_text="Déposé").first).to_be_visible()
    visit.enter("controle")
    page.get_by_label("Dépenses admises").fill("1 000")
    visit.click("Accepter le bilan")
    expect(page.locator(".badge", has_text="Accepté").first).to_be_visible()
    visit.enter("auditeur")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le livre")
    visit.enter("assistance")
    expect(page.get_by_role("heading", level=1)).to_have_text("Exploitation")


def test_the_twelve_steps(demo_server) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        visit = Visit(browser, demo_server.url)
        visit.page.goto(f"{visit.address}/visite/")
        visit.look("00-visite")
        for part in (file_it, review_it, judge_it, decide_it, pay_it, report_it):
            part(visit)
        visit.page.goto(f"{visit.address}/visite/")
        expect(visit.page.locator("main")).to_contain_text("La visite est finie.")
        expect(visit.page.locator(".tour-steps .badge.done")).to_have_count(len(STAGES))
        visit.look("13-fin")
        complaints = list(visit.complaints)
        browser.close()
    assert complaints == []
    application = tour_file()
    assert application is not None
    assert application.state == State.AGREED
    progress = Progress(application)
    assert progress.is_paid
    assert progress.is_checked
    assert verify().faults == []
