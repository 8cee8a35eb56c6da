"""Who leads a framework programme, who answers for a member, who reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.actions import refuse
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import OrganisationKind, Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.access import may_read
from ensemblier.fund.applications.models import EDITABLE, Application
from ensemblier.fund.frameworks.models import Draw, Framework, MemberShare, ShareTransfer

LEADERS = (Role.NETWORK_HEAD, Role.REPRESENTATIVE)
MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
HEAD_ONLY = Answer(False, "Seule la tête de réseau fait cela dans son programme cadre.")
SIGNER_ONLY = Answer(False, "Seul le représentant légal de la tête de réseau signe sa garantie.")
MEMBER_ONLY = Answer(False, "Seul le représentant légal de ce membre répond pour lui.")
SENT = Answer(False, "Le dossier est déposé : les parts ne changent plus.")
TWO_PEOPLE = Answer(False, "Vous avez donné cette dépense : une autre personne la contrôle.")
OWN_PROPOSAL = Answer(False, "Vous l'avez proposé : une autre personne répond pour le membre.")
FAMILY = Answer(False, "Vous agissez aussi pour ce membre : une autre personne du réseau le fait.")


class NotYours(Refusal):
    """This person may not do this in this programme."""


class FourEyes(NotYours):
    """Two different people are needed."""


def leads(actor: Actor, application: Application) -> bool:
    return application.organisation_id in actor.organisations(*LEADERS)


def may_see(actor: Actor, framework: Framework) -> Answer:
    """The head of the network, and whoever reads the file."""
    if leads(actor, framework.application):
        return YES
    return may_read(actor, framework.application)


def may_start(actor: Actor, application: Application) -> Answer:
    """The head of a network, on its own draft."""
    if not leads(actor, application):
        return HEAD_ONLY if may_read(actor, application).allowed else HIDDEN
    if application.organisation.kind != OrganisationKind.NETWORK:
        return Answer(False, "Une demande groupée est portée par une tête de réseau.")
    return YES if application.state in EDITABLE else SENT


def may_lead(actor: Actor, framework: Framework) -> Answer:
    if leads(actor, framework.application):
        return YES
    return HEAD_ONLY if may_see(actor, framework).allowed else HIDDEN


def may_shape(actor: Actor, framework: Framework) -> Answer:
    """Change shares, criteria and text: before the file is sent."""
    answer = may_lead(actor, framework)
    if answer.allowed and framework.application.state not in EDITABLE:
        return SENT
    return answer


def may_shape_share(actor: Actor, share: MemberShare) -> Answer:
    return may_shape(actor, share.framework)


def may_score(actor: Actor, share: MemberShare) -> Answer:
    """The head scores its members; nobody scores their own organisation."""
    answer = may_shape(actor, share.framework)
    return FAMILY if answer.allowed and is_member(actor, share) else answer


def may_sign(actor: Actor, framework: Framework) -> Answer:
    answer = may_shape(actor, framework)
    home = framework.application.organisation_id
    if answer.allowed and home not in actor.organisations(Role.REPRESENTATIVE):
        return SIGNER_ONLY
    return answer


def is_member(actor: Actor, share: MemberShare) -> bool:
    return share.member_id in actor.organisations(*MEMBERS)


def may_see_share(actor: Actor, share: MemberShare) -> Answer:
    """The member itself, and whoever sees the programme."""
    return YES if is_member(actor, share) else may_see(actor, share.framework)


def may_answer(actor: Actor, share: MemberShare) -> Answer:
    """The member's own representative, before the file is sent."""
    if share.member_id in actor.organisations(Role.REPRESENTATIVE):
        return YES if share.framework.application.state in EDITABLE else SENT
    return MEMBER_ONLY if may_see_share(actor, share).allowed else HIDDEN


def may_draw(actor: Actor, share: MemberShare) -> Answer:
    """The member, or the head for it."""
    if is_member(actor, share):
        return YES
    return may_lead(actor, share.framework)


def may_check(actor: Actor, draw: Draw) -> Answer:
    """The head, another person than the one who gave it, with no part in the member."""
    share = draw.source.share
    answer = may_lead(actor, share.framework)
    if not answer.allowed:
        return HEAD_ONLY if may_see_share(actor, share).allowed else HIDDEN
    if draw.given_by_id == actor.user.pk:
        return TWO_PEOPLE
    return FAMILY if is_member(actor, share) else YES


def may_give(actor: Actor, transfer: ShareTransfer) -> Answer:
    """The representative of the member that gives; never who proposed it."""
    share = transfer.giver.share
    if share.member_id in actor.organisations(Role.REPRESENTATIVE):
        return OWN_PROPOSAL if transfer.proposed_by_id == actor.user.pk else YES
    return MEMBER_ONLY if may_see_share(actor, share).allowed else HIDDEN


def may_list(actor: Actor) -> Answer:
    """Network heads and members; whoever reads files finds the programme on the file's page."""
    return YES if actor.has(*LEADERS, *MEMBERS) else HIDDEN


def may_read_evidence(actor: Actor, stored: StoredFile) -> Answer:
    rows = MemberShare.objects.select_related(
        "framework__application__organisation", "framework__application__department"
    )
    share = rows.filter(pk=stored.subject_id("share")).first()
    return may_see_share(actor, share) if share else HIDDEN


def actor_at(user: Any, now: datetime) -> Actor:
    day: date = in_paris(now).date()
    return Actor(user, day=day)


def require(answer: Answer, *, actor: Any, about: Framework) -> None:
    """The guard's answer, asked again by the action; a refused attempt is noted."""
    if answer.allowed:
        return
    reason = answer.reason or "Vous n'avez plus accès à ce programme. Rechargez la page."
    refuse(actor=actor, subject=f"framework:{about.pk}", reason=reason)
    two = answer in (TWO_PEOPLE, OWN_PROPOSAL, FAMILY)
    raise (FourEyes if two else NotYours)(reason)
