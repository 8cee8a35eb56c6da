"""Who shares, who compares, and who reads why a project was kept or not."""

from __future__ import annotations

from typing import Any

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.allocation.models import Outcome, Run
from ensemblier.fund.applications.access import has_seat
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.jury import access as jury
from ensemblier.fund.jury.models import Poll, Sitting
from ensemblier.fund.review.access import MEMBERS, RECUSED, is_recused

TOLD = (State.FUNDED, State.REFUSED, State.AGREED, State.CLOSED)


def may_share(actor: Actor, sitting: Sitting) -> Answer:
    """Compare settings and share: the jury's office, once the vote is closed."""
    answer = jury.may_run(actor, sitting.jury)
    if (
        answer.allowed
        and not Poll.objects.filter(sitting=sitting, closed_at__isnull=False).exists()
    ):
        return Answer(False, "Le vote n'est pas clos : il n'y a rien à partager.")
    return answer


def may_read_run(actor: Actor, run: Run) -> Answer:
    """A run with its figures: the office, the chair, signatories and auditors."""
    if actor.has(Role.PROGRAMME, Role.SIGNATORY, Role.AUDITOR):
        return YES
    standing = jury.Standing.of(actor, run.sitting.jury)
    if standing.presides:
        return YES
    return Answer(False, "Le détail est pour la présidence du jury.") if standing.seat else HIDDEN


def may_take_files(actor: Actor, run: Run) -> Answer:
    """The files that redo the sharing hold every ballot, without names: the office and auditors."""
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    answer = may_read_run(actor, run)
    if answer.allowed:
        return Answer(False, "Ces fichiers contiennent les bulletins : ils sont pour le contrôle.")
    return answer


def may_read_for_jurors(actor: Actor, sitting: Sitting) -> Answer:
    """How the votes counted: those of the jury, once the result is handed over."""
    answer = jury.may_see(actor, sitting.jury)
    if answer.allowed and not Run.objects.filter(sitting=sitting, is_final=True).exists():
        return Answer(False, "Le résultat n'est pas encore remis au signataire.")
    return answer


def may_read_why(actor: Actor, outcome: Outcome) -> Answer:
    """Why a file was kept or not: the desk at once, the organisation once the decision is told."""
    application: Application = outcome.application
    if is_recused(actor.user, application):
        return RECUSED if _is_desk(actor, application) else HIDDEN
    if _is_desk(actor, application):
        return YES
    if application.organisation_id in actor.organisations(*MEMBERS) or has_seat(actor, application):
        if application.state in TOLD:
            return YES
        return Answer(False, "Vous lirez cette page quand la décision vous sera notifiée.")
    return HIDDEN


def _is_desk(actor: Actor, application: Any) -> bool:
    return actor.has(Role.PROGRAMME, Role.AUDITOR) or actor.covers(
        application.department, Role.INSTRUCTOR, Role.SIGNATORY
    )
