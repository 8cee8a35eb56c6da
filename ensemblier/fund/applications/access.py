"""Who may read a file, change it, send it: its organisation writes, those concerned read."""

from __future__ import annotations

from typing import Any

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import EDITABLE, Application
from ensemblier.fund.calls.models import Call

MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
EVERYWHERE = (Role.PROGRAMME, Role.AUDITOR)
ON_TERRITORY = (Role.INSTRUCTOR, Role.SIGNATORY)


def is_member(actor: Actor, application: Application) -> bool:
    return application.organisation_id in actor.organisations(*MEMBERS)


def is_reader(actor: Actor, application: Application) -> bool:
    """Not of the organisation, and concerned by a file once it is sent."""
    if application.filed_at is None:
        return False
    head = application.organisation.head_id
    return (
        actor.has(*EVERYWHERE)
        or actor.covers(application.department, *ON_TERRITORY)
        or (head is not None and head in actor.organisations(Role.NETWORK_HEAD))
    )


def may_read(actor: Actor, application: Application) -> Answer:
    if is_member(actor, application) or is_reader(actor, application):
        return YES
    return HIDDEN


def may_act(actor: Actor, application: Application) -> Answer:
    """Send, withdraw, see the receipt as its owner: the state is checked by the action."""
    if is_member(actor, application):
        return YES
    if is_reader(actor, application):
        return Answer(False, "Seule l'organisation qui demande peut faire cela sur son dossier.")
    return HIDDEN


def may_edit(actor: Actor, application: Application) -> Answer:
    answer = may_act(actor, application)
    if answer.allowed and application.state not in EDITABLE:
        return Answer(
            False,
            f"Ce dossier est « {application.get_state_display()} » : il ne se modifie plus. "
            "Vous pouvez le relire dans « Mes dossiers ».",
        )
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


def may_read_paper(actor: Actor, stored: Any) -> Answer:
    """A paper is read by whoever reads its file."""
    application = (
        Application.objects.select_related("organisation", "department")
        .filter(pk=stored.subject_id("application"))
        .first()
    )
    return may_read(actor, application) if application else HIDDEN
