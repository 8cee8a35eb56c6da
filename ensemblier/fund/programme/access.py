"""Who may read the programmes (everyone) and change them (whoever is in charge of one)."""

from typing import Any

from ensemblier.base.people.access import YES, Actor, Answer
from ensemblier.base.people.models import Role


def may_manage(actor: Actor, _: Any = None) -> Answer:
    if actor.has(Role.PROGRAMME):
        return YES
    return Answer(False, "Seule la personne responsable du programme peut faire cela.")
