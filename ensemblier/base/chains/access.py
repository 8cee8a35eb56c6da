"""Who may see and enter the days of a chain: its lead, its members for their part, its readers."""

from __future__ import annotations

from ensemblier.base.chains.models import Chain, ChainMember
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role

# A network head acts for itself here, as an organisation that leads a chain.
WORKERS = (Role.APPLICANT, Role.REPRESENTATIVE, Role.NETWORK_HEAD)
READERS = (Role.PROGRAMME, Role.AUDITOR)


def may_list(actor: Actor) -> Answer:
    """Whoever works for an organisation, and those who control public money."""
    return YES if actor.has(*WORKERS, *READERS) else HIDDEN


def may_open(actor: Actor) -> Answer:
    """Start a chain: somebody of the organisation that will lead it."""
    if actor.has(*WORKERS):
        return YES
    return Answer(False, "Une filière est créée par une personne de son organisation pilote.")


def may_lead(actor: Actor, chain: Chain) -> Answer:
    """Enters everything: somebody of the lead organisation."""
    if actor.has(*WORKERS, organisation=chain.lead_id):
        return YES
    if may_see(actor, chain).allowed:
        return Answer(False, f"Seule l'organisation pilote, {chain.lead}, peut faire cela.")
    return HIDDEN


def may_see(actor: Actor, chain: Chain) -> Answer:
    """Lead, members of the day, and those who control public money."""
    if actor.has(*WORKERS, organisation=chain.lead_id) or actor.has(*READERS):
        return YES
    return YES if own_parts(actor, chain) else HIDDEN


def own_parts(actor: Actor, chain: Chain) -> set[int]:
    """The organisations of this person that take part in the chain today."""
    mine = actor.organisations(*WORKERS)
    if not mine:
        return set()
    rows = ChainMember.objects.on(actor.day).filter(chain=chain, organisation_id__in=mine)
    return set(rows.values_list("organisation_id", flat=True))


def leads(actor: Actor, chain: Chain) -> bool:
    """Works for the lead organisation: what a page offers it, without asking the database."""
    return actor.has(*WORKERS, organisation=chain.lead_id)


def reads_all(actor: Actor, chain: Chain) -> bool:
    """The lead, and those who control public money; a member reads its own part."""
    return leads(actor, chain) or actor.has(*READERS)


def own_organisations(actor: Actor, chain: Chain) -> set[int]:
    """Those of this person that lead the chain or take part in it today."""
    found = own_parts(actor, chain)
    return found | {chain.lead_id} if leads(actor, chain) else found
