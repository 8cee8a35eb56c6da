"""Each structure of a chain chooses what it offers and at which of its prices; others do not."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.chain.billing import desk, tills
from ensemblier.chain.billing.actions import sell
from ensemblier.chain.billing.queries import price_for
from ensemblier.chain.catalogue import selecting
from ensemblier.chain.catalogue.actions import UnknownProduct, set_price
from ensemblier.chain.catalogue.models import Selection
from ensemblier.chain.catalogue.selecting import HIDDEN, USUAL, BadSelection, NotOffered
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.distribution.models import SaleLine
from tests.chain_visitors import body, member, send, signed
from tests.factories_chain import (
    DAY,
    NOW,
    make_chain,
    make_lot,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_mandate, make_organisation, make_person, sign_in

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)
RULE = """
name = "Prix coûtant"
[person]
rule = "cost"
"""


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def network():
    """Two associations of one chain, each with a lot of carrots and one of apples."""
    chain = make_chain()
    here, there = (
        member(chain, "store", name) for name in ("Épicerie d'ici", "Épicerie d'en face")
    )
    net = SimpleNamespace(chain=chain, here=here, there=there)
    net.shop, net.other = (make_site(chain, f"Chez {who}", keeper=who) for who in (here, there))
    net.carrots = make_product(chain, "carotte", name="Carotte")
    net.apples = make_product(chain, "pomme", name="Pomme")
    net.lots = {
        (product, site): make_lot(product, site, 10_000)
        for product in (net.carrots, net.apples)
        for site in (net.shop, net.other)
    }
    for product in (net.carrots, net.apples):
        for basis, cents in (("person", 300), ("cost", 200), ("market", 400)):
            set_price(product=product, basis=basis, unit_cents=cents, starts=DAY, actor=None)
    return net


def pick(net, product, what, organisation=None, starts=DAY, **fields):
    facts = {"chain": net.chain, "organisation": organisation or net.here, "actor": None}
    facts |= {"picks": {product: what}, "starts": starts, "day": DAY} | fields
    return selecting.select(**facts)


def sold(net, product, site, day=DAY, **fields):
    facts = {"lot": net.lots[product, site], "product": product, "milli": 1000, "day": day}
    facts |= {"chain": net.chain, "site": site, "seller": site.keeper} | fields
    return sell(key=uuid4(), now=NOW, actor=None, **facts)


def page(net):
    return reverse("catalogue:select", args=[net.chain.slug])


def typed(net, carrots=USUAL, apples=USUAL, starts="2027-03-01"):
    return {
        "starts": starts,
        f"product-{net.carrots.pk}": carrots,
        f"product-{net.apples.pk}": apples,
    }


def test_what_is_not_chosen_is_not_sold_there_and_still_is_elsewhere(network):
    client = signed(network.here)
    response = send(client, page(network), **typed(network, carrots=HIDDEN))
    assert response.status_code == 302
    assert "Un produit changé." in body(client.get(response.url))
    with pytest.raises(NotOffered, match="Épicerie d'ici ne propose pas « Carotte »"):
        sold(network, network.carrots, network.shop)
    assert network.lots[network.carrots, network.shop].levels.get().milli == 10_000
    assert sold(network, network.apples, network.shop).price_cents == 300
    assert sold(network, network.carrots, network.other).price_cents == 300
    told = Event.objects.get(action="catalogue.selected")
    assert (told.data["before"], told.data["after"]) == (USUAL, HIDDEN)


def test_the_desk_keeps_it_out_of_its_list_and_refuses_it_when_it_is_sent(network):
    pick(network, network.carrots, HIDDEN)
    client = signed(network.here)
    at_desk = reverse("desk:sale", args=[network.chain.slug], query={"lieu": network.shop.pk})
    shown = body(client.get(at_desk))
    assert "Pomme : 3 € / panier" in shown and "Carotte : 3 €" not in shown
    assert "Épicerie d'ici ne le propose pas" in shown
    lot = network.lots[network.carrots, network.shop]
    facts = {"day": "2027-03-01", "lot": lot.pk, "quantity": "1"}
    refused = send(client, at_desk, **facts)
    assert refused.status_code == 422
    assert "ne propose pas « Carotte »" in body(refused) and not SaleLine.objects.exists()
    free = send(client, at_desk, **facts, free="on")
    assert free.status_code == 422, "nor handed out"
    assert send(client, at_desk, **facts | {"lot": network.lots[network.apples, network.shop].pk})
    assert SaleLine.objects.count() == 1


def test_a_tills_file_says_it_at_its_line(network):
    pick(network, network.carrots, HIDDEN)
    pick(network, network.apples, "cost")
    text = "date;lieu;produit;quantite\n" + "\n".join(
        f"01/03/2027;{site};{product};1"
        for site in (network.shop.name, network.other.name)
        for product in ("carotte", "pomme")
    )
    facts = {"chain": network.chain, "name": "caisse.csv", "today": DAY, "now": NOW, "actor": None}
    file = tills.read_file(content=text.encode(), **facts)
    assert [tuple(fault) for fault in file.faults] == [
        (
            2,
            "produit",
            "« carotte » : Épicerie d'ici ne le propose pas ce jour-là".replace("« ", "«\u00a0")
            .replace(" »", "\u00a0»")
            .replace("» :", "»\u00a0:"),
        )
    ]
    assert [row["price_cents"] for row in file.rows] == [200, 300, 300]


def test_it_is_not_ordered_in_a_group_order(network):
    facts = {
        "chain": network.chain,
        "kind": "order",
        "milli": 5_000,
        "starts": DAY,
        "ends": DAY + 9 * ONE,
        "firmness": "firm",
        "giver": network.chain.lead,
        "now": NOW,
        "actor": None,
    }
    key = uuid4()
    facts |= {"product": network.carrots}
    before = commitments.promise(key=key, receiver=network.here, **facts)
    pick(network, network.carrots, HIDDEN)
    with pytest.raises(NotOffered):
        commitments.promise(key=uuid4(), receiver=network.here, **facts)
    with pytest.raises(NotOffered):
        commitments.promise(
            key=uuid4(), **facts | {"giver": network.here, "receiver": network.there}
        )
    assert commitments.promise(key=key, receiver=network.here, **facts) == before, "sent twice"
    assert commitments.promise(key=uuid4(), receiver=network.there, **facts)
    assert commitments.promise(
        key=uuid4(), receiver=network.here, **facts | {"product": network.apples}
    )
    need = facts | {"kind": "need", "firmness": "wished", "giver": None}
    assert commitments.promise(key=uuid4(), receiver=network.here, **need), "a need may be said"


def test_at_which_of_its_prices_and_the_scheme_keeps_its_own(network):
    make_scheme(network.chain, RULE, [])
    pick(network, network.carrots, "market")
    assert sold(network, network.carrots, network.shop).price_cents == 400
    assert sold(network, network.carrots, network.other).price_cents == 300
    under = sold(network, network.carrots, network.shop, scheme="paniers")
    assert under.price_cents == 200, "the price rule of the scheme"
    set_price(
        product=network.carrots,
        basis="market",
        unit_cents=450,
        starts=DAY,
        seller=network.here,
        actor=None,
    )
    assert sold(network, network.carrots, network.shop).price_cents == 450, "its own first"
    chosen = selecting.selections_on(network.here, [network.carrots.pk], DAY)
    for scheme in ("", "paniers"):
        facts = {"product": network.carrots, "day": DAY, "seller": network.here, "milli": 1000}
        shown = desk.unit_prices([network.carrots.pk], scheme, network.here, DAY, chosen)
        assert shown[network.carrots.pk] == price_for(facts | {"scheme": scheme})


def test_a_choice_holds_from_its_day_until_the_next(network):
    pick(network, network.carrots, HIDDEN, starts=DAY + 2 * ONE)
    pick(network, network.carrots, USUAL, starts=DAY + 4 * ONE)
    for day, offered in ((0, True), (1, True), (2, False), (3, False), (4, True)):
        with time_machine.travel(NOW + day * ONE):
            if offered:
                assert sold(network, network.carrots, network.shop, DAY + day * ONE)
            else:
                with pytest.raises(NotOffered):
                    sold(network, network.carrots, network.shop, DAY + day * ONE)
    shown = body(signed(network.here).get(page(network)))
    assert "À partir du 3 mars 2027 : non proposé." in shown


def test_choosing_again_the_same_day_keeps_one_row_and_the_same_choice_none(network):
    assert pick(network, network.carrots, HIDDEN) == 1
    assert pick(network, network.carrots, HIDDEN) == 0
    assert pick(network, network.carrots, "cost") == 1
    row = Selection.objects.get()
    assert (row.is_offered, row.basis) == (True, "cost")
    assert pick(network, network.apples, USUAL) == 0 and Selection.objects.count() == 1


def test_a_wrong_choice_is_refused_and_nothing_is_written(network):
    client = signed(network.here)
    for fields, said in (
        ({"starts": "2027-02-28"}, "Un choix commence aujourd'hui"),
        ({"starts": "1e3000000"}, "pas une date"),
        ({"carrots": "producer"}, "Sélectionnez un choix valide"),
        ({"carrots": "=1+1"}, "Sélectionnez un choix valide"),
    ):
        response = send(client, page(network), **typed(network, apples=HIDDEN, **fields))
        assert response.status_code == 422 and said in body(response), fields
        assert "Non proposé</option>" in body(response)
    with pytest.raises(BadSelection, match="n'a pas ce prix"):
        pick(network, network.carrots, "producer")
    with pytest.raises(BadSelection, match="ne tient aucun lieu"):
        pick(network, network.carrots, HIDDEN, member(network.chain, "funder"))
    with pytest.raises(UnknownProduct):
        pick(network, make_product(make_chain()), HIDDEN)
    assert not Selection.objects.exists()


def test_only_its_own_people_choose(network):
    for organisation, asked in (
        (network.there, network.here),
        (network.chain.lead, network.here),
        (member(network.chain, "funder", "Ville"), network.here),
    ):
        client = signed(organisation)
        send(client, f"{page(network)}?structure={asked.pk}", **typed(network, carrots=HIDDEN))
        assert not Selection.objects.filter(organisation=asked).exists(), organisation
    assert signed(None, Role.AUDITOR).get(page(network)).status_code == 403
    assert signed(make_organisation()).get(page(network)).status_code == 404
    town = body(signed(member(network.chain, "funder", "Autre ville")).get(page(network)))
    assert "ne tient aucun lieu" in town
    send(signed(network.here), page(network), **typed(network, carrots=HIDDEN))
    assert Selection.objects.filter(organisation=network.here).exists()


def test_who_works_for_two_structures_chooses_for_each_apart(network):
    both = make_person(Role.APPLICANT, network.here)
    make_mandate(both, Role.APPLICANT, network.there)
    client = sign_in(Client(), both)
    asked = f"{page(network)}?structure={network.there.pk}"
    shown = body(client.get(asked))
    assert f'structure={network.there.pk}" aria-current="true">Épicerie d\'en face' in shown
    response = send(client, asked, **typed(network, carrots=HIDDEN))
    assert response.url == asked
    assert Selection.objects.get().organisation == network.there


def test_the_database_holds_it_too(network):
    with pytest.raises(IntegrityError, match="selection_hidden_has_no_price"):
        Selection.objects.create(
            organisation=network.here,
            product=network.carrots,
            is_offered=False,
            basis="cost",
            starts=date(2027, 3, 1),
        )


def test_the_page_costs_the_same_whatever_it_holds(network, django_assert_max_num_queries):
    for rank in range(60):
        make_product(network.chain, f"p{rank}", name=f"Produit {rank}")
    client = signed(network.here)
    assert "Page 1 sur 2" in body(client.get(page(network)))
    with django_assert_max_num_queries(15):
        client.get(page(network))
