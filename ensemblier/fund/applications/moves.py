"""How an application goes from one state to the next: one table, one function, one event."""

from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import snapshots
from ensemblier.fund.applications.models import MOVES, Application, Snapshot, State


class MoveRefused(Refusal):
    """The application is not in a state from which this may be done."""


@transaction.atomic
def move(
    *, application: Application, verb: str, actor: Any, reason: str = "", **fields: Any
) -> Application:
    """Apply `verb` to the application as it stands in the database now, and log it.

    Two people who act at once get one winner: the row is locked, then its state read.
    """
    fresh = Application.objects.select_for_update().get(pk=application.pk)
    target = MOVES.get((State(fresh.state), verb))
    if target is None:
        raise MoveRefused(
            f"Ce dossier est maintenant « {fresh.get_state_display()} » : "
            "cette action n'est plus possible. Rechargez la page pour voir où il en est."
        )
    for name, value in {**fields, "state": target, "version": fresh.version + 1}.items():
        setattr(fresh, name, value)
        setattr(application, name, value)
    fresh.save(update_fields=[*fields, "state", "version", "saved_at"])
    record(
        actor=actor,
        action=f"application.{verb}",
        subject=f"application:{fresh.pk}",
        reason=reason,
        data={"state": target},
    )
    if verb == "answer_complements":
        snapshots.take(
            application=fresh,
            reason=Snapshot.Reason.COMPLEMENTS,
            actor=actor,
            now=fresh.saved_at,
        )
    return application
