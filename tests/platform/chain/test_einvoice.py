"""Electronic invoices: valid against the schema and the business rules, for each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from facturx import parse_ubl_cii_xml

from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing import actions, documents
from ensemblier.chain.billing.einvoice import groups, why_not
from ensemblier.chain.billing.einvoice_xml import schema_faults, xml_of
from ensemblier.chain.billing.models import Document, NumberedSeries
from ensemblier.chain.billing.refusals import NotElectronic, SiretMissing
from tests.factories_chain import (
    DAY,
    WRITTEN,
    make_chain,
    make_grower,
    make_lot,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation
from tests.schematron_child import broken_rules

pytestmark = pytest.mark.django_db
FIRST, LAST, NEXT = date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 30)
RULE = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "rest"
payer = "Ville"
[[payer]]
name = "Ville"
nature = "complement"
"""
EUROPEAN = ("en16931", "french-flow")
FRENCH = ("extended-ctc-fr", "french-flow")


def asked(**fields: Any) -> Any:
    month = {"first": FIRST, "last": LAST, "day": LAST, "now": WRITTEN, "actor": None}
    return {"key": uuid4()} | month | fields


@dataclass
class Shop:
    site: Any
    basket: Any
    kilo: Any
    grower: Organisation
    buyer: Organisation


@pytest.fixture
def shop():
    site = make_site(make_chain(lead=make_organisation("Épicerie & compagnie", address="1 rue")))
    kilo = make_product(site.chain, "carotte", unit="kg", name="Carottes <nouvelles>")
    grower, buyer = make_grower("Ferme du Moulin"), make_organisation("Cantine", kind="public")
    return Shop(site, make_product(site.chain), kilo, grower, buyer)


def sell(shop: Shop, price_cents: int, **fields: Any) -> Any:
    facts = {"product": shop.basket, "milli": 1000, "day": DAY, "buyer": shop.buyer} | fields
    site = shop.site
    who = {"chain": site.chain, "site": site, "seller": site.keeper, "now": WRITTEN, "actor": None}
    return actions.sell(key=uuid4(), price_cents=price_cents, **who, **facts)


def bill(shop: Shop, **fields: Any) -> Document:
    seller = shop.site.keeper
    asked_for = asked(**fields)
    return documents.invoice(chain=shop.site.chain, seller=seller, buyer=shop.buyer, **asked_for)


def self_bill(shop: Shop, **fields: Any) -> Document:
    keeper = shop.site.keeper
    terms = {"vat_rate": 550} | fields.pop("mandate", {})
    actions.sign_mandate(grower=shop.grower, buyer=keeper, signed_on=FIRST, actor=None, **terms)
    for number in range(12):
        facts = {"value_cents": 333 * (1 + number % 3), "origin": shop.grower}
        make_lot(shop.kilo, shop.site, 1000 * (1 + number % 3), **facts)
    return documents.self_bill(
        chain=shop.site.chain, buyer=keeper, grower=shop.grower, **asked(**fields)
    )


def said(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = parse_ubl_cii_xml(xml_of(document.content))
    return found


def test_twelve_deliveries_make_one_self_billed_invoice(shop):
    """Type 389: the buyer writes it, the grower is the seller; twelve deliveries, one row."""
    document = self_bill(shop)
    xml = xml_of(document.content)
    assert broken_rules(xml, *EUROPEAN) == []
    terms = said(document)
    assert (terms["BT-3"], terms["BG-4"]["name"]) == ("389", "Ferme du Moulin")
    assert terms["BG-4"]["legal_identifier"] == shop.grower.siret[:9]
    assert terms["BG-4"]["vat_identifier"].endswith(shop.grower.siret[:9])
    (row,) = terms["BG-25"]
    assert (float(row["BT-129"]), row["BT-130"]) == (24.0, "KGM")
    assert float(terms["BT-112"]) == document.total_cents / 100 == 79.92


def test_a_third_party_payer_takes_the_french_profile(shop):
    town = make_organisation("Ville d'Aubagne", kind="public")
    document = self_bill(shop, payer=town)
    xml = xml_of(document.content)
    assert broken_rules(xml, *FRENCH) == []
    assert b"extended-ctc-fr" in xml
    assert said(document)["EXT-FR-FE-BG-02"]["name"] == "Ville d'Aubagne"


def test_an_invoice_without_tax_says_why(shop):
    sell(shop, 1205)
    sell(shop, 999, product=shop.kilo, milli=1500)
    document = bill(shop)
    assert broken_rules(xml_of(document.content), *EUROPEAN) == []
    (rate,) = said(document)["BG-23"]
    assert (rate["BT-118"], rate["BT-121"]) == ("E", "VATEX-FR-CGI261-7")
    assert rate["BT-120"] == "Exonération de TVA, art. 261, 7, 1° du CGI"
    assert document.due_on == date(2027, 3, 31), "thirty days after the last delivery"


@pytest.mark.parametrize("reason", ["franchise", "farmer", "overseas"])
def test_every_reason_of_no_tax_keeps_the_rules(shop, reason):
    document = self_bill(shop, mandate={"vat_rate": 0, "no_vat": reason})
    assert broken_rules(xml_of(document.content), *EUROPEAN) == []


def test_two_rates_and_a_credit_note(shop):
    """Type 381, positive amounts, and the invoice it corrects by number and day."""
    lines = [sell(shop, 333, vat_rate=550) for _ in range(3)] + [sell(shop, 1000, vat_rate=2000)]
    document = bill(shop)
    assert broken_rules(xml_of(document.content), *EUROPEAN) == []
    for line in lines[1:]:
        actions.undo_sale(key=uuid4(), line=line, day=NEXT, now=WRITTEN, actor=None)
    april = {"first": date(2027, 4, 1), "last": NEXT, "day": NEXT}
    note = documents.credit_note(document=document, **asked(**april))
    xml = xml_of(note.content)
    assert broken_rules(xml, *EUROPEAN) == []
    terms = said(note)
    assert (terms["BT-3"], float(terms["BT-112"])) == ("381", 16.66)
    assert terms["BG-3"] == [{"BT-25": document.number, "BT-26": LAST}]


def test_a_credit_note_of_a_self_billed_invoice_is_a_261(shop):
    document = self_bill(shop)
    note = document.content | {"kind": "credit_note", "corrects_kind": "self_billed"}
    note |= {"corrects": document.number, "corrects_day": document.content["day"]}
    for row in note["lines"]:
        row["cents"] = -row["cents"]
    note["vat"] = [{k: v if k == "rate" else -v for k, v in row.items()} for row in note["vat"]]
    note["totals"] = {name: -cents for name, cents in note["totals"].items()}
    assert broken_rules(xml_of(note), *EUROPEAN) == []
    assert b"<ram:TypeCode>261</ram:TypeCode>" in xml_of(note)


def test_a_call_for_a_complement_of_price_is_an_invoice(shop):
    version = make_scheme(shop.site.chain, RULE, ["Ville"])
    sell(shop, 1205, buyer=None, scheme="paniers", vat_rate=550)
    undone = sell(shop, 2000, buyer=None, scheme="paniers", vat_rate=550)
    payer = version.scheme.payers.get(name="Ville")
    call = documents.funder_call(payer=payer, **asked())
    assert broken_rules(xml_of(call.content), *EUROPEAN) == []
    assert said(call)["BT-3"] == "380"
    # What is called back comes as a row of its own, with its quantity taken off.
    actions.undo_sale(key=uuid4(), line=undone, day=NEXT, now=WRITTEN, actor=None)
    sell(shop, 3000, buyer=None, scheme="paniers", vat_rate=550, day=NEXT)
    april = {"first": date(2027, 4, 1), "last": NEXT, "day": NEXT}
    second = documents.funder_call(payer=payer, **asked(**april))
    assert [group.milli for group in groups(second.content)] == [-1000, 1000]
    assert broken_rules(xml_of(second.content), *EUROPEAN) == []


def test_a_call_that_is_a_grant_is_not_an_invoice(shop):
    text = RULE.replace("complement", "grant")
    version = make_scheme(shop.site.chain, text, ["Ville"])
    sell(shop, 1205, buyer=None, scheme="paniers")
    call = documents.funder_call(payer=version.scheme.payers.get(name="Ville"), **asked())
    assert "n'est pas une facture" in why_not(call.content)
    assert call.content["no_vat"]["code"] == "grant"
    with pytest.raises(NotElectronic, match="complément du prix"):
        xml_of(call.content)


def test_a_wrong_total_is_caught_by_the_rules_and_not_by_the_schema(shop):
    """Negative control: the schema alone sees nothing, and neither does the library's check."""
    xml = xml_of(self_bill(shop).content)
    wrong = xml.replace(b"<ram:GrandTotalAmount>79.92", b"<ram:GrandTotalAmount>89.92")
    assert wrong != xml and schema_faults(wrong, "en16931") == []
    assert any("BR-CO-15" in rule for rule in broken_rules(wrong, "en16931"))
    bare = xml.replace(b"<ram:SubjectCode>PMT</ram:SubjectCode>", b"")
    assert any("BR-FR-05" in rule for rule in broken_rules(bare, "french-flow"))


def test_an_invoice_without_siret_is_refused_and_takes_no_number(shop):
    Organisation.objects.filter(pk=shop.buyer.pk).update(siret="")
    shop.buyer.refresh_from_db()
    sell(shop, 1205)
    with pytest.raises(SiretMissing, match="SIRET de Cantine"):
        bill(shop)
    assert not Document.objects.exists() and not NumberedSeries.objects.exists()


def test_the_same_document_gives_the_same_bytes(shop):
    document = self_bill(shop)
    first = xml_of(document.content)
    document.refresh_from_db()
    assert xml_of(document.content) == first
    xml_of(document.content | {"payer": document.content["seller"]})
    assert xml_of(document.content) == first, "the library keeps nothing from one to the next"
