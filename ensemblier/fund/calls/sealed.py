"""What publication freezes in a call, as plain values: what its seal is taken of."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from ensemblier.fund.calls.models import Call

OF_CALL = (
    "title",
    "description",
    "strand",
    "zone",
    "first_year",
    "last_year",
    "max_rate_bp",
    "min_cents",
    "max_cents",
    "kind_template",
    "watch",
    "has_silence_rule",
    "grid_version",
    "short_reason",
)
OF_EXPENSE = ("expense_class", "priority", "cap_bp", "condition", "note")
OF_CRITERION = ("position", "code", "label", "explanation", "weight", "scale_max", "levels")
OF_PART = ("position", "label", "objective", "is_main")
OF_PAPER = ("position", "kind", "label", "required")
OF_QUESTION = (
    "position",
    "code",
    "label",
    "help",
    "kind",
    "options",
    "required",
    "shown_when_code",
    "shown_when_value",
)
OF_COLLEGE = ("position", "kind", "share_bp", "seats", "reserves", "quorum", "way")


def values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def rules_of(call: Call) -> dict[str, Any]:
    """Everything publication freezes. Services are named by their number: names may change.

    A call without a jury says nothing of colleges: the seals of older calls stay what they were.
    """
    colleges = [values(row, OF_COLLEGE) for row in call.colleges.all()]
    jury = {"colleges": colleges} if colleges else {}
    return jury | {
        **values(call, OF_CALL),
        "programme": call.programme_id,
        "owner": call.owner_id,
        "opens_at": call.opens_at.astimezone(UTC).isoformat(),
        "closes_at": call.closes_at.astimezone(UTC).isoformat(),
        "expenses": [values(row, OF_EXPENSE) for row in call.expenses.all()],
        "criteria": [
            values(row, OF_CRITERION)
            | {"parts": [values(part, OF_PART) for part in row.parts.all()]}
            for row in call.criteria.prefetch_related("parts")
        ],
        "papers": [values(row, OF_PAPER) for row in call.papers.all()],
        "questions": [values(row, OF_QUESTION) for row in call.questions.all()],
        "desks": sorted(
            [desk.region.code if desk.region else "", desk.organisation_id]
            for desk in call.desks.select_related("region")
        ),
    }
