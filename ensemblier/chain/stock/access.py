"""Who may see and write the stock: the lead all of it, a member its own lots and its own places."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from ensemblier.base.chains.access import READERS, WORKERS, may_see
from ensemblier.base.chains.models import Chain, ChainMember, Site
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.stock.models import Lot, Movement, StockLevel

LEAD_ONLY = "Seule l'organisation pilote de la filière, {lead}, peut faire cela."
NO_PLACE = "Le stock est noté par l'organisation pilote et par ceux qui tiennent un lieu."


def leads(actor: Actor, chain: Chain) -> bool:
    return actor.has(*WORKERS, organisation=chain.lead_id)


def sees_all(actor: Actor, chain: Chain) -> bool:
    return leads(actor, chain) or actor.has(*READERS)


def parts(actor: Actor, chain: Chain) -> QuerySet[ChainMember]:
    """Numbers of this person's organisations in the chain today; asked inside other queries."""
    mine = actor.organisations(*WORKERS)
    rows = ChainMember.objects.on(actor.day).filter(chain=chain, organisation_id__in=mine)
    return rows.order_by().values("organisation_id")  # type: ignore[return-value]


def levels(actor: Actor, chain: Chain) -> QuerySet[StockLevel]:
    """What is left, where this person may read it."""
    rows = StockLevel.objects.filter(lot__chain=chain)
    if sees_all(actor, chain):
        return rows
    own = parts(actor, chain)
    return rows.filter(Q(site__keeper__in=own) | Q(lot__origin__in=own))


def lots(actor: Actor, chain: Chain) -> QuerySet[Lot]:
    """All of them; for a member those it brought, and those that passed through its places."""
    rows = Lot.objects.filter(chain=chain)
    if sees_all(actor, chain):
        return rows
    here = levels(actor, chain).filter(lot=OuterRef("pk"))
    return rows.filter(Q(origin__in=parts(actor, chain)) | Exists(here))


def movements(actor: Actor, lot: Lot) -> QuerySet[Movement]:
    """Of a lot it brought, a member sees everything; of another, what touched its places."""
    rows = Movement.objects.filter(lot=lot)
    if sees_all(actor, lot.chain):
        return rows
    own = parts(actor, lot.chain)
    at_home = Q(source__keeper__in=own) | Q(target__keeper__in=own)
    return rows.filter(at_home | Q(lot__origin__in=own))


def sites(actor: Actor, chain: Chain) -> QuerySet[Site]:
    """The places where this person writes."""
    rows = chain.sites.filter(is_open=True)
    return rows if leads(actor, chain) else rows.filter(keeper__in=parts(actor, chain))


def may_list(actor: Actor, chain: Chain) -> Answer:
    return may_see(actor, chain)


def may_enter(actor: Actor, chain: Chain) -> Answer:
    """Writes what comes and goes: the lead, and who keeps a place."""
    if leads(actor, chain):
        return YES
    if not may_see(actor, chain).allowed:
        return HIDDEN
    return YES if sites(actor, chain).exists() else Answer(False, NO_PLACE)


def may_see_lot(actor: Actor, lot: Lot) -> Answer:
    if sees_all(actor, lot.chain):
        return YES
    return YES if lots(actor, lot.chain).filter(pk=lot.pk).exists() else HIDDEN


def may_move_lot(actor: Actor, lot: Lot) -> Answer:
    """The lead, and who keeps a place where the lot went."""
    if leads(actor, lot.chain):
        return YES
    if not may_see_lot(actor, lot).allowed:
        return HIDDEN
    here = lot.levels.filter(site__in=sites(actor, lot.chain))
    return YES if here.exists() else Answer(False, NO_PLACE)


def may_doubt_lot(actor: Actor, lot: Lot) -> Answer:
    """Quarantine: whoever brought the lot or holds some may raise a doubt; readers may not."""
    if leads(actor, lot.chain):
        return YES
    if not may_see_lot(actor, lot).allowed:
        return HIDDEN
    own = parts(actor, lot.chain)
    mine = Lot.objects.filter(Q(origin__in=own) | Q(levels__site__keeper__in=own), pk=lot.pk)
    return YES if mine.exists() else lead_only(lot.chain)


def may_lead_lot(actor: Actor, lot: Lot) -> Answer:
    """Release, recall: the lead decides."""
    if leads(actor, lot.chain):
        return YES
    return lead_only(lot.chain) if may_see_lot(actor, lot).allowed else HIDDEN


def may_trace_lot(actor: Actor, lot: Lot) -> Answer:
    """Where it went, everywhere: the lead, who controls, and who brought it."""
    if sees_all(actor, lot.chain):
        return YES
    if Lot.objects.filter(pk=lot.pk, origin__in=parts(actor, lot.chain)).exists():
        return YES
    return lead_only(lot.chain) if may_see_lot(actor, lot).allowed else HIDDEN


def may_undo(actor: Actor, movement: Movement) -> Answer:
    """The lead, and who keeps every place the movement touched; a sale is undone at the desk."""
    chain = movement.lot.chain
    if not leads(actor, chain):
        if not movements(actor, movement.lot).filter(pk=movement.pk).exists():
            return HIDDEN
        touched = {pk for pk in (movement.source_id, movement.target_id) if pk}
        if sites(actor, chain).filter(pk__in=touched).count() < len(touched):
            return lead_only(chain)
    if is_sold(movement):
        return Answer(
            False,
            "Ce mouvement vient d'une ligne du comptoir : annulez la ligne, tout sera repris "
            "ensemble, le stock, le droit et l'argent.",
        )
    return YES


def is_sold(movement: Movement) -> bool:
    """A line of the desk hangs on it: known to the concept above, met here by its name only."""
    return getattr(movement, "sale_line", None) is not None


def lead_only(chain: Chain) -> Answer:
    return Answer(False, LEAD_ONLY.format(lead=chain.lead))
