"""Pages of the atelier: pictures that move with the sliders, forms that lose nothing, files."""

from __future__ import annotations

import io
import re
from datetime import date
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from ensemblier.atelier.actual import compare, paid
from ensemblier.atelier.models import EconomicPlan, PlanScenario, PlanVersion
from ensemblier.atelier.pictures import payers_as_if
from ensemblier.atelier.row_forms import RowForm
from ensemblier.atelier.rows import values_of
from ensemblier.atelier.starting import models
from ensemblier.base.people.models import Role
from ensemblier.chain.billing.models import Document, DocumentKind, Settlement
from ensemblier.chain.stock.models import Movement
from ensemblier.engines.economics import compute, read_plan
from tests import factories_cofinancing as cofinancing
from tests import factories_fund as fund
from tests.chain_people import words
from tests.factories_atelier import make_plan
from tests.factories_chain import make_chain, make_line, make_lot, make_product, make_site
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = fund.NOW


@pytest.fixture
def world(db):
    class World:
        organisation = fund.organisation("Jardin de Blois")
        person = fund.user(Role.APPLICANT, organisation)

    World.plan = make_plan(World.organisation, World.person)
    World.base = f"/atelier/{World.plan.pk}/"
    World.client = sign_in(Client(), World.person)
    return World


def test_a_plan_starts_from_a_sheet_or_from_almost_nothing(world):
    page = world.client.get("/atelier/nouveau/?fiche=21")
    assert 'value="Uniterres' in page.content.decode()
    typed = {"organisation": world.organisation.pk, "title": "Le nôtre"}
    for sheet in ("21", "0"):
        answer = world.client.post("/atelier/nouveau/", {**typed, "sheet": sheet})
        plan = EconomicPlan.objects.latest("pk")
        assert answer.status_code == 302 and plan.title == "Le nôtre" and plan.sheet == int(sheet)
        assert world.client.get(answer["Location"]).status_code == 200
    refused = world.client.post("/atelier/nouveau/", {**typed, "title": "", "sheet": "21"})
    assert refused.status_code == 422 and "selected" in refused.content.decode()
    assert "Uniterres" in words(world.client.get("/atelier/modeles/21/"))
    assert world.client.get("/atelier/modeles/26/").status_code == 404


def test_sliders_move_the_pictures_and_never_the_plan(world):
    still = words(world.client.get(world.base))
    moved = words(world.client.get(world.base, {"ressource": "0"}))
    assert "Le plan n'a pas changé" in moved and "Le plan n'a pas changé" not in still
    assert "277 500 €" in still and "277 500 €" not in moved.split('id="effet"')[1]
    for part in ("Qui paie", "La vérité du prix", "Ce qui pèse le plus", "La trésorerie"):
        assert part in still
    # The assumptions and the tornado come before the fan.
    places = [still.index(f'id="t-{name}"') for name in ("suppose", "tornade", "tresorerie")]
    assert places == sorted(places)
    assert PlanVersion.objects.count() == 1


def test_a_setting_becomes_a_scenario_beside_the_plan(world):
    page = world.client.post(f"{world.base}scenarios/?ressource=0", {"name": "Sans le fonds"})
    made = PlanScenario.objects.get(rank=1)
    assert page["Location"].endswith("?scenario=1")
    fund_row = next(
        r for r in values_of(made.versions.get().text)["resource"] if r["id"] == "fonds"
    )
    assert fund_row["yearly"] == 0
    both = words(world.client.get(f"{world.base}scenarios/"))
    assert "Sans le fonds" in both and "Résultat 2027" in both
    again = world.client.post(f"{world.base}scenarios/", {"name": "Sans le fonds"})
    assert again.status_code == 422 and "porte déjà ce nom" in words(again)


def test_a_row_form_says_what_is_wrong_at_its_field_and_keeps_what_was_typed(world):
    place = f"{world.base}chiffres/resource/fonds/"
    assert 'value="55500"' in world.client.get(place).content.decode()
    typed = {"label": "Fonds", "payer": "Fonds", "code": "74FS", "yearly": "cinq", "opened": "1"}
    wrong = world.client.post(place, typed)
    assert wrong.status_code == 422 and "« cinq » n'est pas un nombre" in words(wrong)
    assert 'value="cinq"' in wrong.content.decode() and PlanVersion.objects.count() == 1
    unreal = world.client.post(place, {**typed, "yearly": "10", "last": "2020-01"})
    assert unreal.status_code == 422 and "avant le début" in words(unreal)
    done = world.client.post(place, {**typed, "yearly": "40 000,50", "why": "budget voté"})
    assert done.status_code == 302
    version = PlanVersion.objects.latest("number")
    assert (version.number, version.why) == (2, "budget voté")
    stale = world.client.post(place, {**typed, "yearly": "30000"})
    assert stale.status_code == 422
    assert "40 000,50 €" in words(stale) and "30 000 €" in words(stale)
    assert 'name="opened" value="2"' in stale.content.decode()
    changed = words(world.client.get(f"{world.base}versions/"))
    assert "55 500 €" in changed and "40 000,50 €" in changed and "budget voté" in changed


def test_a_row_is_added_and_taken_out(world):
    new = {"label": "Ville de Blois", "payer": "Ville", "code": "74C", "yearly": "100", "opened": 1}
    added = world.client.post(f"{world.base}chiffres/resource/ajouter/", new)
    assert added.status_code == 302
    assert "Ville de Blois" in words(world.client.get(f"{world.base}chiffres/"))
    world.client.post(f"{world.base}chiffres/resource/ville_de_blois/retirer/")
    assert "Ville de Blois" not in words(world.client.get(f"{world.base}chiffres/"))
    head = f"{world.base}chiffres/plan/"
    shown = world.client.get(head)
    assert shown.context["form"]["farm_goods"].value() is True
    kept = {"name": "Le plan", "start": "2027-01", "basket": "kilos", "opened": 3}
    assert world.client.post(head, kept).status_code == 302
    data = values_of(PlanVersion.objects.latest("number").text)
    assert data["farm_goods"] is False and "inflation" not in data
    for absent in ("plan/x/", "resource/absente/", "nulle/x/", "plan/x/retirer/"):
        assert world.client.get(f"{world.base}chiffres/{absent}").status_code in (404, 405)


def test_the_text_shows_its_mistake_at_its_line(world):
    text = models()[3].text.replace("yearly = 55500", "yearly = -1")
    page = world.client.post(f"{world.base}texte/", {"text": text, "opened": "1"})
    line = text[: text.index("yearly = -1")].count("\n") + 1
    assert page.status_code == 422 and f"<strong>{line} yearly = -1</strong>" in words(page)
    assert "yearly = -1" in page.content.decode().split("<textarea")[1]
    late = {"text": models()[3].text + "# mot\n", "opened": "0"}
    assert "Rien n'est perdu" in words(world.client.post(f"{world.base}texte/", late))


def test_how_concentrated_the_payers_are_is_said_in_words():
    """Two of equal parts are two; one alone is said to carry it all; nothing is said of nothing."""
    head = 'name = "p"\nstart = "2027-01"\n'
    row = '[[resource]]\nid = "{0}"\npayer = "{0}"\nyearly = {1}\n'
    cost = '[[cost]]\nid = "c"\nkind = "premises"\nyearly = 10\n'

    def said(*rows):
        return payers_as_if(compute(read_plan(head + "".join(row.format(*each) for each in rows))))

    assert "comme si 2,0 payeurs" in said(("a", 500), ("b", 500))
    assert "comme si 1,2 payeurs" in said(("a", 900), ("b", 100))  # 1 / 0.82
    assert "un seul payeur" in said(("a", 500))
    assert payers_as_if(compute(read_plan(head + cost))) == ""


def test_what_is_read_about_a_plan(world):
    balance = words(world.client.get(f"{world.base}equilibre/"))
    assert "Il tient 4 mois" in balance and "Équilibre rétabli avec" in balance
    assert re.search(r"comme si \d,\d payeurs portaient le plan", balance)
    bound = {"prix": "0", "volumes": "0", "charges": "0", "ressources": "0"}
    assert "Aucun réglage" in words(world.client.get(f"{world.base}equilibre/", bound))
    chart = words(world.client.get(f"{world.base}carte/"))
    assert "dans votre plan" in chart and "pas encore payé" in chart
    assert 'Nature">Non monétaire' in chart.split("Bénévolat")[1]
    assert (
        "une ligne de ce type" in chart and "(PCAET)" in chart and "Territoires à VivreS" in chart
    )
    said = world.client.post(f"{world.base}commentaires/", {"body": "Le conseil est d'accord."})
    assert said.status_code == 302
    assert "Le conseil est d'accord." in words(world.client.get(f"{world.base}commentaires/"))
    assert world.client.post(f"{world.base}commentaires/", {"body": " "}).status_code == 422


def test_a_spreadsheet_goes_out_and_comes_back_after_a_look(world):
    for name in ("ods", "xlsx"):
        sent = world.client.get(f"{world.base}plan.{name}")
        assert "attachment" in sent["Content-Disposition"] and sent.content[:2] == b"PK"
        file = SimpleUploadedFile(f"plan.{name}", sent.content)
        same = world.client.post(f"{world.base}fichiers/", {"table": file})
        assert "la même chose" in words(same)
    csv = "élément,clé,valeur\nfonds,yearly,60000\n".encode()
    page = world.client.post(
        f"{world.base}fichiers/", {"table": SimpleUploadedFile("plan.csv", csv)}
    )
    assert "55 500 €" in words(page) and "60 000 €" in words(page)
    assert PlanVersion.objects.count() == 1
    ready = page.context["ready"].initial
    world.client.post(f"{world.base}texte/", ready)
    kept = values_of(PlanVersion.objects.latest("number").text)["resource"]
    assert next(row for row in kept if row["id"] == "fonds")["yearly"] == 60000
    for content, why in (
        (b"PK\x03\x04 pas un classeur", "est abîmé"),
        (b"a,b\nc,d,e", "n'existe pas"),
    ):
        bad = SimpleUploadedFile("x.csv", content)
        refused = world.client.post(f"{world.base}fichiers/", {"table": bad})
        assert refused.status_code == 422 and why in words(refused)


def test_the_board_gets_exactly_two_pages(world):
    sent = world.client.get(f"{world.base}conseil.pdf")
    pages = PdfReader(io.BytesIO(sent.content)).pages
    assert len(pages) == 2
    assert "La vérité du prix" in pages[0].extract_text()
    assert "La trésorerie" in pages[1].extract_text()


def test_the_budget_is_shown_before_it_is_taken_over(world):
    assert "n'accompagne aucun dossier" in words(world.client.get(f"{world.base}dossier/"))
    file = fund.draft(by=world.organisation, actor=world.person)
    choice = {"application": file.pk, "chain": ""}
    assert world.client.post(f"{world.base}dossier/choisir/", choice).status_code == 302
    page = words(world.client.get(f"{world.base}dossier/"))
    assert "74D · Subventions : département" in page and "55 500 €" in page
    assert not file.lines.exists()
    world.client.post(f"{world.base}dossier/", {"opened": file.version})
    assert file.lines.exists()
    stale = world.client.post(f"{world.base}dossier/", {"opened": file.version})
    assert stale.status_code == 422 and "a changé" in words(stale)
    assert world.plan.title in words(world.client.get(f"/dossiers/{file.number}/"))


def test_what_was_planned_beside_what_happened(world):
    chain = make_chain(lead=world.organisation, name="Les paniers de Blois")
    site, product = make_site(chain), make_product(chain, "carottes", unit="kg")
    day = date(2027, 2, 10)
    lot = make_lot(product, site, 1_000, value_cents=500_000, day=day)
    facts = {"milli": 4_000_000, "grams": 4_000_000, "day": day, "key": uuid4(), "created_at": NOW}
    Movement.objects.create(lot=lot, kind=Movement.Kind.GIFT, target=site, **facts)
    make_line(site, product, 123_456, day=day)
    other = fund.organisation("Épicerie de Vendôme")
    make_line(site, product, 40_000, day=date(2027, 3, 2), seller=other)
    bought = make_line(site, product, 5_000, day=day, buyer=other)  # waits for its invoice
    make_line(site, product, 99, day=date(2026, 12, 31))
    undone = make_line(site, product, 777, day=day)
    make_line(site, product, 777, day=day, undoes=undone, key=uuid4())
    outcome = compute(read_plan(models()[3].text))
    found = compare(outcome, chain, date(2027, 4, 2))
    assert found.months == ["janvier\u00a02027", "février\u00a02027", "mars\u00a02027"]
    by_name = {each.name: each for each in found.measures}
    assert by_name["Ventes"].actual == [0, 128_456, 40_000]
    assert by_name["Argent reçu des ventes"].actual == [0, 123_456, 40_000] and bought.buyer
    assert by_name["Kilos entrés"].actual == [0, 4_000_000, 0]
    assert by_name["Achats de denrées"].actual == [0, 500_000, 0]
    assert sum(by_name["Kilos entrés"].planned) == sum(
        outcome.course.quantities[outcome.plan.volumes[0].id][:3]
    )
    assert "de moins" in by_name["Ventes"].words
    assert compare(outcome, chain, date(2027, 1, 31)) is None
    chosen = {"application": "", "chain": chain.pk}
    done = world.client.post(f"{world.base}dossier/choisir/", chosen)
    assert done["Location"].endswith("/realise/")  # only a chain was chosen: straight to it
    assert "Les paniers de Blois" in words(world.client.get(f"{world.base}realise/"))


def test_money_received_is_that_of_every_seller_at_the_counter_and_by_invoice():
    """The person's part of a line the same day; invoices of any seller once they are paid."""
    people = cofinancing.build()
    cofinancing.published(people)
    day, later = date(2027, 2, 10), date(2027, 3, 5)
    line = cofinancing.sold(people, 1_000, day=day, size="1")
    person = sum(row.cents for row in line.shares.all() if row.payer is None)
    funders = sum(row.cents for row in line.shares.all() if row.payer is not None)
    assert 0 < person < 1_000 and person + funders == 1_000
    span = (people.chain, date(2027, 1, 1), date(2027, 12, 31))
    month = 2027 * 12
    assert paid(*span) == {month + 1: person}  # what funders owe is not received
    seller = fund.organisation("Épicerie de Vendôme")
    for kind, cents, mark in (
        (DocumentKind.INVOICE, 5_000, "a"),
        (DocumentKind.INVOICE, -500, "b"),  # given back
        (DocumentKind.RECEIVED, 700, "c"),  # negative control: money that goes out
    ):
        document = Document.objects.create(
            chain=people.chain, kind=kind, issuer=seller, seller=seller, number=f"F-{mark}",
            recipient=people.chain.lead, day=day, first_day=day, last_day=day, net_cents=cents,
            vat_cents=0, total_cents=cents, content={}, key=uuid4(), created_at=NOW,
        )  # fmt: skip
        Settlement.objects.create(
            document=document, cents=cents, day=later, bank_reference=mark, key=uuid4()
        )
    assert paid(*span) == {month + 1: person, month + 2: 4_500}


def test_the_form_of_a_row_offers_each_agreement_of_the_plan():
    data = {"aci_limits": "jardin 30", "cost": [{"id": "c", "perimeter": "ACI:cuisine"}]}
    offered = dict(RowForm(table="cost", data=data).fields["perimeter"].choices)
    assert offered["ACI:jardin"] == "ACI, convention jardin"
    assert list(offered) == ["", "ACI", "EI", "ACI:cuisine", "ACI:jardin"]
    assert list(dict(RowForm(table="cost", data={}).fields["perimeter"].choices)) == [
        "",
        "ACI",
        "EI",
    ]
