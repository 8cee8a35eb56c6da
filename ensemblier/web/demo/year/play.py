"""The year of every chain, week by week, then how it went: same seed and day, same figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.seals import seal
from ensemblier.base.refusal import Refusal
from ensemblier.web.demo.plan import PARIS
from ensemblier.web.demo.year import (
    arrivals,
    founding,
    hours,
    mishaps,
    months,
    outlets,
    promises,
    workshops,
)
from ensemblier.web.demo.year.life import Life
from ensemblier.web.demo.year.profile import Profile, numbers, read_profile

SEED = 2027
WEEKS = 52
MIDDLE = 26
DONE = "demo.year"
Say = Callable[[str], None]


class DemoOnly(Refusal):
    """The year fills chains with examples: a site in use never wants them."""

    def __init__(self) -> None:
        super().__init__(
            "L'année de démonstration est refusée hors du mode démonstration : elle écrit des "
            "milliers d'opérations inventées, qui ne s'effacent pas. Donnez à ENSEMBLIER_MODE la "
            "valeur « demo », sur une base à part."
        )


class UnknownSheet(Refusal):
    """There is no such sheet."""


class Played(NamedTuple):
    """One chain: played now, there already, or cut in the middle by an earlier run."""

    chain: Chain
    state: str  # "new", "kept", "cut"
    refused: int


def play_year(
    *,
    now: datetime,
    sheets: Sequence[int] = (),
    weeks: int = WEEKS,
    seed: int = SEED,
    say: Say = lambda words: None,
) -> list[Played]:
    """Play each chain that is not there, the weeks that end before `now`, and seal the books."""
    if settings.MODE not in ("demo", "development"):
        raise DemoOnly
    known = numbers()
    if wrong := sorted(set(sheets) - set(known)):
        raise UnknownSheet(f"Les fiches vont de 1 à 25 : {', '.join(map(str, wrong))} n'existe pas.")
    first = first_monday(now, weeks)
    played = []
    for number in sheets or known:
        played.append(play_one(number, seed=seed, first=first, weeks=weeks, say=say))
    seal(now=now)
    return played


def first_monday(now: datetime, weeks: int) -> date:
    """So many whole weeks before this one."""
    today = now.astimezone(PARIS).date()
    return today - timedelta(days=today.weekday(), weeks=weeks)


def play_one(number: int, *, seed: int, first: date, weeks: int, say: Say) -> Played:
    """One chain, a transaction a week: whoever works on the site meanwhile waits for a week only."""
    profile = read_profile(number)
    there = Chain.objects.filter(slug=profile.slug).first()
    if there is not None:
        whole = Event.objects.filter(action=DONE, subject=f"chain:{there.pk}").exists()
        return Played(there, "kept" if whole else "cut", 0)
    with transaction.atomic():
        life = begin(profile, seed=seed, first=first, weeks=weeks)
    for week in range(weeks):
        with transaction.atomic():
            play_week(life, week)
    with transaction.atomic():
        finish(life)
    say(f"Fiche {number} : {profile.name}, {weeks} semaines")
    return Played(life.chain, "new", life.refused["ShareRefused"])


def begin(profile: Profile, *, seed: int, first: date, weeks: int) -> Life:
    life = founding.found(profile, seed=seed, first=first, weeks=weeks)
    hours.hire(life)
    promises.promise_year(life)
    return life


def play_week(life: Life, week: int) -> None:
    """From Monday's papers to Sunday's bin."""
    monday = life.first + timedelta(weeks=week)
    before = monday - timedelta(weeks=1)
    life.week = week
    if week and monday.month != before.month:
        last = monday.replace(day=1) - timedelta(days=1)
        months.close(life, last, day=monday)
        mishaps.late(life, last)
    if not week or monday.month != before.month:
        _month_begins(life, monday)
    if week == MIDDLE:
        promises.revise(life, monday)
    arrivals.arrive(life, monday)
    hours.work(life, monday)
    workshops.make(life, monday)
    mishaps.before_leaving(life, monday)
    outlets.leave(life, monday)
    mishaps.undo(life, monday)
    outlets.throw_away(life, monday)


def _month_begins(life: Life, monday: date) -> None:
    end = (monday.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    promises.call_off(life, monday, end)
    if life.profile.cycle:
        promises.group_order(life, monday)
    hours.meet(life, monday)


def finish(life: Life) -> None:
    """The last days are closed too, and the journal says that the year is whole."""
    months.close(life, life.last, day=life.last + timedelta(days=1), is_end=True)
    record(
        actor=life.actor,
        action=DONE,
        subject=f"chain:{life.chain.pk}",
        data={"seed": life.seed, "first": life.first.isoformat(), "last": life.last.isoformat()},
    )
