"""The published calls, open or to come, as the rules of orientation read them."""

from __future__ import annotations

from datetime import datetime

from ensemblier.fund.calls.models import Call
from ensemblier.fund.orientation.rules import OpenCall


def open_calls(now: datetime) -> list[OpenCall]:
    rows = Call.objects.published().filter(closes_at__gt=now).prefetch_related("expenses")
    return [
        OpenCall(
            slug=row.slug,
            title=row.title,
            strand=row.strand,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            zone=row.zone,
            watch=tuple(row.watch),
            conditions={line.expense_class: line.condition for line in row.expenses.all()},
        )
        for row in rows
    ]
