"""What was true before an instant: states from the journal, requests from the kept versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from ensemblier.base.journal.models import Event
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import AmendmentLine
from ensemblier.fund.applications.models import MOVES, Application, Snapshot, State

SUBJECT = "application:"
# A verb always leads to the same state: the last one before the instant says where a file stood.
TARGETS = {f"application.{verb}": str(target) for (_, verb), target in MOVES.items()}
DECIDED, UNDECIDED = "decision.made", "decision.withdraw"


@dataclass(frozen=True)
class Past:
    """The last move of each file before the instant, and the day its decision was made."""

    states: dict[int, str] = field(default_factory=dict)
    decided: dict[int, date] = field(default_factory=dict)

    def state_of(self, pk: int) -> str:
        """A file that was filed and of which the journal says nothing more was just filed."""
        return self.states.get(pk, State.FILED)

    def decided_on(self, pk: int, written: date | None) -> date | None:
        """The decision's own date, if it had been made; a withdrawn one left its event alone."""
        made = self.decided.get(pk)
        return (written or made) if made else None


NOTHING = Past()


def read(end: datetime) -> Past:
    """Two queries: the last event of each kind before the instant, file by file."""
    states = {pk: TARGETS[action] for pk, action, _ in _last(tuple(TARGETS), end)}
    decided = {
        pk: in_paris(at).date()
        for pk, action, at in _last((DECIDED, UNDECIDED), end)
        if action == DECIDED
    }
    return Past(states, decided)


def _last(actions: tuple[str, ...], end: datetime) -> Iterator[tuple[int, str, datetime]]:
    rows = Event.objects.filter(action__in=actions, at__lt=end, subject__startswith=SUBJECT)
    last = rows.order_by().values("subject").annotate(last=Max("pk")).values("last")
    for subject, action, at in (
        Event.objects.filter(pk__in=last).order_by().values_list("subject", "action", "at")
    ):
        yield int(subject[len(SUBJECT) :]), action, at


def asked_as_sent(
    rows: QuerySet[Application], end: datetime, *, is_past: bool
) -> dict[int, dict[str, int]]:
    """Files whose request is being changed, or changed since: what their last version before the
    instant asks. The others ask what their rows say."""
    changing = Q(application__state=State.INCOMPLETE)
    if is_past:
        changed = Snapshot.objects.filter(taken_at__gte=end, reason=Snapshot.Reason.COMPLEMENTS)
        changing |= Q(application__in=changed.order_by().values("application"))
    sent = (Snapshot.Reason.FILED, Snapshot.Reason.COMPLEMENTS)
    before = Snapshot.objects.filter(
        changing, application__in=rows.order_by(), taken_at__lt=end, reason__in=sent
    )
    last = before.order_by().values("application").annotate(last=Max("pk")).values("last")
    found = {}
    for pk, asked in (
        Snapshot.objects.filter(pk__in=last)
        .order_by()
        .values_list("application", "content__steps__demande")
    ):
        found[pk] = _totals(asked)
    return found


def _totals(asked: Any) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in (asked or {}).get("asked", ()):
        name = row["expense_class"]
        totals[name] = totals.get(name, 0) + row["amount_cents"]
    return totals


def amended(day: date) -> list[tuple[int, int, str, int]]:
    """(file, envelope, class, cents) of the amendments whose money had moved that day."""
    rows = AmendmentLine.objects.filter(
        amendment__state="signed", settlement__isnull=False, settlement__day__lte=day
    ).order_by()
    return [
        (pk, envelope, name, cents if way == AmendmentLine.Way.UP else -cents)
        for pk, envelope, name, way, cents in rows.values_list(
            "amendment__agreement__decision__application",
            "envelope",
            "expense_class",
            "way",
            "amount_cents",
        )
    ]
