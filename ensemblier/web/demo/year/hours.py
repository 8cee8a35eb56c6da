"""Time given and time worked: volunteers on activities, people in insertion, their paths."""

from __future__ import annotations

from datetime import date, timedelta

from ensemblier.base.people import actions as people
from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.insertion import actions as insertion
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.engines.months import add_months
from ensemblier.web.demo.year.life import Life

Kind, Nature, Exit = HourEntry.Kind, Participation.Nature, InsertionContract.Exit
DAYS = 4  # days worked in a week
ABSENT = 8  # one day in so many is missed (assumed)
AT_ONCE = 3  # most volunteers written for one activity
EXITS = (Exit.LASTING_JOB, Exit.SHORT_JOB, Exit.TRAINING, Exit.OTHER)


def hire(life: Life) -> None:
    """The agreement of who employs, and a contract for each person; one in two is for 6 months."""
    aci = life.profile.aci
    if aci is None:
        return
    employer = life.bodies[aci.by][0]
    held = IaeAgreement.objects.on(life.first).filter(organisation=employer, kind=aci.kind)
    life.agreement = held.first() or people.add_iae_agreement(
        organisation=employer, actor=life.actor, kind=aci.kind,
        number=f"EXEMPLE-IAE-F{life.profile.number:02d}", starts=life.first - timedelta(days=30),
        ends=life.last + timedelta(days=400),
    )  # fmt: skip
    for rank in range(aci.people):
        _contract(life, life.first, 12 if rank % 2 == 0 else 6)


def _contract(life: Life, starts: date, months: int) -> None:
    aci = life.profile.aci
    assert aci is not None and life.agreement is not None
    life.turns["path"] += 1
    person = activities.add_participant(
        chain=life.chain, organisation=life.agreement.organisation,
        alias=f"Salarié en parcours {life.turns['path']}", actor=life.actor,
    )  # fmt: skip
    life.contracts.append(
        insertion.open_contract(
            agreement=life.agreement, participant=person, weekly_minutes=aci.hours * 60,
            starts=starts, ends=add_months(starts, months) - timedelta(days=1),
            training_share=aci.training * 100, came_from_rsa=life.chance.random() < 0.5,
            actor=life.actor,
        )
    )  # fmt: skip


def work(life: Life, monday: date) -> None:
    """The week of everybody under contract; who reaches the end leaves, and somebody comes."""
    aci = life.profile.aci
    if aci is None:
        return
    daily = aci.hours * 60 // DAYS
    for contract in list(life.contracts):
        if contract.ends < monday + timedelta(days=6):
            life.contracts.remove(contract)
            insertion.leave(
                contract=contract, exit=life.chance.choice(EXITS), actor=life.actor,
                day=min(contract.ends, monday - timedelta(days=1)),
            )  # fmt: skip
            _contract(life, monday, 6)
            continue
        for rank in range(DAYS):
            _day(life, contract, monday + timedelta(days=rank), rank, daily)


def _day(life: Life, contract: InsertionContract, day: date, rank: int, minutes: int) -> None:
    """One day: worked, missed, on leave in August, or in training now and then."""
    kind = Kind.WORK
    if life.chance.randrange(ABSENT) == 0:
        kind = life.chance.choice((Kind.ABSENCE, Kind.PAID_LEAVE))
    elif rank == DAYS - 1 and life.chance.randrange(10_000) < contract.training_share * DAYS:
        kind = Kind.TRAINING
    elif rank == 0 and life.week % 4 == 0:
        kind = Kind.SUPPORT
    insertion.note_hours(
        key=life.key(), contract=contract, day=day, kind=kind, minutes=minutes,
        now=life.at(day), actor=life.actor,
    )  # fmt: skip


def sign_up(life: Life, activity: Activity) -> list[Participation]:
    """Volunteers and, beside them, people who eat there: on the week's first activity of a kind."""
    rows: list[Participation] = []
    life.turns[f"signed:{life.week}:{activity.kind}"] += 1
    if life.turns[f"signed:{life.week}:{activity.kind}"] > 1:
        return rows
    for group, nature in ((life.people, Nature.VOLUNTEER), (life.eaters, Nature.EATER)):
        some = life.chance.sample(group, min(len(group), life.chance.randint(1, AT_ONCE)))
        rows += [
            activities.sign_up(
                activity=activity, participant=person, nature=nature, actor=life.actor
            )
            for person in some
        ]
    return rows


def came(life: Life, signed: list[Participation]) -> None:
    """How long each stayed; some did not come."""
    for row in signed:
        minutes = 0 if life.chance.randrange(ABSENT) == 0 else life.profile.minutes
        row.refresh_from_db(fields=["activity"])
        activities.record_minutes(
            participation=row, minutes=minutes, now=row.activity.ends_at, actor=life.actor
        )


def meet(life: Life, monday: date) -> None:
    """Once a month: a kitchen, a visit, a lab of choice, with the people concerned."""
    if not life.profile.meeting:
        return
    kind = Activity.Kind.LAB if "labo" in life.profile.meeting.lower() else Activity.Kind.WORKSHOP
    place = life.profile.places[-1].key
    activity = life.site_activity(kind, life.profile.meeting, place, monday + timedelta(days=3))
    came(life, sign_up(life, activity))
    activities.finish(activity=activity, actor=life.actor)
