"""A recovery in a browser: found, heard, decided by another, given back in two times."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from ensemblier.fund.agreements.models import Recovery
from ensemblier.fund.payments.sums import returned_cents
from tests import factories_money as money
from tests.journeys.agreement_site import Person, serve_agreement

pytestmark = pytest.mark.browser


def test_a_van_that_was_not_for_the_project(
    chromium: Browser, django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    with django_db_blocker.unblock(), serve_agreement(tmp_path, money.paid) as case:
        desk = Person(chromium, case, "desk")
        desk.open(f"/conventions/{case.agreement.number}/")
        desk.click("Constater un manquement")
        page = desk.page
        page.get_by_label("Motif").select_option("misuse")
        page.get_by_label("Date du manquement").fill(_typed(timezone.localdate()))
        page.get_by_label("Ce qui a été constaté").fill("Un véhicule n'est pas celui du projet.")
        page.get_by_label("Si l'argent a servi à autre chose").fill("3 000")
        desk.click("Noter le manquement")
        desk.sees("À rendre")
        desk.looks_right("reversement-constat")
        desk.click("Demander ses observations")
        desk.click("Envoyer la demande")
        desk.sees("L'organisation est prévenue")
        address = page.url.removeprefix(case.url)
        member = Person(chromium, case, "representative")
        member.open(address)
        member.click("Reversement envisagé")
        member.page.locator("textarea").fill("Le véhicule sert aussi au projet.")
        member.click("Envoyer mes observations")
        member.sees("Vos observations sont enregistrées")
        boss = Person(chromium, case, "signatory")
        boss.open(address)
        boss.click("Décider du reversement")
        boss.page.get_by_label("Montant à rendre").fill("2 000")
        boss.page.get_by_label("Motifs de la décision").fill("Un tiers de l'usage est au projet.")
        boss.page.get_by_label("En combien de fois").fill("2")
        first = timezone.localdate() + timedelta(days=40)
        boss.page.get_by_label("À rendre avant le (première fois)").fill(_typed(first))
        boss.click("Décider du reversement")
        boss.sees("Attendu")
        boss.looks_right("reversement-decide")
        payer = Person(chromium, case, "payer")
        for _ in range(2):
            payer.open(address)
            payer.click("Noter un retour")
            payer.click("Noter ce retour")
            payer.sees("Rendu")
        payer.looks_right("reversement-solde")
        assert Recovery.objects.get().state == Recovery.State.SETTLED
        assert returned_cents(case.agreement) == 2_000_00


def _typed(day: date) -> str:
    return day.isoformat()
