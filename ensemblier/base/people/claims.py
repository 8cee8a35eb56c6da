"""Proof that someone acts for a SIRET: ProConnect says it, or the desk checks a document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.journal.models import Event
from ensemblier.base.notices.actions import send
from ensemblier.base.people.actions import give_mandate
from ensemblier.base.people.models import Claim, Mandate, Organisation, Role, User
from ensemblier.base.refusal import Refusal
from ensemblier.engines.months import add_months

PROOF_MONTHS = 12


class ClaimAnswered(Refusal):
    """The desk has answered this claim already."""


class ClaimPending(Refusal):
    """The same person has already asked for this organisation."""


class NoProof(Refusal):
    """A claim needs a document when ProConnect does not vouch for it."""


class NoReason(Refusal):
    """A refusal is always explained."""


class OwnClaim(Refusal):
    """Nobody answers their own claim."""


def vouched_by_proconnect(organisation: Organisation, role: str, siret: str) -> bool:
    """ProConnect says where someone works, not that they are its legal representative."""
    return role == Role.APPLICANT and bool(siret) and siret == organisation.siret


@transaction.atomic
def claim_organisation(
    *,
    user: User,
    organisation: Organisation,
    role: str,
    now: datetime,
    proconnect_siret: str = "",
    document: CheckedFile | None = None,
) -> Claim:
    """Ask to act for an organisation. `proconnect_siret` is what ProConnect said in this very
    session; when it is the organisation's, the role of applicant is given at once."""
    vouched = vouched_by_proconnect(organisation, role, proconnect_siret)
    if not vouched and document is None:
        raise NoProof(
            "Joignez un document qui montre que vous agissez pour cette organisation : "
            "procès-verbal d'élection, délégation de signature ou extrait Kbis.",
            field="document",
        )
    claim = Claim(
        user=user,
        organisation=organisation,
        role=role,
        proof=Claim.Proof.PROCONNECT if vouched else Claim.Proof.DOCUMENT,
        asked_at=now,
    )
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError as error:
        raise ClaimPending(
            "Votre demande pour cette organisation est déjà en cours. "
            "Le service instructeur vous répondra par e-mail."
        ) from error
    subject = f"claim:{claim.pk}"
    if document is not None:
        claim.document = store(
            checked=document,
            purpose="claim",
            about=subject,
            actor=user,
            organisation_id=organisation.pk,
            delete_after=add_months(timezone.localdate(now), PROOF_MONTHS),
        )
        claim.save(update_fields=["document"])
    data = {"proof": claim.proof}
    keep_under(record(actor=user, action="claim.ask", subject=subject, data=data))
    if vouched:
        _accept(claim, actor=None, now=now)
    return claim


@transaction.atomic
def confirm_claim(*, claim: Claim, actor: User, now: datetime) -> Mandate:
    """The document proves it: the role is given and the organisation is confirmed."""
    return _accept(_pending(claim, actor), actor=actor, now=now)


@transaction.atomic
def refuse_claim(*, claim: Claim, actor: User, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise NoReason(
            "Expliquez le refus : la personne doit savoir quoi corriger.", field="reason"
        )
    claim = _pending(claim, actor)
    claim.state, claim.reason = Claim.State.REFUSED, reason.strip()
    claim.decided_by, claim.decided_at = actor, now
    claim.save()
    record(actor=actor, action="claim.refuse", subject=f"claim:{claim.pk}", reason=claim.reason)
    _tell(claim, "people/emails/claim_refused.txt")


def _pending(claim: Claim, actor: User) -> Claim:
    locked = Claim.objects.select_for_update(of=("self",)).select_related("organisation", "user")
    claim = locked.get(pk=claim.pk)
    if claim.state != Claim.State.PENDING:
        raise ClaimAnswered("Cette demande a déjà reçu une réponse. Rechargez la page.")
    if claim.user_id == actor.pk:
        raise OwnClaim("Vous ne pouvez pas répondre à votre propre demande.")
    return claim


def _accept(claim: Claim, *, actor: Any, now: datetime) -> Mandate:
    claim.state, claim.decided_by, claim.decided_at = Claim.State.ACCEPTED, actor, now
    claim.save()
    _confirm(claim)
    record(actor=actor, action="claim.accept", subject=f"claim:{claim.pk}")
    _tell(claim, "people/emails/claim_accepted.txt")
    return give_mandate(
        user=claim.user,
        role=claim.role,
        organisation=claim.organisation,
        day=timezone.localdate(now),
        actor=actor,
        reason=f"rattachement {claim.pk} : {claim.get_proof_display()}",
    )


def _confirm(claim: Claim) -> None:
    """The first member vouches for the organisation. An address for its e-mails that somebody else
    typed when registering it is forgotten: decisions must not be sent to a stranger."""
    organisation = claim.organisation
    if organisation.is_confirmed:
        return
    made = Event.objects.filter(
        action="organisation.create", subject=f"organisation:{organisation.pk}"
    )
    if organisation.email and not made.filter(actor_id=claim.user_id).exists():
        organisation.email = ""
    organisation.is_confirmed = True
    organisation.save(update_fields=["email", "is_confirmed"])


def _tell(claim: Claim, template: str) -> None:
    send(
        to=claim.user.email,
        template=template,
        context={
            "organisation": claim.organisation.name,
            "role": claim.get_role_display(),
            "reason": claim.reason,
        },
        about=f"claim:{claim.pk}",
    )
