"""Who may read the library: everyone. Who may start from a sheet: whoever speaks for a project."""

from typing import Any

from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.people.models import Role

SPEAKERS = (Role.APPLICANT, Role.REPRESENTATIVE)


def may_read(actor: Actor, *_: Any) -> Answer:
    """The library is public."""
    return Answer(True)


def may_start(actor: Actor, *_: Any) -> Answer:
    """Start an application, in the name of an organisation one acts for."""
    return Answer(
        bool(actor.organisations(*SPEAKERS)),
        "Pour partir de ce modèle, agissez pour une organisation. "
        "Rattachez-vous d'abord à la vôtre, depuis votre compte.",
    )
