"""A month of one grocery in a browser: from a grower's offer to the call to its funder.

Three people, each in their own window: the grocery's volunteer, the grower, the funder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger import proofs
from ensemblier.base.people.models import OrganisationKind, Role
from ensemblier.chain.billing.models import Document
from ensemblier.chain.cofinancing.models import Share
from tests import factories_fund as fund
from tests.journeys.agreement_site import Person, serve_agreement

pytestmark = pytest.mark.browser

RULE = """name = "Paniers du canal"

[person]
rule = "percent"
percent = "30"

[[step]]
kind = "rest"
payer = "Ville"
"""


def people() -> SimpleNamespace:
    """Three organisations and somebody in each: all the rest is done on the pages."""
    home = fund.place("62")
    grocery = fund.organisation("Épicerie du canal", commune=home)
    farm = fund.organisation("Ferme du bief", kind=OrganisationKind.FARM, commune=home)
    town = fund.organisation("Ville de l'écluse", kind=OrganisationKind.PUBLIC, commune=home)
    return SimpleNamespace(
        grocery=grocery,
        farm=farm,
        town=town,
        volunteer=fund.user(Role.APPLICANT, grocery),
        grower=fund.user(Role.APPLICANT, farm),
        funder=fund.user(Role.APPLICANT, town),
    )


@contextmanager
def month(folder: Path) -> Iterator[SimpleNamespace]:
    with serve_agreement(folder, people) as case:
        case.today = timezone.localdate()
        case.first = (case.today.replace(day=1) - timedelta(days=1)).replace(day=1)
        case.last = case.today - timedelta(days=1)
        case.day = case.first + timedelta(days=4)
        yield case


def test_a_month_from_an_offer_to_the_call(
    chromium: Browser, django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    with django_db_blocker.unblock(), month(tmp_path) as case:
        volunteer = Person(chromium, case, "volunteer")
        opens_the_chain(volunteer, case)
        grower = Person(chromium, case, "grower")
        offers(grower, case)
        promised(volunteer, case)
        rule_is_written(volunteer, case)
        goods_come(volunteer, case)
        sells(volunteer, case)
        bills(volunteer, case)
        reports(volunteer, case)
        reads_its_own(grower, Person(chromium, case, "funder"), case)
        assert [fault for proof in proofs.table().values() for fault in proof()] == []


def form(person: Person, words: str, button: str, **fields: Any) -> None:
    """Fill a form by its labels and send it; then read `words`."""
    fill(person, **fields)
    # The words may be on the form too: what is read is the page that answers.
    with person.page.expect_navigation():
        person.page.locator("main form[method=post] button").filter(has_text=button).last.click()
    person.sees(words)


def fill(person: Person, **fields: Any) -> None:
    for name, value in fields.items():
        field = person.page.locator(f"main form[method=post] [name={name}]").first
        kind = field.evaluate("e => e.tagName + ' ' + e.type")
        if kind.startswith("SELECT"):
            field.select_option(**value) if isinstance(value, dict) else field.select_option(value)
        elif kind.endswith("radio"):
            person.page.locator(f"main [name={name}][value='{value}']").check()
        elif kind.endswith("checkbox"):
            field.set_checked(value)
        else:
            field.fill(value.isoformat() if isinstance(value, date) else str(value))


def path(person: Person) -> str:
    return urlsplit(person.page.url).path


def opens_the_chain(volunteer: Person, case: SimpleNamespace) -> None:
    volunteer.open("/filieres/creer/")
    form(volunteer, "est créée", "Enregistrer", name="Filière du canal", length="local")
    case.slug = Chain.objects.get().slug
    here = f"/filiere/{case.slug}"
    volunteer.open(f"{here}/lieux/ajouter/")
    form(volunteer, "est ajouté", "Enregistrer", name="Boutique du canal", kind="shop")
    for organisation, part in ((case.farm, "grower"), (case.town, "funder")):
        volunteer.open(f"{here}/membres/ajouter/")
        form(
            volunteer,
            "fait partie de la filière",
            "Enregistrer",
            siret=organisation.siret,
            part=part,
            starts=case.first,
        )
    volunteer.looks_right("mois-filiere")
    volunteer.open(f"{here}/produits/creer/")
    form(
        volunteer,
        "Panier de légumes",
        "Enregistrer",
        name="Panier de légumes",
        family="FRUITS_ET_LEGUMES",
        unit="basket",
        unit_grams="5000",
        storage="ambient",
    )
    volunteer.click("Fixer un prix")
    form(
        volunteer,
        "12,05",
        "Enregistrer",
        basis="person",
        unit_price="12,05",
        starts=case.first,
    )
    volunteer.looks_right("mois-produit")


def offers(grower: Person, case: SimpleNamespace) -> None:
    """The grower proposes; a negative quantity is refused with what was typed kept."""
    grower.open(f"/filiere/{case.slug}/promesses/proposer/")
    typed = {
        "kind": "plan",
        "product": {"label": "Panier de légumes (panier)"},
        "unit_price": "9,00",
        "starts": case.first,
        "ends": case.first + timedelta(days=90),
        "firmness": "promised",
    }
    options = grower.page.locator("[name=product] option").all_inner_texts()
    typed["product"] = {"label": next(o for o in options if o.startswith("Panier"))}
    fill(grower, **typed)
    form(grower, "zéro", "Proposer", quantity="-3")
    assert grower.page.locator("[name=quantity]").input_value() == "-3"
    form(grower, "Votre offre est notée", "Proposer", quantity="100")
    grower.looks_right("mois-offre")


def promised(volunteer: Person, case: SimpleNamespace) -> None:
    """The grocery answers with a framework, and calls a delivery on it."""
    volunteer.open(f"/filiere/{case.slug}/promesses/")
    volunteer.sees("Ferme du bief")
    volunteer.open(f"/filiere/{case.slug}/promesses/creer/")
    options = volunteer.page.locator("[name=product] option").all_inner_texts()
    form(
        volunteer,
        "La promesse est notée",
        "Enregistrer",
        kind="framework",
        product={"label": next(o for o in options if o.startswith("Panier"))},
        quantity="100",
        unit_price="9,00",
        giver={"label": "Ferme du bief"},
        receiver={"label": "Épicerie du canal"},
        starts=case.first,
        ends=case.first + timedelta(days=90),
        firmness="firm",
    )
    volunteer.click("Appeler")
    form(
        volunteer,
        "La quantité est appelée",
        "Appeler",
        quantity="40",
        starts=case.first,
        ends=case.first + timedelta(days=10),
    )
    volunteer.looks_right("mois-cadre")


def rule_is_written(volunteer: Person, case: SimpleNamespace) -> None:
    volunteer.open(f"/filiere/{case.slug}/cofinancement/creer/")
    form(volunteer, "Le dispositif est créé", "Créer", name="Paniers du canal")
    page = volunteer.page
    page.locator("#id_text").fill(RULE.replace('percent = "30"', 'percent = "30'))
    page.locator("button[value=try]").last.click()
    volunteer.sees("ligne")  # the fault is told with its line
    page.locator("#id_text").fill(RULE)
    page.locator("button[value=try]").last.click()
    volunteer.sees("Ville")
    volunteer.looks_right("mois-regle")
    page.locator("button[value=save]").click()
    volunteer.sees("Le brouillon est enregistré")
    volunteer.click("Dire qui paie")
    form(
        volunteer,
        "paie sur le compte",
        "Enregistrer",
        purse="funder",
        organisation={"label": "Ville de l'écluse"},
    )
    volunteer.click("Relire et publier")
    form(volunteer, "est publiée", "Publier cette règle", starts=case.first)
    volunteer.looks_right("mois-dispositif")


def goods_come(volunteer: Person, case: SimpleNamespace) -> None:
    volunteer.open(f"/filiere/{case.slug}/stock/recevoir/")
    page = volunteer.page
    products = page.locator("[name=product] option").all_inner_texts()
    origins = page.locator("[name=origin] option").all_inner_texts()
    form(
        volunteer,
        "40",
        "Enregistrer",
        kind="purchase",
        product={"label": next(o for o in products if o.startswith("Panier"))},
        quantity="40",
        origin={"label": next(o for o in origins if o.startswith("Ferme"))},
        value="360,00",
        day=case.day,
    )
    volunteer.looks_right("mois-lot")


def sells(volunteer: Person, case: SimpleNamespace) -> None:
    """Three lines, one undone: the person pays 30 %, the town the rest."""
    for quantity in (2, 1, 1):
        volunteer.open(f"/filiere/{case.slug}/comptoir/?dispositif=paniers-du-canal")
        page = volunteer.page
        page.locator("main details summary").last.click()
        lots = page.locator("[name=lot] option").all_inner_texts()
        form(
            volunteer,
            "La personne paie",
            "Noter la ligne",
            lot={"label": next(o for o in lots if o.startswith("Panier"))},
            quantity=str(quantity),
            day=case.day,
        )
    volunteer.sees("3,62")  # 30 % of 12,05, to the nearest cent
    volunteer.looks_right("mois-vente")
    volunteer.click("Comprendre ces parts")
    volunteer.looks_right("mois-pourquoi")
    volunteer.page.go_back()
    volunteer.click("Annuler cette ligne")
    volunteer.page.fill("[name=reason]", "Panier compté deux fois")
    volunteer.page.locator("main form[method=post] button").last.click()
    volunteer.sees("annul")


def bills(volunteer: Person, case: SimpleNamespace) -> None:
    """The grower's invoice by mandate, and the call to the town, then its payment."""
    pieces = f"/filiere/{case.slug}/pieces"
    volunteer.open(f"{pieces}/mandat/")
    form(
        volunteer,
        "est enregistré",
        "Enregistrer",
        grower={"label": "Ferme du bief"},
        signed_on=case.first,
    )
    period = {"first": case.first, "last": case.last, "day": case.today}
    volunteer.open(f"{pieces}/mois/")
    form(volunteer, "facture", "Écrire les factures", **period)
    volunteer.open(f"{pieces}/appeler/")
    payers = volunteer.page.locator("[name=payer] option").all_inner_texts()
    form(
        volunteer,
        "appel",
        "Écrire la pièce",
        payer={"label": next(o for o in payers if "Ville" in o)},
        **period,
    )
    call = Document.objects.get(kind="funder_call")
    # The line undone today is told in today's month: the call holds all that was sold before.
    told = Share.objects.exclude(payer=None).filter(line__day__lte=case.last)
    assert call.total_cents == sum(told.values_list("cents", flat=True)) == 33_73
    volunteer.open(f"/filieres/pieces/{call.pk}/")
    volunteer.looks_right("mois-appel")
    volunteer.open(f"/filieres/pieces/{call.pk}/regler/")
    form(
        volunteer,
        "Le règlement est noté",
        "Enregistrer",
        cents=f"{call.total_cents / 100:.2f}".replace(".", ","),
        day=case.today,
        bank_reference="VIR 2026-1",
    )
    case.call = call


def reports(volunteer: Person, case: SimpleNamespace) -> None:
    told = f"/filiere/{case.slug}/comptes-rendus"
    volunteer.open(f"{told}/clore/")
    volunteer.page.locator("[name=last_day]").fill(case.last.isoformat())
    volunteer.page.locator("main form[method=post] button").last.click()
    volunteer.open(f"{told}/envoyer/")
    form(
        volunteer,
        "Ville de l'écluse",
        "Figer",
        recipient={"label": "Ville de l'écluse"},
        kind="funder",
        first_day=case.first,
        last_day=case.last,
    )
    volunteer.looks_right("mois-compte-rendu")
    case.report = path(volunteer)


def reads_its_own(grower: Person, funder: Person, case: SimpleNamespace) -> None:
    """The grower its invoice, the funder its call and its report, and nothing of the other."""
    invoice = Document.objects.get(kind="self_billed")
    assert invoice.total_cents == 360_00
    grower.open(f"/filieres/pieces/{invoice.pk}/")
    grower.sees("360,00")
    got = grower.page.request.get(f"{case.url}/filieres/pieces/{invoice.pk}/pdf/")
    assert got.status == 200 and got.body().startswith(b"%PDF-")
    assert grower.page.request.get(f"{case.url}/filieres/pieces/{case.call.pk}/").status == 404
    funder.open(f"/filieres/pieces/{case.call.pk}/")
    funder.sees("Ville de l'écluse")
    assert funder.page.request.get(f"{case.url}/filieres/pieces/{invoice.pk}/").status == 404
    funder.open(case.report)
    funder.sees("Paniers du canal")
    funder.looks_right("mois-financeur")
