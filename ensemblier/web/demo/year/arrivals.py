"""What comes in during a week: bought under a framework or not, given, harvested, gleaned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.billing.rules import line_cents
from ensemblier.chain.stock import actions as stock
from ensemblier.web.demo.year import hours, promises, seasons
from ensemblier.web.demo.year.life import Life
from ensemblier.web.demo.year.profile import Intake
from ensemblier.web.demo.year.words import SPOILT

# What each way in is called, and the activity that brings it.
WAYS = {
    "purchase": (Activity.Kind.RECEPTION, "Réception des livraisons"),
    "gift": (Activity.Kind.COLLECTION, "Collecte des dons"),
    "harvest": (Activity.Kind.HARVEST, "Récolte"),
    "gleaned": (Activity.Kind.GLEANING, "Glanage"),
}
WEATHER_EVERY = 9  # one gleaning or harvest in so many waits for better weather (assumed)
TRIMMED = 60  # one arrival in so many thousandths is partly thrown away at once (assumed)


def arrive(life: Life, monday: date) -> None:
    """Everything that comes in this week, each in the hands of who brings it."""
    for intake in life.profile.intakes:
        if life.week % intake.every:
            continue
        weeks = intake.every
        units = seasons.of_week(intake.week * weeks, intake.curve, monday.month, life.chance)
        if units:
            _arrive(life, intake, units, monday)


def _arrive(life: Life, intake: Intake, units: int, monday: date) -> None:
    drawn = life.chance.randint(0, 2)
    # What keeps three days at most comes on the eve of the workshop.
    day = monday + timedelta(days=2 if life.goods(intake.goods).keeps <= 3 else drawn)
    activity, day = _activity(life, intake, day)
    lots = min(intake.lots, units)
    for rank in range(lots):
        origin = life.next_of(f"origin:{intake.by}", life.bodies[intake.by])
        milli = (units // lots + (units % lots if rank == 0 else 0)) * 1000
        promise = promises.due(life, intake, origin, day)
        _receive(life, intake, origin, milli, day, activity, promise)
    activities.finish(activity=activity, actor=life.actor)


def _activity(life: Life, intake: Intake, day: date) -> tuple[Activity, date]:
    """Planned with those who sign up; outdoors, the weather moves it by a day, now and then."""
    kind, words = WAYS[intake.kind]
    goods = life.goods(intake.goods).name.lower()
    activity = life.site_activity(kind, f"{words} : {goods}", intake.place, day, places=40)
    outdoors = kind in (Activity.Kind.HARVEST, Activity.Kind.GLEANING)
    signed = hours.sign_up(life, activity) if outdoors or not life.agreement else []
    if outdoors and life.chance.randrange(WEATHER_EVERY) == 0:
        day += timedelta(days=1)
        activity = activities.move(
            activity=activity, starts_at=life.at(day, 9), ends_at=life.at(day, 12),
            reason="Pluie annoncée : reporté d'un jour (exemple)", actor=life.actor,
        )  # fmt: skip
    hours.came(life, signed)
    return activity, day


def _receive(
    life: Life,
    intake: Intake,
    origin: Organisation,
    milli: int,
    day: date,
    activity: Activity,
    unit_cents: int | None,
) -> None:
    goods = life.goods(intake.goods)
    more: dict[str, Any] = {"made_on": day} if intake.kind != "purchase" else {}
    until = day + timedelta(days=goods.keeps)
    more |= {"use_by": until} if goods.use_by else {"best_before": until}
    movement = stock.receive(
        chain=life.chain,
        product=life.products[intake.goods],
        site=life.places[intake.place],
        kind=intake.kind,
        origin=origin,
        milli=milli,
        value_cents=_value(intake, goods.prices, milli, unit_cents),
        activity=activity,
        is_gift_only=intake.gift_only,
        is_aid_only=intake.aid_only,
        legal_status=intake.status,
        **life.asked(day),
        **more,
    )
    row = life.put(movement.lot, intake.place, intake.goods, milli, day)
    if life.chance.randrange(1000) < TRIMMED:
        lost = max(life.step(intake.goods), milli // 20 // 1000 * 1000)
        if lost < milli:
            stock.lose(
                lot=row.lot, site=life.places[row.place], milli=lost, reason=SPOILT,
                **life.asked(day),
            )  # fmt: skip
            row.milli -= lost


def _value(
    intake: Intake, prices: dict[str, int], milli: int, unit_cents: int | None
) -> int | None:
    """What the grower is paid, or what a gift cost its donor; a harvest has no price."""
    if intake.kind == "purchase":
        return line_cents(prices["producer"] if unit_cents is None else unit_cents, milli)
    return line_cents(intake.value, milli) if intake.value else None
