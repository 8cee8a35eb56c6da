"""An organisation buys at the desk or through a till's file, and its invoice follows: by pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from ensemblier.chain.billing import desk, tills
from ensemblier.chain.billing.models import Document, TillFile
from ensemblier.chain.billing.month_end import close_month
from ensemblier.chain.catalogue.actions import set_price
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.models import Movement
from tests import factories_territory as france
from tests.chain_visitors import body, member, send, signed
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
from tests.schematron_child import broken_rules

pytestmark = pytest.mark.django_db
RULE = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "rest"
payer = "Ville"
"""


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def shop() -> SimpleNamespace:
    chain = make_chain(lead=make_organisation("Épicerie & compagnie", address="1 rue du Puits"))
    site = make_site(chain, "Épicerie")
    basket = make_product(chain)
    set_price(product=basket, basis="person", unit_cents=1205, starts=DAY, actor=None)
    set_price(product=basket, basis="wholesale", unit_cents=1055, starts=DAY, actor=None)
    return SimpleNamespace(
        chain=chain,
        site=site,
        basket=basket,
        lot=make_lot(basket, site, 10_000),
        canteen=member(chain, "buyer", "Cantine des Lilas"),
        lead=signed(chain.lead),
    )


def desk_page(shop: Any, **query: Any) -> str:
    return reverse("desk:sale", args=[shop.chain.slug], query={"lieu": shop.site.pk} | query)


def note(shop: Any, *, query: Any = None, **typed: Any) -> Any:
    facts = {"day": "2027-03-01", "lot": shop.lot.pk, "quantity": "1", "vat_rate": "0"} | typed
    return send(shop.lead, desk_page(shop, **(query or {})), **facts)


def bill(shop: Any) -> Any:
    asked = {"first": "2027-03-01", "last": "2027-03-01", "day": "2027-03-01"}
    asked |= {"seller": shop.chain.lead_id, "buyer": shop.canteen.pk}
    return send(shop.lead, reverse("billing:invoice", args=[shop.chain.slug]), **asked)


def test_two_lines_of_an_organisation_make_its_invoice_with_its_vat(shop) -> None:
    note(shop, buyer=shop.canteen.pk, vat_rate="550")
    note(shop, buyer=shop.canteen.pk, price="4")
    note(shop, quantity="3", vat_rate="550")  # a person's
    page = body(shop.lead.get(bill(shop).url))
    document = Document.objects.get()
    assert document.recipient == shop.canteen and document.lines.count() == 2
    # 10,55 € at the wholesale price are 10,00 € and 0,55 € of tax; 4 € bear none.
    assert (document.net_cents, document.vat_cents, document.total_cents) == (1400, 55, 1455)
    assert [(row["rate"], row["vat_cents"]) for row in document.content["vat"]] == [
        (0, 0),
        (550, 55),
    ]
    assert "14,55 €" in page and "5,5 %" in page
    xml = shop.lead.get(reverse("billing:xml", args=[document.pk])).content
    assert broken_rules(xml, "en16931", "french-flow") == []
    wrong = xml.replace(b">0.55<", b">0.56<", 1)
    assert wrong != xml and broken_rules(wrong, "en16931")  # the check does check
    # What is billed is not billed again, and a person's line never is.
    again = bill(shop)
    assert again.status_code == 422 and Document.objects.count() == 1
    person = SaleLine.objects.get(buyer=None)
    assert not person.document_lines.exists()


def test_an_invoice_with_vat_on_every_line_says_no_reason_to_bear_none(shop) -> None:
    note(shop, buyer=shop.canteen.pk, vat_rate="550")
    bill(shop)
    assert "no_vat" not in Document.objects.get().content


def test_an_invoice_without_vat_says_why(shop) -> None:
    note(shop, buyer=shop.canteen.pk)
    bill(shop)
    document = Document.objects.get()
    assert document.vat_cents == 0 and "261, 7" in document.content["no_vat"]["mention"]


def test_a_line_that_says_no_rate_bears_that_of_its_product(shop) -> None:
    """Never the rate of what another product was sold at: flowers at 20 % tax no basket."""
    flowers = make_product(shop.chain, "fleurs")
    bouquet = make_lot(flowers, shop.site, 10_000)
    note(shop, vat_rate="")
    assert SaleLine.objects.get().vat_rate == 0  # who never charged VAT charges none
    note(shop, lot=bouquet.pk, price="10", vat_rate="2000")
    note(shop, vat_rate="")
    note(shop, lot=bouquet.pk, price="10", vat_rate="")
    jam = make_lot(make_product(shop.chain, "confiture"), shop.site, 10_000)
    url = note(shop, lot=jam.pk, price="4", vat_rate="").url  # food of who charges VAT
    rates = SaleLine.objects.order_by("pk").values_list("vat_rate", flat=True)
    assert list(rates) == [0, 2000, 0, 2000, 550]
    assert "dont TVA à 5,5 %" in body(shop.lead.get(url))
    shop.site.commune = france.commune("97411")
    shop.site.save()
    honey = make_lot(make_product(shop.chain, "miel"), shop.site, 10_000)
    note(shop, lot=honey.pk, price="4", vat_rate="")
    assert SaleLine.objects.latest("pk").vat_rate == 210


def test_the_desk_offers_members_never_the_seller_and_no_rate_of_another_line(shop) -> None:
    member(make_chain(), "buyer", "Cantine d'ailleurs")
    page = body(shop.lead.get(desk_page(shop)))
    assert ">Cantine des Lilas</option>" in page and "Cantine d'ailleurs" not in page
    assert ">Épicerie &amp; compagnie</option>" not in page
    usual = """<option value="" selected>Celle d'usage pour ce produit</option>"""
    assert usual in page
    note(shop, vat_rate="550")
    page = body(shop.lead.get(desk_page(shop)))
    assert usual in page
    assert "<details><summary>Organisation, TVA" in page  # a rate that was not typed opens nothing


def refused(shop: Any, **typed: Any) -> str:
    response = note(shop, buyer=shop.canteen.pk, **typed)
    page = body(response)
    assert response.status_code == 422 and not SaleLine.objects.exists()
    assert not Movement.objects.exclude(kind="purchase").filter(source=shop.site).exists()
    assert f'<option value="{shop.canteen.pk}" selected>Cantine des Lilas</option>' in page
    return page


def test_what_cannot_go_with_an_organisation_is_said_and_nothing_typed_is_lost(shop) -> None:
    make_scheme(shop.chain, RULE, ["Ville"], asks_card=True)
    card = make_card(shop.chain, "paniers")
    page = refused(shop, card=card.number, query={"dispositif": "paniers"}, vat_rate="1000")
    assert "Une carte est celle d'un foyer, et l'acheteur est Cantine des Lilas" in page
    assert f'value="{card.number}"' in page
    assert '<option value="1000" selected>10 %</option>' in page
    page = refused(shop, query={"dispositif": "paniers"})
    assert "demande une carte, qu'une organisation n'a pas" in page
    page = refused(shop, extra="2", query={"dispositif": "paniers"})
    assert "Un don en plus est celui d'une personne" in page
    for free in ({"free": "on"}, {"price": "0"}):
        assert "ne se facture pas : notez-le au stock" in refused(shop, **free)
    assert note(shop, buyer=shop.chain.lead_id).status_code == 422  # the seller
    assert note(shop, vat_rate="700").status_code == 422
    assert not SaleLine.objects.exists()


def test_the_same_form_with_another_rate_is_another_line(shop) -> None:
    key = str(uuid4())
    note(shop, key=key, buyer=shop.canteen.pk, vat_rate="550")
    other = note(shop, key=key, buyer=shop.canteen.pk, vat_rate="2000")
    assert other.status_code == 422 and SaleLine.objects.get().vat_rate == 550


def test_the_day_names_the_buyer_and_its_money_is_not_in_the_till(shop) -> None:
    line = body(shop.lead.get(note(shop, buyer=shop.canteen.pk, vat_rate="550").url))
    assert "Cantine des Lilas paie" in line and "dont TVA à 5,5 %" in line
    note(shop)
    found = desk.totals(SaleLine.objects.all())
    assert (found.person, found.buyers, found.funders, found.price) == (1205, 1055, 0, 2260)
    page = body(shop.lead.get(reverse("desk:day", args=[shop.chain.slug])))
    assert "Cantine des Lilas" in page and "À facturer" in page
    table = shop.lead.get(reverse("desk:day_csv", args=[shop.chain.slug]))
    rows = [row.split(";") for row in table.content.decode("utf-8-sig").splitlines()]
    assert rows[0][-3:] == ["acheteur", "part de l'acheteur", "TVA comprise en %"]
    assert rows[1][8:10] + rows[1][-3:] == ["", "0,00", "Cantine des Lilas", "10,55", "5,50"]
    assert rows[2][8:10] + rows[2][-3:] == ["12,05", "0,00", "", "", ""]


HEAD = "ligne;date;produit;quantite;prix;dispositif;carte;acheteur;tva"
LATER = datetime(2027, 4, 5, 9, tzinfo=UTC)


def read(shop: Any, *lines: str) -> TillFile:
    content = "\n".join([HEAD, *lines]).encode()
    facts = {"name": "caisse.csv", "today": LATER.date(), "actor": None, "now": LATER}
    return tills.read_file(chain=shop.chain, content=content, **facts)


def test_a_tills_line_of_an_organisation_is_billed_at_the_months_end(shop) -> None:
    siret = f"{shop.canteen.siret[:9]} {shop.canteen.siret[9:]}"
    file = read(
        shop,
        f"1;01/03/2027;panier;1;;;;{siret};5,5",
        "2;02/03/2027;panier;1;4;;;cantine des lilas;",
        "3;02/03/2027;panier;1;;;;;5.50 %",
    )
    assert (file.faults, file.lines) == ([], 3)
    TillFile.objects.filter(pk=file.pk).update(state="writing")
    assert tills.write_file(file_id=file.pk, actor=None, clock=lambda: LATER).written == 3
    told = list(SaleLine.objects.values_list("buyer__name", "price_cents", "vat_rate"))
    assert told == [
        ("Cantine des Lilas", 1055, 550),
        ("Cantine des Lilas", 400, 0),
        (None, 1205, 550),
    ]
    last, day = date(2027, 3, 31), LATER.date()
    close_month(chain=shop.chain, until=last, day=day, actor=None, clock=lambda: LATER)
    document = Document.objects.get()
    assert document.recipient == shop.canteen
    assert (document.vat_cents, document.total_cents) == (55, 1455)


WRONG = [
    ("1;;;Cantine;", "acheteur", "« Cantine » : aucun membre"),
    ("1;;;12345678901234;", "acheteur", "aucun membre"),
    ("1;;;Épicerie & compagnie;", "acheteur", "le vendeur"),
    ("1;;;Jumelle;", "acheteur", "plusieurs membres portent ce nom"),
    ("1;;CARD;Cantine des Lilas;", "carte", "une organisation achète"),
    ("1;paniers;;Cantine des Lilas;", "dispositif", "une organisation n'en a pas"),
    ("0;;;Cantine des Lilas;", "prix", "se note au stock"),
    ("1;;;;7", "tva", "« 7 » : écrivez un taux"),
    ("1;;;;0,63", "tva", "écrivez un taux"),
    ("1;;;;=5", "tva", "une formule n'est pas lue"),
]


def test_each_fault_of_a_buyer_or_a_rate_is_at_its_cell(shop) -> None:
    make_scheme(shop.chain, RULE, ["Ville"], asks_card=True)
    card = make_card(shop.chain, "paniers")
    for _ in range(2):
        member(shop.chain, "buyer", "Jumelle")
    lines = [f"{n};01/03/2027;panier;1;{line}" for n, (line, _, _) in enumerate(WRONG)]
    file = read(shop, *(line.replace("CARD", card.number) for line in lines))
    for place, (_, column, said) in enumerate(WRONG, 2):
        mine = [(c, s.replace("\u00a0", " ")) for n, c, s in file.faults if n == place]
        assert [(c, said in s) for c, s in mine] == [(column, True)], (place, mine)
    assert not SaleLine.objects.exists()


def test_a_file_read_before_these_columns_is_written_still(shop) -> None:
    file = read(shop, "1;01/03/2027;panier;1;4;;;;")
    rows = [{k: v for k, v in row.items() if k not in ("buyer", "vat_rate")} for row in file.rows]
    TillFile.objects.filter(pk=file.pk).update(state="writing", rows=rows)
    assert tills.write_file(file_id=file.pk, actor=None, clock=lambda: LATER).written == 1
