"""What several people did around the files: declarations, a recusal, a thread, a disagreement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import interests, thread, visits
from ensemblier.fund.review.models import Interest
from ensemblier.web.demo.accounts import ACCOUNTS
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import Clock

DECLARES = (Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.NETWORK_HEAD)
DISPUTED = 6  # an instructor with reservations, the national desk against
RECUSED = "signataire-2"
TALK = (
    ("instructeur", 9, "Pouvez-vous préciser qui tient la caisse le samedi ? Message d'exemple."),
    ("porteur", 7, "Deux bénévoles formées, et la coordinatrice une fois par mois. Exemple."),
)


def declare_all(cast: Cast) -> None:
    """Everybody at the desks already said that they have no link: the files open at once.

    Written in bulk, for drafts too: the visitor's own file must open to each account of the tour.
    """
    people = [cast[account.key] for account in ACCOUNTS if account.role in DECLARES]
    Interest.objects.bulk_create(
        Interest(
            user=person,
            application=application,
            kind=Interest.Kind.NONE,
            declared_at=application.call.opens_at + timedelta(days=1),
        )
        for application in Application.objects.select_related("call").order_by("pk")
        for person in people
    )


def discuss(journey: Any) -> None:
    """The file on which opinions differ, one person steps aside, and the desk writes."""
    application, cast, clock = journey.application, journey.cast, journey.clock
    journey.opinion_of(cast["programme"], 8, "unfavourable", 0)
    for who, ago, body in TALK:
        actor = journey.speaker if who == "porteur" else cast[who]
        _write(application, actor, body, clock, ago)
    _write(
        application,
        cast["instructeur"],
        "Le désaccord porte sur le nombre de personnes : à reprendre après la visite. Exemple.",
        clock,
        5,
        internal=True,
    )
    interests.declare(
        application=application,
        kind=Interest.Kind.MEMBER,
        reason="Adhérent de l'association. Déclaration d'exemple.",
        actor=cast[RECUSED],
        now=clock.ago(11),
    )
    visits.plan_visit(
        application=application,
        visited_on=clock.today + timedelta(days=6),
        actor=cast["instructeur"],
        now=clock.ago(4),
    )


def _write(
    application: Application, actor: Any, body: str, clock: Clock, ago: int, internal: bool = False
) -> None:
    thread.post(
        application=application,
        body=body,
        is_internal=internal,
        file=None,
        actor=actor,
        now=clock.ago(ago),
    )
