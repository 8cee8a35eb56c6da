"""A grower's own invoice, set beside its deliveries and recorded against them, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ensemblier.base.chains.models import Chain
from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.access import PURPOSE
from ensemblier.chain.billing.freezing import hold_deliveries
from ensemblier.chain.billing.models import Document, DocumentKind, DocumentLine
from ensemblier.chain.billing.posting import grower_account, post_purchase, seller_account
from ensemblier.chain.billing.queries import deliveries_to_bill, keepers_of
from ensemblier.chain.billing.received_file import InvoiceRefused, read_xml
from ensemblier.chain.billing.received_reading import SaidInvoice
from ensemblier.chain.billing.refusals import AlreadyBilled, DocumentKeyReused
from ensemblier.chain.billing.rules import digest_of
from ensemblier.chain.billing.wording import quantity
from ensemblier.chain.stock.models import Movement

INVOICES = ("380", "384", "389")
PERIOD = 31


class AlreadyReceived(InvoiceRefused):
    """This seller's invoice with this number is recorded."""

    status = 409

    def __init__(self, number: str, seller: str) -> None:
        super().__init__(
            f"La facture {number} de {seller} est déjà enregistrée. Si c'en est une autre, "
            "demandez-lui un autre numéro."
        )


def parties_of(chain: Chain, said: SaidInvoice) -> tuple[Organisation, Organisation]:
    """The grower and the buyer that the invoice names, found by their SIRET or SIREN."""
    seller = _party(said.seller.siret, said.seller.siren)
    if seller is None:
        raise InvoiceRefused(
            f"Aucune organisation inscrite ne porte le SIRET du vendeur, {said.seller.name}. "
            "Demandez-lui de s'inscrire sur le site : c'est gratuit."
        )
    buyer = next(
        (row for row in keepers_of(chain) if row.siren and row.siren == said.buyer.siren), None
    )
    if buyer is None:
        raise InvoiceRefused(
            f"Cette facture est adressée à {said.buyer.name}, qui ne tient aucun lieu de cette "
            "filière. Vérifiez le SIRET du client avec le vendeur."
        )
    return seller, buyer


def _party(siret: str, siren: str) -> Organisation | None:
    """One organisation only: a SIREN may have several places."""
    if siret:
        return Organisation.objects.filter(siret=siret).first()
    rows = list(Organisation.objects.filter(siret__startswith=siren)[:2]) if siren else []
    return rows[0] if len(rows) == 1 else None


def waiting(
    chain: Chain, grower: Organisation, buyer: Organisation, said: SaidInvoice
) -> QuerySet[Movement]:
    """The deliveries that this invoice may be about: on no invoice yet, up to its last day."""
    last = said.last or said.day
    return deliveries_to_bill(chain, buyer, last).filter(party=grower)


def differences(said: SaidInvoice, rows: Sequence[Movement]) -> list[str]:
    """In words, where the invoice and the deliveries do not say the same."""
    return list(_differences(said, rows))


def _differences(said: SaidInvoice, rows: Sequence[Movement]) -> Iterator[str]:
    delivered = sum(row.value_cents or 0 for row in rows)
    if said.total_cents != delivered:
        gap = euros(abs(said.total_cents - delivered))
        more = "de plus" if said.total_cents > delivered else "de moins"
        yield (
            f"La facture demande {euros(said.total_cents)}, soit {gap} {more} que les livraisons "
            f"({euros(delivered)})."
        )
    if said.first is not None:
        early = [row for row in rows if row.day < said.first]
        if early:
            yield (
                f"{len(early)} livraison(s) datent d'avant sa période, qui commence le "
                f"{in_words(said.first)}."
            )
    yield from _quantities(said, rows)


def _quantities(said: SaidInvoice, rows: Sequence[Movement]) -> Iterator[str]:
    billed: Counter[str] = Counter()
    brought: Counter[str] = Counter()
    names: dict[str, tuple[str, str]] = {}
    for line in said.lines:
        billed[_key(line.product)] += line.milli
        names[_key(line.product)] = (line.product, line.unit)
    for row in rows:
        product = row.lot.product
        brought[_key(product.name)] += row.milli
        names[_key(product.name)] = (product.name, product.unit)
    for key in sorted(names) if said.lines else ():
        name, unit = names[key]
        if billed[key] != brought[key]:
            yield (
                f"{name} : {quantity(billed[key], unit)} sur la facture, "
                f"{quantity(brought[key], unit)} dans les livraisons."
            )


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def record_received(
    *,
    key: UUID,
    chain: Chain,
    xml: bytes,
    pdf: CheckedFile | None,
    chosen: Collection[int],
    accepts: bool,
    actor: Any,
    now: datetime,
) -> Document:
    """Record a grower's invoice against the deliveries chosen; what they owe is in the books.

    `accepts`: a person saw the differences and takes the invoice as it is; the gap is then posted
    too, so that the books owe what the invoice asks.
    """
    said, faults = read_xml(xml)
    check(said, faults)
    seller, buyer = parties_of(chain, said)
    try:
        with transaction.atomic():
            hold_deliveries(buyer, seller)
            known = Document.objects.filter(key=key).first()
            if known is not None:
                if (known.seller_id, known.number) != (seller.pk, said.number):
                    raise DocumentKeyReused
                return known
            return _record(key, chain, said, (seller, buyer), pdf, chosen, accepts, actor, now)
    except IntegrityError as error:
        raise AlreadyBilled from error


def check(said: SaidInvoice, faults: Sequence[str]) -> None:
    """Refuse what is no invoice, or whose own sums are wrong."""
    if said.kind not in INVOICES:
        raise InvoiceRefused(
            f"Ce fichier est de type {said.kind[:5]}, pas une facture : un avoir se note en "
            "corrigeant les livraisons."
        )
    wrong = [*said.faults, *faults]
    if wrong:
        raise InvoiceRefused(
            f"Cette facture n'est pas juste : {wrong[0][:200]}. Demandez au vendeur d'en envoyer "
            "une autre."
        )


def _record(
    key: UUID,
    chain: Chain,
    said: SaidInvoice,
    parties: tuple[Organisation, Organisation],
    pdf: CheckedFile | None,
    chosen: Collection[int],
    accepts: bool,
    actor: Any,
    now: datetime,
) -> Document:
    seller, buyer = parties
    twice = Document.objects.filter(issuer=seller, kind=DocumentKind.RECEIVED, number=said.number)
    if twice.exists():
        raise AlreadyReceived(said.number, seller.name)
    if said.day > in_paris(now).date():
        raise InvoiceRefused("Cette facture est datée d'un jour qui n'est pas encore venu.")
    rows = [row for row in waiting(chain, seller, buyer, said) if row.pk in chosen]
    if not rows or len(rows) != len(set(chosen)):
        raise InvoiceRefused(
            "Cochez les livraisons que cette facture compte : elles doivent être de ce producteur "
            "et sur aucune facture."
        )
    gaps = differences(said, rows)
    if gaps and not accepts:
        raise InvoiceRefused(
            "La facture et les livraisons diffèrent. Lisez les écarts ci-dessous, puis "
            "acceptez-les ou demandez une autre facture.",
            field="accepts",
        )
    document = _frozen(key, chain, said, parties, rows, gaps, actor, now)
    if pdf is not None:
        kept = store(checked=pdf, purpose=PURPOSE, about=f"chain:{chain.pk}", actor=actor)
        document.received_file = kept
    document.save(force_insert=True)
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=document, kind=document.kind, movement=row, cents=row.value_cents or 0
        )
        for row in rows
    )
    _post(document, rows, actor)
    record(
        actor=actor,
        action="billing.received",
        subject=f"document:{document.pk}",
        data={"number": said.number, "digest": document.digest, "gaps": len(gaps)},
    )
    return document


def _frozen(
    key: UUID,
    chain: Chain,
    said: SaidInvoice,
    parties: tuple[Organisation, Organisation],
    rows: Sequence[Movement],
    gaps: list[str],
    actor: Any,
    now: datetime,
) -> Document:
    seller, buyer = parties
    first = said.first or min(row.day for row in rows)
    content = _content(said, first, gaps)
    return Document(
        chain=chain,
        kind=DocumentKind.RECEIVED,
        issuer=seller,
        seller=seller,
        recipient=buyer,
        number=said.number,
        day=said.day,
        first_day=first,
        last_day=said.last or said.day,
        due_on=said.due,
        net_cents=said.net_cents,
        vat_cents=said.vat_cents,
        total_cents=said.total_cents,
        content=content,
        digest=digest_of(content),
        key=key,
        created_at=now,
        created_by_id=getattr(actor, "pk", None),
    )


def _content(said: SaidInvoice, first: date, gaps: list[str]) -> dict[str, Any]:
    """What the invoice says, in the shape of our own documents."""
    names = ("rate", "net_cents", "vat_cents", "total_cents")
    parties = {
        role: {"name": party.name, "siret": party.siret, "address": ""}
        for role, party in (
            ("issuer", said.seller),
            ("seller", said.seller),
            ("recipient", said.buyer),
        )
    }
    return parties | {
        "format": 2,
        "number": said.number,
        "kind": DocumentKind.RECEIVED.value,
        "day": said.day.isoformat(),
        "period": [first.isoformat(), (said.last or said.day).isoformat()],
        "lines": [
            {
                "day": line.day.isoformat() if line.day else None,
                "product": line.product,
                "milli": line.milli,
                "unit": line.unit,
                "cents": line.net_cents,
                "vat_rate": line.rate,
            }
            for line in said.lines
        ],
        "vat": [
            dict(zip(names, (rate, net, vat, net + vat), strict=True))
            for rate, net, vat in said.rates
        ],
        "totals": {
            "net_cents": said.net_cents,
            "vat_cents": said.vat_cents,
            "total_cents": said.total_cents,
        },
        "differences": gaps,
    }


def _post(document: Document, rows: Sequence[Movement], actor: Any) -> None:
    """The books owe what the invoice asks: the deliveries, and the gap that was accepted."""
    for row in rows:
        post_purchase(row, actor)
    gap = document.total_cents - sum(row.value_cents or 0 for row in rows)
    if not gap:
        return
    debit = seller_account(document.chain, document.recipient)
    credit = grower_account(document.chain, document.seller)
    if gap < 0:
        debit, credit = credit, debit
    transfer(
        key=uuid5(document.key, "gap"),
        debit=debit,
        credit=credit,
        amount_cents=abs(gap),
        day=document.day,
        reason=f"écart accepté, facture {document.number}"[:200],
        reference=f"pièce {document.pk}",
        actor=actor,
    )
