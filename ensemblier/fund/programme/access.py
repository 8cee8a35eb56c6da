"""Who may read the programmes (everyone) and change them (whoever is in charge of one)."""

from typing import Any

from ensemblier.base.people.access import YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.programme.models import Envelope


def may_manage(actor: Actor, _: Any = None) -> Answer:
    if actor.has(Role.PROGRAMME):
        return YES
    return Answer(False, "Seule la personne responsable du programme peut faire cela.")


def may_delegate(actor: Actor, envelope: Envelope) -> Answer:
    """Whoever is in charge everywhere, or on a territory that holds the whole envelope."""
    for mandate in actor.mandates:
        if mandate.role != Role.PROGRAMME:
            continue
        if mandate.department_id is not None:
            if mandate.department_id == envelope.department_id:
                return YES
        elif mandate.region_id in (None, envelope.region_id):
            return YES
    return Answer(
        False, "Seule la personne responsable du programme sur ce territoire peut faire cela."
    )
