"""Pages of the documents: each form as its user fills it, what is refused, who reads what."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from types import SimpleNamespace
from unittest import mock
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing import actions, bank_views, calls, documents
from ensemblier.chain.billing.models import (
    BankStatement,
    Document,
    SelfBillingMandate,
    Settlement,
)
from ensemblier.chain.billing.views import _file
from tests.chain_people import codes, make_people, words
from tests.factories_chain import make_aid, make_lot, make_product, make_scheme
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db
WHO = ("lead", "grower", "rival", "funder", "auditor", "stranger")
DAY = date(2027, 3, 5)
PERIOD = {"first": "2027-03-01", "last": "2027-03-31", "day": "2027-04-01"}
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "rest"
payer = "Ville"
"""


@pytest.fixture(autouse=True)
def moment(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel("2027-04-02 10:00", tick=True):
        yield


@pytest.fixture
def people() -> SimpleNamespace:
    """A month of the chain: deliveries of two growers, a sale to a canteen, a subsidised basket."""
    found = make_people()
    found.basket = make_product(found.chain, name="Panier d'hiver")
    found.canteen = make_organisation("Cantine du lycée")
    for farm in (found.farm, found.other):
        make_lot(found.basket, found.site, 2000, value_cents=4000, origin=farm, day=DAY)
    version = make_scheme(found.chain, RULE, ["Ville"])
    found.payer = version.scheme.payers.get()
    found.payer.organisation = found.town
    found.payer.save()
    make_aid(found.chain.lead)
    found.line = sell(found, 1205, buyer=found.canteen)
    sell(found, 1000, scheme="paniers")
    return found


def sell(found, price_cents, **fields):
    chain = found.chain
    facts = {"chain": chain, "site": found.site, "seller": chain.lead, "product": found.basket}
    facts |= {"milli": 1000, "day": DAY, "now": timezone.now(), "actor": None}
    return actions.sell(key=uuid4(), price_cents=price_cents, **facts | fields)


def mandate(found, grower=None):
    return actions.sign_mandate(
        grower=grower or found.farm, buyer=found.chain.lead, signed_on=DAY, actor=None
    )


def asked(**fields):
    month = {"first": date(2027, 3, 1), "last": date(2027, 3, 31), "day": date(2027, 4, 1)}
    return {"key": uuid4(), "now": timezone.now(), "actor": None} | month | fields


@pytest.fixture
def papers(people):
    """The canteen's invoice, the farm's, and the town's call."""
    mandate(people)
    lead, chain = people.chain.lead, people.chain
    people.invoice = documents.invoice(chain=chain, seller=lead, buyer=people.canteen, **asked())
    people.bought = documents.self_bill(chain=chain, buyer=lead, grower=people.farm, **asked())
    people.call = documents.funder_call(payer=people.payer, **asked())
    return people


def at(name, thing):
    return reverse(f"billing:{name}", args=[getattr(thing, "slug", thing.pk)])


def post(client, url, data, **more):
    return client.post(url, {"key": str(uuid4())} | data, follow=True, **more)


def test_the_month_of_all_growers_and_who_waits(people):
    mandate(people)
    page = words(people.lead.get(at("month", people.chain)))
    assert "Ferme du Riberal" in page and "Vergers de Baho" in page and "manque" in page
    response = post(
        people.lead, at("month", people.chain), {"buyer": people.chain.lead_id} | PERIOD
    )
    assert "1 facture écrite. En attente d'un mandat : Vergers de Baho." in words(response)
    (document,) = Document.objects.all()
    assert (document.seller, document.total_cents) == (people.farm, 4000)
    assert document.due_on == date(2027, 4, 4)


def test_a_mandate_is_recorded_with_the_growers_tax(people):
    sent = {"grower": people.farm.pk, "buyer": people.chain.lead_id, "signed_on": "2027-03-01"}
    sent |= {"vat_rate": "550", "no_vat": ""}
    post(people.lead, at("mandate", people.chain), sent)
    row = SelfBillingMandate.objects.get()
    assert (row.grower, row.vat_rate) == (people.farm, 550)
    response = post(people.lead, at("mandate", people.chain), sent | {"ends": "2027-02-01"})
    assert response.status_code == 422 and "précède sa signature" in words(response)


def test_an_organisation_is_invoiced_and_a_third_party_may_pay(people):
    sent = {"seller": people.chain.lead_id, "buyer": people.canteen.pk, "payer": people.town.pk}
    response = post(people.lead, at("invoice", people.chain), sent | PERIOD)
    document = Document.objects.get()
    assert response.redirect_chain[-1][0] == at("detail", document)
    assert (document.total_cents, document.payer) == (1205, people.town)
    page = words(response)
    assert "La pièce F-2027-00001 est écrite : 12,05 €." in page
    assert "Exonération de TVA" in page and "Ville d'Elne" in page
    again = post(people.lead, at("invoice", people.chain), sent | PERIOD)
    assert again.status_code == 422 and "Il ne reste rien à mettre" in words(again)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"buyer": ""}, "Choisissez une réponse pour « Acheteur »."),
        ({"first": "2027-03-31", "last": "2027-03-01"}, "précède son début"),
        ({"day": "2027-03-30"}, "n'est pas finie à la date"),
        ({"last": "hier"}, "n'est pas une date"),
        ({"last": "1e3000000"}, "n'est pas une date"),
        ({"key": "abc"}, "Ce formulaire est abîmé"),
        ({"no_vat": "grant"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_wrong_invoice_is_refused_and_what_was_typed_stays(people, typed, said):
    sent = {"seller": people.chain.lead_id, "buyer": people.canteen.pk} | PERIOD | typed
    response = post(people.lead, at("invoice", people.chain), sent)
    assert response.status_code == 422 and said in words(response)
    assert f'value="{sent["first"]}"' in words(response)
    assert not Document.objects.exists()


def test_an_invoice_without_siret_says_what_to_do(people):
    Organisation.objects.filter(pk=people.canteen.pk).update(siret="")
    sent = {"seller": people.chain.lead_id, "buyer": people.canteen.pk} | PERIOD
    response = post(people.lead, at("invoice", people.chain), sent)
    assert response.status_code == 422
    assert "Il manque le SIRET de Cantine du lycée" in words(response)
    assert not Document.objects.exists()


def test_a_funder_is_called_line_by_line(people):
    response = post(people.lead, at("call", people.chain), {"payer": people.payer.pk} | PERIOD)
    document = Document.objects.get()
    assert (document.recipient, document.total_cents) == (people.town, 700)
    assert "n'est pas une facture" in words(response)
    assert people.lead.get(at("xml", document)).status_code == 404


def test_a_delivery_note_and_a_tax_receipt(people):
    lot = make_lot(people.basket, people.site, 1000, kind="gift", value_cents=500, day=DAY)
    donor = lot.origin
    response = post(
        people.lead,
        at("receipt", people.chain),
        {"keeper": people.chain.lead_id, "donor": donor.pk, "unmarketable": "L999999"} | PERIOD,
    )
    assert response.status_code == 422 and "« L999999 »" in words(response)
    sent = {"keeper": people.chain.lead_id, "donor": donor.pk, "unmarketable": lot.number}
    post(people.lead, at("receipt", people.chain), sent | PERIOD)
    assert Document.objects.get().total_cents == 250
    sell(people, 500, buyer=people.canteen, lot=make_lot(people.basket, people.site, 1000))
    sent = {"keeper": people.chain.lead_id, "party": people.canteen.pk}
    response = post(people.lead, at("delivery", people.chain), sent | PERIOD)
    page = words(response)
    assert "Bon de livraison BL-2027-00001" in page and "Totaux par taux" not in page


def test_what_was_gleaned_in_a_field_is_on_the_farms_receipt(people):
    lot = make_lot(
        people.basket, people.site, 1000, kind="gleaned", value_cents=500, origin=people.other
    )
    sent = {"keeper": people.chain.lead_id, "donor": lot.origin_id, "unmarketable": lot.number}
    post(people.lead, at("receipt", people.chain), sent | PERIOD)
    assert Document.objects.get().total_cents == 250


def test_a_credit_note_is_offered_once_something_is_undone(papers):
    people = papers
    assert "Écrire l'avoir" not in words(people.lead.get(at("detail", people.invoice)))
    undone = {"line": people.line, "day": date(2027, 4, 1), "now": timezone.now(), "actor": None}
    actions.undo_sale(key=uuid4(), **undone)
    assert "Écrire l'avoir" in words(people.lead.get(at("detail", people.invoice)))
    april = {"first": "2027-04-01", "last": "2027-04-02", "day": "2027-04-02"}
    response = post(people.lead, at("credit", people.invoice), april)
    assert "AV-2027-00001" in words(response)
    assert "Écrire l'avoir" not in words(people.lead.get(at("detail", people.invoice)))


def test_files_of_a_document(papers):
    pdf = papers.lead.get(at("pdf", papers.bought))
    assert (
        pdf.content.startswith(b"%PDF-")
        and papers.lead.get(at("pdf", papers.bought)).content == pdf.content
    )
    assert b"<ram:TypeCode>389</ram:TypeCode>" in papers.lead.get(at("xml", papers.bought)).content
    assert "Panier d'hiver" in papers.lead.get(at("csv", papers.bought)).content.decode()


def test_the_file_of_a_call_of_many_lines_has_them_all(people):
    """It is the one whose fingerprint the call tells."""
    for cents in (1000, 1000, 700):
        sell(people, cents, scheme="paniers")
    call = calls.call_in_bulk(payer=people.payer, **asked())
    answer = people.funder.get(at("csv", call))
    content = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == f'attachment; filename="{call.number}.csv"'
    assert sha256(content).hexdigest() == call.content["csv"]["sha256"]
    assert content.count(b"\r\n") == 1 + 4 > 1 + len(call.content["lines"])
    assert people.grower.get(at("csv", call)).status_code == 404


def test_the_number_of_somebody_elses_invoice_is_no_header():
    """It is what the seller wrote: quotes, other alphabets, ends of lines."""
    answer = _file(b"", "text/csv", 'F"1\r\nSet-Cookie: a=b; é.csv')
    assert "\r" not in answer["Content-Disposition"] and 'F"1' not in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment; filename")


def test_each_reads_its_own(papers):
    people, chain = papers, papers.chain
    assert codes(people, at("list", chain), *WHO) == dict.fromkeys(WHO, 200) | {"stranger": 404}
    hidden = dict.fromkeys(WHO, 404) | {"lead": 200, "auditor": 200}
    for name in ("detail", "pdf", "xml", "csv"):
        assert codes(people, at(name, people.invoice), *WHO) == hidden
        assert codes(people, at(name, people.bought), *WHO) == hidden | {"grower": 200}
    assert codes(people, at("detail", people.call), *WHO) == hidden | {"funder": 200}
    page = words(people.grower.get(at("list", chain)))
    assert people.bought.number in page and people.invoice.number not in page
    assert "Factures du mois" not in page
    assert "Cantine" not in words(people.grower.get(at("owed", chain)))
    for name in ("month", "invoice", "call", "delivery", "receipt", "mandate", "bank"):
        found = codes(people, at(name, chain), *WHO)
        assert found == dict.fromkeys(WHO, 403) | {"lead": 200, "stranger": 404}, name
    assert codes(people, at("settle", people.bought), *WHO) == {
        "lead": 200,
        "grower": 403,
        "rival": 404,
        "funder": 404,
        "auditor": 403,
        "stranger": 404,
    }


def test_filters(papers):
    chain, lead = papers.chain, papers.lead
    settle(papers, papers.bought, "40")
    for query, shown, hidden in (
        ("nature=invoice", papers.invoice, papers.bought),
        ("etat=paid", papers.bought, papers.invoice),
        ("etat=unpaid", papers.invoice, papers.bought),
        ("du=2027-04-01&au=2027-04-01", papers.call, None),
    ):
        page = words(lead.get(f"{at('list', chain)}?{query}"))
        assert shown.number in page, query
        assert hidden is None or hidden.number not in page
    assert "Aucune pièce ne correspond" in words(lead.get(f"{at('list', chain)}?au=2020-01-01"))
    assert lead.get(f"{at('list', chain)}?nature=1e3000000").status_code == 422


def settle(people, document, cents, **fields):
    sent = {"cents": cents, "day": "2027-04-02", "bank_reference": "VIR 1"} | fields
    return post(people.lead, at("settle", document), sent)


def test_money_is_noted_and_undone(papers):
    page = words(settle(papers, papers.invoice, "10"))
    assert "réglée en partie" in page and "2,05 €" in page
    row = Settlement.objects.get()
    sent = {"day": "2027-04-02", "reason": "mauvaise pièce"}
    assert "annulé" in words(post(papers.lead, at("undo", row), sent))
    assert codes(papers, at("undo", row), "grower", "auditor", "stranger") == {
        "grower": 404,
        "auditor": 403,
        "stranger": 404,
    }


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cents": "12,06"}, "Il reste 12,05 € à régler."),
        ({"cents": "-1"}, "négatif"),
        ({"cents": "1e3000000"}, "n'est pas un montant"),
        ({"cents": "=1+1"}, "n'est pas un montant"),
        ({"bank_reference": ""}, "Remplissez « Référence de la banque »."),
        ({"day": "2027-05-01"}, "n'est pas encore venu"),
    ],
)
def test_wrong_money_is_refused_and_what_was_typed_stays(papers, typed, said):
    fields = {"cents": "10", "bank_reference": "CHQ 77"} | typed
    response = settle(papers, papers.invoice, **fields)
    assert response.status_code == 422 and said in words(response)
    assert fields["bank_reference"] in words(response)
    assert not Settlement.objects.exists()


def test_what_is_owed_and_by_whom(papers):
    page = words(papers.lead.get(at("owed", papers.chain)))
    assert "59,05 € restent à régler, dont 40 € par Ensemble à table." in page
    assert "Cantine du lycée" in page and "Ville d'Elne" in page


def upload(content: str | bytes, name: str = "releve.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def test_a_bank_statement_from_the_file_to_the_books(papers):
    table = (
        "Date;Libellé;Montant\n"
        "02/04/2027;VIR F-2027-00001;12,05\n"
        "02/04/2027;VIREMENT;-40,00\n"
        "02/04/2027;=1+1;3,00\n"
        "02/04/2027;ILLISIBLE;1e3000000\n"
    )
    response = papers.lead.post(at("bank", papers.chain), {"paper": upload(table)}, follow=True)
    statement = BankStatement.objects.get()
    page = words(response)
    for told in ("À confirmer", "À vérifier", "Sans pièce", "« 1e3000000 » n'est pas un montant"):
        assert told in page
    assert page.count(" checked") == 1, "the amount alone is not ticked"
    assert not Settlement.objects.exists()
    assert codes(papers, at("statement", statement), *WHO) == dict.fromkeys(WHO, 404) | {
        "lead": 200
    }
    with mock.patch.object(bank_views, "MOST", 1):
        short = words(papers.lead.get(at("statement", statement)))
    # What may be confirmed is all there; the rest is counted.
    assert short.count('name="line"') == 2 and "Et 2 autres lignes" in short
    first, second = f"2-{papers.invoice.pk}", f"3-{papers.bought.pk}"
    assert f'value="{first}" checked' in page and f'value="{second}"' in page
    assert papers.grower.post(at("apply", statement), {"line": first}).status_code == 404
    bad = papers.lead.post(at("apply", statement), {"line": first})
    assert bad.status_code == 422 and not Settlement.objects.exists()
    for typed in ("2", "2-", "x-1"):
        assert post(papers.lead, at("apply", statement), {"line": typed}).status_code == 422
    late = post(papers.lead, at("apply", statement), {"line": [first, f"3-{papers.call.pk}"]})
    assert late.status_code == 422 and "ne correspond plus" in words(late)
    assert not Settlement.objects.exists(), "a page that named another document settles nothing"
    done = post(papers.lead, at("apply", statement), {"line": [first, second]})
    assert "2 ligne(s) confirmée(s)" in words(done) and "Libellé non gardé" in words(done)
    post(papers.lead, at("apply", statement), {"line": [first, second]})
    assert Settlement.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Quand;Combien\n1;2", "Il manque : Date, Libellé, Montant"),
        ("Date;Libellé;Montant\n".encode("utf-16"), "ni un classeur XLSX ni un texte CSV"),
        (b"", "fichier"),
        ("<!DOCTYPE x><x/>", "DOCTYPE"),
    ],
)
def test_a_bad_bank_file_is_told_and_nothing_is_kept(papers, content, said):
    sent = {"paper": upload(content), "column_on": "Le jour"}
    response = papers.lead.post(at("bank", papers.chain), sent)
    assert response.status_code == 422 and said in words(response)
    assert "Le jour" in words(response)
    assert not BankStatement.objects.exists()
