"""Who imports files: the desk on its territory, a network head for its members."""

from __future__ import annotations

from typing import Any

from ensemblier.base.journal.actions import refuse
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Organisation, Role
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Department
from ensemblier.fund.intake.models import Batch, Demarche

DESK = (Role.INSTRUCTOR, Role.SUPPORT)
IMPORTERS = (*DESK, Role.PROGRAMME, Role.NETWORK_HEAD)
READERS = (Role.PROGRAMME, Role.AUDITOR)
OWN_ONLY = Answer(False, "Seule la personne qui a déposé ce tableau travaille dessus.")


class NotYours(Refusal):
    """This person may not do this with this import."""


def may_import(actor: Actor) -> Answer:
    if actor.has(*IMPORTERS):
        return YES
    if actor.has(Role.AUDITOR):
        return Answer(False, "Un auditeur lit les imports ; il n'en fait pas.")
    return HIDDEN


def may_list(actor: Actor) -> Answer:
    return YES if actor.has(*IMPORTERS, Role.AUDITOR) else HIDDEN


def may_see(actor: Actor, batch: Batch) -> Answer:
    """Whoever gave the table, the programme, the auditors."""
    if batch.read_by_id == actor.user.pk and actor.has(*IMPORTERS):
        return YES
    return YES if actor.has(*READERS) else HIDDEN


def may_work_on(actor: Actor, batch: Batch) -> Answer:
    """Whoever gave the table, as long as they may import."""
    if batch.read_by_id == actor.user.pk:
        return may_import(actor)
    return OWN_ONLY if may_see(actor, batch).allowed else HIDDEN


def why_not_for(
    actor: Actor, organisation: Organisation | None, department: Department | None
) -> str:
    """Why this person may not type a file for this organisation there; "" when they may."""
    if organisation is not None and organisation.pk in actor.organisations(*Role):
        return "vous avez un rôle dans cette organisation : ouvrez le dossier en son nom"
    if actor.has(Role.PROGRAMME) or actor.covers(department, *DESK):
        return ""
    heads = actor.organisations(Role.NETWORK_HEAD)
    if organisation is not None and organisation.head_id in heads:
        return ""
    if heads:
        return (
            "cette organisation n'est pas membre de votre réseau : elle demande d'abord à y entrer"
        )
    return "cette commune n'est pas sur votre territoire"


def actor_on(user: Any, day: Any) -> Actor:
    return Actor(user, day=day)


def require(answer: Answer, *, actor: Any, subject: str) -> None:
    """The guard's answer, asked again by the action; a refused attempt is noted."""
    if not answer.allowed:
        reason = answer.reason or "Vous n'avez plus accès à cet import. Rechargez la page."
        refuse(actor=actor, subject=subject, reason=reason)
        raise NotYours(reason)


def may_link(actor: Actor) -> Answer:
    """The desk and the programme link démarches; network heads bring tables."""
    if actor.has(*DESK, Role.PROGRAMME):
        return YES
    if actor.has(Role.NETWORK_HEAD, Role.AUDITOR):
        return Answer(False, "Les démarches sont reliées par les agents du programme.")
    return HIDDEN


def may_work_on_demarche(actor: Actor, demarche: Demarche) -> Answer:
    """Whoever gave the token."""
    if demarche.owner_id == actor.user.pk:
        return may_link(actor)
    if actor.has(*READERS):
        return Answer(False, "Seule la personne qui a donné le jeton lit cette démarche.")
    return HIDDEN
