"""Scores by criterion of a college that scores: signed, kept, and turned into utilities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.fund.jury import access
from ensemblier.fund.jury.actions import check_may
from ensemblier.fund.jury.models import AgendaItem, JurorScore, Seat, Sitting
from ensemblier.fund.review.models import Interest


class BadScore(Refusal):
    """A score outside its scale, or a criterion without one."""


@transaction.atomic
def score(
    *, item: AgendaItem, values: Mapping[int, int], actor: Any, now: datetime
) -> list[JurorScore]:
    """Score every criterion (by its number) of one project; scoring again replaces."""
    check_may(actor, now, access.may_score, item)
    sitting = Sitting.objects.select_for_update().get(pk=item.sitting_id)
    if sitting.closed_at:
        raise BadScore("La séance est levée : les notes ne changent plus.")
    criteria = list(item.application.call.criteria.all())
    seat = Seat.objects.get(jury=sitting.jury_id, user=actor, state=Seat.State.SITTING)
    for criterion in criteria:
        value = values.get(criterion.pk)
        if value is None or not 0 <= value <= criterion.scale_max:
            raise BadScore(
                f"« {criterion.label} » se note de 0 à {criterion.scale_max}.",
                field=f"score_{criterion.pk}",
            )
    JurorScore.objects.filter(seat=seat, application=item.application).delete()
    rows = JurorScore.objects.bulk_create(
        JurorScore(seat=seat, application=item.application, criterion=row, value=values[row.pk])
        for row in criteria
    )
    record(
        actor=actor,
        action="jury.score",
        subject=f"application:{item.application_id}",
        data={"seat": seat.pk, "scores": {row.code: values[row.pk] for row in criteria}},
    )
    return rows


def utility(scores: list[tuple[int, int, int]], best: int = 5) -> int:
    """Points out of `best` from (value, scale, weight) by criterion: whole, rounded down.

    The weights are those of the published grid. A middling file gets middling points: nothing is
    multiplied by a gate, and what is not eligible is no lot at all.
    """
    most = sum(weight for _, _, weight in scores)
    if not most:
        return 0
    # Cross-multiplied, so that no fraction is ever rounded before the end.
    whole = 1
    for _, scale, _ in scores:
        whole *= scale
    got = sum(value * weight * (whole // scale) for value, scale, weight in scores)
    return got * best // (most * whole)


def utilities_of(sitting: Sitting) -> dict[int, dict[int, int]]:
    """Seat -> project's number -> points out of 5, from the scores given.

    A score given before its author declared a link no longer counts.
    """
    numbers = dict(sitting.items.values_list("application_id", "number"))
    linked = Interest.objects.filter(
        user=OuterRef("seat__user"), application=OuterRef("application"), recused=True
    )
    rows = JurorScore.objects.filter(
        ~Exists(linked), application__in=list(numbers), seat__jury=sitting.jury_id
    ).select_related("criterion")
    given: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for row in rows:
        mark = (row.value, row.criterion.scale_max, row.criterion.weight)
        given[row.seat_id, numbers[row.application_id]].append(mark)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for (seat, number), scores in given.items():
        found[seat][number] = utility(scores)
    return dict(found)
