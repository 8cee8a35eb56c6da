"""Who prints: whoever reads the file. Who adds a form: the programme."""

from __future__ import annotations

from typing import Any

from ensemblier.base.people.access import YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.access import may_read as may_print

__all__ = ["may_add_forms", "may_print"]


def may_add_forms(actor: Actor, *_: Any) -> Answer:
    if actor.has(Role.PROGRAMME):
        return YES
    return Answer(False, "Les modèles d'impression sont tenus par le responsable du programme.")
