"""A promise is made, revised by its clause, kept or cancelled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.catalogue.actions import check_product, check_quantity, check_unit_cents
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.catalogue.rules import written, written_day
from ensemblier.chain.catalogue.selecting import check_offered
from ensemblier.chain.commitments import queries
from ensemblier.chain.commitments.models import Commitment, PriceRevision

MORE_FIELDS = frozenset(["proposed_by", "revision", "is_prepaid", "note"])
# What both sides must offer.
ORDERS = ("order", "subscription")
# What its call-offs may not pass. A need may be answered by more than was asked, and a plan
# pre-ordered beyond its harvest: there the difference is shown, not refused.
BOUNDED = ("framework", "order", "subscription")
CONTENT = [
    "chain_id",
    "kind",
    "product_id",
    "milli",
    "starts",
    "ends",
    "firmness",
    "giver_id",
    "receiver_id",
    "unit_cents",
    "parent_id",
    "site_id",
    "proposed_by_id",
    "revision",
    "is_prepaid",
    "note",
    "created_by_id",
]


class BadPromise(Refusal):
    """A word, a date or a side of the promise is missing or wrong."""


class FrameworkExceeded(Refusal):
    """The call-offs would pass what the framework promises."""

    def __init__(self, parent: Commitment, left_milli: int, asked_milli: int) -> None:
        unit = parent.product.get_unit_display()
        super().__init__(
            f"Il reste {written(left_milli, unit)} à appeler sur cet engagement de "
            f"{written(parent.milli, unit)}, et vous en demandez {written(asked_milli, unit)}. "
            "Réduisez la quantité, ou convenez d'un nouvel engagement.",
            field="quantity",
        )
        self.left_milli = left_milli


class OutsideFramework(Refusal):
    """Other dates, another product, or another giver than the framework's."""


class FirmPriceHolds(Refusal):
    """The price of a firm promise holds over its dates."""


class NoRevisionClause(Refusal):
    """The price moves only by a clause written in the promise."""


class NotOpen(Refusal):
    """The promise was kept or cancelled."""

    status = 409


class HasCallOffs(Refusal):
    """Something still stands on this promise."""


@transaction.atomic
def promise(
    *,
    key: UUID,
    chain: Chain,
    kind: str,
    product: Product,
    milli: int,
    starts: date,
    ends: date,
    firmness: str,
    now: datetime,
    actor: Any,
    giver: Organisation | None = None,
    receiver: Organisation | None = None,
    unit_cents: int | None = None,
    parent: Commitment | None = None,
    site: Site | None = None,
    **fields: Any,
) -> Commitment:
    """Promise a quantity; under a parent, within its dates, its quantity and its firm price.

    `fields`: proposed_by, revision, is_prepaid, note.
    """
    if unknown := sorted(set(fields) - MORE_FIELDS):
        raise TypeError(f"unknown fields of a promise: {', '.join(unknown)}")
    check_quantity(milli=milli)
    check_product(chain=chain, product=product)
    row = Commitment(
        key=key,
        chain=chain,
        kind=kind,
        product=product,
        milli=milli,
        starts=starts,
        ends=ends,
        firmness=firmness,
        giver=giver or (parent.giver if parent else None),
        receiver=receiver,
        unit_cents=unit_cents,
        parent=parent,
        site=site,
        created_by_id=getattr(actor, "pk", None),
        created_at=now,
        **fields,
    )
    _check(row)
    return _known(row) or _known_under_lock(row) or _write(row, actor)


@transaction.atomic
def revise_price(
    *,
    commitment: Commitment,
    starts: date,
    unit_cents: int,
    reason: str,
    day: date,
    actor: Any,
) -> PriceRevision:
    """A new price from a day on, by the clause of the promise: a row is added, none is edited.

    `day` is today: a price never changes for days that are past.
    """
    held = _open(commitment)
    check_unit_cents(unit_cents=unit_cents)
    if not held.revision.strip():
        raise NoRevisionClause(
            "Le prix de cet engagement tient jusqu'à son terme : il n'a pas de clause de révision. "
            "Pour en changer, convenez d'un nouvel engagement.",
            field="unit_price",
        )
    if not reason.strip():
        raise BadPromise("Dites quel indice et quel calcul donnent ce prix.", field="reason")
    if not held.starts <= starts <= held.ends:
        raise BadPromise(
            f"Cet engagement court du {written_day(held.starts)} au {written_day(held.ends)} : "
            "choisissez un jour entre les deux.",
            field="starts",
        )
    if starts < day:
        raise FirmPriceHolds(
            "Une révision ne change pas les jours passés : choisissez aujourd'hui ou plus tard.",
            field="starts",
        )
    if held.revisions.filter(starts=starts).exists():
        raise BadPromise("Une révision commence déjà ce jour-là.", field="starts")
    revision = PriceRevision.objects.create(
        commitment=held, starts=starts, unit_cents=unit_cents, reason=reason.strip()[:300]
    )
    record(
        actor=actor,
        action="commitment.price_revised",
        subject=f"commitment:{held.pk}",
        reason=revision.reason,
        data={"starts": starts.isoformat(), "unit_cents": unit_cents},
    )
    return revision


@transaction.atomic
def keep(*, commitment: Commitment, actor: Any) -> Commitment:
    """What was promised was done."""
    return _close(commitment, Commitment.State.KEPT, "", actor)


@transaction.atomic
def cancel(*, commitment: Commitment, reason: str, actor: Any) -> Commitment:
    """The promise no longer stands, and why; what it called off goes back to its parent."""
    if not reason.strip():
        raise BadPromise("Dites pourquoi cet engagement est annulé : l'autre partie le lira.")
    _open(commitment)  # held before its call-offs are read: none comes meanwhile
    if commitment.children.filter(state=Commitment.State.OPEN).exists():
        raise HasCallOffs(
            "Des appels en cours reposent sur cet engagement. Annulez-les ou soldez-les d'abord."
        )
    return _close(commitment, Commitment.State.CANCELLED, reason, actor)


def _check(row: Commitment) -> None:
    for field, choices in (("kind", Commitment.Kind), ("firmness", Commitment.Firmness)):
        if getattr(row, field) not in choices.values:
            raise BadPromise("Choisissez un mot de la liste.", field=field)
    if row.ends < row.starts:
        raise BadPromise("La fin précède le début : vérifiez les deux dates.", field="ends")
    if row.unit_cents is not None:
        check_unit_cents(unit_cents=row.unit_cents)
    if row.site is not None and row.site.chain_id != row.chain_id:
        raise BadPromise("Ce lieu n'est pas de cette filière.", field="site")
    _check_sides(row)
    if row.is_prepaid:
        _check_prepaid(row)


def _check_sides(row: Commitment) -> None:
    if row.giver_id is None and row.receiver_id is None:
        raise BadPromise("Dites qui donne ou qui reçoit.", field="giver")
    if row.firmness == Commitment.Firmness.FIRM and not (row.giver_id and row.receiver_id):
        raise BadPromise(
            "Un engagement ferme lie deux organisations : dites qui donne et qui reçoit.",
            field="receiver" if row.giver_id else "giver",
        )


def _check_prepaid(row: Commitment) -> None:
    """What is paid before delivery has a price and two sides bound to it."""
    if row.firmness != Commitment.Firmness.FIRM:
        raise BadPromise("Une commande payée d'avance est ferme.", field="firmness")
    if not _priced(row):
        raise BadPromise("Une commande payée d'avance a un prix.", field="unit_price")


def _priced(row: Commitment) -> bool:
    if row.unit_cents is not None:
        return True
    return row.parent is not None and queries.price_on(row.parent, row.starts) is not None


def _known_under_lock(row: Commitment) -> Commitment | None:
    """Lock the parent and check what is left of it, unless the same request was quicker."""
    if row.parent_id is None:
        return None
    held = Commitment.objects.select_for_update().get(pk=row.parent_id)
    known = _known(row)
    if known is None:
        _check_under(row, held)
    return known


def _check_under(row: Commitment, parent: Commitment) -> None:
    if parent.state != Commitment.State.OPEN:
        raise NotOpen("Cet engagement est déjà soldé ou annulé : on n'y appelle plus rien.")
    if (parent.chain_id, parent.product_id) != (row.chain_id, row.product_id):
        raise OutsideFramework("Cet engagement porte sur un autre produit.", field="product")
    if not parent.starts <= row.starts <= row.ends <= parent.ends:
        raise OutsideFramework(
            f"Cet engagement court du {written_day(parent.starts)} au "
            f"{written_day(parent.ends)} : choisissez des dates dans cette période.",
            field="starts",
        )
    if parent.giver_id and row.giver_id != parent.giver_id:
        raise OutsideFramework(f"C'est {parent.giver} qui s'est engagé à livrer.", field="giver")
    if parent.kind in BOUNDED:
        left = queries.shortfall(parent).missing
        if row.milli > left:
            raise FrameworkExceeded(parent, left, row.milli)
    _check_price_under(row, parent)


def _check_price_under(row: Commitment, parent: Commitment) -> None:
    if parent.firmness != Commitment.Firmness.FIRM or row.unit_cents is None:
        return
    held = queries.price_on(parent, row.starts)
    if held is not None and held != row.unit_cents:
        raise FirmPriceHolds(
            "Le prix de cet engagement ferme tient sur toute sa durée : l'appel le reprend. "
            "Laissez le prix vide, ou révisez l'engagement par sa clause.",
            field="unit_price",
        )


def _known(row: Commitment) -> Commitment | None:
    """The promise this key made before: the same one, or a refusal."""
    known = Commitment.objects.filter(key=row.key).first()
    if known and any(getattr(known, name) != getattr(row, name) for name in CONTENT):
        raise KeyReused(row.key)
    return known


def _write(row: Commitment, actor: Any) -> Commitment:
    if row.kind in ORDERS:
        for side in filter(None, (row.giver, row.receiver)):
            check_offered(organisation=side, product=row.product, day=row.starts)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Its twin, sent at the same time, was quicker.
        known = _known(row)
        if known is None:
            raise
        return known
    record(
        actor=actor,
        action="commitment.promised",
        subject=f"commitment:{row.pk}",
        data={"kind": row.kind},
    )
    return row


def _open(commitment: Commitment) -> Commitment:
    held = Commitment.objects.select_for_update().get(pk=commitment.pk)
    if held.state != Commitment.State.OPEN:
        raise NotOpen(f"Cet engagement est déjà {held.get_state_display()}. Rechargez la page.")
    return held


def _close(commitment: Commitment, state: str, reason: str, actor: Any) -> Commitment:
    _open(commitment)
    commitment.state = state
    commitment.save(update_fields=["state"])
    record(
        actor=actor,
        action=f"commitment.{state}",
        subject=f"commitment:{commitment.pk}",
        reason=reason,
    )
    return commitment
