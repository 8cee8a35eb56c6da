"""Growers' own invoices: read, set beside the deliveries, recorded once, in the books."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from uuid import uuid4

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ensemblier.base.ledger.queries import balance
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import actions, documents, posting, queries, receiving
from ensemblier.chain.billing.balances import due_of, to_settle
from ensemblier.chain.billing.einvoice_xml import xml_of
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.received_file import read_given, read_xml
from ensemblier.chain.billing.receiving import AlreadyReceived, InvoiceRefused
from ensemblier.chain.billing.settling import settle
from ensemblier.chain.stock import actions as stock
from ensemblier.cli.main import main
from tests.chain_people import codes, make_people, words
from tests.factories_chain import make_lot, make_product
from tests.hostile_files import pdf
from tests.platform.chain.test_document_pdf import frozen, line

NOW = datetime(2027, 4, 2, 9, tzinfo=UTC)
DAY = date(2027, 3, 5)
db = pytest.mark.django_db


def invoice(world, cents: int = 4000, **more):
    """The XML that the grower's own software would send."""
    lines = [line(cents, milli=2000, vat_rate=550)]
    party = {"address": "", "rna": ""}
    parties = {
        "seller": {"name": world.farm.name, "siret": world.farm.siret} | party,
        "recipient": {"name": "Ensemble", "siret": world.chain.lead.siret} | party,
    }
    content = frozen("invoice", *lines, **parties | {"number": "2027-FR-17"} | more).content
    return xml_of(content)


@pytest.fixture
def world():
    found = make_people()
    found.carrot = make_product(found.chain, "carottes", name="Carottes", unit="kg")
    found.lot = make_lot(
        found.carrot, found.site, 2000, value_cents=4000, origin=found.farm, day=DAY
    )
    found.row = found.lot.movements.get()
    return found


def take(world, xml: bytes, *chosen: int, key=None, accepts=False, pdf=None):
    return receiving.record_received(
        key=key or uuid4(),
        chain=world.chain,
        xml=xml,
        pdf=pdf,
        chosen=chosen or (world.row.pk,),
        accepts=accepts,
        actor=None,
        now=NOW,
    )


@db
def test_an_invoice_is_recorded_against_its_deliveries_and_paid(world):
    key = uuid4()
    found = take(world, invoice(world), key=key)
    assert take(world, invoice(world), key=key) == found
    assert (found.number, found.seller, found.total_cents) == ("2027-FR-17", world.farm, 4000)
    assert found.content["differences"] == []
    assert [row.movement for row in found.lines.all()] == [world.row]
    grower = posting.grower_account(world.chain, world.farm)
    assert balance(grower).posted == due_of(found) == 4000
    facts = {"cents": 4000, "day": date(2027, 4, 2), "actor": None, "now": NOW}
    settle(key=uuid4(), document=found, bank_reference="VIR", **facts)
    assert balance(grower).posted == due_of(found) == 0
    assert queries.gaps(world.farm) == []


@db
def test_a_delivery_is_on_one_invoice_only_whoever_writes_it(world):
    take(world, invoice(world))
    lead = world.chain.lead
    assert not queries.deliveries_to_bill(world.chain, lead, date(2027, 4, 1)).exists()
    with pytest.raises(AlreadyReceived, match="2027-FR-17"):
        take(world, invoice(world))
    with pytest.raises(InvoiceRefused, match="Cochez"):
        take(world, invoice(world, number="2027-FR-18"))
    assert Document.objects.count() == 1


@db
def test_a_delivery_undone_after_its_invoice_is_neither_owed_nor_paid(world):
    """The grower's own invoice has no credit note of ours: the books and what is due follow the
    delivery."""
    found = take(world, invoice(world))
    stock.undo(key=uuid4(), movement=world.row, day=DAY, now=NOW, actor=None)
    assert due_of(found) == 0
    assert found.pk not in {row.pk for row in to_settle(world.chain, world.chain.lead)}
    grower = posting.grower_account(world.chain, world.farm)
    for _ in range(2):
        posting.post_undone(world.chain, NOW.date(), None)
        assert balance(grower).posted == 0


@db
def test_differences_are_said_and_must_be_accepted(world):
    xml = invoice(world, 4500)
    with pytest.raises(InvoiceRefused, match="diffèrent"):
        take(world, xml)
    assert not Document.objects.exists()
    found = take(world, xml, accepts=True)
    assert found.content["differences"] == [
        "La facture demande 45\xa0€, soit 5\xa0€ de plus que les livraisons (40\xa0€)."
    ]
    grower = posting.grower_account(world.chain, world.farm)
    assert balance(grower).posted == due_of(found) == 4500


@db
def test_quantities_that_differ_are_named(world):
    make_lot(world.carrot, world.site, 500, value_cents=1, origin=world.farm, day=DAY)
    said, _ = read_xml(invoice(world))
    rows = list(receiving.waiting(world.chain, world.farm, world.chain.lead, said))
    assert "Carottes : 2\xa0kg sur la facture, 2,5\xa0kg dans les livraisons." in (
        receiving.differences(said, rows)
    )


def swapped(old: bytes, new: bytes):
    return lambda xml: xml.replace(old, new)


@db
@pytest.mark.parametrize(
    ("change", "words_"),
    [
        (swapped(b">40.00</ram:Grand", b">41.00</ram:Grand"), "hors taxe et TVA font"),
        (swapped(b"<ram:TypeCode>380<", b"<ram:TypeCode>381<"), "type 381"),
        (swapped(b"ram:BuyerTradeParty", b"ram:BuyerParty"), "Il manque"),
        (swapped(b">EUR</ram:Invoice", b">USD</ram:Invoice"), "euro"),
        (swapped(b">20270331</udt", b">20270405</udt"), "pas encore venu"),
        (swapped(b">40.00<", b">1e3000000<"), "ne se lit pas"),
        (lambda xml: b"<!DOCTYPE a>" + xml, "refusé"),
        (lambda xml: b"<a/>", "pas une facture Factur-X"),
        (lambda xml: b"", "refusé"),
        (lambda xml: b"<a>" * 100, "refusé"),
        (lambda xml: b"<a>" + b" " * 600_000 + b"</a>", "trop grande"),
    ],
)
def test_what_is_no_right_invoice_is_refused_and_nothing_is_written(world, change, words_):
    with pytest.raises(Refusal, match=words_):
        take(world, change(invoice(world)))
    assert not Document.objects.exists()
    assert balance(posting.grower_account(world.chain, world.farm)).posted == 0


@db
def test_a_stranger_seller_or_buyer_is_named(world):
    xml = invoice(world)
    for organisation, said in ((world.farm, "vendeur"), (world.chain.lead, "adressée à")):
        other = xml.replace(organisation.siret.encode(), b"73282932000074").replace(
            organisation.siret[:9].encode(), b"732829320"
        )
        with pytest.raises(InvoiceRefused, match=said):
            take(world, other)


def with_xml(xml: bytes, name: str = "factur-x.xml") -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments[name] = pikepdf.AttachedFileSpec(document, xml)
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def test_the_xml_of_a_pdf_is_found_and_hostile_files_are_refused():
    xml = xml_of(frozen("invoice", line(1205)).content)
    given = read_given(content=with_xml(xml), name="f.pdf")
    assert given.said.total_cents == 1205 and given.schema_faults == []
    assert given.pdf is not None and given.pdf.original_name == "f.pdf"
    for content, said in (
        (pdf(), "ne contient pas de facture"),
        (with_xml(xml, "autre.xml"), "ne contient pas de facture"),
        (with_xml(b"MZ", "virus.exe"), "contient un programme"),
        (b"%PDF-1.7 rien", "abîmé"),
        (b"\x89PNG\r\n\x1a\n", "abîmée"),
        (b"bonjour", "n'est pas accepté"),
    ):
        with pytest.raises(Refusal, match=said):
            read_given(content=content, name="f.pdf")


def test_the_command_checks_a_file_and_says_what_it_holds(tmp_path, capsys):
    xml = xml_of(frozen("invoice", line(1205)).content)
    good, bad, none = (tmp_path / name for name in ("bon.pdf", "faux.xml", "rien.xml"))
    good.write_bytes(with_xml(xml))
    bad.write_bytes(xml.replace(b">12.05</ram:GrandTotalAmount>", b">13.05</ram:GrandTotalAmount>"))
    assert main(["invoice", "--check", str(good)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["juste"] is True and told["facture"]["total_cents"] == 1205
    assert main(["invoice", "--check", str(bad)]) == 1
    assert "le total dit" in json.loads(capsys.readouterr().out)["fautes"]["additions"][0]
    assert main(["invoice", "--check", str(none)]) == 2
    assert "ne se lit pas" in capsys.readouterr().err


@pytest.fixture
def moment(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel("2027-04-02 10:00", tick=True):
        yield


def give(client, url, content: bytes):
    return client.post(url, {"paper": SimpleUploadedFile("facture.pdf", content)})


@db
def test_the_page_from_the_file_to_the_document(moment, world):
    url = reverse("billing:receive", args=[world.chain.slug])
    assert codes(world, url, "lead", "grower", "stranger") == {
        "lead": 200,
        "grower": 403,
        "stranger": 404,
    }
    page = give(world.lead, url, with_xml(invoice(world, 4500)))
    assert page.status_code == 200 and not Document.objects.exists()
    assert "45 €, soit 5 € de plus" in words(page)
    sent = {name: str(page.context[name]) for name in ("given", "key")} | {"row": world.row.pk}
    again = world.lead.post(url, sent)
    assert again.status_code == 422 and "diffèrent" in words(again)
    assert f'value="{world.row.pk}" checked' in words(again)
    assert f'name="read" value="{world.row.pk}"' in page.content.decode()
    more = make_lot(world.carrot, world.site, 9, value_cents=9, origin=world.farm, day=DAY)
    ticked = {"row": [world.row.pk, more.movements.get().pk]}
    other = world.lead.post(url, sent | ticked | {"accepts": "on", "read": world.row.pk})
    assert other.status_code == 422 and "4,91 € de plus" in words(other)
    assert not Document.objects.exists(), "differences that nobody read are not accepted"
    sent |= {"accepts": "on", "read": world.row.pk}
    done = world.lead.post(url, sent, follow=True)
    document = Document.objects.get()
    assert "Écarts avec les livraisons, acceptés" in words(done)
    file = reverse("downloads:download", args=[document.received_file.name])
    assert codes(world, file, "lead", "grower", "rival", "stranger") == {
        "lead": 200,
        "grower": 200,
        "rival": 404,
        "stranger": 404,
    }
    for given in ("abc", sent["given"][:-2]):
        bad = world.lead.post(url, sent | {"given": given})
        assert bad.status_code == 422 and "abîmée" in words(bad)
    refused = give(world.lead, url, b"%PDF-1.7 rien")
    assert refused.status_code == 422 and "abîmé" in words(refused)
    assert Document.objects.count() == 1


@db
def test_another_buyer_of_the_chain_does_not_mix(world):
    """Documents of our own keep working beside received ones."""
    take(world, invoice(world))
    make_lot(world.carrot, world.site, 1000, value_cents=900, origin=world.farm, day=DAY)
    lead = world.chain.lead
    actions.sign_mandate(grower=world.farm, buyer=lead, signed_on=DAY, actor=None)
    month = {"first": date(2027, 3, 1), "last": date(2027, 3, 31), "day": date(2027, 4, 1)}
    own = documents.self_bill(
        chain=world.chain, buyer=lead, grower=world.farm, key=uuid4(), now=NOW, actor=None, **month
    )
    assert own.total_cents == 900
