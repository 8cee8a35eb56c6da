"""The desk: one line at a time, who pays what, each refusal in plain words, the day's totals."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.chain.billing import desk
from ensemblier.chain.billing.queries import price_for
from ensemblier.chain.catalogue import actions as catalogue
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import LineCard, SaleLine
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Movement
from tests import chain_visitors
from tests.chain_visitors import FORMULA, body, member, signed
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_lot,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation
from tests.factories_stock import make_activity

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)
RULE = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
"""
NAMES = ["DGCS", "bailleurs"]


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def shop():
    return make_site(make_chain(), "Épicerie")


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


@pytest.fixture
def lot(shop, basket):
    return make_lot(basket, shop, 10_000)


@pytest.fixture
def priced(basket):
    return set_price(basket, 1205)


@pytest.fixture
def lead(shop):
    return signed(shop.chain.lead)


def set_price(product, cents, basis="person", **fields):
    return catalogue.set_price(
        product=product, basis=basis, unit_cents=cents, starts=DAY, actor=None, **fields
    )


def address(shop, **query):
    return reverse("desk:sale", args=[shop.chain.slug], query={"lieu": shop.pk} | query)


def sell(client, shop, sold, *, query=None, **typed):
    facts = {"day": "2027-03-01", "lot": sold.pk, "quantity": "1"} | typed
    return chain_visitors.send(client, address(shop, **(query or {})), **facts)


def refused(response):
    assert response.status_code == 422
    assert not SaleLine.objects.exists()
    return body(response)


def test_a_line_outside_any_scheme_is_paid_by_the_person(shop, lead, lot, priced):
    page = body(lead.get(address(shop)))
    assert f"Panier : 12,05 € / panier (lot {lot.number}, reste 10 paniers)" in page
    assert 'aria-current="true">Distribution<' in page
    response = sell(lead, shop, lot, quantity="2")
    line = SaleLine.objects.get()
    assert response.url.startswith(reverse("desk:line", args=[line.pk]))
    page = body(lead.get(response.url))
    assert "La personne paie" in page and "24,10 €" in page and "vente hors dispositif" in page
    assert (line.seller, line.movement.kind) == (shop.keeper, Movement.Kind.SALE)


def test_who_pays_what_is_shown_and_the_next_person_finds_the_same_desk(shop, lead, lot, priced):
    make_scheme(shop.chain, RULE, NAMES)
    activity = make_activity(shop, "distribution", DAY, title="Jeudi")
    query = {"dispositif": "paniers", "activite": activity.pk}
    response = sell(lead, shop, lot, query=query)
    page = body(lead.get(response.url))
    for words in ("3,62 €", "12,05 €", "DGCS", "4,82 €", "bailleurs", "3,61 €", "Qui paie quoi"):
        assert words in page
    following = address(shop, **query).replace("&", "&amp;")
    assert f'href="{following}"' in page.replace("%3A", ":")
    assert SaleLine.objects.get().activity == activity
    assert "Épicerie, Paniers solidaires, Jeudi" in body(lead.get(address(shop, **query)))


def test_the_same_form_sent_twice_sells_once(shop, lead, lot, priced):
    key = str(uuid4())
    one, two = (sell(lead, shop, lot, key=key).url for _ in range(2))
    assert one == two and SaleLine.objects.count() == 1
    other = sell(lead, shop, lot, key=key, quantity="3")
    assert other.status_code == 422 and "déjà écrit une autre ligne" in body(other)


def test_a_card_is_found_by_its_number_and_never_shown_after(shop, lead, lot, priced):
    make_scheme(shop.chain, RULE, NAMES, asks_card=True)
    card = make_card(shop.chain, "paniers", month_milli=2_000)
    query = {"dispositif": "paniers"}
    assert "Ce dispositif demande une carte." in body(lead.get(address(shop, **query)))
    missing = refused(sell(lead, shop, lot, query=query))
    assert "demande une carte" in missing
    unknown = refused(sell(lead, shop, lot, query=query, card="00000000"))
    assert "Aucune carte de cette filière ne porte le numéro « 00000000 »" in unknown
    hostile = refused(sell(lead, shop, lot, query=query, card=FORMULA[:12]))
    assert "ne porte le numéro" in hostile
    spaced = f"{card.number[:4]} {card.number[4:]}"
    page = body(lead.get(sell(lead, shop, lot, query=query, card=spaced).url))
    assert card.number not in page and LineCard.objects.get().card == card
    over = sell(lead, shop, lot, query=query, card=card.number, quantity="1,5")
    assert over.status_code == 422 and "Il reste 1 ce mois-ci sur cette carte" in body(over)


def test_a_card_that_may_not_is_refused(shop, lead, lot, priced):
    make_scheme(shop.chain, RULE, NAMES, asks_card=True)
    query = {"dispositif": "paniers"}
    ended = make_card(shop.chain, "paniers", ends=date(2027, 2, 1))
    page = refused(sell(lead, shop, lot, query=query, card=ended.number))
    assert f"Le droit de la carte {ended.number}" in page and "01/02/2027" in page
    blocked = make_card(shop.chain, "paniers")
    distribution.block_card(card=blocked, reason="perdue", actor=None)
    page = refused(sell(lead, shop, lot, query=query, card=blocked.number))
    assert f"La carte {blocked.number} est bloquée" in page
    without = make_card(shop.chain)
    page = refused(sell(lead, shop, lot, query=query, card=without.number))
    assert "n'ouvre pas droit au dispositif" in page


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"quantity": "10,001"}, "il reste 10 paniers du lot"),
        ({"quantity": "-1"}, "supérieure à zéro"),
        ({"quantity": "1e3000000"}, "n'est pas une quantité"),
        ({"lot": "999999"}, "choix"),
        ({"price": "-2"}, "est négatif"),
        ({"extra": "1"}, "va à la cagnotte d'un dispositif"),
        ({"free": "on", "price": "2"}, "Remis gratuitement ou vendu"),
        ({"day": "2027-03-02"}, "Ce jour est à venir"),
    ],
)
def test_a_line_is_refused_in_plain_words_and_what_was_typed_stays(
    shop, lead, lot, priced, typed, message
):
    facts = {"lot": lot.pk, "quantity": "3,25"} | typed
    page = refused(sell(lead, shop, lot, **facts))
    assert message in page
    if "quantity" not in typed:
        assert 'value="3,25"' in page


def test_lots_that_may_not_be_sold_are_out_of_the_list_and_say_why(shop, lead, basket, priced):
    held, late = make_lot(basket, shop, 1_000), make_lot(basket, shop, 1_000, use_by=DAY - ONE)
    stock.quarantine(lot=held, reason="froid coupé", now=NOW, actor=None)
    page = body(lead.get(address(shop)))
    assert f"lot {held.number}</a> : en quarantaine : froid coupé" in page
    assert f"lot {late.number}</a> : sa DLC est passée depuis le 28 février 2027" in page
    assert f"(lot {held.number}" not in page and "Rien ne peut sortir d'ici" in page
    assert "mis en quarantaine (froid coupé)" in refused(sell(lead, shop, held))
    assert "il ne peut plus être reçu, cuisiné, vendu ni donné" in refused(sell(lead, shop, late))


def test_what_was_given_is_given_and_not_sold(shop, lead, basket, priced):
    gift = make_lot(basket, shop, 2_000, is_gift_only=True)
    assert "Panier : à donner seulement" in body(lead.get(address(shop)))
    assert "a été donné pour être donné" in refused(sell(lead, shop, gift))
    page = body(lead.get(sell(lead, shop, gift, free="on").url))
    assert "Remis gratuitement : personne ne paie." in page
    assert SaleLine.objects.get().movement.kind == Movement.Kind.HANDED


def test_a_price_that_is_missing_is_asked_and_may_be_typed(shop, lead, lot):
    assert "Panier : sans tarif" in body(lead.get(address(shop)))
    page = refused(sell(lead, shop, lot))
    assert "n'a pas de tarif le 01/03/2027" in page and "<details open>" in page
    sell(lead, shop, lot, price="7,50")
    assert SaleLine.objects.get().price_cents == 750


def test_the_price_of_the_list_is_the_price_of_the_line(shop, basket):
    seller = shop.keeper
    products = {basket.pk: basket}
    for code in ("a", "b", "c"):
        products |= {row.pk: row for row in [make_product(shop.chain, code)]}
    rows = list(products.values())
    set_price(rows[0], 1205)
    set_price(rows[0], 1100, seller=seller)
    set_price(rows[1], 300)
    set_price(rows[1], 250, basis="cost")
    set_price(rows[2], 800, audience="A")
    for scheme in ("", "paniers"):
        shown = desk.unit_prices(list(products), scheme, seller, DAY)
        for product in rows[:2]:
            facts = {"chain": shop.chain, "site": shop, "seller": seller, "product": product}
            facts |= {"milli": 1000, "day": DAY, "scheme": scheme}
            assert shown[product.pk] == price_for(facts)
        assert rows[2].pk not in shown and rows[3].pk not in shown


def test_each_association_of_a_chain_has_its_own_goods_at_its_own_prices(shop, basket):
    """Fiche 16: one catalogue by association, made of its lots and of the prices it sells at."""
    oil = make_product(shop.chain, "huile")
    keepers = [member(shop.chain, "store", name) for name in ("Lyon", "Lille")]
    places = [make_site(shop.chain, keeper.name, keeper=keeper) for keeper in keepers]
    set_price(oil, 800, seller=keepers[0])
    for keeper, cents in zip(keepers, (500, 450), strict=True):
        set_price(basket, cents, seller=keeper)
    for place in places:
        make_lot(basket, place, 5_000)
    (mine, theirs) = [make_lot(oil, place, 5_000) for place in places]
    lyon, lille = (
        body(signed(keeper).get(address(place)))
        for keeper, place in zip(keepers, places, strict=True)
    )
    assert "Panier : 5 € / panier" in lyon and "Huile : 8 € / panier" in lyon
    assert "Panier : 4,50 €" in lille and "Huile : sans tarif" in lille
    at_lille = {"query": {"lieu": places[1].pk}}
    assert "n'a pas de tarif" in refused(sell(signed(keepers[1]), places[1], theirs, **at_lille))
    sell(signed(keepers[0]), places[0], mine, query={"lieu": places[0].pk})
    assert SaleLine.objects.get().price_cents == 800


def test_the_desk_asks_the_same_number_of_queries_for_many_lots(
    shop, lead, basket, priced, django_assert_max_num_queries
):
    make_scheme(shop.chain, RULE, NAMES)
    for number in range(12):
        make_lot(make_product(shop.chain, f"p{number}"), shop, 1_000)
    make_activity(shop, "distribution", DAY)
    query = {"dispositif": "paniers"}
    lead.get(address(shop, **query))
    with django_assert_max_num_queries(15):
        assert "sans tarif" in body(lead.get(address(shop, **query)))


def test_a_line_is_undone_with_everything(shop, lead, lot, priced):
    make_scheme(shop.chain, RULE, NAMES)
    sell(lead, shop, lot, query={"dispositif": "paniers"})
    line = SaleLine.objects.get()
    url = reverse("desk:undo", args=[line.pk])
    assert "Rendez son argent à la personne" in body(lead.get(url))
    assert chain_visitors.send(lead, url, day="2027-03-01").status_code == 422
    assert not SaleLine.objects.filter(undoes=line).exists(), "an undoing says why"
    page = body(chain_visitors.send(lead, url, day="2027-03-01", reason="Erreur"))
    told = Event.objects.get(action="billing.sale_undone")
    assert (told.reason, told.subject) == ("Erreur", f"sale_line:{line.pk}")
    assert chain_visitors.send(lead, url, day="2027-03-01", reason="Erreur").status_code == 422
    page = body(lead.get(reverse("desk:line", args=[line.pk])))
    assert "annulée" in page and "Annuler cette ligne" not in page
    opposite = SaleLine.objects.get(undoes=line)
    page = body(lead.get(reverse("desk:line", args=[opposite.pk])))
    assert "À rendre à la personne" in page and "en annule une autre" in page
    assert shop.levels.get(lot=lot).milli == 10_000


def test_the_movement_of_a_line_is_undone_at_the_desk_only(shop, lead, lot, priced):
    sell(lead, shop, lot)
    movement = SaleLine.objects.get().movement
    response = lead.get(reverse("stock:undo", args=[movement.pk]))
    assert response.status_code == 403 and "annulez la ligne" in body(response)
    assert "au comptoir" in body(lead.get(reverse("stock:lot", args=[lot.pk])))


def test_the_day_has_its_totals_its_picture_and_its_table(shop, lead, lot, priced):
    make_scheme(shop.chain, RULE, NAMES)
    sell(lead, shop, lot, query={"dispositif": "paniers"})
    sell(lead, shop, lot, quantity="2")
    sell(lead, shop, lot, free="on")
    url = reverse("desk:day", args=[shop.chain.slug])
    page = body(lead.get(url))
    for words in ("3 lignes", "36,15 €", "27,72 €", "8,43 €", "Qui a payé ce jour-là", "donné"):
        assert words in page
    assert "Aucune ligne ce jour-là" in body(lead.get(url, {"jour": "2027-02-28"}))
    for strange in ({"jour": "x"}, {"jour": "2027-02-31"}, {"lieu": "x", "page": "9"}):
        assert lead.get(url, strange).status_code == 200
    response = lead.get(reverse("desk:day_csv", args=[shop.chain.slug]))
    rows = response.content.decode("utf-8-sig").splitlines()
    assert rows[1].split(";")[7:10] == ["12,05", "3,62", "8,43"] and len(rows) == 4
    chain_visitors.send(
        lead, reverse("desk:undo", args=[SaleLine.objects.first().pk]), day="2027-03-01", reason="X"
    )
    page = body(lead.get(url))
    assert "24,10 €" in page and "annulation" in page


def test_a_day_of_more_undone_than_sold_has_no_picture(shop, lead, basket):
    lot = make_lot(basket, shop, 5_000, day=DAY - ONE)
    sell(lead, shop, lot, day="2027-02-28", price="12")
    sell(lead, shop, lot, price="1")
    line = SaleLine.objects.first()
    chain_visitors.send(lead, reverse("desk:undo", args=[line.pk]), day="2027-03-01", reason="X")
    page = body(lead.get(reverse("desk:day", args=[shop.chain.slug])))
    assert "−11,00 €" in page and "Qui a payé" not in page  # noqa: RUF001


def test_what_must_go_first_comes_first_in_the_list(shop, basket):
    """The order of the stock's page: DLC, then DDM, then what has no date, the oldest first."""
    old, new = make_lot(basket, shop, 1_000), make_lot(basket, shop, 1_000)
    ripe = make_lot(basket, shop, 1_000, best_before=DAY + 2 * ONE)
    riper = make_lot(basket, shop, 1_000, best_before=DAY + ONE)
    cold = make_lot(basket, shop, 1_000, use_by=DAY + 9 * ONE)
    shown = [lot for lot, _ in desk.counter(shop, "", DAY).sellable]
    assert shown == [cold, riper, ripe, old, new]


def test_a_keeper_sells_at_its_place_and_reads_its_own_lines(shop, lead, lot, basket, priced):
    keeper = member(shop.chain, "store", "Épicerie amie")
    home = make_site(shop.chain, "Chez l'amie", keeper=keeper)
    theirs, store = make_lot(basket, home, 5_000), signed(keeper)
    sell(lead, shop, lot)
    hidden = SaleLine.objects.get()
    assert sell(store, home, theirs, query={"lieu": home.pk}).status_code == 302
    line = SaleLine.objects.exclude(pk=hidden.pk).get()
    assert line.seller == keeper
    assert store.get(reverse("desk:line", args=[line.pk])).status_code == 200
    assert store.get(reverse("desk:line", args=[hidden.pk])).status_code == 404
    assert store.get(reverse("desk:undo", args=[hidden.pk])).status_code == 404
    page = body(store.get(reverse("desk:day", args=[shop.chain.slug])))
    assert "1 ligne<" in page
    # The address of another place opens one's own only.
    assert "Chez l'amie" in body(store.get(address(shop)))
    assert sell(store, shop, lot).status_code == 422


def test_who_may_not_sell(shop, lot, priced):
    auditor = signed(None, Role.AUDITOR)
    assert auditor.get(address(shop)).status_code == 403
    assert auditor.get(reverse("desk:day", args=[shop.chain.slug])).status_code == 200
    for part in ("funder", "grower"):
        other = signed(member(shop.chain, part))
        assert other.get(address(shop)).status_code == 403
        assert other.get(reverse("desk:day", args=[shop.chain.slug])).status_code == 403
    stranger = signed(make_organisation())
    assert stranger.get(address(shop)).status_code == 404
    assert stranger.get(reverse("desk:day_csv", args=[shop.chain.slug])).status_code == 404
