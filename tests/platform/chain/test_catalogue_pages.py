"""Pages of the catalogue: each form as its user fills it, what is refused, who reads what."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.journal.models import Event
from ensemblier.chain.catalogue import actions, season
from ensemblier.chain.catalogue.models import Label, Price, Product
from tests.chain_people import codes, make_people, words
from tests.factories_chain import make_product
from tests.hostile_files import pdf

pytestmark = pytest.mark.django_db
WHO = ("lead", "grower", "funder", "auditor", "stranger")
CARROT = {
    "name": "Carotte de sable",
    "family": "FRUITS_ET_LEGUMES",
    "unit": "kg",
    "storage": "fresh",
    "season_first": "6",
    "season_last": "2",
    "keeps_days": "21",
    "gtin": "3 017620 422003",
}


@pytest.fixture(autouse=True)
def moment(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel("2027-03-01 10:00", tick=True):
        yield


@pytest.fixture
def people():
    return make_people()


@pytest.fixture
def basket(people):
    return make_product(people.chain, "panier", name="Panier d'hiver")


def at(name, thing):
    return reverse(f"catalogue:{name}", args=[getattr(thing, "slug", thing.pk)])


def test_the_lead_adds_a_product_and_reads_it(people):
    response = people.lead.post(at("new", people.chain), CARROT, follow=True)
    product = Product.objects.get()
    assert response.redirect_chain[-1][0] == at("detail", product)
    assert (product.code, product.unit_grams) == ("carotte-de-sable", 1000)
    assert (product.gtin, product.season_first, product.season_last) == ("3017620422003", 6, 2)
    page = words(response)
    for said in ("De juin à février.", "21 jours", "3017620422003", "Aucun prix en vigueur"):
        assert said in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Remplissez « Nom du produit »."),
        ({"code": "carotte de sable"}, "Un code n'a que des lettres sans accent"),
        ({"code": "panier"}, "Un produit de cette filière porte déjà le code « panier »."),
        ({"name": "***"}, "Ce nom ne donne pas de code : écrivez-en un."),
        ({"unit_grams": "900"}, "Un kilogramme pèse 1 000 grammes"),
        ({"unit": "piece", "unit_grams": "-5"}, "supérieure ou égale à 1"),
        ({"unit": "piece", "unit_grams": "1e3000000"}, "Saisissez un nombre entier."),
        ({"unit": "piece", "unit_grams": "=1+1"}, "Saisissez un nombre entier."),
        ({"season_last": ""}, "Une saison a un premier et un dernier mois."),
        ({"season_first": "13"}, "Sélectionnez un choix valide"),
        ({"gtin": "3017620422004"}, "Ce code-barres n'est pas juste"),
        ({"family": "bonbons"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_wrong_product_is_refused_and_what_was_typed_stays(people, basket, typed, said):
    sent = CARROT | {"allergens": "céleri"} | typed
    response = people.lead.post(at("new", people.chain), sent)
    assert response.status_code == 422
    assert said in words(response)
    assert "céleri" in words(response)
    assert Product.objects.count() == 1


def test_a_price_follows_another_and_both_are_dated(people, basket):
    first = {"basis": "person", "unit_price": "12,05", "starts": "01/01/2027"}
    people.lead.post(at("price", basket), first)
    then = {"basis": "person", "unit_price": "13", "starts": "2027-04-01", "is_assumed": "on"}
    response = people.lead.post(at("price", basket), then, follow=True)
    old, new = Price.objects.order_by("starts")
    assert (old.unit_cents, old.ends) == (1205, date(2027, 3, 31))
    assert (new.unit_cents, new.is_assumed) == (1300, True)
    page = words(response)
    for said in ("12,05 €", "13,00 €", "en vigueur", "à venir", "hypothèse", "31 mars 2027"):
        assert said in page
    assert Event.objects.filter(action="catalogue.price_set").count() == 2
    assert "12,05 €" in words(people.lead.get(at("list", people.chain)))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"unit_price": "-1"}, "est négatif"),
        ({"unit_price": "1e3000000"}, "n'est pas un montant"),
        ({"unit_price": "=A1"}, "n'est pas un montant"),
        ({"unit_price": "99999999999"}, "est trop grand"),
        ({"starts": "31/02/2027"}, "n'est pas une date"),
        ({"ends": "2027-01-01"}, "La fin du tarif précède son début."),
        ({"starts": "2027-02-01"}, "Un tarif commence déjà le 01/02/2027"),
        ({"seller": "9" * 40}, "Sélectionnez un choix valide"),
        ({"basis": "amical"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_wrong_price_is_refused_and_what_was_typed_stays(people, basket, typed, said):
    actions.set_price(
        product=basket, basis="person", unit_cents=900, starts=date(2027, 2, 1), actor=None
    )
    sent = {"basis": "person", "unit_price": "12", "starts": "2027-03-02", "source": "relevé"}
    response = people.lead.post(at("price", basket), sent | typed)
    assert response.status_code == 422
    assert said in words(response)
    assert "relevé" in words(response)
    assert Price.objects.count() == 1


def a_pdf():
    return SimpleUploadedFile("certificat.pdf", pdf(), "application/pdf")


def test_a_label_is_proved_by_a_file_read_by_its_grower_only(people, basket):
    sent = {"kind": "BIO", "grower": people.farm.pk, "starts": "2027-01-01", "paper": a_pdf()}
    page = words(people.lead.post(at("label", basket), sent, follow=True))
    label = Label.objects.get()
    assert label.proof.about == f"product:{basket.pk}"
    assert "Ferme du Riberal" in page and "compté" in page
    path = reverse("downloads:download", args=[label.proof.name])
    assert path in page
    assert codes(people, path, *WHO, "rival") == {
        "lead": 200,
        "grower": 200,
        "funder": 404,
        "auditor": 200,
        "stranger": 404,
        "rival": 404,
    }
    assert path in words(people.grower.get(at("detail", basket)))
    assert path not in words(people.rival.get(at("detail", basket)))


def test_a_certificate_number_is_enough_and_an_old_label_is_told_expired(people, basket):
    sent = {"kind": "IGP", "certificate": "FR-IGP-12", "starts": "2026-01-01", "ends": "2026-12-31"}
    page = words(people.lead.post(at("label", basket), sent, follow=True))
    assert "FR-IGP-12" in page and "expiré" in page
    sent = {"kind": "NIVEAU_2", "certificate": "N2-7", "starts": "2026-01-01"}
    assert "plus compté par la loi" in words(
        people.lead.post(at("label", basket), sent, follow=True)
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Un label se prouve : donnez le numéro du certificat, ou joignez la pièce."),
        ({"certificate": "  "}, "Un label se prouve"),
        ({"certificate": "A", "ends": "2026-01-01"}, "La fin du certificat précède son début."),
        ({"certificate": "A", "kind": "maison"}, "Sélectionnez un choix valide"),
        ({"certificate": "A", "grower": "town"}, "Sélectionnez un choix valide"),
        ({"paper": SimpleUploadedFile("a.pdf", b"MZ not a pdf")}, "type"),
    ],
)
def test_a_wrong_label_is_refused(people, basket, typed, said):
    if typed.get("grower") == "town":
        typed = typed | {"grower": people.town.pk}
    sent = {"kind": "BIO", "starts": "2027-01-01"} | typed
    response = people.lead.post(at("label", basket), sent)
    assert response.status_code == 422
    assert said in words(response)
    assert not Label.objects.exists()


def test_a_product_is_withdrawn_then_offered_again_with_a_reason(people, basket):
    assert people.lead.post(at("offer", basket), {"reason": ""}).status_code == 422
    page = words(people.lead.post(at("offer", basket), {"reason": "Fin de saison"}, follow=True))
    assert "Le produit n'est plus proposé." in page and "retiré" in page
    event = Event.objects.get(action="catalogue.product_withdrawn")
    assert event.reason == "Fin de saison"
    people.lead.post(at("offer", basket), {"reason": "Le printemps revient"})
    basket.refresh_from_db()
    assert basket.is_offered


def test_who_opens_what(people, basket):
    shown = {"lead": 200, "grower": 200, "funder": 200, "auditor": 200, "stranger": 404}
    entered = shown | {"grower": 403, "funder": 403, "auditor": 403}
    for name, thing in (("list", people.chain), ("detail", basket)):
        assert codes(people, at(name, thing), *WHO) == shown
    for name, thing in (
        ("new", people.chain),
        ("price", basket),
        ("label", basket),
        ("offer", basket),
    ):
        assert codes(people, at(name, thing), *WHO) == entered
    refused = people.grower.post(at("price", basket), {"basis": "person", "unit_price": "1"})
    assert refused.status_code == 403
    assert not Price.objects.exists()
    assert "Fixer un prix" not in words(people.grower.get(at("detail", basket)))


def test_a_grower_reads_the_price_of_the_chain_and_its_own_only(people, basket):
    for seller, cents in ((None, 1111), (people.farm, 2222), (people.other, 3333)):
        actions.set_price(
            product=basket,
            basis="producer",
            seller=seller,
            unit_cents=cents,
            starts=date(2027, 1, 1),
            actor=None,
        )
    path = at("detail", basket)
    seen = {
        who: [cents for cents in ("11,11", "22,22", "33,33") if cents in words(client.get(path))]
        for who, client in (
            ("lead", people.lead),
            ("grower", people.grower),
            ("rival", people.rival),
            ("funder", people.funder),
            ("auditor", people.auditor),
        )
    }
    everything = ["11,11", "22,22", "33,33"]
    assert seen == {
        "lead": everything,
        "auditor": everything,
        "grower": ["11,11", "22,22"],
        "rival": ["11,11", "33,33"],
        "funder": ["11,11"],
    }
    assert "22,22" not in words(people.funder.get(at("list", people.chain)))


def test_the_list_is_filtered_and_paginated(people, basket):
    for number in range(60):
        make_product(people.chain, f"bocal-{number}", family="AUTRES", is_offered=number > 4)
    path = at("list", people.chain)
    assert "Page 1 sur 2" in words(people.lead.get(path))
    assert "Panier d'hiver" not in words(people.lead.get(path, {"family": "AUTRES"}))
    page = words(people.lead.get(path, {"state": "withdrawn"}))
    assert "Bocal-4" in page and "Bocal-5<" not in page
    assert "Ces filtres ne trouvent rien." in words(people.lead.get(path, {"word": "=cmd"}))
    assert "Panier d'hiver" in words(people.lead.get(path, {"word": "HIVER"}))
    assert "Sélectionnez un choix valide" in words(people.lead.get(path, {"family": "x"}))


def test_the_list_costs_the_same_whatever_it_holds(people, django_assert_max_num_queries):
    day = timezone.localdate()
    for number in range(50):
        product = make_product(people.chain, f"p{number}")
        actions.set_price(product=product, basis="person", unit_cents=100, starts=day, actor=None)
        actions.add_label(product=product, kind="BIO", starts=day, certificate="x", actor=None)
    for client in (people.lead, people.grower, people.auditor):
        client.get(at("list", people.chain))  # the first page of a session also saves it
        with django_assert_max_num_queries(10):
            assert "bio" in words(client.get(at("list", people.chain)))


def test_a_season_in_a_sentence_and_twelve_months():
    assert season.sentence(4, 10) == "D'avril à octobre."
    assert season.sentence(11, 2) == "De novembre à février."
    assert season.sentence(5, 5) == "En mai seulement."
    assert season.sentence(3, 2) == "Toute l'année."
    drawn = season.months(11, 2)
    assert [month.name for month in drawn if month.is_in] == [
        "janvier",
        "février",
        "novembre",
        "décembre",
    ]
    assert [month.x for month in drawn[:3]] == ["0", "100", "200"]


def test_a_product_without_season_says_so(people, basket):
    assert "Saison non précisée." in words(people.lead.get(at("detail", basket)))


def test_a_formula_in_a_name_is_shown_as_text(people):
    sent = CARROT | {"name": "=cmd()<script>", "code": "a"}
    people.lead.post(at("new", people.chain), sent)
    assert "=cmd()&lt;script" in people.lead.get(at("list", people.chain)).content.decode()
