"""Several people on the file of the tour: two seats, a comment and its answer, two versions."""

from __future__ import annotations

from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications import comments, seats, snapshots
from ensemblier.fund.applications.models import Application, SeatRole
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import BEGUN, TOUR_SHEET, Clock

OTHER_PARTNER = "village"  # an organisation of another file: its person sees this one only
ADVISER = "cocagne"  # a network's own representative, who is no account of the tour
SEATED = ((ADVISER, SeatRole.COMMENTER), (OTHER_PARTNER, SeatRole.EDITOR))
ADDED = " Relu avec la tête de réseau. Phrase d'exemple."


def work_together(cast: Cast, clock: Clock) -> None:
    """A network's adviser comments, a partner writes, two versions can be compared."""
    application = Application.objects.get(sheet_slug=TOUR_SHEET)
    owner = cast["porteur"]
    for key, role in SEATED:
        seats.seat_at(
            application=application,
            user=cast.speakers[key],
            role=role,
            actor=owner,
            now=clock.ago(BEGUN - 2),
        )
    first = comments.comment(
        application=application,
        step="territoire",
        body="Dites aussi qui suit le projet dans le PAT. Commentaire d'exemple.",
        actor=cast.speakers[ADVISER],
        now=clock.ago(12),
    )
    snapshots.keep_version(
        application=application, note="Avant la relecture", actor=owner, now=clock.ago(11)
    )
    applications.save_step(
        application=application,
        step="territoire",
        values={"territory_note": application.territory_note + ADDED},
        version=application.version,
        actor=cast.speakers[OTHER_PARTNER],
    )
    comments.comment(
        application=application,
        step="territoire",
        body="C'est ajouté. Réponse d'exemple.",
        actor=owner,
        now=clock.ago(10),
        thread=first,
    )
    snapshots.keep_version(
        application=application, note="Après la relecture", actor=owner, now=clock.ago(9)
    )
