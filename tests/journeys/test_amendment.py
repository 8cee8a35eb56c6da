"""An amendment in a browser: written by the desk, signed by three parties, the money follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from ensemblier.base.ledger.queries import balance
from ensemblier.fund.agreements.models import Amendment
from ensemblier.fund.agreements.shares import agreed_cents
from tests.journeys.agreement_site import Person, serve_agreement
from tests.platform.fund.test_agreement_parties import signed

pytestmark = pytest.mark.browser


def test_two_more_districts_and_three_thousand_euros(
    chromium: Browser, django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    with django_db_blocker.unblock(), serve_agreement(tmp_path, signed) as case:
        number = case.agreement.number
        desk = Person(chromium, case, "desk")
        desk.open(f"/conventions/{number}/")
        desk.looks_right("convention")
        desk.click("Préparer un avenant")
        page = desk.page
        page.get_by_label("Pourquoi la convention change").fill("Deux quartiers de plus.")
        page.locator("[name=envelope_1]").select_option(str(case.envelope.pk))
        page.locator("[name=class_1]").select_option("engineering")
        page.locator("[name=change_1]").fill("3 000")
        desk.click("Enregistrer l'avenant")
        desk.sees("l'aide avec cet avenant 23")  # the schedule must follow, nothing typed is lost
        assert page.get_by_label("Pourquoi la convention change").input_value().startswith("Deux")
        page.locator(f"[name=old_{case.instalments[1].pk}_amount]").fill("11 000")
        desk.looks_right("avenant-ecrit")
        desk.click("Enregistrer l'avenant")
        desk.sees("L'avenant est prêt")
        desk.click("Envoyer l'avenant")
        desk.sees("L'avenant est envoyé")
        assert balance(case.decision.account).posted == 20_000_00
        address = page.url.removeprefix(case.url)
        for who in ("representative", "mayor", "signatory"):
            person = Person(chromium, case, who)
            person.open(address)
            person.page.get_by_label("J'ai lu le texte").check()
            person.click("Signer l'avenant")
            person.sees("Votre signature est enregistrée.")
            person.looks_right(f"avenant-{who}")
            person.context.close()
        assert Amendment.objects.get().state == Amendment.State.SIGNED
        assert agreed_cents(case.agreement) == 23_000_00
        assert balance(case.decision.account).posted == 23_000_00
        desk.open(f"/conventions/{number}/")
        desk.sees("Deux quartiers de plus.")
        desk.context.close()
