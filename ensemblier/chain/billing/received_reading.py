"""What a Factur-X of somebody else says: taken from its XML, its sums done again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ensemblier.base.bank.iso import cents as _cents
from ensemblier.base.files.trees import Node, Tree
from ensemblier.base.pages.formats import euros_exact

UNITS = {"KGM": "kg", "LTR": "litre"}
DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
NUMBER = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,8}))?", re.ASCII)
TRADE = "SupplyChainTradeTransaction"
SETTLED = f"{TRADE}/ApplicableHeaderTradeSettlement"
SUMS = f"{SETTLED}/SpecifiedTradeSettlementHeaderMonetarySummation"
AGREED = f"{TRADE}/ApplicableHeaderTradeAgreement"
KINDS = {"380": "facture", "389": "autofacture", "381": "avoir", "261": "avoir d'autofacture"}


class NotAnInvoice(ValueError):
    """In French, why this XML is not a Factur-X that can be read."""


class Party(NamedTuple):
    name: str
    siren: str
    siret: str


class SaidLine(NamedTuple):
    product: str
    milli: int
    unit: str
    rate: int
    net_cents: int
    day: date | None


class SaidInvoice(NamedTuple):
    """The invoice in few words; `faults` are sums that do not add up, in French."""

    profile: str
    kind: str
    number: str
    day: date
    first: date | None
    last: date | None
    due: date | None
    currency: str
    seller: Party
    buyer: Party
    payer: Party | None
    lines: list[SaidLine]
    rates: list[tuple[int, int, int]]
    net_cents: int
    vat_cents: int
    total_cents: int
    faults: list[str]


def read_invoice(tree: Tree) -> SaidInvoice:
    """Raises NotAnInvoice when it is something else, or lacks what every invoice says."""
    root = tree.root
    if root.name != "CrossIndustryInvoice":
        raise NotAnInvoice(
            "Ce fichier XML n'est pas une facture Factur-X (CII). Demandez ce format au vendeur."
        )
    number = root.words("ExchangedDocument/ID")
    day = day_of(root.words("ExchangedDocument/IssueDateTime/DateTimeString"))
    seller, buyer = (_party(root.one(f"{AGREED}/{name}")) for name in PARTIES)
    if not number or len(number) > 35 or day is None or seller is None or buyer is None:
        raise NotAnInvoice(
            "Il manque à cette facture son numéro, sa date, son vendeur ou son client."
        )
    period = root.one(f"{SETTLED}/BillingSpecifiedPeriod") or Node("", "", {}, [])
    found = SaidInvoice(
        profile=root.words(
            "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"
        ),
        kind=root.words("ExchangedDocument/TypeCode"),
        number=number,
        day=day,
        first=day_of(period.words("StartDateTime/DateTimeString")),
        last=day_of(period.words("EndDateTime/DateTimeString")),
        due=day_of(
            root.words(f"{SETTLED}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString")
        ),
        currency=root.words(f"{SETTLED}/InvoiceCurrencyCode"),
        seller=seller,
        buyer=buyer,
        payer=_party(root.one(f"{SETTLED}/PayerTradeParty")),
        lines=list(_lines(root)),
        rates=list(_rates(root)),
        net_cents=_amount(root, f"{SUMS}/TaxBasisTotalAmount"),
        vat_cents=_amount(root, f"{SUMS}/TaxTotalAmount", missing=0),
        total_cents=_amount(root, f"{SUMS}/GrandTotalAmount"),
        faults=[],
    )
    return found._replace(faults=list(_faults(found, root)))


PARTIES = ("SellerTradeParty", "BuyerTradeParty")


def day_of(text: str) -> date | None:
    match = DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _party(node: Node | None) -> Party | None:
    if node is None:
        return None
    siret = next(
        (i.text for i in node.all("GlobalID") if i.attributes.get("schemeID") == "0009"), ""
    )
    legal = node.words("SpecifiedLegalOrganization/ID")
    if not siret and len(legal) == 14:
        siret = legal
    siren = (siret or legal)[:9]
    return Party(node.words("Name")[:200], siren if siren.isdigit() else "", siret)


def _amount(root: Node, path: str, missing: int | None = None) -> int:
    node = root.one(path)
    if node is None and missing is not None:
        return missing
    sign = -1 if node is not None and node.text.startswith("-") else 1
    bare = node._replace(text=node.text.removeprefix("-"), attributes={}) if node else None
    found, _ = _cents(bare)
    if found is None:
        raise NotAnInvoice("Un montant de cette facture ne se lit pas.")
    return sign * found


def _lines(root: Node) -> Iterator[SaidLine]:
    for node in root.all(f"{TRADE}/IncludedSupplyChainTradeLineItem"):
        quantity = node.one("SpecifiedLineTradeDelivery/BilledQuantity")
        unit = quantity.attributes.get("unitCode", "") if quantity else ""
        settled = "SpecifiedLineTradeSettlement"
        event = "SpecifiedLineTradeDelivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime"
        yield SaidLine(
            product=node.words("SpecifiedTradeProduct/Name")[:200],
            milli=_scaled(quantity.text if quantity else "", 3),
            unit=UNITS.get(unit, "piece"),
            rate=_scaled(node.words(f"{settled}/ApplicableTradeTax/RateApplicablePercent"), 2),
            net_cents=_amount(
                node, f"{settled}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
            ),
            day=day_of(node.words(f"{event}/DateTimeString")),
        )


def _rates(root: Node) -> Iterator[tuple[int, int, int]]:
    for node in root.all(f"{SETTLED}/ApplicableTradeTax"):
        yield (
            _scaled(node.words("RateApplicablePercent"), 2),
            _amount(node, "BasisAmount"),
            _amount(node, "CalculatedAmount"),
        )


def _scaled(text: str, places: int) -> int:
    """« 1.5 » on three places -> 1500, further digits cut off; 0 when it is not a number."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return 0
    found = int(match[2] + (match[3] or "")[:places].ljust(places, "0"))
    return -found if match[1] else found


def _faults(said: SaidInvoice, root: Node) -> Iterator[str]:
    """What the sums of the standard ask for (BR-CO-10, 13, 14, 15)."""
    if said.currency != "EUR":
        yield f"elle est en {said.currency[:3] or 'monnaie inconnue'} : seul l'euro se lit ici"
    lines = _amount(root, f"{SUMS}/LineTotalAmount", missing=said.net_cents)
    told = sum(line.net_cents for line in said.lines)
    if said.lines and told != lines:
        yield f"les lignes font {euros_exact(told)}, et leur total dit {euros_exact(lines)}"
    allowed = _amount(root, f"{SUMS}/AllowanceTotalAmount", missing=0)
    charged = _amount(root, f"{SUMS}/ChargeTotalAmount", missing=0)
    if lines - allowed + charged != said.net_cents:
        yield f"le hors taxe ne suit pas des lignes : il dit {euros_exact(said.net_cents)}"
    vat = sum(amount for _, _, amount in said.rates)
    if said.rates and vat != said.vat_cents:
        told_vat = euros_exact(said.vat_cents)
        yield f"la TVA des taux fait {euros_exact(vat)}, et son total dit {told_vat}"
    total = said.net_cents + said.vat_cents
    if total != said.total_cents:
        told_total = euros_exact(said.total_cents)
        yield f"hors taxe et TVA font {euros_exact(total)}, et le total dit {told_total}"


def as_words(said: SaidInvoice) -> dict[str, Any]:
    """The invoice as plain values, for JSON."""
    names = ("rate", "net_cents", "vat_cents")
    return said._asdict() | {
        "kind_in_words": KINDS.get(said.kind, "autre"),
        "seller": said.seller._asdict(),
        "buyer": said.buyer._asdict(),
        "payer": said.payer._asdict() if said.payer else None,
        "lines": [line._asdict() for line in said.lines],
        "rates": [dict(zip(names, row, strict=True)) for row in said.rates],
    }
