"""What was true before an instant: states from the journal, requests from the kept versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    Max,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)
from django.db.models.functions import Cast

from ensemblier.base.journal.models import Event
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import AmendmentLine
from ensemblier.fund.applications.models import MOVES, Application, Snapshot, State
from ensemblier.fund.decisions.models import Award

SUBJECT = "application:"
# A verb always leads to the same state: the last one before the instant says where a file stood.
TARGETS = {f"application.{verb}": str(target) for (_, verb), target in MOVES.items()}
DECIDED, UNDECIDED = "decision.made", "decision.withdraw"


@dataclass(frozen=True)
class Past:
    """The last move of each file before the instant, and the day its decision was made."""

    states: dict[int, str] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)

    def state_of(self, pk: int) -> str:
        """A file that was filed and of which the journal says nothing more was just filed."""
        return self.states.get(pk, State.FILED)

    def decided_on(self, pk: int, written: date | None) -> date | None:
        """The decision's own date, if it had been made; a withdrawn one left its event alone."""
        if pk not in self.decided:
            return None
        return written or _day_of(self.decided[pk])


def _day_of(text: str) -> date:
    """The day in Paris of an instant as the database writes it, in UTC."""
    moment = datetime.fromisoformat(text)
    return in_paris(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).date()


NOTHING = Past()


def read(end: datetime) -> Past:
    """One query: the last move and the last decision of each file before the instant."""
    of_decision = Case(
        When(action__in=(DECIDED, UNDECIDED), then=Value(1)),
        default=Value(0),
        output_field=SmallIntegerField(),
    )
    told = Event.objects.filter(
        action__in=(*TARGETS, DECIDED, UNDECIDED), at__lt=end, subject__startswith=SUBJECT
    )
    last = (
        told.order_by()
        .annotate(side=of_decision)
        .values("subject", "side")
        .annotate(last=Max("pk"))
        .values("last")
    )
    states: dict[int, str] = {}
    decided: dict[int, str] = {}
    # The instant as text: read only for a decision that is no longer there.
    rows = Event.objects.filter(pk__in=last).order_by().annotate(text=Cast("at", CharField()))
    for subject, action, at in rows.values_list("subject", "action", "text").iterator():
        pk = int(subject[len(SUBJECT) :])
        if action in TARGETS:
            states[pk] = TARGETS[action]
        elif action == DECIDED:
            decided[pk] = at
    return Past(states, decided)


def asked_as_sent(
    rows: QuerySet[Application], end: datetime, *, is_past: bool
) -> dict[int, dict[str, int]]:
    """Files whose request is being changed, or changed since: what their last version before the
    instant asks. The others ask what their rows say."""
    changing = Q(application__state__in=(State.INCOMPLETE, State.ABANDONED))
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


def granted(day: date) -> Any:
    """(file, envelope, class, cents) of decisions, and of the amendments whose money had moved."""
    awards = Award.objects.order_by().values_list(
        "decision__application", "envelope", "expense_class", "amount_cents"
    )
    signed = AmendmentLine.objects.filter(
        amendment__state="signed", settlement__isnull=False, settlement__day__lte=day
    )
    moved = Case(
        When(way=AmendmentLine.Way.UP, then=F("amount_cents")),
        default=-F("amount_cents"),
        output_field=BigIntegerField(),
    )
    lines = signed.order_by().values_list(
        "amendment__agreement__decision__application", "envelope", "expense_class", moved
    )
    return awards.union(lines, all=True)
