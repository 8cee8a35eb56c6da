"""Who reads and writes the documents of a chain: its lead all, a member those that name it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.billing.models import BankStatement, Document, Settlement

PURPOSE = "billing_received"
PARTIES = ("issuer_id", "seller_id", "recipient_id", "payer_id")

may_list = chains.may_see
may_write = chains.may_lead


def readable(actor: Actor, chain: Chain) -> QuerySet[Document]:
    """All the documents for the lead and those who control; for a member, those that name it."""
    rows = Document.objects.filter(chain=chain)
    if chains.may_lead(actor, chain).allowed or actor.has(*chains.READERS):
        return rows
    mine = chains.own_parts(actor, chain)
    named = Q(issuer__in=mine) | Q(seller__in=mine) | Q(recipient__in=mine) | Q(payer__in=mine)
    return rows.filter(named)


def may_read(actor: Actor, document: Document) -> Answer:
    chain = document.chain
    if actor.has(*chains.READERS) or actor.has(*chains.WORKERS, organisation=chain.lead_id):
        return YES
    named = {getattr(document, name) for name in PARTIES}
    return YES if named & chains.own_parts(actor, chain) else HIDDEN


def may_change(actor: Actor, document: Document) -> Answer:
    """Correct it, note its settlement: the lead. Who may not read it does not know of it."""
    if not may_read(actor, document).allowed:
        return HIDDEN
    return chains.may_lead(actor, document.chain)


def may_undo(actor: Actor, settlement: Settlement) -> Answer:
    return may_change(actor, settlement.document)


def may_read_statement(actor: Actor, statement: BankStatement) -> Answer:
    """A bank statement names people: nobody but the lead reads it."""
    return YES if chains.may_lead(actor, statement.chain).allowed else HIDDEN


def may_read_received(actor: Actor, stored: StoredFile) -> Answer:
    rows: Any = Document.objects.select_related("chain__lead")
    document = rows.filter(received_file=stored).first()
    return may_read(actor, document) if document else HIDDEN
