"""Who reads and sends the reports of a chain: its lead, its readers, and who receives them."""

from __future__ import annotations

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.reports.models import SentReport


def own_reports(actor: Actor, chain: Chain) -> set[int] | None:
    """The organisations whose reports this person reads; None: all of them."""
    if actor.has(*chains.WORKERS, organisation=chain.lead_id) or actor.has(*chains.READERS):
        return None
    return actor.organisations(*chains.WORKERS)


def may_list(actor: Actor, chain: Chain) -> Answer:
    """Lead, readers, and whoever received a report."""
    own = own_reports(actor, chain)
    if own is None:
        return YES
    return YES if own and chain.reports.filter(recipient__in=own).exists() else HIDDEN


def may_read(actor: Actor, report: SentReport) -> Answer:
    own = own_reports(actor, report.chain)
    return YES if own is None or report.recipient_id in own else HIDDEN


def may_send(actor: Actor, chain: Chain) -> Answer:
    """Somebody of the lead organisation; who only receives is told so."""
    answer = chains.may_lead(actor, chain)
    return HIDDEN if not answer.allowed and not may_list(actor, chain).allowed else answer
