"""A juror's links with the projects of a sitting: said once, all together, before reading on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.fund.jury import access
from ensemblier.fund.jury.actions import BadSitting, check_may
from ensemblier.fund.jury.models import Sitting, Voter
from ensemblier.fund.review.models import Interest


@transaction.atomic
def declare_links(
    *, sitting: Sitting, linked: Collection[int], actor: Any, now: datetime
) -> list[Interest]:
    """Say with which projects (their numbers) one has a link; the others have none.

    A link recuses at once, in the jury and everywhere else; only the programme officer lifts it.
    A juror who said "none" may still say "a link" later, as long as they have not voted.
    """
    check_may(actor, now, access.may_sit, sitting)
    Sitting.objects.select_for_update().get(pk=sitting.pk)
    if Voter.objects.filter(poll__sitting=sitting, seat__user=actor).exclude(way="").exists():
        raise BadSitting("Vous avez déjà voté : vos liens ne changent plus pour cette séance.")
    items = {row.number: row.application for row in sitting.items.select_related("application")}
    if set(linked) - set(items):
        raise BadSitting("Un de ces projets n'est pas à l'ordre du jour. Rechargez la page.")
    known = {
        row.application_id: row
        for row in Interest.objects.select_for_update().filter(
            user=actor, application__in=list(items.values())
        )
    }
    told = []
    for number, application in items.items():
        row = known.get(application.pk)
        has_link = number in linked
        if row is not None and (row.kind != Interest.Kind.NONE or not has_link):
            continue  # said already; a recusal is lifted by the programme officer alone
        row = row or Interest(application=application, user=actor)
        row.kind = Interest.Kind.OTHER if has_link else Interest.Kind.NONE
        row.reason = "Lien déclaré au jury." if has_link else ""
        row.recused, row.declared_at = has_link, now
        row.save()
        told.append(row)
        record(
            actor=actor,
            action="interest.declare",
            subject=f"application:{application.pk}",
            reason=row.reason,
            data={"interest": row.pk, "kind": row.kind, "recused": row.recused},
        )
    return told
