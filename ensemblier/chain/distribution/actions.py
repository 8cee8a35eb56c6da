"""What can be done in distribution: cards, rights, and lines that are added and never changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Unpack, cast
from uuid import UUID, uuid4, uuid5

from django.db import connection, transaction
from django.db.models import Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.selecting import check_offered
from ensemblier.chain.distribution.facts import REPEATED, SAME, UNSAID, LineFacts
from ensemblier.chain.distribution.models import Card, Entitlement, LineCard, SaleLine
from ensemblier.chain.distribution.queries import left_in_month, right_on
from ensemblier.chain.distribution.refusals import (
    BadEntitlement,
    BadLine,
    CannotUndo,
    CardBlocked,
    CardMissing,
    EntitlementExpired,
    LineKeyReused,
    NoEntitlement,
    OtherChain,
    QuotaReached,
    RightMismatch,
)
from ensemblier.chain.distribution.rules import is_band
from ensemblier.chain.stock.models import Movement

MOST = 10**15


@transaction.atomic
def give_card(
    *,
    chain: Chain,
    given_by: Organisation,
    given_on: date,
    actor: Any,
    key: UUID | None = None,
) -> Card:
    """A new card: its number is printed, and nobody's name is asked. The same key gives the same
    card."""
    code = uuid5(key, f"card:{chain.pk}") if key else uuid4()
    while known := Card.objects.filter(chain=chain, number=_number(code)).first():
        if key and known.code == code:
            return known
        code = uuid5(code, "next") if key else uuid4()
    card = Card.objects.create(
        chain=chain, code=code, number=_number(code), given_by=given_by, given_on=given_on
    )
    record(actor=actor, action="distribution.card_given", subject=f"card:{card.pk}")
    return card


@transaction.atomic
def block_card(*, card: Card, reason: str, actor: Any) -> None:
    """The card is lost or given back: it takes no line any more."""
    Card.objects.filter(pk=card.pk).update(is_blocked=True)
    card.is_blocked = True
    record(
        actor=actor, action="distribution.card_blocked", subject=f"card:{card.pk}", reason=reason
    )


@transaction.atomic
def erase_card(*, card: Card, actor: Any) -> None:
    """Forget a household: its card, its rights and its ties go; lines and totals stay."""
    record(actor=actor, action="distribution.card_erased", subject=f"card:{card.pk}")
    card.delete()


@transaction.atomic
def entitle(
    *,
    card: Card,
    scheme: str,
    starts: date,
    actor: Any,
    ends: date | None = None,
    tier: str = "",
    size: str = "",
    attested_by: Organisation | None = None,
    month_milli: int | None = None,
    bands: Collection[str] | None = None,
) -> Entitlement:
    """A right from a day; the one in force ends the day before. No paper is kept.

    `bands`: those of the scheme's table, when it has one: a size outside is refused.
    """
    _check_right(starts, ends, size, month_milli, bands)
    if card.is_blocked:
        raise CardBlocked(card.number)
    others = card.entitlements.filter(scheme=scheme)
    if later := others.filter(starts__gte=starts).order_by("starts").first():
        raise BadEntitlement(
            f"Un droit de cette carte commence déjà le {later.starts:%d/%m/%Y}. Choisissez une "
            "date après celle-ci.",
            field="starts",
        )
    running = others.filter(Q(ends__isnull=True) | Q(ends__gte=starts))
    running.update(ends=starts - timedelta(days=1))
    right = Entitlement.objects.create(
        card=card,
        scheme=scheme,
        tier=tier,
        size=size,
        attested_by=attested_by,
        month_milli=month_milli,
        starts=starts,
        ends=ends,
    )
    record(actor=actor, action="distribution.entitled", subject=f"entitlement:{right.pk}")
    return right


@transaction.atomic
def write_line(
    *,
    key: UUID,
    now: datetime,
    actor: Any,
    card: Card | None = None,
    needs_card: bool = False,
    **facts: Unpack[LineFacts],
) -> SaleLine:
    """Write one line once its right is checked; the same key gives the same line.

    `needs_card`: the scheme asks for one. A scheme that does not takes a line without.
    """
    if known := known_line(key=key, card=card, **facts):
        return known
    line = SaleLine(key=key, actor_id=getattr(actor, "pk", None), created_at=now, **facts)
    _check_line(line)
    if line.undoes is None:
        _check_buyer(line, card, needs_card)
        check_offered(organisation=line.seller, product=line.product, day=line.day)
        right = _right(line, card, needs_card)
        line.tier = _agreed("tier", line.tier, right.tier if right else "")
        line.size = _agreed("size", line.size, right.size if right else "")
    line.save(force_insert=True)
    if card is not None and line.undoes is None:
        LineCard.objects.create(line=line, card=card)
    return line


@transaction.atomic
def undo_line(
    *,
    key: UUID,
    line: SaleLine,
    day: date,
    now: datetime,
    actor: Any,
    movement: Movement | None = None,
) -> SaleLine:
    """The opposite line: same numbers, and `undoes` says that they count the other way."""
    known = SaleLine.objects.filter(key=key).first()
    if known is not None:
        if known.undoes_id != line.pk:
            raise LineKeyReused
        return known
    check_undo(line)
    repeated = {name: getattr(line, name) for name in REPEATED}
    facts = cast(LineFacts, repeated | {"day": day, "movement": movement, "undoes": line})
    return write_line(key=key, now=now, actor=actor, **facts)


@transaction.atomic
def erase_ties(*, before: date) -> int:
    """Forget which card each line older than `before` went to; lines and totals stay the same."""
    return LineCard.objects.filter(line__day__lt=before).delete()[0]


def check_undo(line: SaleLine) -> None:
    """Refuse a line that is undone already or undoes another; holds it until the end."""
    if line.undoes_id:
        raise CannotUndo("Cette ligne en annule une autre : elle ne s'annule pas.")
    locked = SaleLine.objects.filter(pk=line.pk)
    if connection.vendor == "postgresql":
        locked = locked.select_for_update(no_key=True)
    locked.get()
    if SaleLine.objects.filter(undoes=line).exists():
        raise CannotUndo("Cette ligne est déjà annulée. Rechargez la page pour la voir.")


def known_line(*, key: UUID, card: Card | None, **facts: Any) -> SaleLine | None:
    """The line that this key wrote; refused when it said something else."""
    line = SaleLine.objects.filter(key=key).first()
    if line is None:
        return None
    tie = LineCard.objects.filter(line=line).first()
    told = UNSAID | facts
    same = all(getattr(line, name) == told[name] for name in SAME if name in told)
    # An erased tie cannot tell: then the rest of the content answers.
    if not same or (tie is not None and tie.card_id != getattr(card, "pk", None)):
        raise LineKeyReused
    return line


def _number(code: UUID) -> str:
    return f"{code.int % 10**8:08d}"


def _check_right(
    starts: date,
    ends: date | None,
    size: str,
    month_milli: int | None,
    bands: Collection[str] | None,
) -> None:
    if ends is not None and ends < starts:
        raise BadEntitlement("La fin du droit précède son début.", field="ends")
    if month_milli is not None and month_milli < 0:
        raise BadEntitlement("Le quota du mois ne peut pas être négatif.", field="month_milli")
    if size and (not is_band(size) if bands is None else size not in bands):
        known = ", ".join(bands) if bands else "1, 2, 3-4 ou 5+"
        raise BadEntitlement(
            f"La taille du foyer s'écrit comme dans le barème du dispositif ({known}).",
            field="size",
        )


def _check_line(line: SaleLine) -> None:
    if not 0 < line.milli <= MOST:
        raise BadLine("La quantité doit être supérieure à zéro.", field="milli")
    amounts = (line.price_cents, line.extra_cents, line.cost_cents, line.producer_cents)
    if any(amount is not None and not 0 <= amount <= MOST for amount in amounts):
        raise BadLine(
            "Un prix ne peut pas être négatif, ni dépasser dix mille milliards d'euros.",
            field="price_cents",
        )
    if not 0 <= line.vat_rate <= 10_000:
        raise BadLine("Le taux de TVA est entre 0 et 100 %.", field="vat_rate")
    if line.product.chain_id != line.chain_id:
        raise OtherChain("Ce produit", "product")
    if line.site.chain_id != line.chain_id:
        raise OtherChain("Ce lieu", "site")


def _check_buyer(line: SaleLine, card: Card | None, needs_card: bool) -> None:
    """An organisation has no household's card."""
    if line.buyer is None:
        return
    if card is not None:
        raise BadLine(
            f"Une carte est celle d'un foyer, et l'acheteur est {line.buyer} : videz l'un ou "
            "l'autre.",
            field="card",
        )
    if needs_card:
        raise BadLine(
            f"Le dispositif « {line.scheme} » demande une carte, qu'une organisation n'a pas : "
            "vendez hors de ce dispositif, ou videz l'acheteur.",
            field="buyer",
        )


def _right(line: SaleLine, card: Card | None, needs_card: bool) -> Entitlement | None:
    """The right that the line uses; refuses a card without one."""
    if card is None:
        if needs_card:
            raise CardMissing(line.scheme)
        return None
    held = Card.objects.filter(pk=card.pk)
    if connection.vendor == "postgresql":
        # Two tills must not both read the month's quota before either writes.
        held = held.select_for_update(no_key=True)
    card = held.get()
    if card.chain_id != line.chain_id:
        raise OtherChain("Cette carte", "card")
    if card.is_blocked:
        raise CardBlocked(card.number)
    right = right_on(card, line.scheme, line.day)
    if right is None:
        _no_right(card, line.scheme, line.day, needs_card)
        return None
    left = left_in_month(right, line.day)
    if left is not None and line.milli > left:
        raise QuotaReached(left, line.milli)
    return right


def _no_right(card: Card, scheme: str, day: date, needs_card: bool) -> None:
    rights = card.entitlements.filter(scheme=scheme)
    ended = rights.filter(ends__lt=day).order_by("-ends").first()
    if ended is not None and ended.ends is not None:
        raise EntitlementExpired(card.number, scheme, ended.ends)
    first = rights.order_by("starts").first()
    if first is not None or needs_card:
        raise NoEntitlement(card.number, scheme, first.starts if first else None)


def _agreed(what: str, typed: str, right: str) -> str:
    if typed and right and typed != right:
        raise RightMismatch(what, typed, right)
    return right or typed
