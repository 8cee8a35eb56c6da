"""A sale in the books: each payer's part to the seller, and what the seller owes the grower."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.ledger.actions import Line, transfer_many
from ensemblier.base.ledger.models import Account, AccountKind, Transfer
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.models import DocumentKind, DocumentLine
from ensemblier.chain.cofinancing.accounts import opened, seller_account
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.models import Movement

OUTSIDE = "vente hors dispositif"


def till_account(site: Site) -> Account:
    """What people pay at a place: nobody's name."""
    return opened(site.chain, "caisse", site.pk, f"Caisse de {site.name}", AccountKind.CUSTOMER)


def buyer_account(chain: Chain, buyer: Organisation) -> Account:
    return opened(chain, "acheteur", buyer.pk, f"{buyer.name}, achats", AccountKind.CUSTOMER)


def grower_account(chain: Chain, grower: Organisation) -> Account:
    return opened(
        chain, "producteur", grower.pk, f"{grower.name}, livraisons", AccountKind.PRODUCER
    )


def bank_account(chain: Chain, owner: Organisation) -> Account:
    """The bank seen from the chain: below zero by what came in, above by what went out."""
    return opened(chain, "banque", owner.pk, f"{owner.name}, banque", AccountKind.PAYEE)


def post_line(line: SaleLine, shares: Sequence[Share], actor: Any) -> int:
    """Move each part of a line from its payer to the seller; how many moves that makes.

    A line without a scheme is paid whole by the buyer, or at the till. A part that the seller
    bears itself, a structure of last resort for instance, moves nothing.
    """
    sign = -1 if line.undoes_id else 1
    person = buyer_account(line.chain, line.buyer) if line.buyer else till_account(line.site)
    seller = seller_account(line.chain, line.seller)
    parts = [(s.rank, s.payer.account if s.payer else person, s.cents, s.reason) for s in shares]
    if not line.scheme and line.price_cents:
        parts = [(0, person, sign * line.price_cents, OUTSIDE)]
    moves = []
    for rank, account, cents, reason in parts:
        told = (line.pk, line.key, line.scheme, line.day, rank, cents, reason)
        if found := part_move(Posted(*told), payer=account, seller=seller, actor=actor):
            moves.append(found)
    return transfer_many(moves) if moves else 0


class Posted(NamedTuple):
    """One part of a line, as plain values."""

    line_id: int
    line_key: UUID
    scheme: str
    day: date
    rank: int
    cents: int
    reason: str


def part_move(part: Posted, *, payer: Account, seller: Account, actor: Any) -> Line | None:
    """The move of one part of a line; None when the seller bears it itself."""
    debit, credit = (payer, seller) if part.cents > 0 else (seller, payer)
    if debit.pk == credit.pk:
        return None
    return Line(
        key=uuid5(part.line_key, f"share:{part.rank}"),
        debit=debit,
        credit=credit,
        amount_cents=abs(part.cents),
        day=part.day,
        reason=f"{part.scheme or 'vente'} : {part.reason}",
        reference=f"ligne {part.line_id}",
        actor=actor,
    )


def post_purchase(movement: Movement, actor: Any) -> bool:
    """The seller owes the grower the whole value of what it bought, once, whoever pays for it
    afterwards and whether it sells or not. An undone purchase is owed back, if it was owed."""
    if not movement.value_cents or _posted(movement):
        return False
    grower, place = movement.party or movement.lot.origin, movement.target or movement.source
    assert place is not None, "a constraint of the table"
    buyer = seller_account(place.chain, place.keeper)
    debit, credit = buyer, grower_account(place.chain, grower)
    if movement.undoes is not None:
        if not _posted(movement.undoes):
            return False
        debit, credit = credit, debit
    transfer_many([purchase_move(movement, debit, credit, actor)])
    return True


def post_purchases(
    movements: Sequence[Movement], chain: Chain, buyer: Organisation, actor: Any
) -> int:
    """What `post_purchase` writes for each of these purchases of one buyer, in one go."""
    owed = {uuid5(row.key, "grower"): row for row in movements if row.value_cents}
    known = set(Transfer.objects.filter(key__in=list(owed)).values_list("key", flat=True))
    growers = {row.party or row.lot.origin for row in owed.values()}
    credits = {grower.pk: grower_account(chain, grower) for grower in growers}
    debit = seller_account(chain, buyer)
    moves = [
        purchase_move(row, debit, credits[row.party_id or row.lot.origin_id], actor)
        for key, row in owed.items()
        if key not in known
    ]
    return transfer_many(moves) if moves else 0


def post_undone(chain: Chain, until: date, actor: Any) -> int:
    """Owe back the purchases undone since they were owed, that no invoice of ours holds: a sale of
    the lot, or the grower's own invoice, had written them in the books. Those of an invoice that
    the buyer wrote are given back by its credit note; nobody writes one for the grower's own."""
    ours = DocumentLine.objects.filter(kind=DocumentKind.SELF_BILLED).values("movement")
    rows = Movement.objects.filter(
        lot__chain=chain,
        kind=Movement.Kind.PURCHASE,
        undoes__isnull=False,
        day__lte=until,
        value_cents__gt=0,
    )
    rows = (
        rows.exclude(undoes__in=ours.filter(movement__isnull=False))
        .select_related("lot__origin", "party", "source__keeper", "source__chain", "undoes")
        .order_by("pk")
    )
    return sum(post_purchase(row, actor) for row in rows)


def purchase_move(movement: Movement, debit: Account, credit: Account, actor: Any) -> Line:
    return Line(
        key=uuid5(movement.key, "grower"),
        debit=debit,
        credit=credit,
        amount_cents=movement.value_cents or 0,
        day=movement.day,
        reason=f"lot {movement.lot.number}, achat au producteur",
        reference=f"mouvement {movement.pk}",
        actor=actor,
    )


def _posted(movement: Movement) -> bool:
    return Transfer.objects.filter(key=uuid5(movement.key, "grower")).exists()
