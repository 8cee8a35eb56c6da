"""Who may read and write the catalogue of a chain: its members read it, its lead writes it."""

from __future__ import annotations

from django.db.models import QuerySet

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.models import Label, Product

NOT_A_MEMBER = "Chaque structure de la filière choisit elle-même ce qu'elle propose."


def may_list(actor: Actor, chain: Chain) -> Answer:
    return chains.may_see(actor, chain)


def may_add(actor: Actor, chain: Chain) -> Answer:
    return chains.may_lead(actor, chain)


def may_see_product(actor: Actor, product: Product) -> Answer:
    return chains.may_see(actor, product.chain)


def may_change_product(actor: Actor, product: Product) -> Answer:
    return chains.may_lead(actor, product.chain)


def may_select(actor: Actor, chain: Chain) -> Answer:
    """People of an organisation of the chain, for it alone; the lead chooses for itself too."""
    if chains.own_organisations(actor, chain):
        return YES
    return Answer(False, NOT_A_MEMBER) if chains.may_see(actor, chain).allowed else HIDDEN


def structures_of(actor: Actor, chain: Chain) -> QuerySet[Organisation]:
    """The organisations of this person that keep a place of the chain."""
    mine = chains.own_organisations(actor, chain)
    keepers = chain.sites.filter(keeper__in=mine).values("keeper")
    return Organisation.objects.filter(pk__in=keepers).order_by("name", "pk")


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
