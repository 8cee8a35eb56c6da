"""Who may see the cards of a chain: its lead, and who gave them; the others read counts only."""

from __future__ import annotations

from django.db.models import QuerySet

from ensemblier.base.chains.access import READERS, WORKERS, may_see
from ensemblier.base.chains.models import Chain, ChainMember
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Organisation
from ensemblier.chain.distribution.models import Card

GIVERS = (ChainMember.Part.REFERRER, ChainMember.Part.STORE)
NOT_A_GIVER = "Les cartes sont remises par l'organisation pilote, les lieux et qui oriente."


def leads(actor: Actor, chain: Chain) -> bool:
    return actor.has(*WORKERS, organisation=chain.lead_id)


def sees_totals(actor: Actor, chain: Chain) -> bool:
    """Counts of the whole chain: the lead, and those who control public money."""
    return leads(actor, chain) or actor.has(*READERS)


def givers(actor: Actor, chain: Chain) -> QuerySet[Organisation]:
    """The organisations in whose name this person gives a card today."""
    held = ChainMember.objects.on(actor.day).filter(chain=chain, part__in=GIVERS)
    members = Organisation.objects.filter(pk__in=held.order_by().values("organisation"))
    if leads(actor, chain):
        return (members | Organisation.objects.filter(pk=chain.lead_id)).distinct()
    return members.filter(pk__in=actor.organisations(*WORKERS))


def cards(actor: Actor, chain: Chain) -> QuerySet[Card]:
    """The lead has all of them, a giver its own. Who only reads has none: a card is somebody."""
    rows = Card.objects.filter(chain=chain)
    return rows if leads(actor, chain) else rows.filter(given_by__in=givers(actor, chain))


def may_list(actor: Actor, chain: Chain) -> Answer:
    return may_see(actor, chain)


def may_give(actor: Actor, chain: Chain) -> Answer:
    if leads(actor, chain):
        return YES
    if not may_see(actor, chain).allowed:
        return HIDDEN
    return YES if givers(actor, chain).exists() else Answer(False, NOT_A_GIVER)


def may_hold(actor: Actor, card: Card) -> Answer:
    """See, block, erase."""
    if leads(actor, card.chain):
        return YES
    return YES if cards(actor, card.chain).filter(pk=card.pk).exists() else HIDDEN
