"""A Factur-X given by people, PDF or XML: read in bounded processes, hostile files refused."""

from __future__ import annotations

from typing import NamedTuple

from ensemblier.base.files.attached import attached_xml
from ensemblier.base.files.content import CheckedFile, check_bytes
from ensemblier.base.files.trees import TreeRefused, read_tree
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing.einvoice_xml import schema_faults
from ensemblier.chain.billing.received_reading import NotAnInvoice, SaidInvoice, read_invoice

NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
MOST_XML = 500_000
MORE_PROFILES = {
    "urn:factur-x.eu:1p0:minimum": "minimum",
    "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic": "basic",
}


class InvoiceRefused(Refusal):
    """The file is not an invoice that can be read."""


class GivenInvoice(NamedTuple):
    """What a file says, its XML, and the PDF to keep when it is one."""

    said: SaidInvoice
    xml: bytes
    pdf: CheckedFile | None
    schema_faults: list[str]


def read_given(*, content: bytes, name: str) -> GivenInvoice:
    """Read a PDF or an XML; a refusal says in French what is wrong."""
    pdf = None
    xml = content
    if not content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        pdf = check_bytes(content=content, name=name)
        if not pdf.content.startswith(b"%PDF-"):
            raise InvoiceRefused("Déposez la facture en PDF (Factur-X) ou son fichier XML.")
        xml = attached_xml(content=pdf.content, names=NAMES)
    said, faults = read_xml(xml)
    return GivenInvoice(said, xml, pdf, faults)


def read_xml(xml: bytes) -> tuple[SaidInvoice, list[str]]:
    """What the XML says, and what the schema of its profile finds wrong."""
    if len(xml) > MOST_XML:
        raise InvoiceRefused("Cette facture est trop grande : 500 ko de XML au plus.")
    try:
        said = read_invoice(read_tree(content=xml))
    except NotAnInvoice as fault:
        raise InvoiceRefused(str(fault)) from fault
    except TreeRefused as refusal:
        raise InvoiceRefused(
            "Ce fichier XML est refusé : il est vide, abîmé, ou contient des définitions "
            "(DOCTYPE ou entités) qu'une facture ne contient jamais."
        ) from refusal
    profile = profile_of(said.profile)
    if not profile:
        return said, [f"profil inconnu : {said.profile[:100]}"]
    return said, schema_faults(xml, profile)


def profile_of(urn: str) -> str:
    """The name of the profile whose schema we have, "" when there is none."""
    from facturx.facturx import FACTURX_LEVEL2xsd
    from facturx.generate_xml import LEVEL2BT_24

    known = {written: name for name, written in LEVEL2BT_24.items()} | MORE_PROFILES
    name = known.get(urn, "")
    return name if name in FACTURX_LEVEL2xsd else ""
