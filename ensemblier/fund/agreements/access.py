"""Who reads, prepares and signs an agreement."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer, reaches
from ensemblier.base.people.models import Mandate, Organisation, OrganisationKind, Role
from ensemblier.fund.agreements import hands
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Evidence,
    Indicator,
    Instalment,
    Party,
    PartyPayment,
    Recovery,
    SignedScan,
    Suspension,
)
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions.access import NO_POWER
from ensemblier.fund.decisions.delegations import power_of
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.review import access as review
from ensemblier.fund.review.access import MEMBERS, may_read

WHOLE_AGREEMENT = (
    "decision__application__call__owner",
    "decision__application__organisation",
    "decision__application__department",
    "pdf",
)
# Who speaks for an organisation that takes part in an agreement.
PARTNERS = (*MEMBERS, Role.SIGNATORY, Role.PROGRAMME, Role.NETWORK_HEAD)
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
    if is_of_a_party(actor, agreement):
        return YES
    if application.organisation.head_id in actor.organisations(Role.NETWORK_HEAD):
        return YES
    return may_read_file(actor, application)


def may_read_pdf(actor: Actor, stored: StoredFile) -> Answer:
    """Whoever reads the agreement reads its text."""
    rows = Agreement.objects.select_related(*WHOLE_AGREEMENT)
    agreement = rows.filter(pdf=stored).first()
    return may_read_agreement(actor, agreement) if agreement else HIDDEN


def may_prepare(actor: Actor, decision: Decision) -> Answer:
    """The desk: the programme, or the instructor of the territory."""
    application = decision.application
    if not may_read_file(actor, application).allowed:
        return HIDDEN
    if not (actor.has(Role.PROGRAMME) or actor.covers(application.department, Role.INSTRUCTOR)):
        return Answer(False, "Le service instructeur prépare la convention.")
    if review.belongs_to_applicant(actor, application):
        return review.OWN_FILE
    return review.RECUSED if review.is_recused(actor.user, application) else YES


def may_work_on(actor: Actor, agreement: Agreement) -> Answer:
    return may_prepare(actor, agreement.decision)


def signs_for_the_state(actor: Actor, application: Application) -> bool:
    """A signatory of the territory, who has no mandate for the organisation."""
    tied = review.belongs_to_applicant(actor, application) or review.is_recused(
        actor.user, application
    )
    return actor.covers(application.department, Role.SIGNATORY) and not tied


def may_sign(actor: Actor, agreement: Agreement, amendment: Amendment | None = None) -> Answer:
    """Speaks for one of the parties: see `signs_for`."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    answers = [signs_for(actor, agreement, party, amendment) for party in present(agreement)]
    if any(answer.allowed for answer in answers):
        return YES
    told = [answer for answer in answers if answer not in (SIGNER_ONLY, HIDDEN)]
    return (
        told[0]
        if told
        else Answer(
            False,
            "Seuls le représentant légal de l'organisation, ceux des autres parties et le "
            "signataire de l'État signent.",
        )
    )


SIGNER_ONLY = Answer(False, "Seul le représentant de cette partie signe pour elle.")


def present(agreement: Agreement) -> list[Party]:
    """Those who take part, join or leave: they read, and sign what concerns them."""
    signed = Amendment.State.SIGNED
    rows = kept(agreement, "parties", lambda: agreement.parties.select_related("left_by"))
    return [party for party in rows if party.left_by is None or party.left_by.state != signed]


def party_organisations(agreement: Agreement) -> set[int]:
    return {party.organisation_id for party in present(agreement)}


def is_of_a_party(actor: Actor, agreement: Agreement, *roles: Role) -> bool:
    """Holds a mandate in one of the organisations that take part; a payer reads, and only that."""
    held = actor.organisations(*(roles or (*PARTNERS, Role.PAYER)))
    return bool(held & party_organisations(agreement))


def signs_for(
    actor: Actor, agreement: Agreement, party: Party, amendment: Amendment | None = None
) -> Answer:
    """Speaks for this party, and had no hand in the amendment, which may give more money."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    answer = speaks_for(actor, agreement, party)
    if answer.allowed and amendment is not None and hands.had_a_hand(actor, amendment):
        return hands.WROTE
    return answer


def speaks_for(actor: Actor, agreement: Agreement, party: Party) -> Answer:
    """The grantor: a signatory of the territory. The others: their own representative."""
    application = agreement.decision.application
    if party.role == Party.Role.GRANTOR:
        if not signs_for_the_state(actor, application):
            return SIGNER_ONLY
        if review.is_recused(actor.user, application):
            return review.RECUSED
        return YES if power_of(actor, application.department).signs else NO_POWER
    roles = (Role.REPRESENTATIVE,)
    if party.role != Party.Role.BENEFICIARY:
        roles += (Role.SIGNATORY,)
    return YES if actor.has(*roles, organisation=party.organisation_id) else SIGNER_ONLY


def may_give_scan(actor: Actor, agreement: Agreement) -> Answer:
    """The desk, or anybody of one of the parties."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if is_of_a_party(actor, agreement, *PARTNERS):
        return YES
    return may_prepare(actor, agreement.decision)


def may_check_scan(actor: Actor, scan: SignedScan) -> Answer:
    """The desk, but neither who brought it nor who wrote what it signs for the State."""
    answer = may_prepare(actor, scan.agreement.decision)
    return hands.may_read(actor, scan) if answer.allowed else answer


def may_give_evidence(actor: Actor, instalment: Instalment) -> Answer:
    """The organisation, or the desk for it."""
    agreement = instalment.agreement
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if agreement.decision.application.organisation_id in actor.organisations(*MEMBERS):
        return YES
    return may_prepare(actor, agreement.decision)


def may_check_evidence(actor: Actor, evidence: Evidence) -> Answer:
    answer = may_prepare(actor, evidence.instalment.agreement.decision)
    if answer.allowed and evidence.given_by_id == actor.user.pk:
        return Answer(False, "Vous l'avez donné : une autre personne le contrôle.")
    return answer


def may_lift(actor: Actor, suspension: Suspension) -> Answer:
    return may_work_on(actor, suspension.agreement)


def may_work_on_amendment(actor: Actor, amendment: Amendment) -> Answer:
    return may_work_on(actor, amendment.agreement)


def may_read_amendment(actor: Actor, amendment: Amendment) -> Answer:
    """Whoever reads the agreement, once the amendment is sent; the desk before."""
    answer = may_read_agreement(actor, amendment.agreement)
    if not answer.allowed or amendment.sent_at is not None:
        return answer
    return may_read(actor, amendment.agreement.decision.application)


def may_read_recovery(actor: Actor, recovery: Recovery) -> Answer:
    return may_read_agreement(actor, recovery.agreement)


def may_find_breach(actor: Actor, agreement: Agreement) -> Answer:
    """The desk that follows the agreement."""
    answer = may_work_on(actor, agreement)
    if answer.allowed and review.is_recused(actor.user, agreement.decision.application):
        return review.RECUSED
    return answer


def may_work_on_recovery(actor: Actor, recovery: Recovery) -> Answer:
    return may_find_breach(actor, recovery.agreement)


def may_order_recovery(actor: Actor, recovery: Recovery) -> Answer:
    """A signatory of the territory, who did not find the breach."""
    if not may_read_recovery(actor, recovery).allowed:
        return HIDDEN
    application = recovery.agreement.decision.application
    if not signs_for_the_state(actor, application):
        return Answer(False, "Seul un signataire compétent décide d'un reversement.")
    if recovery.opened_by_id == actor.user.pk:
        return Answer(False, "Vous avez constaté le manquement : un autre signataire décide.")
    if review.is_recused(actor.user, application):
        return review.RECUSED
    return YES if power_of(actor, application.department).signs else NO_POWER


def may_see_aid(actor: Actor, organisation: Organisation) -> Answer:
    """The organisation itself, and the desks that read one of its files."""
    if organisation.pk in actor.organisations(*MEMBERS):
        return YES
    files = Application.objects.filter(organisation=organisation)
    desks = files.select_related("organisation", "department", "call").order_by("-pk")[:20]
    seen = any(may_read(actor, row).allowed for row in desks)
    return YES if seen else HIDDEN


def may_declare_aid(actor: Actor, organisation: Organisation) -> Answer:
    """On its honour: its own members only."""
    if organisation.pk in actor.organisations(*MEMBERS):
        return YES
    if may_see_aid(actor, organisation).allowed:
        return Answer(False, "L'organisation déclare elle-même les aides qu'elle reçoit.")
    return HIDDEN


def may_write_templates(actor: Actor) -> Answer:
    if actor.has(Role.PROGRAMME):
        return YES
    if actor.has(*OFFICERS):
        return Answer(False, "Le responsable du programme écrit les modèles d'articles.")
    return HIDDEN


def may_read_paper(actor: Actor, stored: StoredFile) -> Answer:
    """Annexes, signed papers, evidence, amendments: whoever reads the agreement."""
    pk = stored.subject_id("agreement")
    rows = Agreement.objects.select_related(*WHOLE_AGREEMENT)
    agreement = rows.filter(pk=pk).first() if pk else None
    return may_read_agreement(actor, agreement) if agreement else HIDDEN


def may_take_out(actor: Actor, party: Party) -> Answer:
    return may_work_on(actor, party.agreement)


def may_measure(actor: Actor, indicator: Indicator) -> Answer:
    """The organisation, or the desk."""
    agreement = indicator.agreement
    if agreement.decision.application.organisation_id in actor.organisations(*MEMBERS):
        return may_read_agreement(actor, agreement)
    return may_work_on(actor, agreement)


def may_note_paid(actor: Actor, payment: PartyPayment) -> Answer:
    """The co-funder's payer and nobody else; without one here, its own people, or the desk."""
    own = actor.organisations(*OFFICERS, *MEMBERS)
    agreement, party = payment.party.agreement, payment.party
    answer = (
        may_read_agreement(actor, agreement)
        if party.organisation_id in own
        else may_work_on(actor, agreement)
    )
    if not answer.allowed or not has_a_payer(party.organisation, actor.day):
        return answer
    if party.organisation.kind not in (OrganisationKind.STATE, OrganisationKind.PUBLIC):
        return Answer(False, f"{party} paie par un fichier de virements : page « Virements ».")
    if party.organisation_id in actor.organisations(Role.PAYER):
        return answer
    return Answer(False, f"Un agent payeur de {party} note ce qu'il a payé, personne d'autre.")


def has_a_payer(organisation: Organisation, day: date) -> bool:
    """Somebody here pays for it."""
    held = Mandate.objects.on(day).filter(organisation=organisation, role=Role.PAYER)
    return held.filter(user__is_active=True).exists()


def may_sign_amendment(actor: Actor, amendment: Amendment) -> Answer:
    if not may_read_amendment(actor, amendment).allowed:
        return HIDDEN
    return may_sign(actor, amendment.agreement, amendment)


def may_write_article(actor: Actor, wanted: Any) -> Answer:
    """`wanted` names an agreement and one of its articles."""
    return may_work_on(actor, wanted.agreement)
