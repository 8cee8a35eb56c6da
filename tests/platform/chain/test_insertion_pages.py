"""Pages of insertion: the board under its ceiling, contracts and hours, who sees nobody."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import IaeAgreement, IaeKind, Role
from ensemblier.chain.activities.models import Participant
from ensemblier.chain.insertion import actions, queries
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.chain.insertion.wording import said_minutes
from tests.chain_visitors import FORMULA, body, member, send, signed
from tests.factories_chain import NOW, make_chain, make_line, make_product, make_site
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def chain():
    return make_chain()


def make_agreement(organisation, kind=IaeKind.ACI):
    return IaeAgreement.objects.create(
        organisation=organisation,
        kind=kind,
        number=f"{kind}-1",
        starts=date(2026, 1, 1),
        ends=date(2028, 12, 31),
    )


@pytest.fixture
def agreement(chain):
    return make_agreement(chain.lead)


@pytest.fixture
def person(chain):
    return Participant.objects.create(chain=chain, organisation=chain.lead, alias="Mésange")


@pytest.fixture
def contract(agreement, person):
    return actions.open_contract(
        agreement=agreement,
        participant=person,
        weekly_minutes=26 * 60,
        starts=date(2027, 1, 4),
        ends=date(2027, 9, 3),
        actor=None,
    )


@pytest.fixture
def lead(chain):
    return signed(chain.lead)


def on(name, chain, agreement):
    return reverse(f"insertion:{name}", args=[chain.slug, agreement.pk])


def at(name, row):
    return reverse(f"insertion:{name}", args=[getattr(row, "slug", row.pk)])


def test_the_board_says_where_sales_stand_and_draws_it(chain, agreement, lead):
    assert "sous la limite" in body(lead.get(at("list", chain)))
    charge, sale = on("charge", chain, agreement), on("sale", chain, agreement)
    send(lead, charge, day="2027-01-15", label="salaires de janvier", amount="10 000")
    send(lead, sale, day="2027-02-10", label="facture 12", amount="1 000")
    make_line(make_site(chain), make_product(chain), 100_000, iae_agreement=agreement, scheme="")
    page = body(lead.get(on("agreement", chain, agreement)))
    for words in (
        "Ventes : 2 000,00 € pour 10 000,00 € de charges, soit 20 %",
        "prévision",
        "salaires de janvier",
        "facture 12",
        "3 000 €",
    ):
        assert words in page
    assert "sous la limite" in page and "notice success" in page
    send(lead, sale, day="2027-02-10", label="facture 12 bis", amount="500")
    page = body(lead.get(on("agreement", chain, agreement)))
    assert "à surveiller" in page and "notice warning" in page
    send(lead, sale, day="2027-02-11", label="facture 13", amount="1 500")
    page = body(lead.get(on("agreement", chain, agreement)))
    assert "limite dépassée" in page and "notice error" in page
    send(lead, sale, day="2027-02-12", label="erreur sur 13", amount="-1 500")
    assert "à surveiller" in body(lead.get(at("list", chain)))
    assert Event.objects.filter(action="insertion.sale").count() == 4


def test_an_amount_is_noted_once_and_refused_in_plain_words(chain, agreement, lead):
    url, key = on("charge", chain, agreement), "11111111-1111-4111-8111-111111111111"
    facts = {"day": "2027-01-15", "label": "loyer", "amount": "300", "key": key}
    for _ in range(2):
        assert send(lead, url, **facts).status_code == 302
    assert agreement.charges.count() == 1
    for typed, message in (
        ({"amount": "400"}, "déjà servi pour autre chose"),
        ({"amount": "0", "key": key[:-1] + "2"}, "Écrivez le montant"),
        ({"amount": "1e9", "key": key[:-1] + "3"}, "n'est pas un montant"),
        ({"day": "2031-01-01", "key": key[:-1] + "4"}, "La convention va du 01/01/2026"),
    ):
        response = send(lead, url, **(facts | typed))
        page = body(response)
        assert response.status_code == 422 and message in page and 'value="loyer"' in page


def test_months_of_several_agreements_take_six_queries(chain, agreement, django_assert_num_queries):
    other = make_agreement(make_organisation(), IaeKind.EI)
    shop, basket = make_site(chain), make_product(chain)
    line = make_line(shop, basket, 5_000, iae_agreement=agreement)
    from ensemblier.chain.distribution import actions as distribution

    distribution.undo_line(
        key=line.key.__class__(int=7), line=line, day=date(2027, 2, 2), now=NOW, actor=None
    )
    make_line(shop, basket, 300, iae_agreement=other)
    make_line(shop, basket, 40, seller=chain.lead)
    with django_assert_num_queries(6):
        found = queries.sales_of([agreement, other], 2027, date(2027, 3, 1)).months
    assert [month.sales_cents for month in found[agreement.pk]] == [0, -5_000, 5_040]
    assert [month.sales_cents for month in found[other.pk]] == [0, 0, 300]
    assert found[other.pk] == queries.months(other, 2027, date(2027, 3, 1))


def contract_typed(person, **typed):
    return {
        "participant": person.pk,
        "starts": "2027-03-01",
        "ends": "2027-12-31",
        "hours": "26",
        "more": "30",
        "training": "25",
    } | typed


def test_a_contract_is_opened(chain, agreement, person, lead):
    url = on("open", chain, agreement)
    response = send(lead, url, **contract_typed(person, came_from_rsa="on"))
    contract = InsertionContract.objects.get()
    assert response.url == at("contract", contract)
    assert (contract.weekly_minutes, contract.training_share) == (26 * 60 + 30, 2500)
    page = body(lead.get(response.url))
    assert "Mésange" in page and "26 h 30 par semaine" in page and "25 %" in page


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"hours": "15"}, "Un contrat en ACI compte au moins 20 heures par semaine"),
        ({"ends": "2027-04-01"}, "dure au moins 4 mois"),
        ({"ends": "2030-04-01"}, "dure au plus 24 mois"),
        ({"hours": "40"}, "La semaine compte au plus 35 heures"),
        ({"hours": "-1"}, "supérieure ou égale à 0"),
        ({"training": "101"}, "inférieure ou égale à 100"),
        ({"participant": "999"}, "choix"),
        ({"starts": FORMULA}, "n'est pas une date"),
        ({"ends": "2027-02-01", "derogation": "arrêté 12"}, "La fin du contrat précède"),
    ],
)
def test_a_contract_is_refused_in_plain_words(chain, agreement, person, lead, typed, message):
    response = send(lead, on("open", chain, agreement), **contract_typed(person, **typed))
    assert response.status_code == 422 and message in body(response)
    assert 'value="30"' in body(response) and not InsertionContract.objects.exists()


def test_fewer_hours_with_the_decision_of_the_prefect(chain, agreement, person, lead):
    typed = contract_typed(person, hours="15", derogation="arrêté 2027-12")
    assert send(lead, on("open", chain, agreement), **typed).status_code == 302
    assert Event.objects.get(action="insertion.contract").reason == "arrêté 2027-12"


def test_hours_are_noted_undone_and_summed(chain, agreement, contract, lead):
    url = at("hours", contract)
    typed = {"day": "2027-02-01", "kind": "work", "hours": "7", "more": "30"}
    page = body(lead.get(send(lead, url, **typed).url))
    assert "7 h 30 sont notées" in page
    entry = HourEntry.objects.get()
    board = on("agreement", chain, agreement)
    assert "7,5 h" in body(lead.get(board)) and "7 h 30" in body(lead.get(board))
    undo = at("undo_hours", entry)
    assert "Remplissez" in body(send(lead, undo, reason=""))
    send(lead, undo, reason="mauvais jour")
    again = send(lead, undo, reason="encore")
    assert again.status_code == 422 and "déjà annulées" in body(again)
    assert "annulation" in body(lead.get(at("contract", contract)))
    assert "Aucune heure notée cette année" in body(lead.get(board))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"hours": "0", "more": "0"}, "Écrivez un temps"),
        ({"hours": "24", "more": "1"}, "Une journée compte 24 heures"),
        ({"hours": "-2"}, "supérieure ou égale à 0"),
        ({"hours": "1e3000000"}, "nombre entier"),
        ({"kind": "nap"}, "choix"),
        ({"day": "2026-12-31"}, "Le contrat va du 04/01/2027"),
        ({"day": "2027-03-02"}, "Ce jour est à venir"),
    ],
)
def test_hours_are_refused_in_plain_words(contract, lead, typed, message):
    whole = {"day": "2027-02-01", "kind": "work", "hours": "7", "more": "15"} | typed
    response = send(lead, at("hours", contract), **whole)
    assert response.status_code == 422 and message in body(response)
    assert not HourEntry.objects.exists()


def test_a_path_ends_once(chain, agreement, contract, lead):
    url = at("leave", contract)
    assert "choix" in body(send(lead, url, exit="moon", day="2027-02-01"))
    early = send(lead, url, exit="training", day="2026-12-01")
    assert early.status_code == 422 and "la sortie est l'un de ces jours" in body(early)
    assert send(lead, url, exit="lasting_job", day="2027-02-28").status_code == 302
    again = send(lead, url, exit="training", day="2027-02-28")
    assert again.status_code == 422 and "déjà écrite" in body(again)
    assert "Emploi durable : 1" in body(lead.get(on("agreement", chain, agreement)))
    assert "emploi durable" in body(lead.get(at("contract", contract)))


def test_another_year_and_strange_addresses(chain, agreement, lead):
    url = on("agreement", chain, agreement)
    assert "Part des ventes en 2026" in body(lead.get(url, {"annee": "2026"}))
    for year in ("2031", "x", "99999", "-1"):
        assert lead.get(url, {"annee": year}).status_code == 404


def test_only_an_aci_has_a_ceiling(chain, lead):
    company = make_agreement(chain.lead, IaeKind.EI)
    assert "sans plafond" in body(lead.get(at("list", chain)))
    assert "Part des ventes en" not in body(lead.get(on("agreement", chain, company)))


def test_nobody_outside_the_structure_sees_a_person(chain, agreement, contract):
    farm = make_agreement(member(chain, "grower", "Ferme d'insertion"))
    auditor = signed(None, Role.AUDITOR)
    page = body(auditor.get(on("agreement", chain, agreement)))
    assert "Heures en 2027" in page and "Mésange" not in page and "Ouvrir un contrat" not in page
    for name in ("contract", "hours", "leave"):
        assert auditor.get(at(name, contract)).status_code == 404
    assert auditor.post(on("charge", chain, agreement)).status_code == 403
    # The lead of the chain reads the counts of a member's agreement, and writes none of it.
    lead = signed(chain.lead)
    assert "Ferme d'insertion" in body(lead.get(at("list", chain)))
    assert lead.get(on("agreement", chain, farm)).status_code == 200
    assert lead.get(on("open", chain, farm)).status_code == 403
    # A member sees its own agreement, not the lead's.
    grower = signed(farm.organisation)
    page = body(grower.get(at("list", chain)))
    assert f"/insertion/{farm.pk}/" in page and f"/insertion/{agreement.pk}/" not in page
    assert grower.get(on("agreement", chain, farm)).status_code == 200
    assert grower.get(on("agreement", chain, agreement)).status_code == 404
    assert grower.get(at("contract", contract)).status_code == 404
    funder = signed(member(chain, "funder", "Ville"))
    assert "Aucune convention" in body(funder.get(at("list", chain)))
    assert funder.get(on("agreement", chain, agreement)).status_code == 404
    stranger = signed(make_organisation())
    assert stranger.get(at("list", chain)).status_code == 404


def test_an_agreement_of_elsewhere_is_not_shown_in_this_chain(chain, agreement, lead):
    other = make_agreement(make_organisation())
    assert lead.get(on("agreement", chain, other)).status_code == 404


def test_durations_are_read_in_hours():
    assert [said_minutes(n) for n in (20, 420, 450, -450, 60_005)] == [
        "20\u00a0min",
        "7\u00a0h",
        "7\u00a0h\u00a030",
        "\u22127\u00a0h\u00a030",
        "1\u00a0000\u00a0h\u00a005",
    ]
