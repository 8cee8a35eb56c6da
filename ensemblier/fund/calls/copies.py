"""A new draft with the rules of another call: the way to correct or repeat a published one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.fund.calls.actions import create_call
from ensemblier.fund.calls.models import Call, Criterion, Desk, SubCriterion
from ensemblier.fund.calls.sealed import (
    OF_COLLEGE,
    OF_CRITERION,
    OF_EXPENSE,
    OF_PAPER,
    OF_PART,
    OF_QUESTION,
    values,
)


@transaction.atomic
def copy_call(
    *,
    actor: Any,
    call: Call,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    first_year: int,
    last_year: int,
) -> Call:
    """Write a draft that differs by its title, dates and years only; envelopes are to choose."""
    new = create_call(
        actor=actor,
        programme=call.programme,
        owner=call.owner,
        strand=call.strand,
        title=title,
        description=call.description,
        opens_at=opens_at,
        closes_at=closes_at,
        first_year=first_year,
        last_year=last_year,
        zone=call.zone,
        max_rate_bp=call.max_rate_bp,
        min_cents=call.min_cents,
        max_cents=call.max_cents,
        watch=call.watch,
        has_silence_rule=call.has_silence_rule,
    )
    new.kind_template, new.grid_version = call.kind_template, call.grid_version
    new.save(update_fields=["kind_template", "grid_version"])
    for old in (new.expenses, new.papers):
        old.all().delete()
    _copy(call.expenses, new, OF_EXPENSE)
    _copy(call.papers, new, OF_PAPER)
    _copy(call.questions, new, OF_QUESTION)
    _copy(call.colleges, new, OF_COLLEGE)
    Desk.objects.bulk_create(
        Desk(call=new, organisation_id=row.organisation_id, region_id=row.region_id)
        for row in call.desks.all()
    )
    for criterion in call.criteria.prefetch_related("parts"):
        twin = Criterion.objects.create(call=new, **values(criterion, OF_CRITERION))
        SubCriterion.objects.bulk_create(
            SubCriterion(criterion=twin, **values(part, OF_PART)) for part in criterion.parts.all()
        )
    record(actor=actor, action="call.copy", subject=f"call:{new.pk}", data={"of": call.pk})
    return new


def _copy(rows: Any, new: Call, names: tuple[str, ...]) -> None:
    rows.model.objects.bulk_create(rows.model(call=new, **values(row, names)) for row in rows.all())
