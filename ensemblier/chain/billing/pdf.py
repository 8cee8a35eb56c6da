"""A document as a readable PDF/A-3, tagged, with its XML and the CSV of its lines inside.

Made by typst from strings that it never reads as code; pikepdf then adds the metadata by which a
reader knows a Factur-X. The same frozen document gives the same bytes.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import typst

from ensemblier.chain.billing.einvoice import level, why_not
from ensemblier.chain.billing.einvoice_xml import CONFORMANCE, FILE_NAME, xml_of
from ensemblier.chain.billing.lines_csv import csv_of
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.wording import facts

SOURCE = Path(__file__).with_name("document.typ")
CSV_NAME = "lignes.csv"
# What PDF/A asks of words that are not its own: a schema that describes them, then their values
# (Factur-X 1.0, section 6.2). The schema joins the list that typst writes.
SCHEMAS = "<pdfaExtension:schemas><rdf:Bag>"
SCHEMA = """<rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"""
VALUES = """<rdf:Description rdf:about=""
 xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{file}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>{level}</fx:ConformanceLevel>
</rdf:Description>"""
PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"""
PROPERTIES = (
    ("DocumentFileName", "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE"),
    ("Version", "The actual version of the Factur-X XML schema"),
    ("ConformanceLevel", "The conformance level of the embedded Factur-X data"),
)


def document_pdf(document: Document) -> bytes:
    """The document to read, to file and, when it is an invoice, to send."""
    content = document.content
    invoice = not why_not(content)
    data = facts(content, document.digest) | {"attached": _attached(content, invoice)}
    made = _compile(data, document.created_at)
    return _with_metadata(made, CONFORMANCE[level(content)]) if invoice else made


def _attached(content: dict[str, Any], invoice: bool) -> list[dict[str, str]]:
    lines = {
        "name": CSV_NAME,
        "text": csv_of(content),
        "relation": "supplement",
        "media": "text/csv",
        "about": "Toutes les lignes de la pièce",
    }
    if not invoice:
        return [lines]
    xml = {
        "name": FILE_NAME,
        "text": xml_of(content).decode(),
        "relation": "alternative",
        "media": "text/xml",
        "about": "Facture électronique (Factur-X)",
    }
    return [xml, lines]


def _compile(data: dict[str, Any], made_at: datetime) -> bytes:
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )


def _with_metadata(made: bytes, conformance: str) -> bytes:
    """Add the words of Factur-X to those that typst wrote, and change nothing else."""
    properties = "".join(PROPERTY.format(name=name, about=about) for name, about in PROPERTIES)
    schema = SCHEMA.format(properties=properties)
    values = VALUES.format(file=FILE_NAME, level=conformance)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        packet = pdf.Root.Metadata.read_bytes().decode()
        if packet.count(SCHEMAS) != 1 or packet.count("</rdf:RDF>") != 1:
            raise RuntimeError("typst writes its metadata in another way: read this again")
        packet = packet.replace(SCHEMAS, SCHEMAS + schema)
        packet = packet.replace("</rdf:RDF>", values + "</rdf:RDF>")
        kind = {"Type": pikepdf.Name.Metadata, "Subtype": pikepdf.Name.XML}
        pdf.Root.Metadata = pdf.make_stream(packet.encode(), **kind)
        out = io.BytesIO()
        # The packet itself stays readable: PDF/A wants it so.
        pdf.save(out, deterministic_id=True, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()
