"""Who may read and instruct a file, and the four eyes: whoever instructs never decides."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from ensemblier.base.journal.models import Event
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.base.prepared import KEY, Prepared
from ensemblier.fund.applications.access import has_seat
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review.models import (
    ComplementRequest,
    ExpertInvitation,
    Interest,
    Review,
    SavedView,
)

MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
DESK = (Role.INSTRUCTOR, Role.PROGRAMME)
READERS = (*DESK, Role.SIGNATORY, Role.AUDITOR)
# What makes a person one of those who instructed a file, in the journal.
DESK_ACTIONS = (
    "application.take",
    "application.ask_complements",
    "application.abandon",
    "application.reopen",
    "application.propose",
    "review.open",
    "review.save",
    "review.give",
)
DECIDING = ("application.fund", "application.refuse", "decision.made")
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


def _declared(application: int) -> QuerySet[Interest]:
    rows = Interest.objects.filter(application=application)
    return rows.select_related("user", "lifted_by").order_by("pk")


DECLARED = Prepared(_declared, application=KEY)


def is_recused(user: Any, application: Application) -> bool:
    """Declared a link with this file: sees no opinion, score, message, and does nothing on it."""
    known = getattr(application, "interests_known", None)
    if known is not None:
        return any(row.user_id == user.pk and row.recused for row in known)
    rows = Interest.objects.filter(application=application, user=user.pk, recused=True)
    return rows.exists()


def know_interests(application: Application) -> list[Interest]:
    """Read the declarations of a file once, for a page that asks about them several times."""
    known: list[Interest] = DECLARED.found(application=application.pk)
    application.interests_known = known  # type: ignore[attr-defined]
    return known


def owes_declaration(actor: Actor, application: Application) -> bool:
    """Must still say whether they have a link; reads the declarations of the file."""
    known = know_interests(application)
    if any(row.user_id == actor.user.pk for row in known):
        return False
    return must_declare(actor, application)


def is_expert(actor: Actor, application: Application) -> bool:
    """Took up an invitation to give an opinion on this file, which still holds."""
    known: set[int] | None = getattr(actor, "expert_known", None)
    if known is None:  # read once for a request
        known = set(experts_files(actor).values_list("application_id", flat=True))
        actor.expert_known = known  # type: ignore[attr-defined]
    return application.pk in known


def experts_files(actor: Actor) -> QuerySet[ExpertInvitation]:
    """The invitations that this person took up and that hold today."""
    if actor.is_anonymous:
        return ExpertInvitation.objects.none()
    return ExpertInvitation.objects.filter(
        accepted_by=actor.user.pk, withdrawn_at__isnull=True, expires_at__date__gte=actor.day
    )


def leads_network_of(actor: Actor, application: Application) -> bool:
    head = application.organisation.head_id
    return head is not None and head in actor.organisations(Role.NETWORK_HEAD)


def belongs_to_applicant(actor: Actor, application: Application) -> bool:
    """Holds a mandate for the organisation that asks, a seat on its file, or wrote or filed it."""
    own = {m.organisation_id for m in actor.mandates}
    if has_seat(actor, application):
        return True
    return application.organisation_id in own or actor.user.pk in (
        application.created_by_id,
        application.filed_by_id,
    )


def may_open_inbox(actor: Actor) -> Answer:
    if actor.has(*READERS, Role.NETWORK_HEAD) or experts_files(actor).exists():
        return YES
    return HIDDEN


def may_use_desk(actor: Actor) -> Answer:
    """The pages of those who instruct: workload, actions on several files, saved views."""
    if actor.has(*DESK):
        return YES
    if may_open_inbox(actor).allowed:
        return Answer(False, "Cette page est celle des services qui instruisent.")
    return HIDDEN


def may_drop_view(actor: Actor, view: SavedView) -> Answer:
    """A saved view is its owner's; the desk that shares it may only use it."""
    if view.owner_id == actor.user.pk:
        return YES
    if view.desk_id in actor.organisations(*DESK):
        return Answer(False, "Cette vue est celle d'un collègue : lui seul peut la retirer.")
    return HIDDEN


def is_desk(actor: Actor, application: Application) -> bool:
    """Instructs on this territory, or runs the programme."""
    return actor.has(Role.PROGRAMME) or actor.covers(application.department, Role.INSTRUCTOR)


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
    if not actor.has(*READERS):
        seen |= Q(pk__in=experts_files(actor).values("application"))
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
    if leads_network_of(actor, application) or is_expert(actor, application):
        return YES
    return HIDDEN


def must_declare(actor: Actor, application: Application) -> bool:
    """Whoever may weigh on the outcome says first whether they have a link; auditors do not."""
    place = application.department
    return (
        is_desk(actor, application)
        or actor.covers(place, Role.SIGNATORY)
        or leads_network_of(actor, application)
        or is_expert(actor, application)
    )


def may_declare(actor: Actor, application: Application) -> Answer:
    """Say whether one has a link with a file: once, before opening it."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if not must_declare(actor, application):
        return Answer(False, "Votre rôle ne vous demande pas de déclaration sur ce dossier.")
    return YES


def may_lift(actor: Actor, application: Application) -> Answer:
    """Bring a recused person back: the programme officer alone, never for oneself."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if not actor.has(Role.PROGRAMME):
        return Answer(False, "Seul le responsable du programme peut lever un déport.")
    return RECUSED if is_recused(actor.user, application) else YES


def may_see_opinions(actor: Actor, application: Application) -> Answer:
    """Scores, opinions, notes and thread: not for the recused, nor for an invited expert."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if is_recused(actor.user, application):
        return RECUSED
    place = application.department
    if (
        actor.has(Role.PROGRAMME, Role.AUDITOR)
        or actor.covers(place, Role.INSTRUCTOR, Role.SIGNATORY)
        or leads_network_of(actor, application)
    ):
        return YES
    return Answer(False, "Un expert rend son avis sans lire celui des autres.")


def may_read_thread(actor: Actor, application: Application) -> Answer:
    """The messages: the organisation that asks, and the State's side of the file."""
    if application.organisation_id in actor.organisations(*MEMBERS):
        return YES if application.filed_at else HIDDEN
    answer = may_see_opinions(actor, application)
    if answer.allowed and not (
        actor.has(Role.PROGRAMME, Role.AUDITOR)
        or actor.covers(application.department, Role.INSTRUCTOR, Role.SIGNATORY)
    ):
        return Answer(False, "Le fil est entre l'organisation et le service qui instruit.")
    return answer


def may_write_thread(actor: Actor, application: Application) -> Answer:
    """Write in it: the organisation, and the desk."""
    answer = may_read_thread(actor, application)
    if not answer.allowed or application.organisation_id in actor.organisations(*MEMBERS):
        return answer
    if not is_desk(actor, application):
        return Answer(False, "Seul le service qui instruit écrit à l'organisation.")
    return YES


def may_invite_expert(actor: Actor, application: Application) -> Answer:
    return may_instruct(actor, application)


def may_instruct(actor: Actor, application: Application) -> Answer:
    """Take the file, ask for complements, propose it: the desk, on its territory."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if not is_desk(actor, application):
        return Answer(False, "Seul un agent instructeur de ce territoire peut faire cela.")
    return _unbound(actor, application)


def may_review(actor: Actor, application: Application) -> Answer:
    """Give an opinion: the desk, the network head of the organisation, an invited expert."""
    if not may_read(actor, application).allowed:
        return HIDDEN
    if not (
        is_desk(actor, application)
        or leads_network_of(actor, application)
        or is_expert(actor, application)
    ):
        return Answer(False, "Votre rôle ne permet pas de rendre un avis sur ce dossier.")
    return _unbound(actor, application)


def _unbound(actor: Actor, application: Application) -> Answer:
    if belongs_to_applicant(actor, application):
        return OWN_FILE
    if is_recused(actor.user, application):
        return RECUSED
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
    if is_recused(actor.user, application):
        return RECUSED
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
    known = getattr(application, "decided_known", {}).get(user.pk)
    return _did(user, application, DECIDING) if known is None else known


def know_decided(application: Application, reader: int, *, decided: bool) -> None:
    """What the journal said of one reader, for a page that read it with the rest."""
    application.decided_known = {reader: decided}  # type: ignore[attr-defined]


def has_instructed(user: Any, application: Application) -> bool:
    """Opened an opinion, asked for complements, took or proposed the file, even once."""
    traces = (
        _acts(user, application, DESK_ACTIONS),
        Review.objects.filter(application=application, reviewer=user),
        ComplementRequest.objects.filter(application=application, asked_by=user),
    )
    first, *others = (rows.order_by().values("pk") for rows in traces)
    return first.union(*others, all=True).exists()


def _did(user: Any, application: Application, actions: tuple[str, ...]) -> bool:
    return _acts(user, application, actions).exists()


def _acts(user: Any, application: Application, actions: tuple[str, ...]) -> QuerySet[Event]:
    rows = Event.objects.filter(subject=f"application:{application.pk}", actor_id=user.pk)
    return rows.filter(action__in=actions)
