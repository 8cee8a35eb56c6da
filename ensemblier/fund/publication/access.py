"""Who answers for what is published: the programme officer. Reading is for all."""

from __future__ import annotations

from typing import Any

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role


def may_publish(actor: Actor, *_: Any) -> Answer:
    """Publish, correct, withdraw: the programme; auditors read why they may not."""
    if actor.has(Role.PROGRAMME):
        return YES
    if actor.has(Role.INSTRUCTOR, Role.SIGNATORY, Role.PAYER, Role.AUDITOR):
        return Answer(False, "Le responsable du programme répond de ce qui est publié.")
    return HIDDEN
