"""Who opens which board, and which files are counted in it."""

from __future__ import annotations

from django.db.models import QuerySet

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Organisation, OrganisationKind, Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review import access as review

OFFICERS = (Role.PROGRAMME, Role.INSTRUCTOR, Role.SIGNATORY, Role.AUDITOR)
MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
WHOLE = (Role.PROGRAMME, Role.AUDITOR)
NOT_AUDITOR = Answer(False, "Le contrôle est ouvert aux auditeurs et au responsable du programme.")


def may_steer(actor: Actor) -> Answer:
    """Whoever instructs, decides, audits or runs the programme, each on the files they read."""
    return YES if actor.has(*OFFICERS) else HIDDEN


def files_seen(actor: Actor) -> QuerySet[Application]:
    """The files of the State's side of this person: never those of a network or an expert."""
    if actor.has(*WHOLE):
        return Application.objects.all()
    return Application.objects.filter(review.in_sight(actor))


def sees_envelopes(actor: Actor) -> bool:
    """Envelopes are common to territories: who decides or answers for the whole sees them."""
    return actor.has(*WHOLE, Role.SIGNATORY)


def may_instruct_here(actor: Actor) -> Answer:
    if actor.has(Role.INSTRUCTOR, Role.PROGRAMME):
        return YES
    if may_steer(actor).allowed:
        return Answer(False, "Cette page est celle des services qui instruisent.")
    return HIDDEN


def may_see_own(actor: Actor) -> Answer:
    """« Ce qu'on attend de moi » : whoever acts for an organisation."""
    return YES if actor.has(*MEMBERS) else HIDDEN


def may_lead(actor: Actor) -> Answer:
    return YES if networks_of(actor) else HIDDEN


def networks_of(actor: Actor) -> dict[int, Organisation]:
    """The networks in whose name this person speaks."""
    return {
        mandate.organisation_id: mandate.organisation
        for mandate in actor.mandates
        if mandate.role in (Role.NETWORK_HEAD, Role.REPRESENTATIVE)
        and mandate.organisation.kind == OrganisationKind.NETWORK
    }


def may_audit(actor: Actor) -> Answer:
    if actor.has(*WHOLE):
        return YES
    return NOT_AUDITOR if actor.has(*OFFICERS) else HIDDEN


def may_trace(actor: Actor, payment: Payment) -> Answer:
    """From a paid euro to its evidence: those who audit the whole."""
    return may_audit(actor)
