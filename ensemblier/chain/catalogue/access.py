"""Who may read and write the catalogue of a chain: its members read it, its lead writes it."""

from __future__ import annotations

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.catalogue.models import Label, Product


def may_list(actor: Actor, chain: Chain) -> Answer:
    return chains.may_see(actor, chain)


def may_add(actor: Actor, chain: Chain) -> Answer:
    return chains.may_lead(actor, chain)


def may_see_product(actor: Actor, product: Product) -> Answer:
    return chains.may_see(actor, product.chain)


def may_change_product(actor: Actor, product: Product) -> Answer:
    return chains.may_lead(actor, product.chain)


def sellers_seen(actor: Actor, chain: Chain) -> set[int] | None:
    """Whose own prices this person reads beside the chain's; None: everybody's."""
    return None if chains.reads_all(actor, chain) else chains.own_parts(actor, chain)


def may_read_proof(actor: Actor, stored: StoredFile) -> Answer:
    """The paper of a label: the lead, who controls, and the grower it is given for."""
    pk = stored.subject_id("product")
    rows = Label.objects.select_related("product__chain")
    label = rows.filter(proof=stored, product=pk).first() if pk else None
    if label is None:
        return HIDDEN
    if chains.reads_all(actor, label.product.chain):
        return YES
    mine = label.grower_id in actor.organisations(*chains.WORKERS)
    return YES if mine else HIDDEN
