"""The instructor's board: my files, what is late, and what waits for whom."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, Min, OuterRef, Q

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.fund.applications.models import State
from ensemblier.fund.boards import access
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.review.models import Review

ASKED = Q(complements__answered_at__isnull=True, complements__closed_at__isnull=True)
OPEN = (State.FILED, State.IN_REVIEW, State.INCOMPLETE, State.PROPOSED, State.FUNDED)
OLD = timedelta(days=30)
ME, CARRIER, DESK, SIGNATORY, NOBODY = (
    "Moi",
    "L'organisation",
    "Un collègue",
    "Le signataire",
    "Personne encore",
)


class Mine(NamedTuple):
    """One open file: what it waits for, from whom, since when."""

    number: str
    title: str
    organisation: str
    department: str
    state: str
    waits_for: str
    what: str
    since: date
    due_on: date | None
    late: bool
    is_mine: bool


def open_files(actor: Actor, day: date) -> list[Mine]:
    """Every open file of the territory, late ones first. One query."""
    given = Review.objects.filter(
        application=OuterRef("pk"), reviewer=actor.user.pk, given_at__isnull=False
    )
    waiting = Report.objects.filter(
        agreement__decision__application=OuterRef("pk"), state=Report.State.FILED
    )
    rows = (
        access.files_seen(actor)
        .filter(filed_at__isnull=False)
        .filter(Q(state__in=OPEN) | Exists(waiting))
        .order_by("filed_at", "pk")
        .annotate(
            given=Exists(given),
            report=Exists(waiting),
            due=Min("complements__due_on", filter=ASKED),
            asked_at=Min("complements__asked_at", filter=ASKED),
            holder=F("assignment__instructor"),
            holder_name=F("assignment__instructor__name"),
        )
        .values_list(
            "number", "title", "organisation__name", "department__name", "state", "filed_at",
            "given", "report", "due", "asked_at", "holder", "holder_name", named=True,
        )
    )  # fmt: skip
    found = [_mine(row, actor.user.pk, day) for row in rows]
    return sorted(found, key=lambda row: (not row.late, not row.is_mine, row.since))


def _mine(row: Any, me: int, day: date) -> Mine:
    since = in_paris(row.filed_at).date()
    waits_for, what, due = _next(row, me)
    if row.asked_at and row.state == State.INCOMPLETE:
        since = in_paris(row.asked_at).date()
    late = bool(due and due < day) or (row.state == State.FILED and since < day - OLD)
    return Mine(
        number=row.number,
        title=row.title,
        organisation=row.organisation__name,
        department=row.department__name or "National",
        state=row.state,
        waits_for=waits_for,
        what=what,
        since=since,
        due_on=due,
        late=late,
        is_mine=row.holder == me,
    )


def _next(row: Any, me: int) -> tuple[str, str, date | None]:
    """Who must act on a file, and do what."""
    holder = ME if row.holder == me else (row.holder_name or DESK) if row.holder else NOBODY
    if row.report:
        return holder, "contrôler un bilan déposé", None
    if row.state == State.FILED:
        return holder, "prendre le dossier en instruction", None
    if row.state == State.INCOMPLETE:
        return CARRIER, "répondre à la demande de compléments", row.due
    if row.state == State.PROPOSED:
        return SIGNATORY, "décider", None
    if row.state == State.FUNDED:
        return holder, "préparer ou faire signer la convention", None
    if row.given:
        return holder, "proposer le dossier à la décision", None
    return holder, "rendre un avis", None


class Turn(NamedTuple):
    who: str
    files: int
    late: int


def turns(files: list[Mine]) -> list[Turn]:
    """How many files wait for each, the longest queue first."""
    total = Counter(row.waits_for for row in files)
    late = Counter(row.waits_for for row in files if row.late)
    return [
        Turn(who, n, late[who]) for who, n in sorted(total.items(), key=lambda p: (-p[1], p[0]))
    ]
