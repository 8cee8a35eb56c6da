"""Who may read a file, change it, comment it, send it: its organisation, the people it seats, and
those concerned once it is sent."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value

from ensemblier.base.journal.actions import refuse
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Mandate, Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import (
    EDITABLE,
    Application,
    HelpMandate,
    Seat,
    SeatRole,
)
from ensemblier.fund.applications.readers import reads_too
from ensemblier.fund.calls.models import Call

MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
EVERYWHERE = (Role.PROGRAMME, Role.AUDITOR)
ON_TERRITORY = (Role.INSTRUCTOR, Role.SIGNATORY)
# Who types for others: officers, network heads, and members of a public service or a network.
HELPERS = (Role.INSTRUCTOR, Role.SUPPORT, Role.PROGRAMME, Role.NETWORK_HEAD)
OWNERS_ONLY = "Seule l'organisation qui demande peut faire cela sur son dossier."


class NotYours(Refusal):
    """This person may not do this on this file."""


def is_member(actor: Actor, application: Application) -> bool:
    return application.organisation_id in actor.organisations(*MEMBERS)


def seats_of(actor: Actor) -> dict[int, str]:
    """File -> role of the seats this person holds; read once for a request."""
    known: dict[int, str] | None = getattr(actor, "seats_known", None)
    if known is None:
        known = {}
        if not actor.is_anonymous and actor.user.is_active:
            rows = Seat.objects.filter(user=actor.user.pk)
            known = dict(rows.values_list("application_id", "role"))
        actor.seats_known = known  # type: ignore[attr-defined]
    return known


def seat_role(actor: Actor, application: Application) -> str:
    """The role of this person's seat on this file; "" without one."""
    if getattr(application, "own_seat_of", None) == actor.user.pk:
        return getattr(application, "own_seat", None) or ""
    return seats_of(actor).get(application.pk, "")


def with_own_seat(rows: QuerySet[Application], person: int) -> QuerySet[Application]:
    """Each file with the seat this person holds on it, so that no other query asks for it."""
    seats = Seat.objects.filter(application=OuterRef("pk"), user=person)
    return rows.annotate(own_seat=Subquery(seats.values("role")[:1]), own_seat_of=Value(person))


def has_seat(actor: Actor, application: Application) -> bool:
    return bool(seat_role(actor, application))


def is_reader(actor: Actor, application: Application) -> bool:
    """Not of the organisation, and concerned by a file once it is sent."""
    if application.filed_at is None:
        return False
    head = application.organisation.head_id
    return (
        actor.has(*EVERYWHERE)
        or actor.covers(application.department, *ON_TERRITORY)
        or (head is not None and head in actor.organisations(Role.NETWORK_HEAD))
        or reads_too(actor, application)
    )


def may_read(actor: Actor, application: Application) -> Answer:
    if is_member(actor, application) or is_reader(actor, application):
        return YES
    return YES if has_seat(actor, application) else HIDDEN


def may_act(actor: Actor, application: Application) -> Answer:
    """Withdraw, choose who comes in: the state is checked by the action."""
    if is_member(actor, application):
        return YES
    if may_read(actor, application).allowed:
        return Answer(False, OWNERS_ONLY)
    return HIDDEN


def may_send(actor: Actor, application: Application) -> Answer:
    """Its organisation, or whoever types it under a recorded mandate."""
    answer = may_act(actor, application)
    if not answer.allowed and is_helper(actor, application):
        return YES
    return answer


def is_helper(actor: Actor, application: Application) -> bool:
    """Types this file for its organisation, under a mandate that holds."""
    if seat_role(actor, application) != SeatRole.EDITOR:
        return False
    rows = HelpMandate.objects.filter(application=application.pk, helper=actor.user.pk)
    return rows.filter(ended_at__isnull=True).exists()


def writes(actor: Actor, application: Application) -> bool:
    """Of those who write the file, whatever its state."""
    return is_member(actor, application) or seat_role(actor, application) == SeatRole.EDITOR


def may_write(actor: Actor, application: Application) -> Answer:
    """Those who write the file, whatever its state."""
    if writes(actor, application):
        return YES
    role = seat_role(actor, application)
    if role:
        return Answer(
            False,
            f"Votre place sur ce dossier : {SeatRole(role).label}. Pour y écrire, demandez à "
            f"{application.organisation.name} de changer votre place.",
        )
    return Answer(False, OWNERS_ONLY) if is_reader(actor, application) else HIDDEN


def may_edit(actor: Actor, application: Application) -> Answer:
    answer = may_write(actor, application)
    if answer.allowed and application.state not in EDITABLE:
        return Answer(
            False,
            f"Ce dossier est « {application.get_state_display()} » : il ne se modifie plus. "
            "Vous pouvez le relire dans « Mes dossiers ».",
        )
    return answer


def may_read_comments(actor: Actor, application: Application) -> Answer:
    """Those of the file; the service that instructs reads shared threads on the file's page."""
    if is_member(actor, application) or has_seat(actor, application):
        return YES
    if is_reader(actor, application):
        return Answer(
            False,
            "Ces commentaires sont ceux de l'équipe du dossier. Ceux qu'elle partage se lisent "
            "sur la page du dossier.",
        )
    return HIDDEN


def may_comment(actor: Actor, application: Application) -> Answer:
    answer = may_read_comments(actor, application)
    if answer.allowed and seat_role(actor, application) == SeatRole.READER:
        if is_member(actor, application):
            return YES
        return Answer(False, "Votre place sur ce dossier permet de lire, pas de commenter.")
    return answer


def may_start(actor: Actor, call: Call) -> Answer:
    if call.published_at is None:
        return HIDDEN
    if actor.has(*MEMBERS):
        return YES
    return Answer(
        False,
        "Pour préparer un dossier, votre compte doit être rattaché à une organisation. "
        "Ouvrez « Mon compte » pour rattacher la vôtre, ou demandez une invitation à la personne "
        "qui la représente.",
    )


def may_help(actor: Actor, call: Call) -> Answer:
    """Type a file for an association: officers, network heads, people of a public service."""
    if call.published_at is None:
        return HIDDEN
    if actor.has(*HELPERS) or serves_the_public(actor):
        return YES
    return Answer(
        False,
        "Saisir un dossier pour une autre association est réservé aux agents du programme, aux "
        "têtes de réseau et aux services publics (CCAS, département…). Pour aider sur un dossier "
        "qui existe, demandez à l'association de vous y inviter.",
    )


def serves_the_public(actor: Actor) -> bool:
    return any(m.role in MEMBERS and m.organisation.kind == "public" for m in actor.mandates)


def may_read_paper(actor: Actor, stored: Any) -> Answer:
    """A paper is read by whoever reads its file."""
    application = (
        Application.objects.select_related("organisation", "department")
        .filter(pk=stored.subject_id("application"))
        .first()
    )
    return may_read(actor, application) if application else HIDDEN


def actor_on(user: Any, day: date) -> Actor:
    """What this account may do that day, read now: for the actions' own check."""
    return Actor(user, day=day)


def require(answer: Answer, *, actor: Any, application: Application) -> None:
    """Go on, or note the refused attempt and raise."""
    if not answer.allowed:
        reason = answer.reason or "Vous n'avez plus accès à ce dossier. Rechargez la page."
        refuse(actor=actor, subject=f"application:{application.pk}", reason=reason)
        raise NotYours(reason)


def require_pen(application: Application, actor: Any) -> None:
    """For each save, in its transaction: a seat taken back meanwhile writes nothing more.

    The dates of mandates are the guard's. Who made the file by an import writes it too; the site
    itself writes without an actor.
    """
    if actor is None or _holds_pen(application, actor):
        return
    require(
        Answer(
            False, "Vous n'écrivez plus dans ce dossier : votre place a été retirée ou changée."
        ),
        actor=actor,
        application=application,
    )


def _holds_pen(application: Application, actor: Any) -> bool:
    home = Mandate.objects.filter(
        user=actor, organisation=application.organisation_id, role__in=MEMBERS
    )
    if home.exists():
        return True
    seats = Seat.objects.filter(application=application.pk, user=actor, role=SeatRole.EDITOR)
    if seats.exists():
        return True
    helped = HelpMandate.objects.filter(application=application.pk, helper=actor)
    return application.created_by_id == actor.pk and not helped.exists()
