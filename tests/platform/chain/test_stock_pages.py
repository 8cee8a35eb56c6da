"""Pages of the stock: the list, what comes in, workshop and count, who sees only its own."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.people.models import Role
from ensemblier.chain.stock import queries
from ensemblier.chain.stock.models import Lot, Movement
from tests import chain_visitors
from tests.chain_visitors import FORMULA, body, member, signed
from tests.factories_people import make_organisation
from tests.factories_stock import DAY, NOW, Pantry, make_activity, make_product, make_site

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def pantry():
    return Pantry()


@pytest.fixture
def lead(pantry):
    return signed(pantry.chain.lead)


def at(name, thing):
    return reverse(f"stock:{name}", args=[getattr(thing, "slug", thing.pk)])


def send(client, url, **typed):
    return chain_visitors.send(client, url, **({"day": "2026-03-03"} | typed))


def arrival(pantry, **typed):
    return {
        "kind": "purchase",
        "product": pantry.carrots.pk,
        "quantity": "12,5",
        "origin": pantry.garden.pk,
        "site": pantry.store.pk,
        "value": "30",
    } | typed


def workshop(pantry, activity, lot, **typed):
    return {
        "rows": "3",
        "activity": activity.pk,
        "lost_grams": "0,5",
        "lot_1": lot.pk,
        "used_1": "2",
        "product_1": pantry.soup.pk,
        "made_1": "3",
        "number_1": "POT",
    } | typed


def test_the_list_is_empty_then_shows_the_first_date_first(pantry, lead):
    assert "Rien en stock" in body(lead.get(at("list", pantry.chain)))
    pantry.receive(number="TARD", use_by=DAY + 9 * ONE)
    pantry.receive(number="TOT", use_by=DAY + ONE, is_aid_only=True)
    pantry.receive(number="SANS", is_gift_only=True)
    page = body(lead.get(at("list", pantry.chain)))
    assert page.index("lot TOT") < page.index("lot TARD") < page.index("lot SANS")
    for words in ("DLC demain", "aide alimentaire", "à donner seulement", "10 kg", "3 lots"):
        assert words in page


def test_filters_by_place_product_and_state(pantry, lead):
    soup = pantry.receive(product=pantry.soup, number="SOUPE")
    pantry.receive(number="PASSE", use_by=DAY, day=DAY)
    pantry.receive(number="DON", is_gift_only=True, site=pantry.shop)
    pantry.mark("quarantine", soup)

    def shown(**query):
        page = body(lead.get(at("list", pantry.chain), query))
        return {number for number in ("SOUPE", "PASSE", "DON", "FINI") if f"lot {number}" in page}

    assert shown() == {"SOUPE", "PASSE", "DON"}
    assert shown(q="soup") == {"SOUPE"} and shown(q="don") == {"DON"}
    assert shown(lieu=pantry.shop.pk) == {"DON"}
    assert shown(etat="retenu") == {"SOUPE"} and shown(etat="don") == {"DON"}
    assert shown(etat="bientot") == {"PASSE"} and shown(etat="passee") == set()
    pantry.lose(pantry.receive(number="FINI"), 10_000)
    assert "FINI" not in shown() and "FINI" in shown(etat="tout")
    assert "Aucun lot avec ces filtres" in body(lead.get(at("list", pantry.chain), {"q": "zz"}))
    strange = {"lieu": "x", "etat": "'", "page": "z"}
    assert lead.get(at("list", pantry.chain), strange).status_code == 200
    with time_machine.travel(NOW + 2 * ONE):
        lead = signed(pantry.chain.lead)
        assert shown(etat="passee") == {"PASSE"}
        assert "DLC passée" in body(lead.get(at("list", pantry.chain)))


def test_goods_are_received_once(pantry, lead):
    key = str(uuid4())
    typed = arrival(pantry, key=key, use_by="2026-03-20", number=FORMULA, is_gift_only="on")
    typed["origin"] = pantry.chain.lead.pk
    for _ in range(2):
        response = send(lead, at("receive", pantry.chain), **typed)
        lot = Lot.objects.get()
        assert response.url == at("lot", lot)
    row = lot.movements.get()
    assert (row.milli, row.value_cents, row.kind) == (12_500, 3_000, "purchase")
    assert (lot.number, lot.is_gift_only, lot.use_by) == (FORMULA, True, DAY + 17 * ONE)
    page = body(lead.get(response.url))
    assert "Le lot" in page and "12,5 kg" in page
    typed["quantity"] = "13"
    response = send(lead, at("receive", pantry.chain), **typed)
    assert response.status_code == 422 and "déjà servi pour une autre opération" in body(response)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"quantity": "-3"}, "La quantité doit être supérieure à zéro."),
        ({"quantity": "0"}, "La quantité doit être supérieure à zéro."),
        ({"quantity": "1e3000000"}, "n'est pas une quantité"),
        ({"quantity": "9" * 400}, "est trop grand"),
        ({"quantity": FORMULA}, "n'est pas une quantité"),
        ({"product": "999999"}, "choix"),
        ({"site": "999999"}, "choix"),
        ({"kind": "sale"}, "choix"),
        ({"value": "-1"}, "est négatif"),
        ({"value": ""}, "Un achat a son prix"),
        ({"use_by": "2026-03-02"}, "il ne peut plus être reçu"),
        ({"made_on": "2026-03-04"}, "vérifiez les deux dates"),
        ({"day": "2026-03-04"}, "Ce jour est à venir"),
        ({"number": "PRIS"}, "porte déjà le numéro « PRIS »"),
        ({"unit_grams": "0"}, "supérieure ou égale à 1"),
    ],
)
def test_what_may_not_be_received_is_said_and_what_was_typed_stays(pantry, lead, typed, message):
    pantry.receive(number="PRIS")
    whole = arrival(pantry, note="mes mots") | {"origin": pantry.chain.lead.pk} | typed
    response = send(lead, at("receive", pantry.chain), **whole)
    page = body(response)
    assert response.status_code == 422 and message in page and "mes mots" in page
    assert Lot.objects.count() == 1


def test_a_product_with_a_use_by_date_asks_for_it(pantry, lead):
    milk = make_product(pantry.chain, "lait", has_use_by=True)
    typed = arrival(pantry, product=milk.pk, origin=pantry.chain.lead.pk)
    response = send(lead, at("receive", pantry.chain), **typed)
    assert "porte une DLC : écrivez-la" in body(response)


def test_a_workshop_is_noted_and_its_mass_must_balance(pantry, lead):
    activity, lot = make_activity(pantry.store), pantry.receive(is_gift_only=True)
    url = at("process", pantry.chain)
    assert "Où a lieu l'atelier" in body(lead.get(url))
    url += f"?lieu={pantry.store.pk}"
    assert "Ce qui entre" in body(lead.get(url))
    response = send(lead, url, **workshop(pantry, activity, lot, lost_grams="0"))
    page = body(response)
    assert response.status_code == 422
    assert "Entrée : 2 kg ; sortie : 1,5 kg ; perte : 0 kg. 0,5 kg manquent." in page
    assert 'value="POT"' in page
    response = send(lead, url, **workshop(pantry, activity, lot))
    assert response.status_code == 302
    soup = Lot.objects.get(number="POT")
    assert soup.is_gift_only and queries.level(soup, pantry.store) == 3_000
    assert queries.mass_balance(activity) == (2_000, 1_500, 500)
    assert "Annuler" in body(lead.get(at("lot", soup)))
    assert send(lead, at("undo", soup.movements.get())).status_code == 302
    assert queries.level(lot, pantry.store) == 10_000 and queries.level(soup, pantry.store) == 0


def test_more_lines_are_shown_without_a_script_and_nothing_typed_is_lost(pantry, lead):
    activity, lot = make_activity(pantry.store), pantry.receive()
    url = at("process", pantry.chain) + f"?lieu={pantry.store.pk}"
    page = body(send(lead, url, more="1", **workshop(pantry, activity, lot)))
    assert 'name="lot_6"' in page and 'name="lot_7"' not in page and 'value="POT"' in page
    for rows in ("x", "99999", "-4", "500"):
        response = send(lead, url, more="1", rows=rows)
        assert response.status_code == 200 and 'name="lot_31"' not in body(response)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"used_1": ""}, "Écrivez la quantité de cette ligne."),
        ({"lot_1": ""}, "Dites de quoi il s'agit"),
        ({"lot_1": "999"}, "choix"),
        ({"used_1": "-2"}, "supérieure à zéro"),
        ({"made_1": "1e9"}, "n'est pas une quantité"),
        ({"used_1": "11", "lost_grams": "9,5"}, "il reste 10 kg"),
        ({"lot_1": "", "used_1": ""}, "Dites ce qui entre et ce qui sort"),
    ],
)
def test_a_workshop_is_refused_in_plain_words(pantry, lead, typed, message):
    activity, lot = make_activity(pantry.store), pantry.receive()
    url = at("process", pantry.chain) + f"?lieu={pantry.store.pk}"
    response = send(lead, url, **workshop(pantry, activity, lot, **typed))
    assert response.status_code == 422 and message in body(response)
    assert Movement.objects.count() == 1


def test_a_place_is_counted_and_the_gap_is_written(pantry, lead):
    lot, other = pantry.receive(), pantry.receive(2_000)
    url = at("count", pantry.chain)
    assert "Quel lieu comptez-vous" in body(lead.get(url))
    assert "Rien à compter ici" in body(lead.get(url, {"lieu": pantry.shop.pk}))
    url += f"?lieu={pantry.store.pk}"
    typed = {f"lot_{lot.pk}": "9,25", f"lot_{other.pk}": "", "reason": "inventaire de mars"}
    response = lead.post(url, {"key": str(uuid4()), "day": "2026-03-03"} | typed, follow=True)
    assert "Écarts : lot" in body(response) and "0,75 kg" in body(response)
    assert queries.level(lot, pantry.store) == 9_250 and queries.level(other, pantry.store) == 2_000
    assert "inventaire de mars" in body(lead.get(at("lot", lot)))
    right = {f"lot_{lot.pk}": "9,25", "reason": "encore"}
    response = lead.post(url, {"key": str(uuid4()), "day": "2026-03-03"} | right, follow=True)
    assert "le livre dit juste" in body(response)
    gone = {f"lot_{lot.pk}": "1", f"lot_{other.pk}": "0", "reason": "vide", "key": str(uuid4())}
    for _ in range(2):  # sent twice, it answers twice the same
        response = lead.post(url, gone | {"day": "2026-03-03"}, follow=True)
        assert "Écarts : lot" in body(response) and response.status_code == 200
    assert queries.level(other, pantry.store) == 0
    back = {f"lot_{other.pk}": "0,5", "reason": "retrouvé"}
    lead.post(url, {"key": str(uuid4()), "day": "2026-03-03"} | back)
    assert queries.level(other, pantry.store) == 500, "its place was empty when the form came back"
    none = send(lead, url, reason="rien")
    assert none.status_code == 422 and "au moins pour un lot" in body(none)
    bad = send(lead, url, reason="x", **{f"lot_{lot.pk}": "-1"})
    assert bad.status_code == 422 and "est trop petit" in body(bad)


def test_a_grower_sees_its_lots_only_and_may_raise_a_doubt(pantry, lead):
    garden = member(pantry.chain, "grower", "Ferme")
    grower = signed(garden)
    mine, other = pantry.receive(origin=garden, number="MIEN"), pantry.receive(number="AUTRE")
    page = body(grower.get(at("list", pantry.chain)))
    assert "lot MIEN" in page and "lot AUTRE" not in page and "Recevoir un lot" in page
    assert grower.get(at("lot", mine)).status_code == 200
    assert grower.get(at("reached", mine)).status_code == 200
    for name in ("lot", "lose", "transport", "reached", "reached_csv", "recall", "quarantine"):
        assert grower.get(at(name, other)).status_code == 404
    for name in ("lose", "transport", "take_out", "recall", "release"):
        assert grower.get(at(name, mine)).status_code == 403
    assert grower.get(at("receive", pantry.chain)).status_code == 403
    assert grower.get(at("undo", mine.movements.get())).status_code == 403
    assert grower.get(at("undo", other.movements.get())).status_code == 404
    grower.post(at("quarantine", mine), {"reason": "gel"})
    assert queries.held_by(mine) is not None


def test_a_store_writes_at_its_place_and_sees_what_passed_there(pantry, lead):
    keeper = member(pantry.chain, "store", "Épicerie amie")
    site = make_site(pantry.chain, "Chez l'amie", "shop", keeper=keeper)
    store = signed(keeper)
    here, away = pantry.receive(site=site, number="ICI"), pantry.receive(number="AILLEURS")
    pantry.send(here, 1_000, source=site)
    page = body(store.get(at("list", pantry.chain)))
    assert "lot ICI" in page and "lot AILLEURS" not in page and "9 kg" in page
    assert store.get(at("lot", away)).status_code == 404
    assert send(store, at("lose", here), site=site.pk, quantity="1", reason="x").status_code == 302
    wrong = send(store, at("lose", here), site=pantry.shop.pk, quantity="1", reason="x")
    assert wrong.status_code == 422
    typed = arrival(pantry, site=site.pk, origin=keeper.pk)
    assert send(store, at("receive", pantry.chain), **typed).status_code == 302
    elsewhere = arrival(pantry, site=pantry.store.pk, origin=keeper.pk)
    assert send(store, at("receive", pantry.chain), **elsewhere).status_code == 422
    loss = here.movements.get(kind="loss")
    assert send(store, at("undo", loss)).status_code == 302
    sent = here.movements.get(kind="transport")
    assert store.get(at("undo", sent)).status_code == 403
    assert store.get(at("recall", here)).status_code == 403
    assert store.get(at("count", pantry.chain), {"lieu": pantry.store.pk}).status_code == 404


def test_a_funder_sees_no_lot_and_strangers_nothing(pantry):
    lot = pantry.receive(number="SECRET")
    funder = signed(member(pantry.chain, "funder", "Ville"))
    assert "SECRET" not in body(funder.get(at("list", pantry.chain)))
    assert funder.get(at("lot", lot)).status_code == 404
    assert funder.get(at("receive", pantry.chain)).status_code == 403
    stranger = signed(make_organisation())
    for name, thing in (("list", pantry.chain), ("receive", pantry.chain), ("lot", lot)):
        assert stranger.get(at(name, thing)).status_code == 404


def test_an_auditor_reads_and_writes_nothing(pantry):
    auditor, lot = signed(None, Role.AUDITOR), pantry.receive()
    for name, thing in (("list", pantry.chain), ("lot", lot), ("reached", lot)):
        page = auditor.get(at(name, thing))
        assert page.status_code == 200 and "Recevoir" not in body(page)
    for name in ("lose", "quarantine", "recall"):
        assert auditor.post(at(name, lot), {"reason": "x"}).status_code == 403
    assert auditor.post(at("undo", lot.movements.get())).status_code == 403
    assert auditor.post(at("receive", pantry.chain)).status_code == 403
