"""Pages of promises: made, called off, revised, kept or cancelled; a grower reads its own only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.chain.commitments import actions, pictures
from ensemblier.chain.commitments.models import Commitment, PriceRevision
from ensemblier.chain.commitments.rules import Calls
from tests.chain_people import codes, make_people, words
from tests.factories_chain import make_chain, make_product

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
WHO = ("lead", "grower", "rival", "funder", "auditor", "stranger")


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel("2027-03-01 10:00", tick=True):
        yield


@pytest.fixture
def people():
    found = make_people()
    found.carrot = make_product(found.chain, "carotte", name="Carotte de sable", unit="kg")
    found.deal = promise(found, kind="framework", unit_cents=180, revision="Indice légumes")
    return found


def promise(people, **fields):
    facts = {
        "key": uuid4(),
        "chain": people.chain,
        "kind": "order",
        "product": people.carrot,
        "milli": 100_000,
        "starts": date(2027, 3, 1),
        "ends": date(2027, 8, 31),
        "firmness": "firm",
        "giver": people.farm,
        "receiver": people.chain.lead,
        "now": NOW,
        "actor": None,
    }
    return actions.promise(**facts | fields)


def at(name, thing):
    return reverse(f"commitments:{name}", args=[getattr(thing, "slug", thing.pk)])


def typed(people, **fields):
    facts = {
        "key": str(uuid4()),
        "kind": "order",
        "product": people.carrot.pk,
        "quantity": "12,5",
        "unit_price": "1,80",
        "giver": people.farm.pk,
        "receiver": people.chain.lead_id,
        "starts": "2027-03-02",
        "ends": "2027-03-09",
        "firmness": "firm",
        "note": "livrer le matin",
    }
    return facts | fields


def test_the_lead_adds_a_promise_once_even_sent_twice(people):
    sent = typed(people)
    page = words(people.lead.post(at("new", people.chain), sent, follow=True))
    again = people.lead.post(at("new", people.chain), sent)
    row = Commitment.objects.exclude(pk=people.deal.pk).get()
    assert again["Location"] == at("detail", row)
    assert (row.milli, row.unit_cents, row.giver) == (12_500, 180, people.farm)
    for said in ("12,5 kg", "1,80 €", "22,50 €", "livrer le matin", "ferme"):
        assert said in page
    other = people.lead.post(at("new", people.chain), sent | {"quantity": "13"})
    assert other.status_code == 422
    assert "Cette demande a déjà servi" in words(other)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantity": ""}, "Remplissez « Quantité »."),
        ({"quantity": "-3"}, "La quantité doit être supérieure à zéro."),
        ({"quantity": "1e3000000"}, "« 1e3000000 » n'est pas une quantité."),
        ({"quantity": "=1+1"}, "« =1+1 » n'est pas une quantité."),
        ({"quantity": "1,2345"}, "Gardez-en trois au plus."),
        ({"unit_price": "-1"}, "est négatif"),
        ({"product": "9" * 30}, "Sélectionnez un choix valide"),
        ({"product": "other chain"}, "Sélectionnez un choix valide"),
        ({"giver": "stranger"}, "Sélectionnez un choix valide"),
        ({"giver": ""}, "Un engagement ferme lie deux organisations"),
        ({"giver": "", "receiver": "", "firmness": "wished"}, "Dites qui donne ou qui reçoit."),
        ({"ends": "2027-03-01"}, "La fin précède le début"),
        ({"kind": "cadeau"}, "Sélectionnez un choix valide"),
        ({"is_prepaid": "on", "firmness": "wished"}, "Une commande payée d'avance est ferme."),
        ({"is_prepaid": "on", "unit_price": ""}, "Une commande payée d'avance a un prix."),
        ({"key": "abc"}, "Ce formulaire est abîmé."),
    ],
)
def test_a_wrong_promise_is_refused_and_what_was_typed_stays(people, fields, said):
    if fields.get("product") == "other chain":
        fields = fields | {"product": make_product(make_chain()).pk}
    if fields.get("giver") == "stranger":
        fields = fields | {"giver": make_chain().lead_id}
    response = people.lead.post(at("new", people.chain), typed(people, **fields))
    assert response.status_code == 422
    assert said in words(response)
    assert "livrer le matin" in words(response)
    assert Commitment.objects.count() == 1


def call(people, **fields):
    sent = typed(people, unit_price="", **fields)
    for name in ("product", "giver"):
        del sent[name]
    return people.lead.post(at("call_off", people.deal), sent, follow=True)


def test_what_is_called_off_and_what_is_left_are_drawn(people):
    page = words(people.lead.get(at("detail", people.deal)))
    assert "Sur 100 kg promis, la part appelée est de 0 kg ; il reste 100 kg." in page
    call(people, quantity="40")
    row = people.deal.children.get()
    child = words(people.lead.get(at("detail", row)))
    assert "contrat-cadre de 100 kg" in child and "1,80 €" in child
    assert (row.milli, row.giver, row.unit_cents) == (40_000, people.farm, None)
    page = words(people.lead.get(at("detail", people.deal)))
    assert "Sur 100 kg promis, la part appelée est de 40 kg ; il reste 60 kg." in page
    actions.keep(commitment=row, actor=None)
    page = words(people.lead.get(at("detail", people.deal)))
    assert "Livré" in page and "40 %" in page and "60 %" in page
    assert "60 kg" in words(people.lead.get(at("list", people.chain)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantity": "100,001"}, "Il reste 100 kg à appeler sur cet engagement de 100 kg"),
        ({"ends": "2027-09-30"}, "Cet engagement court du 01/03/2027 au 31/08/2027"),
        ({"unit_price": "2"}, "Le prix de cet engagement ferme tient sur toute sa durée"),
        ({"kind": "framework"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_call_off_stays_inside_its_framework(people, fields, said):
    sent = typed(people, **{"unit_price": ""} | fields)
    response = people.lead.post(at("call_off", people.deal), sent)
    assert response.status_code == 422
    assert said in words(response) and "livrer le matin" in words(response)
    assert not people.deal.children.exists()


def test_a_need_is_answered_by_a_plan_whose_giver_is_asked(people):
    need = promise(people, kind="need", giver=None, firmness="wished")
    sent = typed(people, kind="plan", quantity="130", firmness="promised")
    page = words(people.lead.post(at("call_off", need), sent, follow=True))
    said = "Pour un besoin de 100 kg, les promesses font 130 kg ; c'est 30 kg de plus."
    assert said in page
    assert "besoin de 100 kg" in words(people.lead.get(at("detail", need.children.get())))


def test_a_price_is_revised_by_its_clause_only(people):
    sent = {"unit_price": "1,95", "starts": "2027-04-01", "reason": "Indice +8 %"}
    page = words(people.lead.post(at("revise", people.deal), sent, follow=True))
    assert "Indice +8 %" in page and "1,95 €" in page
    for wrong, said in (
        ({"starts": "2027-02-01"}, "choisissez un jour entre les deux"),
        ({"starts": "2027-04-01"}, "Une révision commence déjà ce jour-là."),
        ({"unit_price": "1e9999999"}, "n'est pas un montant"),
        ({"reason": ""}, "Remplissez « Indice et calcul »."),
    ):
        response = people.lead.post(at("revise", people.deal), sent | wrong)
        assert response.status_code == 422 and said in words(response)
    fixed = promise(people, unit_cents=200)
    response = people.lead.post(at("revise", fixed), sent)
    assert "il n'a pas de clause de révision" in words(response)
    assert PriceRevision.objects.count() == 1


def test_a_promise_is_kept_once(people):
    assert "C'est tenu" in words(people.lead.get(at("keep", people.deal)))
    page = words(people.lead.post(at("keep", people.deal), follow=True))
    assert "La promesse est tenue." in page
    again = people.lead.post(at("keep", people.deal))
    assert again.status_code == 422
    assert "Cet engagement est déjà tenu" in words(again)
    assert "Annuler<" not in people.lead.get(at("detail", people.deal)).content.decode()


def test_a_promise_is_cancelled_with_a_reason_once_nothing_stands_on_it(people):
    call(people)
    response = people.lead.post(at("cancel", people.deal), {"reason": "Gel"})
    assert response.status_code == 422
    assert "Annulez-les ou soldez-les d'abord." in words(response)
    child = people.deal.children.get()
    assert people.lead.post(at("cancel", child), {"reason": " "}).status_code == 422
    people.lead.post(at("cancel", child), {"reason": "Gel"})
    child.refresh_from_db()
    assert child.state == "cancelled"
    assert Event.objects.get(action="commitment.cancelled").reason == "Gel"


def offer(people, **fields):
    sent = {
        "key": str(uuid4()),
        "kind": "plan",
        "giver": people.farm.pk,
        "product": people.carrot.pk,
        "quantity": "300",
        "unit_price": "1,70",
        "starts": "2027-06-01",
        "ends": "2027-10-31",
        "firmness": "promised",
        "revision": "",
        "note": "sable de la Têt",
    }
    return sent | fields


def test_a_grower_proposes_a_plan_in_its_own_name(people):
    assert "Proposer ce que je peux produire" in words(people.grower.get(at("list", people.chain)))
    page = words(people.grower.post(at("propose", people.chain), offer(people), follow=True))
    assert "300 kg" in page and "plan de culture" in page
    row = Commitment.objects.get(kind="plan")
    assert (row.giver, row.proposed_by, row.receiver) == (people.farm, people.farm, None)
    assert codes(people, at("detail", row), *WHO) == {
        "lead": 200,
        "grower": 200,
        "rival": 404,
        "funder": 404,
        "auditor": 200,
        "stranger": 404,
    }
    people.grower.post(at("cancel", row), {"reason": "Grêle"})
    row.refresh_from_db()
    assert row.state == "cancelled"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"giver": "rival"}, "Sélectionnez un choix valide"),
        ({"firmness": "firm"}, "Sélectionnez un choix valide"),
        ({"kind": "order"}, "Sélectionnez un choix valide"),
        ({"quantity": "0"}, "La quantité doit être supérieure à zéro."),
    ],
)
def test_a_grower_speaks_for_itself_and_binds_nobody(people, fields, said):
    if fields.get("giver") == "rival":
        fields = {"giver": people.other.pk}
    response = people.grower.post(at("propose", people.chain), offer(people, **fields))
    assert response.status_code == 422
    assert said in words(response) and "sable de la Têt" in words(response)
    assert Commitment.objects.count() == 1


def test_who_opens_what(people):
    shown = {"lead": 200, "grower": 200, "funder": 200, "auditor": 200, "stranger": 404}
    assert codes(people, at("list", people.chain), *WHO) == shown | {"rival": 200}
    its_own = shown | {"rival": 404, "funder": 404}
    assert codes(people, at("detail", people.deal), *WHO) == its_own
    entered = its_own | {"grower": 403, "auditor": 403}
    for name in ("call_off", "revise", "keep", "cancel"):
        assert codes(people, at(name, people.deal), *WHO) == entered
    proposing = {"lead": 403, "grower": 200, "rival": 200, "funder": 403, "auditor": 403}
    assert codes(people, at("propose", people.chain), *WHO) == proposing | {"stranger": 404}
    assert people.grower.post(at("keep", people.deal)).status_code == 403
    people.deal.refresh_from_db()
    assert people.deal.state == "open"


def test_a_member_lists_its_own_promises_only(people):
    promise(people, giver=people.other, milli=77_000)
    path = at("list", people.chain)
    assert "77 kg" in words(people.lead.get(path)) and "100 kg" in words(people.lead.get(path))
    assert "77 kg" not in words(people.grower.get(path))
    assert "100 kg" not in words(people.rival.get(path))
    page = words(people.funder.get(path))
    assert "0 promesse." in page and "77 kg" not in page and "100 kg" not in page


def test_the_list_is_filtered(people):
    promise(people, giver=people.other, milli=77_000, kind="subscription")
    path = at("list", people.chain)
    for asked, shown in (
        ({"kind": "subscription"}, ["77 kg"]),
        ({"giver": people.farm.pk}, ["100 kg"]),
        ({"receiver": people.chain.lead_id}, ["77 kg", "100 kg"]),
        ({"state": "kept"}, []),
    ):
        page = words(people.lead.get(path, asked))
        assert [said for said in ("77 kg", "100 kg") if said in page] == shown
    assert "Sélectionnez un choix valide" in words(people.lead.get(path, {"giver": "=1"}))


def test_the_pages_cost_the_same_whatever_they_hold(people, django_assert_max_num_queries):
    for _ in range(30):
        promise(people, milli=1_000, parent=people.deal, unit_cents=None)
    for client in (people.lead, people.grower, people.auditor):
        client.get(at("list", people.chain))  # the first page of a session also saves it
        with django_assert_max_num_queries(10):
            client.get(at("list", people.chain))
        with django_assert_max_num_queries(15):
            client.get(at("detail", people.deal))


def test_an_order_has_no_picture_of_calls(people):
    row = promise(people)
    assert pictures.calls(row, Calls(0, 0, row.milli)) is None
    chart = pictures.calls(people.deal, Calls(40_000, 12_500, 47_500))
    assert chart is not None
    assert [piece.amount for piece in chart.slices] == [
        "40\u00a0kg",
        "12,5\u00a0kg",
        "47,5\u00a0kg",
    ]
    assert chart.total_amount == "100\u00a0kg"
