"""Pages of distribution: cards given, blocked, erased, by number; who reads counts only."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.chain.distribution import actions
from ensemblier.chain.distribution.models import Card, Entitlement
from tests.chain_visitors import FORMULA, body, member, signed
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_line,
    make_product,
    make_site,
)
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def chain():
    return make_chain()


@pytest.fixture
def lead(chain):
    return signed(chain.lead)


def at(name, thing):
    return reverse(f"distribution:{name}", args=[getattr(thing, "slug", thing.pk)])


def test_a_card_is_given_and_its_number_is_said(chain, lead):
    assert "Aucune carte" in body(lead.get(at("list", chain)))
    typed = {"given_by": chain.lead.pk, "given_on": "2027-03-01", "key": str(uuid4())}
    for _ in range(2):  # a double click gives one card
        response = lead.post(at("give", chain), typed, follow=True)
    card = Card.objects.get()
    assert typed["key"] not in (str(card.code), card.number)
    page = body(response)
    assert f"Écrivez ce numéro sur la carte : {card.number}." in page
    assert str(card.code) not in page and (card.given_by, card.given_on) == (chain.lead, DAY)
    page = body(lead.get(at("list", chain)))
    assert card.number in page and "active" in page and str(card.code) not in page


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"given_on": "2027-03-02"}, "Ce jour est à venir"),
        ({"given_on": FORMULA}, "n'est pas une date"),
        ({"given_by": "999999"}, "choix"),
    ],
)
def test_a_card_is_refused_in_plain_words(chain, lead, typed, message):
    whole = {"given_by": chain.lead.pk, "given_on": "2027-03-01"} | typed
    response = lead.post(at("give", chain), whole)
    assert response.status_code == 422 and message in body(response)
    assert not Card.objects.exists()


def test_cards_are_found_by_their_number(chain, lead):
    card, other = make_card(chain), make_card(chain)
    page = body(lead.get(at("list", chain), {"numero": card.number}))
    assert card.number in page and other.number not in page
    page = body(lead.get(at("list", chain), {"numero": FORMULA}))
    assert "Aucune carte ne porte ce numéro" in page


def test_a_card_shows_its_rights_and_what_is_left_this_month(chain, lead):
    card = make_card(chain, "paniers", month_milli=4_000, size="3-4", tier="A")
    shop, basket = make_site(chain), make_product(chain)
    make_line(shop, basket, card=card, scheme="paniers", milli=1_500)
    actions.entitle(card=card, scheme="fini", starts=date(2026, 1, 1), ends=DAY, actor=None)
    page = body(lead.get(at("card", card)))
    for words in ("paniers", "3-4", "2,5", "en cours", "fini", "sans limite"):
        assert words in page
    with time_machine.travel("2027-04-02 08:00"):
        page = body(signed(chain.lead).get(at("card", card)))
        assert "terminé" in page and ">4<" in page


def test_a_card_is_blocked_with_a_reason(chain, lead):
    card = make_card(chain)
    assert "Remplissez" in body(lead.post(at("block", card), {"reason": ""}))
    page = body(lead.post(at("block", card), {"reason": "perdue"}, follow=True))
    assert "La carte est bloquée" in page and "Bloquer la carte" not in page
    event = Event.objects.get(action="distribution.card_blocked")
    assert event.reason == "perdue" and event.actor_id is not None


def test_a_card_is_erased_only_when_sure_and_totals_stay(chain, lead):
    card = make_card(chain, "paniers")
    line = make_line(make_site(chain), make_product(chain), card=card, scheme="paniers")
    page = body(lead.get(at("erase", card)))
    assert "effacés pour toujours" in page and "Les lignes et les totaux restent" in page
    response = lead.post(at("erase", card), {})
    assert response.status_code == 422 and Card.objects.exists()
    assert lead.post(at("erase", card), {"sure": "on"}).url == at("list", chain)
    assert not Card.objects.exists() and not Entitlement.objects.exists()
    line.refresh_from_db()
    assert line.price_cents == 1205


def test_the_months_are_drawn_with_their_table(chain, lead):
    shop, basket = make_site(chain), make_product(chain)
    undone = make_line(shop, basket)
    actions.undo_line(key=undone.key.__class__(int=1), line=undone, day=DAY, now=NOW, actor=None)
    make_line(shop, basket)
    make_line(shop, basket, price_cents=0)
    make_line(shop, basket, day=date(2027, 1, 5))
    page = body(lead.get(at("list", chain)))
    assert "Lignes vendues et données" in page and '<th scope="row">mars</th>' in page
    row = page[page.index('<th scope="row">mars</th>') :][:120]
    assert row.count('<td class="num">1</td>') == 2


def test_a_referrer_has_its_own_cards_only(chain, lead):
    social = member(chain, "referrer", "CCAS")
    referrer, hidden = signed(social), make_card(chain)
    typed = {"given_by": social.pk, "given_on": "2027-03-01", "key": str(uuid4())}
    referrer.post(at("give", chain), typed)
    card = Card.objects.get(given_by=social)
    page = body(referrer.get(at("list", chain)))
    assert card.number in page and hidden.number not in page and "Cartes remises" not in page
    assert referrer.get(at("card", card)).status_code == 200
    for name in ("card", "block", "erase"):
        assert referrer.get(at(name, hidden)).status_code == 404
    other = referrer.post(at("give", chain), typed | {"given_by": chain.lead.pk})
    assert other.status_code == 422 and Card.objects.filter(given_by=chain.lead).count() == 1


def test_who_controls_and_who_pays_read_no_card(chain):
    card = make_card(chain)
    auditor = signed(None, Role.AUDITOR)
    page = body(auditor.get(at("list", chain)))
    assert "Cartes remises" in page and card.number not in page
    assert auditor.get(at("card", card)).status_code == 404
    assert auditor.post(at("give", chain)).status_code == 403
    funder = signed(member(chain, "funder", "Ville"))
    assert card.number not in body(funder.get(at("list", chain)))
    assert funder.get(at("card", card)).status_code == 404
    assert funder.post(at("give", chain)).status_code == 403
    assert signed(make_organisation()).get(at("list", chain)).status_code == 404
