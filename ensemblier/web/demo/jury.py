"""The demonstration's jury: 24 jurors drawn by lot, a first vote counted, a second one open."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from ensemblier.base.people import actions as people
from ensemblier.base.people.models import User
from ensemblier.fund.allocation import actions as allocation
from ensemblier.fund.allocation.building import Settings
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call, College
from ensemblier.fund.jury import access, actions, cards, expenses, interests, rules, scoring, voting
from ensemblier.fund.jury.models import Jury, Seat, Sitting
from ensemblier.fund.review.actions import actor_on
from ensemblier.web.demo.accounts import DOMAIN
from ensemblier.web.demo.jury_cards import (
    CARDS,
    FIRST,
    MINUTES,
    NAMES,
    QUESTIONS,
    QUESTIONS_EN,
    SECOND,
    SEED,
    SOURCE,
    Told,
)
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import CLOSED, Clock, key

SEATS, RESERVES, QUORUM = 8, 2, 5
SHARES = {
    College.Kind.INSTITUTIONS: (4_000, College.Way.SCORES),
    College.Kind.ASSOCIATIONS: (3_000, College.Way.CARDS),
    College.Kind.PEOPLE: (3_000, College.Way.CARDS),
}
LINKED = 2  # this juror of each college that votes by cards has a link with the first project
CHANCE = 20_270_412
# Example settings: a fifth at most for equipment, a tenth at least for the QPV.
SHARED = Settings(260_000_00, None, 2_000, None, {"qpv": 1_000})
COSTS = (("travel", 12_40), ("childcare", 30_00), ("time", 60_00))


def colleges() -> list[College]:
    """Announced by the call, before it is published."""
    return [
        College(kind=kind, share_bp=share, seats=SEATS, reserves=RESERVES, quorum=QUORUM, way=way)
        for kind, (share, way) in SHARES.items()
    ]


def gather(call: Call, cast: Cast, clock: Clock, files: dict[int, Application]) -> Jury:
    """Everything through the same actions as the pages; chance comes from one seed."""
    office, chair = cast["programme"], cast["presidence"]
    then = clock.ago(CLOSED - 3)
    jury = actions.gather(
        call=call, chair=chair, envelope=call.envelopes.order_by("year")[1], actor=office, now=then
    )
    _volunteers(jury, cast, office, then)
    jury = actions.close_volunteers(jury=jury, actor=office, now=then)
    actions.draw(jury=jury, seed=SEED, source=SOURCE, actor=office, now=clock.ago(19))
    actions.add_helper(jury=jury, user=cast["aidante"], actor=office, now=clock.ago(18))
    for told in CARDS:
        _card(jury, told, files[told.number], office, clock.ago(12))
    cards.review_language(
        language="en", readers=3, note="Relu à voix haute, deux mots changés. Exemple.",
        jury=jury, actor=office, now=clock.ago(11),
    )  # fmt: skip
    first = _sitting(jury, FIRST, files, cast, clock, 6)
    _costs(first, office, cast["payeur"], clock)
    _hold(first, chair, clock)
    allocation.run(sitting=first, settings=SHARED, final=True, actor=office, now=clock.ago(5))
    second = _sitting(jury, SECOND, files, cast, clock, 0)
    _begin(second, cast["juree"], chair, clock)
    return jury


def _volunteers(jury: Jury, cast: Cast, office: User, now: datetime) -> None:
    """Ten for each college; the tour's juror bears the number that the seed puts first."""
    for rank, college in enumerate(jury.call.colleges.all()):
        names = NAMES[college.kind]
        numbers = range(rank * len(names) + 1, (rank + 1) * len(names) + 1)
        first = rules.draw(SEED, numbers)[0]
        for number, name in zip(numbers, names, strict=True):
            is_of_tour = college.kind == College.Kind.PEOPLE and number == first
            user = cast["juree"] if is_of_tour else _account(name, number)
            actions.volunteer(jury=jury, college=college, user=user, actor=office, now=now)


def _account(name: str, number: int) -> User:
    user = people.open_account(email=f"jure{number}@{DOMAIN}", name=f"{name} (démo)", password=None)
    people.vouch_for_address(user=user)
    return user


def _card(jury: Jury, told: Told, file: Application, office: User, now: datetime) -> None:
    texts = [("fr", told.title, told.sentences, QUESTIONS)]
    if told.title_en:
        texts.append(("en", told.title_en, told.sentences_en, QUESTIONS_EN))
    for language, title, sentences, questions in texts:
        words = cards.Words(title, rules.sentences_of(sentences), questions)
        cards.write_card(
            jury=jury, application=file, language=language, words=words,
            pictures=told.pictures.split(), actor=office, now=now,
        )  # fmt: skip


def _sitting(
    jury: Jury, numbers: tuple[int, ...], files: dict[int, Application], cast: Cast, clock: Clock,
    ago: int,
) -> Sitting:  # fmt: skip
    return actions.call_sitting(
        jury=jury, held_on=clock.day(ago), place="Salle des fêtes, Blois (exemple)",
        agenda=[files[number] for number in numbers], actor=cast["programme"],
        now=clock.ago(ago + 5),
    )  # fmt: skip


def _hold(sitting: Sitting, chair: User, clock: Clock) -> None:
    """The first sitting, from its opening to its minutes."""
    now = clock.ago(6, 14)
    seats = _seats(sitting)
    actions.note_present(sitting=sitting, seats=seats, actor=chair, now=now)
    actions.open_poll(sitting=sitting, actor=chair, now=now)
    chance = random.Random(CHANCE)
    for seat in seats:
        _say_links(sitting, seat, now, linked=[1] if seat.rank == LINKED else [])
        if seat.college.way == College.Way.SCORES:
            _score(sitting, seat, chance, now)
        else:
            _vote(sitting, seat, chance, now)
    voting.close_poll(sitting=sitting, actor=chair, now=now)
    actions.close_sitting(sitting=sitting, minutes=MINUTES, actor=chair, now=now)


def _begin(sitting: Sitting, last: User, chair: User, clock: Clock) -> None:
    """The second one: everybody voted but the tour's juror."""
    now = clock.ago(0, 9)
    seats = _seats(sitting)
    actions.note_present(sitting=sitting, seats=seats, actor=chair, now=now)
    actions.open_poll(sitting=sitting, actor=chair, now=now)
    chance = random.Random(CHANCE + 1)
    for seat in seats:
        if seat.user_id != last.pk:
            _say_links(sitting, seat, now, linked=[])
            if seat.college.way == College.Way.CARDS:
                _vote(sitting, seat, chance, now)
            else:
                _score(sitting, seat, chance, now)


def _seats(sitting: Sitting) -> list[Seat]:
    rows = Seat.objects.filter(jury=sitting.jury_id, state=Seat.State.SITTING)
    return list(rows.select_related("user", "college").order_by("college__position", "rank"))


def _say_links(sitting: Sitting, seat: Seat, now: datetime, linked: list[int]) -> None:
    interests.declare_links(sitting=sitting, linked=linked, actor=seat.user, now=now)


def _vote(sitting: Sitting, seat: Seat, chance: random.Random, now: datetime) -> None:
    """Each college leans its own way: people like what is near, associations what lasts."""
    barred = voting.barred_from(sitting=sitting, user=seat.user, now=now)
    bent = 1 if seat.college.kind == College.Kind.PEOPLE else 0
    choices = {
        number: _choice(chance, (number + bent) % 3)
        for number in sitting.items.values_list("number", flat=True)
        if number not in barred
    }
    voting.cast(
        sitting=sitting, choices=choices, receipt=voting.new_receipt(), actor=seat.user, now=now
    )


def _choice(chance: random.Random, liking: int) -> str:
    signs: dict[int, Any] = {0: "NNI12", 1: "NI2345", 2: "I34455"}
    return chance.choice(signs[liking])


def _score(sitting: Sitting, seat: Seat, chance: random.Random, now: datetime) -> None:
    criteria = list(sitting.jury.call.criteria.all())
    for item in sitting.items.select_related("application__call", "sitting__jury"):
        if not access.may_score(actor_on(seat.user, now.date()), item).allowed:
            continue
        values = {
            row.pk: min(row.scale_max, max(0, 2 + (item.number % 3 > 0) + chance.randint(-1, 1)))
            for row in criteria
        }
        scoring.score(item=item, values=values, actor=seat.user, now=now)


def _costs(sitting: Sitting, office: User, payer: User, clock: Clock) -> None:
    """Three jurors of the people concerned are paid before they come."""
    seats = [seat for seat in _seats(sitting) if seat.college.kind == College.Kind.PEOPLE]
    for seat, (kind, cents) in zip(seats, COSTS, strict=False):
        row = expenses.plan(
            key=key("jury", "plan", seat.pk, kind), seat=seat, sitting=sitting, kind=kind,
            amount_cents=cents, actor=office, now=clock.ago(10),
        )  # fmt: skip
        expenses.pay(
            key=key("jury", "pay", seat.pk, kind), expense=row, actor=payer, now=clock.ago(9)
        )
