"""Who may see and write insertion: the structure its own contracts; the others counts only."""

from __future__ import annotations

from ensemblier.base.chains.access import READERS, WORKERS, may_see
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.insertion.board import Board
from ensemblier.chain.insertion.models import HourEntry, InsertionContract


def may_list(actor: Actor, chain: Chain) -> Answer:
    return may_see(actor, chain)


def sees_all(actor: Actor, chain: Chain) -> bool:
    """Counts of every agreement: the lead, and those who control public money."""
    return actor.has(*WORKERS, organisation=chain.lead_id) or actor.has(*READERS)


def works_for(actor: Actor, board: Board) -> bool:
    return actor.has(*WORKERS, organisation=board.agreement.organisation_id)


def may_see_board(actor: Actor, board: Board) -> Answer:
    return YES if works_for(actor, board) or sees_all(actor, board.chain) else HIDDEN


def may_write(actor: Actor, board: Board) -> Answer:
    """Only the structure that holds the agreement writes its contracts and figures."""
    if works_for(actor, board):
        return YES
    if not may_see_board(actor, board).allowed:
        return HIDDEN
    return Answer(False, f"Seule {board.agreement.organisation} note ce qui est de sa convention.")


def may_hold(actor: Actor, contract: InsertionContract) -> Answer:
    """A contract is somebody: nobody else opens it, not even who leads the chain."""
    mine = actor.has(*WORKERS, organisation=contract.agreement.organisation_id)
    return YES if mine else HIDDEN


def may_undo(actor: Actor, entry: HourEntry) -> Answer:
    return may_hold(actor, entry.contract)
