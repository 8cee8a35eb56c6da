"""What can be done in billing: sell and undo in one transaction; record a mandate."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Unpack, cast
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.models import SelfBillingMandate
from ensemblier.chain.billing.posting import post_line, post_purchase
from ensemblier.chain.billing.queries import price_for, purchases_of, reference_prices
from ensemblier.chain.billing.refusals import BadPeriod, MandateKnown, NoPot, OtherLot
from ensemblier.chain.catalogue.queries import labels_on
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.models import Share, SharedLine
from ensemblier.chain.cofinancing.queries import scheme_of
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.facts import LineFacts, SoldFacts
from ensemblier.chain.distribution.models import Card, SaleLine
from ensemblier.chain.distribution.queries import right_on
from ensemblier.chain.distribution.refusals import BadLine, LineKeyReused
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Lot, Movement


def sell(
    *,
    key: UUID,
    now: datetime,
    actor: Any,
    lot: Lot | None = None,
    price_cents: int | None = None,
    card: Card | None = None,
    **facts: Unpack[SoldFacts],
) -> SaleLine:
    """Sell or hand over one line: goods out of the stock, right checked, price shared, each part
    posted. All or nothing; the same key gives the same line. Without `price_cents`, the
    catalogue's price of the day."""
    asked: dict[str, Any] = dict(facts)
    if price_cents is not None:
        asked["price_cents"] = price_cents
    try:
        with transaction.atomic():
            known = _known(key, card, lot, asked)
            return known or _sell(key, now, actor, lot, price_cents, card, facts)
    except IntegrityError:
        # The same key sent twice at once: the other request wrote the line.
        known = _known(key, card, lot, asked)
        if known is None:
            raise
        return known


def undo_sale(
    *, key: UUID, line: SaleLine, day: date, now: datetime, actor: Any, reason: str = ""
) -> SaleLine:
    """The opposite of a line in one transaction: goods back, parts back, money back; why is kept
    in the journal."""
    with transaction.atomic():
        known = SaleLine.objects.filter(key=key).first()
        if known is not None:
            if known.undoes_id != line.pk:
                raise LineKeyReused
            return known
        distribution.check_undo(line)
        _check_after(line, day)
        movement = None
        if line.movement is not None:
            movement = stock.undo(
                key=uuid5(key, "movement"), movement=line.movement, day=day, now=now, actor=actor
            )
        opposite = distribution.undo_line(
            key=key, line=line, day=day, now=now, actor=actor, movement=movement
        )
        # What was never shared has no part to give back: both lines stay out of every account.
        if not line.scheme or SharedLine.objects.filter(line=line).exists():
            post_line(opposite, _shared(opposite, actor), actor)
        record(
            actor=actor,
            action="billing.sale_undone",
            subject=f"sale_line:{line.pk}",
            reason=reason,
        )
        return opposite


def _check_after(line: SaleLine, day: date) -> None:
    """A month never gives back what it did not take."""
    if day < line.day:
        raise BadLine(
            f"Cette ligne est du {line.day:%d/%m/%Y} : son annulation vient ce jour-là ou après.",
            field="day",
        )


@transaction.atomic
def owe_purchase(*, movement: Movement, actor: Any) -> bool:
    """Write in the books what a purchase owes its grower; False when it was written before.

    `sell` does it at the first sale of the lot, the self-billed invoice for all that is delivered.
    """
    return post_purchase(movement, actor)


@transaction.atomic
def sign_mandate(
    *,
    grower: Organisation,
    buyer: Organisation,
    signed_on: date,
    actor: Any,
    ends: date | None = None,
    vat_rate: int = 0,
    no_vat: str = "",
    proof: StoredFile | None = None,
) -> SelfBillingMandate:
    """A grower lets a buyer write their invoices (CGI, art. 289, I-2), at its own rate of VAT."""
    if ends is not None and ends < signed_on:
        raise BadPeriod("La fin du mandat précède sa signature.", field="ends")
    said = {"ends": ends, "vat_rate": vat_rate, "no_vat": no_vat, "proof": proof}
    mandate, made = SelfBillingMandate.objects.get_or_create(
        grower=grower, buyer=buyer, signed_on=signed_on, defaults=said
    )
    if made:
        record(actor=actor, action="billing.mandate_signed", subject=f"mandate:{mandate.pk}")
    elif any(getattr(mandate, name) != value for name, value in said.items()):
        raise MandateKnown(grower.name, signed_on)
    return mandate


def _known(key: UUID, card: Card | None, lot: Lot | None, asked: dict[str, Any]) -> SaleLine | None:
    known = distribution.known_line(key=key, card=card, **asked)
    if known is not None:
        taken = known.movement.lot_id if known.movement else None
        if taken != getattr(lot, "pk", None):
            raise LineKeyReused
    return known


def _sell(
    key: UUID,
    now: datetime,
    actor: Any,
    lot: Lot | None,
    price_cents: int | None,
    card: Card | None,
    facts: SoldFacts,
) -> SaleLine:
    needs_card = _check(facts, lot)
    price = price_for(_with_tier(facts, card)) if price_cents is None else price_cents
    written: dict[str, Any] = {
        **facts,
        **reference_prices(facts),
        "price_cents": price,
        "movement": _take_out(key, now, actor, lot, price, facts),
        "labels": ";".join(labels_on(facts["product"], facts["day"], lot.origin if lot else None)),
    }
    line = distribution.write_line(
        key=key,
        now=now,
        actor=actor,
        card=card,
        needs_card=needs_card,
        **cast(LineFacts, written),
    )
    post_line(line, _shared(line, actor), actor)
    for purchase in purchases_of(lot) if lot else ():
        post_purchase(purchase, actor)
    return line


def _check(facts: SoldFacts, lot: Lot | None) -> bool:
    """Refuse before the stock moves what no line could be; whether the scheme asks for a card."""
    if facts["milli"] <= 0:
        raise BadLine("La quantité doit être supérieure à zéro.", field="milli")
    if lot is not None and lot.product_id != facts["product"].pk:
        raise OtherLot(lot.number, lot.product.name)
    code = facts.get("scheme", "")
    if not code:
        if facts.get("extra_cents"):
            raise NoPot
        return False
    scheme = scheme_of(facts["chain"], code)
    if scheme is None:
        raise ShareRefused(code, "ce dispositif n'existe pas ici")
    return scheme.asks_card


def _with_tier(facts: SoldFacts, card: Card | None) -> SoldFacts:
    """With the tier of the card's right: it may have its own price."""
    if card is None or facts.get("tier"):
        return facts
    right = right_on(card, facts.get("scheme", ""), facts["day"])
    return {**facts, "tier": right.tier} if right else facts


def _take_out(
    key: UUID, now: datetime, actor: Any, lot: Lot | None, price: int, facts: SoldFacts
) -> Movement | None:
    if lot is None:
        return None
    return stock.take_out(
        key=uuid5(key, "movement"),
        lot=lot,
        site=facts["site"],
        kind=Movement.Kind.SALE if price else Movement.Kind.HANDED,
        milli=facts["milli"],
        day=facts["day"],
        now=now,
        actor=actor,
        party=facts.get("buyer"),
        activity=facts.get("activity"),
    )


def _shared(line: SaleLine, actor: Any) -> list[Share]:
    return cofinancing.share_line(line=line, actor=actor) if line.scheme else []
