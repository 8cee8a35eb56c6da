"""Pure rules of billing: prices of a line, VAT rounded once, numbers, and digests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple

from ensemblier.engines.law.invoices import ASSOCIATION, FARMER, FRANCHISE
from ensemblier.engines.law.vat import rates

# Why most sellers of a kind bear no VAT: an assumption that the form shows and lets be changed.
USUAL_NO_VAT = {"association": ASSOCIATION, "network": ASSOCIATION, "farm": FARMER}
PREFIX = {
    "invoice": "F",
    "self_billed": "AF",
    "credit_note": "AV",
    "delivery_note": "BL",
    "funder_call": "AP",
    "tax_receipt": "RF",
}
# Documents that somebody pays.
PAID = ("invoice", "self_billed", "received", "funder_call")
WHOLE = 10_000
# Rates of VAT that a price may hold, as they are read.
VAT_RATES = {
    rate: f"{rate // 100},{rate % 100:02d}".rstrip("0").rstrip(",") + " %" if rate else "Sans TVA"
    for rate in rates()
}


class VatRow(NamedTuple):
    """One rate of a document, in ten-thousandths, and its three amounts in cents."""

    rate: int
    net_cents: int
    vat_cents: int
    total_cents: int


def line_cents(unit_cents: int, milli: int) -> int:
    """The price of a quantity, rounded half up on the line."""
    return (2 * unit_cents * milli + 1000) // 2000


def vat_rows(amounts: Iterable[tuple[int, int]]) -> list[VatRow]:
    """(rate, cents with tax) of each line -> one row a rate: tax is rounded once a document and
    rate, on the sum. A negative sum is the mirror of the positive one."""
    sums: dict[int, int] = {}
    for rate, cents in amounts:
        sums[rate] = sums.get(rate, 0) + cents
    return [vat_row(rate, sums[rate]) for rate in sorted(sums)]


def vat_row(rate: int, total: int) -> VatRow:
    """An amount with tax in its two parts, the net rounded half up."""
    whole = WHOLE + rate
    size = (2 * abs(total) * WHOLE + whole) // (2 * whole)
    net = size if total >= 0 else -size
    return VatRow(rate, net, total - net, total)


def usual_no_vat(kind: str) -> str:
    """The reason assumed for a seller of this kind when nobody said another."""
    return USUAL_NO_VAT.get(kind, FRANCHISE)


def number(kind: str, year: int, rank: int, who: str = "") -> str:
    """F-2027-00001. `who`, where another writes for the seller, tells both: a grower never has two
    invoices of one number, whoever writes them (CGI, annexe II, art. 242 nonies A)."""
    return f"{PREFIX[kind]}{who}-{year}-{rank:05d}"


def digest_of(content: dict[str, Any]) -> str:
    """The fingerprint of a frozen content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
