"""Who may read and write the schemes of a chain: its lead, its readers, and who pays in them."""

from __future__ import annotations

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.chain.cofinancing.models import Scheme, SchemePayer, SchemeVersion, Share
from ensemblier.chain.distribution.models import SaleLine


def sees_all(actor: Actor, chain: Chain) -> bool:
    """The lead, and those who control public money."""
    return leads(actor, chain) or actor.has(*chains.READERS)


def leads(actor: Actor, chain: Chain) -> bool:
    """Somebody of the lead organisation: `chains.may_lead` without a reason, and no query."""
    return actor.has(*chains.WORKERS, organisation=chain.lead_id)


def own_payers(actor: Actor, chain: Chain) -> set[int] | None:
    """The payers that stand for this person's organisations; None: all of them may be seen."""
    if sees_all(actor, chain):
        return None
    asked: dict[int, set[int]] = actor.__dict__.setdefault("own_payers", {})
    if chain.pk not in asked:  # an actor lives as long as its request
        mine = chains.own_parts(actor, chain)
        rows = SchemePayer.objects.filter(scheme__chain=chain, organisation__in=mine)
        asked[chain.pk] = set(rows.values_list("pk", flat=True)) if mine else set()
    return asked[chain.pk]


def may_list(actor: Actor, chain: Chain) -> Answer:
    """Lead, readers, and members who pay in a scheme. A grower or a store pays nothing here."""
    return YES if sees_all(actor, chain) or own_payers(actor, chain) else HIDDEN


def may_create(actor: Actor, chain: Chain) -> Answer:
    """The lead; who reads is told so, and the others find nothing."""
    answer = chains.may_lead(actor, chain)
    return answer if answer.allowed or may_list(actor, chain).allowed else HIDDEN


def may_see(actor: Actor, scheme: Scheme) -> Answer:
    """A payer's organisation sees the schemes it pays in, and no other."""
    if sees_all(actor, scheme.chain):
        return YES
    own = own_payers(actor, scheme.chain)
    return YES if own and scheme.payers.filter(pk__in=own).exists() else HIDDEN


def may_write(actor: Actor, scheme: Scheme) -> Answer:
    """Somebody of the lead organisation."""
    answer = chains.may_lead(actor, scheme.chain)
    if answer.allowed or may_see(actor, scheme).allowed:
        return answer
    return HIDDEN


def may_see_version(actor: Actor, version: SchemeVersion) -> Answer:
    """A draft is not shown to who pays before it is published."""
    if version.published_at is None and not sees_all(actor, version.scheme.chain):
        return HIDDEN
    return may_see(actor, version.scheme)


def may_see_line(actor: Actor, line: SaleLine) -> Answer:
    """A funder reads the lines it pays a part of."""
    own = own_payers(actor, line.chain)
    if own is None:
        return YES
    return YES if own and Share.objects.filter(line=line, payer__in=own).exists() else HIDDEN
