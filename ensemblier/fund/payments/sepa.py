"""Orders of transfer as the banks read them (ISO 20022 pain.001): the same rows, the same bytes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sepaxml import SepaTransfer
from text_unidecode import unidecode

from ensemblier.base.pages.formats import in_paris

# EPC217-08: the characters that every bank of the area takes.
FOREIGN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")


class Order(NamedTuple):
    """One transfer: to whom, where, how much, with what words."""

    reference: str
    holder: str
    iban: str
    amount_cents: int
    remittance: str


class Heading(NamedTuple):
    """What is said once for the file."""

    message: str
    holder: str
    iban: str
    made_at: datetime
    execute_on: date
    version: str


def plain(text: str, length: int) -> str:
    """Without accents or signs that a bank would refuse, cut to what the format holds."""
    kept = " ".join(FOREIGN.sub(" ", unidecode(text)).split())
    return kept[:length].strip()


class _Transfer(SepaTransfer):  # type: ignore[misc]
    """The library draws its numbers and reads the clock; here both come from the rows."""

    def __init__(self, heading: Heading) -> None:
        self.heading = heading
        config = {
            "name": heading.holder,
            "IBAN": heading.iban,
            "batch": True,
            "currency": "EUR",
        }
        super().__init__(config, schema=heading.version, clean=True)
        self.msg_id = heading.message
        header = self._xml.find("CstmrCdtTrfInitn/GrpHdr")
        header.find("MsgId").text = heading.message
        header.find("CreDtTm").text = in_paris(heading.made_at).strftime("%Y-%m-%dT%H:%M:%S")

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        for rank, node in enumerate(self._xml.iter("PmtInf"), start=1):
            node.find("PmtInfId").text = f"{self.heading.message[:31]}-{rank}"
        # Without a BIC, the bank of the payer is « not provided » (EPC132-08).
        for node in self._xml.iter("FinInstnId"):
            if len(node) == 0:
                ET.SubElement(ET.SubElement(node, "Othr"), "Id").text = "NOTPROVIDED"


def transfer_file(heading: Heading, orders: Sequence[Order], *, check: bool = True) -> bytes:
    """The file, checked against the official schema shipped with the library when it is new."""
    writer = _Transfer(heading)
    for order in orders:
        payment: dict[str, Any] = {
            "name": order.holder,
            "IBAN": order.iban,
            "amount": order.amount_cents,
            "execution_date": heading.execute_on,
            "description": order.remittance,
            "endtoend_id": order.reference,
        }
        writer.add_payment(payment)
    content: bytes = writer.export(validate=check)
    return content
