"""Who works on a plan: the people of its organisation. Who reads it: those who instruct the
application it was sent with, and only the version that was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ensemblier.atelier.models import EconomicPlan
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import access as applications
from ensemblier.fund.applications.models import Snapshot

WRITERS = (Role.APPLICANT, Role.REPRESENTATIVE)
SENT = (Snapshot.Reason.FILED, Snapshot.Reason.COMPLEMENTS)


def may_list(actor: Actor, *_: Any) -> Answer:
    """The atelier opens to whoever has an account; each sees the plans of their organisations."""
    return YES


def may_start(actor: Actor, *_: Any) -> Answer:
    if actor.has(*WRITERS):
        return YES
    return Answer(
        False,
        "Pour écrire un plan, votre compte doit être rattaché à une organisation. "
        "Ouvrez « Mon compte » pour rattacher la vôtre.",
    )


def writes(actor: Actor, plan: EconomicPlan) -> bool:
    return plan.organisation_id in actor.organisations(*WRITERS)


def sent_at(plan: EconomicPlan) -> datetime | None:
    """When the application took this plan along for the last time; None when it never did."""
    application = plan.application
    if application is None or application.filed_at is None or plan.attached_at is None:
        return None
    taken = application.snapshots.filter(reason__in=SENT).order_by("-taken_at").first()
    last = max(application.filed_at, taken.taken_at) if taken else application.filed_at
    return last if plan.attached_at <= last else None


def may_read(actor: Actor, plan: EconomicPlan) -> Answer:
    if writes(actor, plan):
        return YES
    if plan.application is None or sent_at(plan) is None:
        return HIDDEN
    return YES if applications.may_read(actor, plan.application).allowed else HIDDEN


def may_write(actor: Actor, plan: EconomicPlan) -> Answer:
    if writes(actor, plan):
        return YES
    if may_read(actor, plan).allowed:
        return Answer(
            False, f"Ce plan appartient à {plan.organisation.name} : vous pouvez le lire seulement."
        )
    return HIDDEN
