"""Who sells at the desk of a place and reads its lines: the lead everywhere, a keeper at home."""

from __future__ import annotations

from django.db.models import QuerySet

from ensemblier.base.chains.access import may_see
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock import access as stock

NO_PLACE = "Le comptoir est tenu par l'organisation pilote et par ceux qui tiennent un lieu."


def lines(actor: Actor, chain: Chain) -> QuerySet[SaleLine]:
    """The lines this person may read: of the whole chain, or of its own places."""
    rows = SaleLine.objects.filter(chain=chain)
    if stock.sees_all(actor, chain):
        return rows
    return rows.filter(site__keeper__in=stock.parts(actor, chain))


def may_sell(actor: Actor, chain: Chain) -> Answer:
    answer = stock.may_enter(actor, chain)
    return Answer(False, NO_PLACE) if answer.reason else answer


def may_read_day(actor: Actor, chain: Chain) -> Answer:
    if stock.sees_all(actor, chain):
        return YES
    return may_sell(actor, chain) if may_see(actor, chain).allowed else HIDDEN


def may_see_line(actor: Actor, line: SaleLine) -> Answer:
    if stock.sees_all(actor, line.chain):
        return YES
    return YES if lines(actor, line.chain).filter(pk=line.pk).exists() else HIDDEN


def may_undo_line(actor: Actor, line: SaleLine) -> Answer:
    if stock.leads(actor, line.chain):
        return YES
    if not may_see_line(actor, line).allowed:
        return HIDDEN
    here = stock.sites(actor, line.chain).filter(pk=line.site_id)
    return YES if here.exists() else Answer(False, NO_PLACE)
