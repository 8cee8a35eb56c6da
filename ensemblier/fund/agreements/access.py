"""Who reads, prepares and signs an agreement."""

from __future__ import annotations

from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer, reaches
from ensemblier.base.people.models import Mandate, OrganisationKind, Role
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.review import access as review
from ensemblier.fund.review.access import MEMBERS, may_read

OFFICERS = (Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.PAYER, Role.AUDITOR)


def may_list(actor: Actor) -> Answer:
    return YES if actor.has(*OFFICERS, *MEMBERS, Role.NETWORK_HEAD) else HIDDEN


def in_sight(actor: Actor) -> Q:
    """The applications whose agreements this actor finds in lists, as one condition."""
    seen = review.in_sight(actor)
    if not seen:
        return seen  # an empty condition: everything
    seen |= Q(organisation__in=actor.organisations(*MEMBERS))
    for mandate in actor.mandates:
        if mandate.role == Role.PAYER:
            seen |= review.place_of(mandate) & _calls_of(mandate)
    return seen


def _calls_of(mandate: Mandate) -> Q:
    """A payer of the State sees every call; a foundation's or a network's, its own calls."""
    if mandate.organisation.kind == OrganisationKind.STATE:
        return ~Q(pk__in=[])
    return Q(call__owner=mandate.organisation_id)


def pays_around(actor: Actor, application: Application) -> bool:
    """Holds a payer's mandate on the territory: the State's, or of the funder of this call."""
    return any(
        mandate.organisation.kind == OrganisationKind.STATE
        or mandate.organisation_id == application.call.owner_id
        for mandate in actor.mandates
        if mandate.role == Role.PAYER and reaches(mandate, application.department)
    )


def may_read_file(actor: Actor, application: Application) -> Answer:
    """Members of the organisation, the desk that reads the file, and payers of its territory."""
    if application.organisation_id in actor.organisations(*MEMBERS):
        return YES
    if pays_around(actor, application):
        return YES
    return may_read(actor, application)


def may_read_agreement(actor: Actor, agreement: Agreement) -> Answer:
    """The organisation sees it once it is sent."""
    application = agreement.decision.application
    desk = may_read(actor, application)
    if desk.allowed:
        return desk
    if agreement.state == Agreement.State.DRAFT:
        return HIDDEN
    return may_read_file(actor, application)


def may_read_pdf(actor: Actor, stored: StoredFile) -> Answer:
    """Whoever reads the agreement reads its text."""
    agreement = Agreement.objects.filter(pdf=stored).first()
    return may_read_agreement(actor, agreement) if agreement else HIDDEN


def may_prepare(actor: Actor, decision: Decision) -> Answer:
    """The desk: the programme, or the instructor of the territory."""
    application = decision.application
    if not may_read_file(actor, application).allowed:
        return HIDDEN
    if not (actor.has(Role.PROGRAMME) or actor.covers(application.department, Role.INSTRUCTOR)):
        return Answer(False, "Le service instructeur prépare la convention.")
    return review.OWN_FILE if review.belongs_to_applicant(actor, application) else YES


def may_work_on(actor: Actor, agreement: Agreement) -> Answer:
    return may_prepare(actor, agreement.decision)


def signs_for_the_state(actor: Actor, application: Application) -> bool:
    """A signatory of the territory, who has no mandate for the organisation."""
    own = review.belongs_to_applicant(actor, application)
    return actor.covers(application.department, Role.SIGNATORY) and not own


def may_sign(actor: Actor, agreement: Agreement) -> Answer:
    """The legal representative for the organisation; a signatory of the territory for the State."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    application = agreement.decision.application
    if actor.has(Role.REPRESENTATIVE, organisation=application.organisation):
        return YES
    if signs_for_the_state(actor, application):
        return YES
    return Answer(
        False, "Seuls le représentant légal de l'organisation et le signataire de l'État signent."
    )
