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
    payers,
    promises,
    workshops,
)
from ensemblier.web.demo.year.life import Life
from ensemblier.web.demo.year.profile import GROCERY, Profile, numbers, read_profile
from ensemblier.web.demo.year.totals import totals

SEED = 2027
WEEKS = 52
MIDDLE = 26
GROCERY_WEEKS = 6  # a month is closed in them, whatever the day of loading
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
    refused: int = 0  # lines refused because no payer had anything left
    lines: int = 0
    shared_cents: int = 0


def play_year(
    *,
    now: datetime,
    sheets: Sequence[int] = (),
    weeks: int = WEEKS,
    seed: int = SEED,
    say: Say = lambda words: None,
) -> list[Played]:
    """Play each chain that is not there, the weeks that end before `now`, and seal the books."""
    check_mode()
    known = numbers()
    if wrong := sorted(set(sheets) - set(known)):
        raise UnknownSheet(
            f"Les fiches vont de 1 à 25 : {', '.join(map(str, wrong))} n'existe pas."
        )
    first = first_monday(now, weeks)
    played = []
    asked = sorted(set(sheets)) or known
    for rank, number in enumerate(asked, 1):
        say(f"{rank}/{len(asked)}  Fiche {number} : {read_profile(number).name}…")
        played.append(play_one(number, seed=seed, first=first, weeks=weeks))
    seal(now=now)
    return played


def first_monday(now: datetime, weeks: int) -> date:
    """So many whole weeks before this one."""
    today = now.astimezone(PARIS).date()
    return today - timedelta(days=today.weekday(), weeks=weeks)


def check_mode() -> None:
    """Refuse everywhere but in the demonstration."""
    if settings.MODE != "demo":
        raise DemoOnly


def play_one(number: int, *, seed: int, first: date, weeks: int) -> Played:
    """One chain, a transaction a week: who works on the site waits for one week only."""
    profile = read_profile(number)
    there = Chain.objects.filter(slug=profile.slug).first()
    if there is not None:
        whole = Event.objects.filter(action=DONE, subject=f"chain:{there.pk}").exists()
        return Played(there, "kept" if whole else "cut")
    with transaction.atomic():
        life = begin(profile, seed=seed, first=first, weeks=weeks)
    for week in range(weeks):
        with transaction.atomic():
            play_week(life, week)
    with transaction.atomic():
        finish(life)
    found = totals(life.chain)
    shared = sum(found["shares"].values())
    return Played(life.chain, "new", life.refused["ShareRefused"], found["lines"], shared)


def play_grocery(*, now: datetime) -> Chain:
    """The chain of the quick demonstration: a solidarity grocery, its last six weeks."""
    profile = read_profile(GROCERY)
    life = begin(profile, seed=SEED, first=first_monday(now, GROCERY_WEEKS), weeks=GROCERY_WEEKS)
    for week in range(GROCERY_WEEKS):
        play_week(life, week)
    finish(life, closes=False)
    return life.chain


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


def finish(life: Life, *, closes: bool = True) -> None:
    """The last days are closed too, and the journal says that the year is whole."""
    if closes:
        months.close(life, life.last, day=life.last + timedelta(days=1), is_end=True)
    else:
        payers.pay(life, life.last)
    record(
        actor=life.actor,
        action=DONE,
        subject=f"chain:{life.chain.pk}",
        data={"seed": life.seed, "first": life.first.isoformat(), "last": life.last.isoformat()},
    )
