"""Hands in an amendment: whoever wrote it, wrote it again or sent it signs it by no way.

On paper, signing for the State is done by two people, who bring the paper and who reads it:
neither of them had a hand in the amendment.
"""

from __future__ import annotations

from collections.abc import Sequence

from ensemblier.base.people.access import YES, Actor, Answer
from ensemblier.fund.agreements.models import Agreement, Amendment, Party, SignedScan

WROTE = Answer(
    False,
    "Vous avez écrit ou envoyé cet avenant : une autre personne le signe. Demandez à un autre "
    "signataire de cette partie.",
)
WROTE_PAPER = Answer(
    False,
    "Vous avez écrit ou envoyé cet avenant : le papier signé pour l'État, une autre personne le "
    "dépose, et une autre encore le relit. Donnez-le à des collègues.",
)
BROUGHT_OWN = Answer(
    False,
    "Ce papier est déposé par qui a écrit ou envoyé l'avenant : refusez-le, et demandez à une "
    "autre personne de le déposer.",
)
TWO_PEOPLE = Answer(False, "Vous l'avez déposé : une autre personne le relit.")


def had_a_hand(actor: Actor, amendment: Amendment) -> bool:
    """Wrote it, wrote it again or sent it."""
    return amendment.hands.filter(pk=actor.user.pk).exists()


def may_bring(
    actor: Actor, agreement: Agreement, amendment: Amendment | None, parties: Sequence[int]
) -> Answer:
    """A paper that these organisations signed, by somebody who may give papers at all."""
    return WROTE_PAPER if _signs_own(actor, agreement, amendment, parties) else YES


def may_read(actor: Actor, scan: SignedScan) -> Answer:
    """Did not bring it, nor wrote the amendment that it would sign for the State."""
    if scan.uploaded_by_id == actor.user.pk:
        return TWO_PEOPLE
    if scan.amendment_id is None:
        return YES
    own = _signs_own(actor, scan.agreement, scan.amendment, scan.parties)
    return WROTE_PAPER if own else YES


def counts(bearer: Actor, scan: SignedScan) -> Answer:
    """A paper brought by a hand of the amendment, before this was asked, is not confirmed."""
    own = _signs_own(bearer, scan.agreement, scan.amendment, scan.parties)
    return BROUGHT_OWN if own else YES


def _signs_own(
    actor: Actor, agreement: Agreement, amendment: Amendment | None, parties: Sequence[int]
) -> bool:
    if amendment is None or not had_a_hand(actor, amendment):
        return False
    grantor = agreement.parties.filter(role=Party.Role.GRANTOR)
    return grantor.filter(organisation__in=parties).exists()
