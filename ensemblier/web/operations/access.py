"""Who may look at the machinery."""

from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.people.models import Role


def support_only(actor: Actor, *_: object) -> Answer:
    return Answer(actor.has(Role.SUPPORT), "Cette page est réservée à l'assistance technique.")
