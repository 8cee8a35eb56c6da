"""Who reads and writes the documents of a chain: its lead all, a member those that name it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.billing.models import BankStatement, Document, Settlement, TillFile

PURPOSE = "billing_received"
PARTIES = ("issuer_id", "seller_id", "recipient_id", "payer_id")

may_list = chains.may_see
may_write = chains.may_lead


def readable(actor: Actor, chain: Chain) -> QuerySet[Document]:
    """All the documents for the lead and those who control; for a member, those that name it."""
    rows = Document.objects.filter(chain=chain)
    if chains.reads_all(actor, chain):
        return rows
    mine = chains.own_parts(actor, chain)
    named = Q(issuer__in=mine) | Q(seller__in=mine) | Q(recipient__in=mine) | Q(payer__in=mine)
    return rows.filter(named)


def may_read(actor: Actor, document: Document) -> Answer:
    if chains.reads_all(actor, document.chain):
        return YES
    named = {getattr(document, name) for name in PARTIES}
    return YES if named & chains.own_parts(actor, document.chain) else HIDDEN


def may_change(actor: Actor, document: Document) -> Answer:
    """Correct it, note its settlement: the lead. Who may not read it does not know of it."""
    if chains.leads(actor, document.chain):
        return YES
    if not may_read(actor, document).allowed:
        return HIDDEN
    lead = document.chain.lead
    return Answer(False, f"Seule l'organisation pilote, {lead}, peut faire cela.")


def may_undo(actor: Actor, settlement: Settlement) -> Answer:
    return may_change(actor, settlement.document)


def may_read_statement(actor: Actor, statement: BankStatement) -> Answer:
    """A bank statement names people: nobody but the lead reads it."""
    return YES if chains.leads(actor, statement.chain) else HIDDEN


def may_read_till(actor: Actor, file: TillFile) -> Answer:
    """A till's file names cards: nobody but the lead reads it."""
    return YES if chains.leads(actor, file.chain) else HIDDEN


def may_read_received(actor: Actor, stored: StoredFile) -> Answer:
    rows: Any = Document.objects.select_related("chain__lead")
    document = rows.filter(received_file=stored).first()
    return may_read(actor, document) if document else HIDDEN
