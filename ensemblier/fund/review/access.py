"""Who may read and instruct a file, and the four eyes: whoever instructs never decides."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from ensemblier.base.journal.models import Event
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review.models import ComplementRequest, Interest, Review

MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
DESK = (Role.INSTRUCTOR, Role.PROGRAMME)
READERS = (*DESK, Role.SIGNATORY, Role.AUDITOR)
# What makes a person one of those who instructed a file, in the journal.
DESK_ACTIONS = (
    "application.take",
    "application.ask_complements",
    "application.propose",
    "review.open",
    "review.save",
    "review.give",
)
OWN_FILE = Answer(
    False,
    "Ce dossier vient d'une organisation pour laquelle vous avez un mandat : "
    "une autre personne doit le traiter.",
)


RECUSED = Answer(
    False,
    "Vous avez déclaré un lien avec ce dossier : vous vous êtes déporté. Vous n'en voyez ni les "
    "avis ni les échanges, et une autre personne doit le traiter.",
)


def is_recused(user: Any, application: Application) -> bool:
    """Declared a link with this file: sees no opinion, score, message, and does nothing on it."""
    rows = Interest.objects.filter(application=application, user=user.pk, recused=True)
    return rows.exists()


def leads_network_of(actor: Actor, application: Application) -> bool:
    head = application.organisation.head_id
    return head is not None and head in actor.organisations(Role.NETWORK_HEAD)


def belongs_to_applicant(actor: Actor, application: Application) -> bool:
    """Holds any mandate for the organisation that asks, or wrote or filed its request."""
    own = {m.organisation_id for m in actor.mandates}
    return application.organisation_id in own or actor.user.pk in (
        application.created_by_id,
        application.filed_by_id,
    )


def may_open_inbox(actor: Actor) -> Answer:
    return YES if actor.has(*READERS, Role.NETWORK_HEAD) else HIDDEN


def in_sight(actor: Actor) -> Q:
    """The files that this actor finds in the list, as one condition."""
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return Q()
    seen = Q(pk__in=[])
    for mandate in actor.mandates:
        if mandate.role in (Role.INSTRUCTOR, Role.SIGNATORY):
            seen |= place_of(mandate)
        elif mandate.role == Role.NETWORK_HEAD:
            seen |= Q(organisation__head=mandate.organisation_id)
    return seen


def place_of(mandate: Any) -> Q:
    """The files of a mandate's territory."""
    if mandate.department_id:
        return Q(department=mandate.department_id)
    if mandate.region_id:
        return Q(department__region=mandate.region_id)
    return ~Q(pk__in=[])


def filed(rows: QuerySet[Application]) -> QuerySet[Application]:
    """What reached the desk: never drafts, nor what was withdrawn before it was filed."""
    return rows.filter(filed_at__isnull=False)


def may_read(actor: Actor, application: Application) -> Answer:
    """The desk's page of a file. What is not filed is nobody's business but the applicant's."""
    if application.filed_at is None:
        return HIDDEN
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    if actor.covers(application.department, Role.INSTRUCTOR, Role.SIGNATORY):
        return YES
    return YES if leads_network_of(actor, application) else HIDDEN


def may_instruct(actor: Actor, application: Application) -> Answer:
    """Take the file, ask for complements, propose it: the desk, on its territory."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if not (actor.has(Role.PROGRAMME) or actor.covers(application.department, Role.INSTRUCTOR)):
        return Answer(False, "Seul un agent instructeur de ce territoire peut faire cela.")
    return _unbound(actor, application)


def may_review(actor: Actor, application: Application) -> Answer:
    """Give an opinion: the desk, or the network head of the organisation."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    desk = actor.has(Role.PROGRAMME) or actor.covers(application.department, Role.INSTRUCTOR)
    if not (desk or leads_network_of(actor, application)):
        return Answer(False, "Votre rôle ne permet pas de rendre un avis sur ce dossier.")
    return _unbound(actor, application)


def _unbound(actor: Actor, application: Application) -> Answer:
    if belongs_to_applicant(actor, application):
        return OWN_FILE
    if has_decided(actor.user, application):
        return Answer(
            False,
            "Vous avez décidé sur ce dossier : qui décide n'instruit pas. Une autre personne "
            "doit le faire.",
        )
    return YES


def may_send_back(actor: Actor, application: Application) -> Answer:
    """Ask for more instruction: the signatory, before deciding."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if not actor.covers(application.department, Role.SIGNATORY):
        return Answer(False, "Seul un signataire compétent peut renvoyer ce dossier.")
    return OWN_FILE if belongs_to_applicant(actor, application) else YES


def may_answer(actor: Actor, application: Application) -> Answer:
    """Answer the desk's questions: the organisation that asks."""
    if application.organisation_id in actor.organisations(*MEMBERS):
        return YES
    if application.state == State.INCOMPLETE and may_read(actor, application).allowed:
        return Answer(False, "Seule l'organisation qui demande l'aide peut répondre.")
    return HIDDEN


def has_decided(user: Any, application: Application) -> bool:
    """The journal says that this person funded or refused the file."""
    done = ("application.fund", "application.refuse")
    return _did(user, application, done)


def has_instructed(user: Any, application: Application) -> bool:
    """Opened an opinion, asked for complements, took or proposed the file, even once."""
    return (
        _did(user, application, DESK_ACTIONS)
        or Review.objects.filter(application=application, reviewer=user).exists()
        or ComplementRequest.objects.filter(application=application, asked_by=user).exists()
    )


def _did(user: Any, application: Application, actions: tuple[str, ...]) -> bool:
    rows = Event.objects.filter(subject=f"application:{application.pk}", actor_id=user.pk)
    return rows.filter(action__in=actions).exists()
