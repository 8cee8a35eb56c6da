"""Who may read and run the activities of a chain, and who knows the people who come.

Every member reads the agenda and its counts; a person is known by one organisation only.
"""

from __future__ import annotations

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.activities.models import Activity, Participant

NOT_A_MEMBER = "Seules les organisations de la filière notent leurs participants."


def may_list(actor: Actor, chain: Chain) -> Answer:
    return chains.may_see(actor, chain)


def may_add(actor: Actor, chain: Chain) -> Answer:
    return chains.may_lead(actor, chain)


def may_see_activity(actor: Actor, activity: Activity) -> Answer:
    return chains.may_see(actor, activity.chain)


def may_run(actor: Actor, activity: Activity) -> Answer:
    """Move, cancel, finish, say what it serves: the lead, and the member that organises it."""
    answer = chains.may_lead(actor, activity.chain)
    if answer.allowed or not answer.reason:
        return answer
    hosts = activity.host_id in chains.own_parts(actor, activity.chain)
    if hosts:
        return YES
    lead, host = activity.chain.lead, activity.host
    return Answer(False, f"{lead}, qui pilote, et {host}, qui organise, peuvent seules faire cela.")


def may_keep_people(actor: Actor, chain: Chain) -> Answer:
    """An organisation of the chain notes the people it knows; who controls reads counts."""
    if chains.own_organisations(actor, chain):
        return YES
    return Answer(False, NOT_A_MEMBER) if chains.may_see(actor, chain).allowed else HIDDEN


def may_sign_up(actor: Actor, activity: Activity) -> Answer:
    return may_keep_people(actor, activity.chain)


def may_erase(actor: Actor, participant: Participant) -> Answer:
    """Somebody of the organisation that knows this person; nobody else learns that they exist."""
    mine = participant.organisation_id in actor.organisations(*chains.WORKERS)
    return YES if mine and chains.may_see(actor, participant.chain).allowed else HIDDEN


def sides_seen(actor: Actor, activity: Activity) -> set[int] | None:
    """Whose promises this person reads there; None: everybody's."""
    if chains.reads_all(actor, activity.chain):
        return None
    mine = chains.own_parts(actor, activity.chain)
    return None if activity.host_id in mine else mine
