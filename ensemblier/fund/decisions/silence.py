"""The clock of silence: shown, recalled to the desk, and the refusal it makes told to people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import PARIS, day, in_paris
from ensemblier.base.people.models import Mandate, Role, User
from ensemblier.engines.law.remedies import Silence, Wait, silence_of
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions.actions import log, number_of, write
from ensemblier.fund.decisions.candidates import WAITING
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.decisions.notifying import tell
from ensemblier.fund.programme.models import ExpenseClass
from ensemblier.fund.review.actions import locked

# Our own figure: the desk is warned this long before, and never less before a refusal is written.
WARNED = timedelta(days=15)
REMINDER = "silence.remind"


class Clock(NamedTuple):
    """What is shown of the clock of one file."""

    law: Silence
    days_left: int

    @property
    def is_near(self) -> bool:
        return self.days_left <= WARNED.days


class Run(NamedTuple):
    """What one run of the task did."""

    reminded: int
    refused: int


def clock_of(application: Application, today: date) -> Clock | None:
    """The clock of a file that waits for an answer; None when no silence refuses it."""
    if application.state not in WAITING or application.filed_at is None:
        return None
    if not application.call.has_silence_rule:
        return None
    waits = []
    for request in application.complements.all():
        until = request.due_on
        if request.answered_at is not None:
            until = min(until, in_paris(request.answered_at).date())
        waits.append(Wait(in_paris(request.asked_at).date(), until))
    classes = {row.expense_class for row in application.asked.all()}
    law = silence_of(
        in_paris(application.filed_at).date(),
        waits,
        investment=classes == {ExpenseClass.INVESTMENT},
        day=today,
    )
    clock = Clock(law, (law.due_on - today).days)
    return None if clock.days_left < 0 and _is_taken_back(application) else clock


def _is_taken_back(application: Application) -> bool:
    """Its refusal by silence was taken back, to answer in writing: it is not born again."""
    return application.withdrawn_decisions.filter(content__implicit=True).exists()


def watch(*, now: datetime) -> Run:
    """Warn the desk of files near their date; refuse those past it whose desk was warned."""
    today = in_paris(now).date()
    reminded = refused = 0
    for application in _waiting(now):
        clock = clock_of(application, today)
        if clock is None or not clock.is_near:
            continue
        warned = _warned_on(application, clock.law.due_on)
        if warned is None:
            remind(application=application, clock=clock, now=now)
            reminded += 1
        elif clock.days_left < 0 and warned <= today - WARNED:
            refused += lapse(application=application, now=now)
    return Run(reminded, refused)


def _waiting(now: datetime) -> Iterable[Application]:
    """Files filed long enough ago to be near the shortest date."""
    rows = Application.objects.filter(
        state__in=WAITING,
        call__has_silence_rule=True,
        decision__isnull=True,
        filed_at__lte=now - timedelta(days=40),
    )
    return rows.select_related("call", "organisation", "department").prefetch_related(
        "complements", "asked"
    )


def _warned_on(application: Application, due_on: date) -> date | None:
    """The day of the first warning about that date; complements asked since move the date."""
    rows = Event.objects.filter(subject=f"application:{application.pk}", action=REMINDER)
    said = (row.data for row in rows.order_by("pk"))
    return next(
        (date.fromisoformat(data["on"]) for data in said if data["due_on"] == due_on.isoformat()),
        None,
    )


@transaction.atomic
def remind(*, application: Application, clock: Clock, now: datetime) -> None:
    """Write to whoever instructs the file, or to the programme when nobody does."""
    record(
        actor=None,
        action=REMINDER,
        subject=f"application:{application.pk}",
        reason=clock.law.source,
        data={"on": in_paris(now).date().isoformat(), "due_on": clock.law.due_on.isoformat()},
    )
    context = {
        "application": application,
        "clock": clock,
        "link": settings.SITE_URL + reverse("review:file", args=[application.number]),
    }
    for address in _desk(application, now):
        send(
            to=address,
            template="decisions/emails/silence_near.txt",
            context=context,
            about=f"application:{application.pk}",
        )


def _desk(application: Application, now: datetime) -> list[str]:
    people = User.objects.filter(pk__in=application.reviews.values("reviewer"))
    if not people.exists():
        mandates = Mandate.objects.on(in_paris(now).date()).filter(role=Role.PROGRAMME)
        people = User.objects.filter(pk__in=mandates.values("user"))
    return sorted(people.filter(is_active=True).values_list("email", flat=True))


@transaction.atomic
def lapse(*, application: Application, now: datetime) -> bool:
    """Write the refusal that the law made, and tell the organisation with its remedies."""
    fresh = locked(application)
    clock = clock_of(fresh, in_paris(now).date())
    if clock is None or clock.days_left >= 0:
        return False
    if Decision.objects.filter(application=fresh).exists():
        return False
    decision = write(
        Decision(
            application=fresh,
            number=number_of(fresh),
            outcome=Decision.Outcome.REFUSED,
            reasons=(
                f"Aucune réponse n'a été donnée avant le {day(clock.law.due_on)} : ce silence vaut "
                f"refus ({clock.law.source})."
            ),
            is_implicit=True,
            decided_at=datetime.combine(clock.law.due_on, time(0), PARIS),
            key=uuid4(),
        )
    )
    log(decision)
    tell(decision, fresh, actor=None, now=now)
    return True
