"""Who holds how many files, by person and by department, and what is late: four queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, Q

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.fund.applications.models import State
from ensemblier.fund.review import listing
from ensemblier.fund.review.desk import IN_HAND
from ensemblier.fund.review.models import ComplementRequest

MOST_LATE = 50


class Load(NamedTuple):
    """One person or one department."""

    name: str
    filed: int
    in_review: int
    incomplete: int
    late: int
    oldest: int | None  # days since the oldest filing
    query: str = ""

    @property
    def total(self) -> int:
        return self.filed + self.in_review + self.incomplete


@dataclass(frozen=True)
class Workload:
    people: list[Load]
    places: list[Load]
    overdue: list[ComplementRequest]
    waiting: list[Any]

    @property
    def total(self) -> int:
        return sum(row.total for row in self.places)


def workload(actor: Actor, day: date) -> Workload:
    """Only what this person sees."""
    seen = listing.files_for(actor).filter(state__in=IN_HAND).order_by()
    late = ComplementRequest.objects.filter(
        ComplementRequest.OPEN,
        application__in=seen.filter(state=State.INCOMPLETE),
        due_on__lt=day,
    )
    old = seen.filter(state=State.FILED, filed_at__date__lt=day - listing.OLD)
    return Workload(
        people=_people(seen, day),
        places=_places(seen, day),
        overdue=list(late.select_related("application", "asked_by").order_by("due_on")[:MOST_LATE]),
        waiting=list(old.order_by("filed_at").values("number", "title", "filed_at")[:MOST_LATE]),
    )


def _counts(day: date) -> dict[str, Any]:
    is_late = Q(state=State.INCOMPLETE) & Exists(
        ComplementRequest.objects.filter(
            ComplementRequest.OPEN, application=OuterRef("pk"), due_on__lt=day
        ).order_by()
    )
    return {
        "filed": Count("pk", filter=Q(state=State.FILED)),
        "reviewed": Count("pk", filter=Q(state=State.IN_REVIEW)),
        "incomplete": Count("pk", filter=Q(state=State.INCOMPLETE)),
        "late": Count("pk", filter=is_late),
        "oldest": Min("filed_at"),
    }


def _people(seen: Any, day: date) -> list[Load]:
    rows = seen.values(
        "assignment__instructor", "assignment__instructor__name", "assignment__instructor__email"
    ).annotate(**_counts(day))
    found = [
        _load(
            row["assignment__instructor__name"]
            or row["assignment__instructor__email"]
            or "Personne pour l'instant",
            row,
            day,
            "" if row["assignment__instructor"] else "pour=personne",
        )
        for row in rows
    ]
    return sorted(found, key=lambda load: (-load.total, load.name))


def _places(seen: Any, day: date) -> list[Load]:
    rows = seen.values("department", "department__name").annotate(**_counts(day))
    found = [
        _load(
            f"{row['department__name']} ({row['department']})" if row["department"] else "National",
            row,
            day,
            f"departement={row['department']}" if row["department"] else "",
        )
        for row in rows
    ]
    return sorted(found, key=lambda load: (-load.total, load.name))


def _load(name: str, row: dict[str, Any], day: date, query: str) -> Load:
    oldest = row["oldest"]
    return Load(
        name=name,
        filed=row["filed"],
        in_review=row["reviewed"],
        incomplete=row["incomplete"],
        late=row["late"],
        oldest=(day - in_paris(oldest).date()).days if oldest else None,
        query=query,
    )
