"""Documents on paper: PDF/A-3 by its structure, the invoice and the lines inside, the same bytes.

No validator of PDF/A runs here: what is checked is what pikepdf can read, and no more is claimed.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest

from ensemblier.chain.billing.einvoice_xml import xml_of
from ensemblier.chain.billing.lines_csv import csv_of
from ensemblier.chain.billing.pdf import document_pdf
from ensemblier.chain.billing.rules import vat_rows
from ensemblier.chain.billing.wording import facts, quantity
from ensemblier.engines.law.invoices import NO_VAT, late_notes
from tests.factories_people import a_siret

DAY = date(2027, 3, 31)
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def party(number: int, name: str) -> dict[str, str]:
    facts = {"siret": a_siret(number), "rna": "", "address": "1 rue du Port", "city": "Lille"}
    return {"name": name} | facts


def line(cents: int, **more: Any) -> dict[str, Any]:
    facts = {"day": "2027-03-05", "product": "Carottes", "unit": "kg", "milli": 1500}
    return facts | {"cents": cents, "vat_rate": 550} | more


def frozen(kind: str, *lines: dict[str, Any], **more: Any) -> Any:
    """A document as it is frozen, without a database."""
    rows = vat_rows((row["vat_rate"], row["cents"]) for row in lines)
    totals = {name: sum(getattr(row, name) for row in rows) for name in rows[0]._fields[1:]}
    content = {
        "number": "F-2027-00001",
        "kind": kind,
        "day": DAY.isoformat(),
        "period": ["2027-03-01", "2027-03-31"],
        "issuer": party(1, "Épicerie du Port"),
        "seller": party(1, "Épicerie du Port"),
        "recipient": party(2, "Cantine"),
        "lines": list(lines),
        "vat": [row._asdict() for row in rows],
        "totals": totals,
        "notes": late_notes(DAY),
        "terms": "Paiement trente jours après la dernière livraison.",
        "due": "2027-04-30",
    } | more
    made = datetime(2027, 3, 31, 9, tzinfo=UTC)
    return SimpleNamespace(content=content, digest="0f" * 32, created_at=made)


def called(cents: int, **more: Any) -> dict[str, Any]:
    about = {"price_cents": 1205, "structure": "Épicerie", "reason": "40 parts sur 70"}
    return line(cents, line=7, legal_basis="") | about | {"nature": "grant"} | more


GRANT = {"mention": NO_VAT["grant"].mention, "category": "O", "vatex": "VATEX-EU-O"}
RECEIPT = {"rule": "BOI-BIC-RICI-20-30-10-20", "law": "code général des impôts, art. 238 bis"}
GIVEN = {"lot": "L4", "cost_cents": 10001, "percent": 50, "why": "derniers jours", "vat_rate": 0}
CORRECTED = {"corrects": "F-2027-00009", "corrects_day": "2027-03-02", "corrects_kind": "invoice"}
PAPERS = {
    "invoice": (frozen("invoice", line(1205), line(333)), True),
    "self_billed": (
        frozen("self_billed", line(1205), mention="Autofacturation", mandate="CGI"),
        True,
    ),
    "credit_note": (frozen("credit_note", line(-1205), **CORRECTED), True),
    "delivery_note": (frozen("delivery_note", line(0, lot="L4")), False),
    "funder_call": (
        frozen(
            "funder_call", called(482), scheme="Paniers", called="Ville", no_vat=GRANT, due=None
        ),
        False,
    ),
    "tax_receipt": (frozen("tax_receipt", line(5001, **GIVEN), **RECEIPT), False),
}


def words(document: Any) -> str:
    return str(facts(document.content, document.digest))


@pytest.mark.parametrize("kind", PAPERS)
def test_every_kind_has_a_paper_with_its_lines_inside(kind):
    document, invoice = PAPERS[kind]
    made = document_pdf(document)
    assert made == document_pdf(document), "the same document gives the same bytes"
    with pikepdf.open(io.BytesIO(made)) as pdf:
        metadata = pdf.open_metadata(set_pikepdf_as_editor=False)
        assert metadata.pdfa_status == "3A" and "/StructTreeRoot" in pdf.Root
        inside = {name: spec for name, spec in pdf.attachments.items()}
        relations = {name: str(spec.obj.AFRelationship) for name, spec in inside.items()}
        assert len(pdf.Root.AF) == len(inside)
        lines = inside["lignes.csv"].get_file().read_bytes()
        assert lines.decode() == csv_of(document.content)
        if not invoice:
            assert relations == {"lignes.csv": "/Supplement"} and f"{FX}Version" not in metadata
            return
        assert relations["factur-x.xml"] == "/Alternative"
        assert inside["factur-x.xml"].get_file().read_bytes() == xml_of(document.content)
        said = {name: metadata[f"{FX}{name}"] for name in ("DocumentFileName", "ConformanceLevel")}
        assert said == {"DocumentFileName": "factur-x.xml", "ConformanceLevel": "EN 16931"}


def test_what_each_paper_must_say():
    receipt = words(PAPERS["tax_receipt"][0])
    assert "cinquante euros et un centime" in receipt and "article 238 bis" in receipt
    assert "60\\xa0%" in receipt and "prix de revient" in receipt.lower()
    call = words(PAPERS["funder_call"][0])
    assert "40 parts sur 70" in call and "Hors champ de la TVA" in call
    assert "Ni nom ni carte" in call
    note = words(PAPERS["delivery_note"][0])
    assert "L4" in note and "€" not in note
    assert "F-2027-00009" in words(PAPERS["credit_note"][0])
    assert "30\\xa0avril\\xa02027" in words(PAPERS["invoice"][0])


def test_the_csv_of_the_lines_holds_no_formula():
    text = csv_of(frozen("delivery_note", line(0, lot="=1+1", product="@x", late=True)).content)
    head, row = text.removeprefix("\ufeff").split("\r\n")[:2]
    assert head == "jour;lot;produit;quantité;unité;montant;TVA en %;reportée"
    assert row == "2027-03-05;'=1+1;'@x;1,500;kg;0,00;5,50;oui"


@pytest.mark.parametrize(
    ("milli", "unit", "told"),
    [
        (1500, "kg", "1,5\xa0kg"),
        (2000, "basket", "2\xa0paniers"),
        (1000, "basket", "1\xa0panier"),
        (1_234_000, "meal", "1\xa0234\xa0repas"),
        (-500, "litre", "−0,5\xa0litre"),
    ],
)
def test_quantities_in_words(milli, unit, told):
    assert quantity(milli, unit) == told
