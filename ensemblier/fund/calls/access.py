"""Who may read a call (everyone, once published) and write one (the programme's people)."""

from typing import Any

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.calls.models import Call, Question


def may_read(actor: Actor, call: Call) -> Answer:
    if call.published_at is not None or actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    return HIDDEN


def may_write(actor: Actor, call: Call | None = None, *_: Any) -> Answer:
    if actor.has(Role.PROGRAMME):
        return YES
    if call is not None and call.published_at is None:
        return HIDDEN
    return Answer(False, "Seule la personne responsable du programme écrit les appels.")


def may_write_question(actor: Actor, question: Question) -> Answer:
    return may_write(actor, question.call)


def may_write_notice(actor: Actor, call: Call) -> Answer:
    """A published call is corrected by notices alone."""
    if call.published_at is None:
        return HIDDEN
    return may_write(actor)


def may_preview(actor: Actor, call: Call) -> Answer:
    """What the applicant will see: for whoever writes the call."""
    return may_write(actor, call)
