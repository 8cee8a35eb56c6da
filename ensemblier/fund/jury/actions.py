"""What is done around a jury: gather it, draw lots, hold sittings, open and close the vote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call, College
from ensemblier.fund.jury import access, rules
from ensemblier.fund.jury.models import (
    AgendaItem,
    Jury,
    LotDraw,
    Poll,
    ProjectCard,
    Seat,
    Sitting,
    Tally,
    Volunteer,
    Voter,
)
from ensemblier.fund.jury.writing import write_to_jurors
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review.actions import actor_on, require


class NotYours(Refusal):
    """This person may not do this in this jury."""


class NoJury(Refusal):
    """The call has no colleges, or its jury is gathered already."""


class BadDraw(Refusal):
    """The list is not closed, or the seed is missing, or the lots are drawn already."""


class BadSitting(Refusal):
    """What is asked does not fit the state of the sitting."""


class NoQuorum(Refusal):
    """Too few jurors of a college voted for the vote to count."""


def about(jury: Jury) -> str:
    return f"jury:{jury.pk}"


def check_may(actor: Any, now: datetime, predicate: Any, *things: Any) -> None:
    """Ask the guard's question again, in the action's own transaction."""
    require(predicate(actor_on(actor, in_paris(now).date()), *things), NotYours, by=actor)


@transaction.atomic
def gather(*, call: Call, chair: User, envelope: Envelope, actor: Any, now: datetime) -> Jury:
    """Gather the jury that the rules of a published call announced."""
    check_may(actor, now, access.may_gather, call)
    if call.published_at is None or not call.colleges.exists():
        raise NoJury(
            "Cet appel n'annonce pas de jury : ses collèges s'écrivent avant la publication."
        )
    if not call.envelopes.filter(pk=envelope.pk).exists():
        raise NoJury("Choisissez une enveloppe de cet appel.", field="envelope")
    try:
        with transaction.atomic():
            jury = Jury.objects.create(call=call, chair=chair, envelope=envelope)
    except IntegrityError as error:
        raise NoJury("Le jury de cet appel est déjà réuni.") from error
    record(actor=actor, action="jury.gather", subject=about(jury), data={"chair": chair.pk})
    return jury


@transaction.atomic
def add_helper(*, jury: Jury, user: User, actor: Any, now: datetime) -> None:
    """Let somebody read with a juror. A helper never votes, and never sits."""
    check_may(actor, now, access.may_run, jury)
    if jury.seats.exclude(state=Seat.State.LEFT).filter(user=user).exists():
        raise NotYours("Cette personne siège au jury : elle ne peut pas aussi aider.")
    jury.helpers.add(user)
    record(actor=actor, action="jury.helper", subject=about(jury), data={"user": user.pk})


@transaction.atomic
def volunteer(*, jury: Jury, college: College, user: User, actor: Any, now: datetime) -> Volunteer:
    """Put a person on the list of volunteers, under the next number."""
    check_may(actor, now, access.may_run, jury)
    fresh = Jury.objects.select_for_update().get(pk=jury.pk)
    if fresh.volunteers_closed_at:
        raise BadDraw("La liste des volontaires est close : elle ne change plus.")
    if college.call_id != fresh.call_id:
        raise BadDraw("Ce collège est celui d'un autre appel.", field="college")
    if fresh.volunteers.filter(user=user).exists():
        raise BadDraw("Cette personne est déjà volontaire.", field="user")
    number = fresh.volunteers.count() + 1
    row = Volunteer.objects.create(jury=fresh, college=college, user=user, number=number)
    record(actor=actor, action="jury.volunteer", subject=about(jury), data={"number": number})
    return row


@transaction.atomic
def close_volunteers(*, jury: Jury, actor: Any, now: datetime) -> Jury:
    """Close the list before any seed is known: its digest goes to the minutes."""
    check_may(actor, now, access.may_run, jury)
    fresh = Jury.objects.select_for_update().get(pk=jury.pk)
    if fresh.volunteers_closed_at:
        return fresh
    rows = list(fresh.volunteers.values_list("college__kind", "number"))
    if not rows:
        raise BadDraw("Personne n'est volontaire : la liste ne peut pas être close.")
    fresh.volunteers_closed_at = now
    fresh.volunteers_digest = rules.list_digest(rows)
    fresh.save(update_fields=["volunteers_closed_at", "volunteers_digest"])
    data = {"digest": fresh.volunteers_digest, "count": len(rows)}
    record(actor=actor, action="jury.close_volunteers", subject=about(jury), data=data)
    return fresh


@transaction.atomic
def draw(*, jury: Jury, seed: str, source: str, actor: Any, now: datetime) -> list[LotDraw]:
    """Draw every college from one seed, told with its source so that anyone may replay it."""
    check_may(actor, now, access.may_run, jury)
    fresh = Jury.objects.select_for_update().get(pk=jury.pk)
    if fresh.volunteers_closed_at is None:
        raise BadDraw("Fermez d'abord la liste des volontaires : la graine se choisit après.")
    if fresh.draws.exists():
        raise BadDraw("Le tirage est fait. Il ne se refait pas.")
    seed, source = seed.strip(), source.strip()
    if not seed or not source:
        raise BadDraw(
            "Écrivez la graine et d'où elle vient, par exemple un tirage public du jour.",
            field="seed" if not seed else "source",
        )
    return [
        _draw_college(fresh, college, seed, source, actor, now)
        for college in fresh.call.colleges.all()
    ]


def _draw_college(
    jury: Jury, college: College, seed: str, source: str, actor: Any, now: datetime
) -> LotDraw:
    people = {row.number: row.user_id for row in jury.volunteers.filter(college=college)}
    order = rules.draw(seed, people)[: college.seats + college.reserves]
    Seat.objects.bulk_create(
        Seat(
            jury=jury,
            college=college,
            user_id=people[number],
            rank=rank,
            state=Seat.State.SITTING if rank <= college.seats else Seat.State.RESERVE,
        )
        for rank, number in enumerate(order, start=1)
    )
    row = LotDraw.objects.create(
        jury=jury, college=college, seed=seed, source=source, numbers=order,
        drawn_by=actor, drawn_at=now,
    )  # fmt: skip
    data = {"college": college.kind, "seed": seed, "source": source, "numbers": order}
    record(actor=actor, action="jury.draw", subject=about(jury), data=data)
    return row


@transaction.atomic
def replace(*, seat: Seat, reason: str, actor: Any, now: datetime) -> Seat | None:
    """A juror leaves: the first in reserve of the college sits. None when no reserve is left."""
    check_may(actor, now, access.may_run, seat.jury)
    fresh = Seat.objects.select_for_update().get(pk=seat.pk)
    if fresh.state == Seat.State.LEFT:
        raise BadDraw("Ce juré est déjà parti.")
    if not reason.strip():
        raise BadDraw("Dites pourquoi cette personne ne siège plus.", field="reason")
    open_polls = Voter.objects.filter(seat=fresh, poll__closed_at__isnull=True)
    if open_polls.exists():
        raise BadSitting("Un vote est ouvert : attendez sa clôture pour remplacer ce juré.")
    was_sitting = fresh.state == Seat.State.SITTING
    fresh.state, fresh.left_reason = Seat.State.LEFT, reason.strip()
    fresh.save(update_fields=["state", "left_reason"])
    reserves = Seat.objects.select_for_update().filter(
        jury=fresh.jury_id, college=fresh.college_id, state=Seat.State.RESERVE
    )
    heir = reserves.order_by("rank").first() if was_sitting else None
    if heir is not None:
        heir.state = Seat.State.SITTING
        heir.save(update_fields=["state"])
    data = {"seat": fresh.pk, "heir": heir.pk if heir else None}
    record(
        actor=actor, action="jury.replace", subject=about(seat.jury), reason=reason.strip(),
        data=data,
    )  # fmt: skip
    return heir


@transaction.atomic
def call_sitting(
    *, jury: Jury, held_on: date, place: str, agenda: Sequence[Application], actor: Any,
    now: datetime,
) -> Sitting:  # fmt: skip
    """Call a sitting, with the projects it will look at, numbered in this order."""
    check_may(actor, now, access.may_run, jury)
    if not agenda:
        raise BadSitting("Choisissez au moins un projet.", field="agenda")
    for application in agenda:
        if application.call_id != jury.call_id or application.filed_at is None:
            raise BadSitting(
                f"Le dossier {application.number} n'est pas un dossier déposé de cet appel.",
                field="agenda",
            )
    sitting = Sitting.objects.create(jury=jury, held_on=held_on, place=place.strip())
    AgendaItem.objects.bulk_create(
        AgendaItem(sitting=sitting, application=row, number=rank)
        for rank, row in enumerate(agenda, start=1)
    )
    if held_on >= in_paris(now).date():
        write_to_jurors(sitting, what="called", page="jury:projects", states=[Seat.State.SITTING])
    data = {"sitting": sitting.pk, "agenda": [row.number for row in agenda]}
    record(actor=actor, action="jury.call_sitting", subject=about(jury), data=data)
    return sitting


@transaction.atomic
def note_present(*, sitting: Sitting, seats: Iterable[Seat], actor: Any, now: datetime) -> None:
    """Say who came. Presence is public; votes are not."""
    check_may(actor, now, access.may_attend, sitting)
    _still_open(sitting)
    rows = list(seats)
    if any(row.jury_id != sitting.jury_id for row in rows):
        raise BadSitting("Un de ces sièges est d'un autre jury.")
    sitting.present.set(rows)
    data = {"sitting": sitting.pk, "present": len(rows)}
    record(actor=actor, action="jury.present", subject=about(sitting.jury), data=data)


def _still_open(sitting: Sitting) -> Sitting:
    fresh = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if fresh.closed_at:
        raise BadSitting("Cette séance est levée : rien n'y change plus.")
    return fresh


@transaction.atomic
def open_poll(*, sitting: Sitting, actor: Any, now: datetime) -> Poll:
    """Open the urn: the attendance sheet and the counts are all written at once, empty."""
    check_may(actor, now, access.may_preside, sitting)
    _still_open(sitting)
    if Poll.objects.filter(sitting=sitting).exists():
        raise BadSitting("Le vote de cette séance est déjà ouvert.")
    items = list(sitting.items.select_related("application"))
    carded = set(
        ProjectCard.objects.filter(application__in=[row.application_id for row in items])
        .values_list("application_id", flat=True)
    )  # fmt: skip
    if bare := [str(row.number) for row in items if row.application_id not in carded]:
        raise BadSitting(
            f"Projets sans fiche : {', '.join(bare)}. Écrivez leur fiche avant d'ouvrir le vote."
        )
    seats = Seat.objects.filter(
        jury=sitting.jury_id, state=Seat.State.SITTING, college__way=College.Way.CARDS
    )
    poll = Poll.objects.create(sitting=sitting, opened_at=now)
    Voter.objects.bulk_create(Voter(poll=poll, seat=seat) for seat in seats)
    colleges = {seat.college_id for seat in seats}
    Tally.objects.bulk_create(
        Tally(poll=poll, college_id=college, number=item.number)
        for college in sorted(colleges)
        for item in items
    )
    data = {"sitting": sitting.pk, "voters": len(seats)}
    record(actor=actor, action="jury.open_poll", subject=about(sitting.jury), data=data)
    return poll


@transaction.atomic
def close_sitting(*, sitting: Sitting, minutes: str, actor: Any, now: datetime) -> Sitting:
    """Write the minutes, for good."""
    check_may(actor, now, access.may_preside, sitting)
    fresh = _still_open(sitting)
    if not minutes.strip():
        raise BadSitting("Écrivez le procès-verbal avant de lever la séance.", field="minutes")
    if Poll.objects.filter(sitting=fresh, closed_at__isnull=True).exists():
        raise BadSitting("Le vote est encore ouvert : closez-le d'abord.")
    fresh.minutes, fresh.closed_at = minutes.strip(), now
    fresh.save(update_fields=["minutes", "closed_at"])
    data = {"sitting": fresh.pk}
    record(actor=actor, action="jury.close_sitting", subject=about(sitting.jury), data=data)
    return fresh
