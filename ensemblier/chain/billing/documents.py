"""The six kinds of documents of a chain, each from the facts that wait for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Unpack
from uuid import uuid5

from django.db import transaction

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation, OrganisationKind
from ensemblier.chain.billing import queries
from ensemblier.chain.billing.freezing import Asked, Fact, Frame, freeze, hold_deliveries
from ensemblier.chain.billing.models import Document, DocumentKind
from ensemblier.chain.billing.posting import post_purchase, post_purchases, post_undone
from ensemblier.chain.billing.refusals import (
    BadGift,
    MandateMissing,
    NotADonee,
    NotAuthorised,
    NotCredited,
    PayerWithoutAddress,
)
from ensemblier.chain.cofinancing.models import SchemePayer, Share
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.actions import aid_days
from ensemblier.chain.stock.models import Movement
from ensemblier.engines.cofinancing.scheme import Payment
from ensemblier.engines.food_gifts import PastUseBy, food_gift
from ensemblier.engines.law.gifts import FOOD_SOURCE

# What a credit note corrects: nobody writes one in the name of a grower who sends its own invoices.
CREDITED = (DocumentKind.INVOICE, DocumentKind.SELF_BILLED)
# Those to whom a gift lowers no tax, whatever their social purpose (CGI, art. 238 bis).
COMPANIES = (OrganisationKind.COMPANY, OrganisationKind.FARM)


@transaction.atomic
def self_bill(
    *,
    chain: Chain,
    buyer: Organisation,
    grower: Organisation,
    vat_rate: int | None = None,
    payer: Organisation | None = None,
    **asked: Unpack[Asked],
) -> Document:
    """The month's invoice of a grower, written by the buyer by mandate: one for all deliveries.

    What it says is owed is in the books too, sold or not. The rate of VAT is the mandate's.
    """
    mandate = queries.mandate_on(grower, buyer, asked["day"])
    if mandate is None:
        raise MandateMissing(grower.name, buyer.name, asked["day"])
    rate = mandate.vat_rate if vat_rate is None else vat_rate
    hold_deliveries(buyer, grower)

    def facts() -> Iterator[Fact]:
        rows = queries.deliveries_to_bill(chain, buyer, asked["last"]).filter(party=grower)
        post_purchases(list(rows), chain, buyer, asked["actor"])
        for row in rows:
            yield Fact("movement", row.pk, row.value_cents or 0, _moved(row), rate)

    said = {"mention": "Autofacturation", "mandate": "code général des impôts, art. 289, I-2"}
    frame = Frame(
        chain,
        DocumentKind.SELF_BILLED,
        buyer,
        grower,
        buyer,
        payer,
        no_vat=mandate.no_vat,
        said=said,
    )
    return freeze(frame, asked, facts)


@transaction.atomic
def self_bill_month(
    *, chain: Chain, buyer: Organisation, vat_rate: int | None = None, **asked: Unpack[Asked]
) -> list[Document]:
    """One invoice for each grower who gave a mandate; `growers_without_mandate` says who waits."""
    documents = []
    post_undone(chain, asked["last"], asked["actor"])
    for grower in queries.growers_to_bill(chain, buyer, asked["last"]):
        if queries.mandate_on(grower, buyer, asked["day"]):
            mine: Asked = {**asked, "key": uuid5(asked["key"], f"grower:{grower.pk}")}
            documents.append(
                self_bill(chain=chain, buyer=buyer, grower=grower, vat_rate=vat_rate, **mine)
            )
    return documents


@transaction.atomic
def invoice(
    *,
    chain: Chain,
    seller: Organisation,
    buyer: Organisation,
    payer: Organisation | None = None,
    no_vat: str = "",
    written_by: Organisation | None = None,
    **asked: Unpack[Asked],
) -> Document:
    """What an organisation bought: its own part of each line, when payers share the rest.

    `payer`: a third party who pays in place of the buyer. `written_by`: who writes it, who needs
    the seller's mandate when it is another (CGI, art. 289, I-2): the seller's VAT is the mandate's,
    where its lines say none.
    """
    rate = 0
    if written_by is not None and written_by != seller:
        mandate = queries.mandate_on(seller, written_by, asked["day"])
        if mandate is None:
            raise MandateMissing(seller.name, written_by.name, asked["day"], field="seller")
        rate, no_vat = mandate.vat_rate, no_vat or mandate.no_vat

    def facts() -> Iterator[Fact]:
        for line in queries.lines_to_bill(chain, seller, buyer, asked["last"]):
            yield Fact("sale_line", line.pk, _own_part(line), _sold(line), line.vat_rate or rate)

    frame = Frame(chain, DocumentKind.INVOICE, seller, seller, buyer, payer, no_vat=no_vat)
    return freeze(frame, asked, facts)


@transaction.atomic
def credit_note(*, document: Document, **asked: Unpack[Asked]) -> Document:
    """Give back what was undone since a document was frozen: the opposite of each of its facts."""
    if document.kind not in CREDITED:
        raise NotCredited(document.get_kind_display())

    def facts() -> Iterator[Fact]:
        for line in document.lines.select_related("sale_line__undone_by", "movement__undone_by"):
            row = line.sale_line or line.movement
            opposite = getattr(row, "undone_by", None)
            if opposite is None or opposite.document_lines.filter(kind="credit_note").exists():
                continue
            source = "sale_line" if line.sale_line else "movement"
            if source == "movement":
                post_purchase(opposite, asked["actor"])
            told = _sold(opposite) if source == "sale_line" else _moved(opposite)
            yield Fact(source, opposite.pk, -line.cents, told, rates[line.pk])

    lines = list(document.lines.order_by("pk").values_list("pk", flat=True))
    frozen = [row["vat_rate"] for row in document.content["lines"]]
    rates = dict(zip(lines, frozen, strict=True))
    frame = Frame(
        document.chain,
        DocumentKind.CREDIT_NOTE,
        document.issuer,
        document.seller,
        document.recipient,
        corrects=document,
        no_vat=document.content.get("no_vat", {}).get("code", ""),
    )
    return freeze(frame, asked, facts)


@transaction.atomic
def funder_call(
    *,
    payer: SchemePayer,
    issuer: Organisation | None = None,
    no_vat: str = "",
    **asked: Unpack[Asked],
) -> Document:
    """What a payer of a scheme owes for its parts, line by line; no card and no household."""
    if payer.organisation is None:
        raise PayerWithoutAddress(payer.name)
    chain = payer.scheme.chain
    caller = issuer or chain.lead

    def facts() -> Iterator[Fact]:
        for share in queries.shares_to_call(payer, asked["last"]):
            terms = _terms(share, payer.name)
            # Only a complement of the price bears the tax of the sale (domain rules, section 10).
            rate = share.line.vat_rate if terms.nature == "complement" else 0
            told = _sold(share.line) | {
                "structure": share.line.seller.name,
                "reason": share.reason,
                "nature": terms.nature,
                "legal_basis": terms.legal_basis,
            }
            yield Fact("share", share.pk, share.cents, told, rate)

    said = {"scheme": payer.scheme.name, "called": payer.name}
    frame = Frame(
        chain,
        DocumentKind.FUNDER_CALL,
        caller,
        caller,
        payer.organisation,
        no_vat=no_vat,
        said=said,
    )
    return freeze(frame, asked, facts)


@transaction.atomic
def delivery_note(
    *, chain: Chain, keeper: Organisation, party: Organisation, **asked: Unpack[Asked]
) -> Document:
    """What left a place for somebody: quantities, lots and dates, without a price."""

    def facts() -> Iterator[Fact]:
        for row in queries.goods_to_deliver(chain, keeper, party, asked["last"]):
            yield Fact("movement", row.pk, 0, _moved(row))

    return freeze(Frame(chain, DocumentKind.DELIVERY_NOTE, keeper, keeper, party), asked, facts)


@transaction.atomic
def tax_receipt(
    *,
    chain: Chain,
    keeper: Organisation,
    donor: Organisation,
    unmarketable: Collection[int] = (),
    **asked: Unpack[Asked],
) -> Document:
    """The receipt of a company's gifts of food, at the value of the dated rule. A gift undone since
    an earlier receipt comes off this one, for what that receipt said.

    Food lowers the donor's tax only when an authorisation for food aid covers its day: what none
    covers is left out, and the receipt says so.

    A movement's `value_cents` is the donor's cost price. `unmarketable`: numbers of the movements
    of food that could be eaten but no longer sold as usual; a lot with a legal status is such.
    """
    if keeper.kind in COMPANIES:
        raise NotADonee(keeper.name)
    said: dict[str, Any] = {"rule": FOOD_SOURCE, "law": "code général des impôts, art. 238 bis"}
    last = asked["last"]

    def facts() -> Iterator[Fact]:
        given, left = _covered(keeper, queries.gifts_to_receipt(chain, keeper, donor, last))
        undone = list(queries.gifts_undone(chain, keeper, donor, last))
        if left and not given and not undone:
            raise NotAuthorised(keeper.name, left[0].day)
        if left:
            said["left_out"] = [f"lot {row.lot.number}, du {row.day:%d/%m/%Y}" for row in left]
        for row in given:
            yield _given(row, row.pk not in unmarketable and not row.lot.legal_status)
        for row in undone:
            yield _taken_back(row)

    frame = Frame(chain, DocumentKind.TAX_RECEIPT, keeper, keeper, donor, said=said)
    receipt = freeze(frame, asked, facts)
    if receipt.total_cents < 0:
        raise BadGift(
            "Ce qui fut annulé depuis un reçu dépasse les dons de cette période : il n'y a rien à "
            "attester. Prévenez le donateur, et choisissez une période plus longue."
        )
    return receipt


def _covered(
    keeper: Organisation, gifts: Iterable[Movement]
) -> tuple[list[Movement], list[Movement]]:
    """Those on whose day it was authorised for food aid, and the others."""
    found = list(gifts)
    days = aid_days(keeper, {row.day for row in found})
    return [row for row in found if row.day in days], [row for row in found if row.day not in days]


def _given(row: Movement, marketable: bool) -> Fact:
    if row.value_cents is None:
        raise BadGift(
            f"Le don du lot {row.lot.number} n'a pas de prix de revient. Demandez-le au donateur, "
            "qui seul peut l'évaluer."
        )
    try:
        valued = food_gift(row.value_cents, row.day, row.lot.use_by, marketable=marketable)
    except PastUseBy as refusal:
        raise BadGift(
            f"Le don du lot {row.lot.number} ne compte pas\u00a0: {refusal}. Corrigez la date du "
            "don ou celle du lot."
        ) from refusal
    told = {"cost_cents": row.value_cents, "percent": valued.percent, "why": valued.why}
    return Fact("movement", row.pk, valued.cents, _moved(row) | told)


def _taken_back(row: Movement) -> Fact:
    """The opposite of a gift, for what the receipt that holds it said."""
    held = row.undoes.document_lines.select_related("document").get(kind=DocumentKind.TAX_RECEIPT)
    why = f"don annulé, compté sur le reçu {held.document.number}"
    told = {"undoes": row.undoes_id, "cost_cents": 0, "percent": 100, "why": why}
    return Fact("movement", row.pk, -held.cents, _moved(row) | told)


def _own_part(line: SaleLine) -> int:
    if not line.scheme:
        return line.price_cents
    own: int = line.own_cents or 0  # type: ignore[attr-defined]  # read by lines_to_bill
    return own


def _terms(share: Share, name: str) -> Payment:
    return rule_of(share.version.text).payments.get(name, Payment())


def _moved(row: Movement) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "lot": row.lot.number,
        "product": row.lot.product.name,
        "milli": row.milli,
        "unit": row.lot.product.unit,
    }


def _sold(line: SaleLine) -> dict[str, Any]:
    return {
        "line": line.pk,
        "day": line.day.isoformat(),
        "product": line.product.name,
        "milli": line.milli,
        "unit": line.product.unit,
        "price_cents": line.price_cents,
        "undoes": line.undoes_id,
    }
