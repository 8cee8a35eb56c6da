"""Who may read and write the promises of a chain: its lead all, a member those it has a side in."""

from __future__ import annotations

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain, ChainMember
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.commitments.models import Commitment


def may_list(actor: Actor, chain: Chain) -> Answer:
    return chains.may_see(actor, chain)


def may_add(actor: Actor, chain: Chain) -> Answer:
    return chains.may_lead(actor, chain)


def may_propose(actor: Actor, chain: Chain) -> Answer:
    """A grower of the day: by the law it is the producer who proposes first."""
    if growers_of(actor, chain):
        return YES
    if chains.may_see(actor, chain).allowed:
        return Answer(False, "Cette page est celle des producteurs de la filière.")
    return HIDDEN


def growers_of(actor: Actor, chain: Chain) -> set[int]:
    """The organisations of this person that grow for the chain today."""
    mine = actor.organisations(*chains.WORKERS)
    rows = ChainMember.objects.on(actor.day).filter(
        chain=chain, organisation__in=mine, part=ChainMember.Part.GROWER
    )
    return set(rows.values_list("organisation_id", flat=True)) if mine else set()


def sides_seen(actor: Actor, chain: Chain) -> set[int] | None:
    """Whose promises this person reads; None: everybody's."""
    return None if chains.reads_all(actor, chain) else chains.own_parts(actor, chain)


def may_see_promise(actor: Actor, promise: Commitment) -> Answer:
    sides = sides_seen(actor, promise.chain)
    if sides is None:
        return YES
    return (
        YES if sides & {promise.giver_id, promise.receiver_id, promise.proposed_by_id} else HIDDEN
    )


def may_change_promise(actor: Actor, promise: Commitment) -> Answer:
    """Call off, revise, keep: the lead."""
    if may_see_promise(actor, promise).allowed:
        return chains.may_lead(actor, promise.chain)
    return HIDDEN


def may_cancel(actor: Actor, promise: Commitment) -> Answer:
    """The lead, or who proposed it as long as it binds nobody."""
    answer = may_change_promise(actor, promise)
    if answer.allowed or not answer.reason:
        return answer
    firm = promise.firmness == Commitment.Firmness.FIRM
    mine = promise.proposed_by_id in chains.own_parts(actor, promise.chain)
    return YES if mine and not firm else answer
