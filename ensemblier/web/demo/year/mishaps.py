"""What goes wrong in a year: a cold break, a recall, a sale undone, a fact written late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing.rules import line_cents
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock import queries
from ensemblier.web.demo.year import outlets
from ensemblier.web.demo.year.life import Holding, Life
from ensemblier.web.demo.year.words import (
    COLD,
    COLD_FINE,
    DESTROYED,
    LATE,
    RECALL,
    RECALLED,
)

# Weeks of a 52-week year; a shorter run meets those that fall in it.
COLD_WEEKS = (3, 31)
RECALL_WEEKS = (5, 40)
UNDO_EVERY = 5
COLD_STORES = ("fresh", "chilled", "frozen")


def before_leaving(life: Life, monday: date) -> None:
    """Thursday night, before anything is handed over."""
    release(life, monday)
    if life.week in COLD_WEEKS:
        _cold_break(life, monday + timedelta(days=3))
    if life.week in RECALL_WEEKS:
        _recall(life, monday + timedelta(days=3))


def _cold_break(life: Life, day: date) -> None:
    """One lot kept cold waits for a decision, and what was made of it with it."""
    cold = [
        row
        for row in life.shelves
        if row.milli > 0 and not row.is_held and life.goods(row.code).storage in COLD_STORES
    ]
    if not cold:
        return
    row = life.chance.choice(cold)
    stock.quarantine(lot=row.lot, reason=COLD, now=life.at(day, 7), actor=life.actor)
    for held in _family(life, row):
        held.is_held = True
    life.turns["quarantined"] += 1
    life.waiting = row


def release(life: Life, monday: date) -> None:
    """A week later: fine after all, one time in two, or destroyed."""
    row, life.waiting = life.waiting, None
    if row is None:
        return
    day = monday
    family = _family(life, row)
    if life.turns["quarantined"] % 2:
        stock.release(lot=row.lot, reason=COLD_FINE, now=life.at(day, 8), actor=life.actor)
        for held in family:
            held.is_held = False
        return
    _destroy(life, family, day, DESTROYED)


def _recall(life: Life, day: date) -> None:
    """A lot is recalled; who received some is known; what is left, and its children, is lost."""
    there = [row for row in life.shelves if row.milli > 0 and not row.is_held]
    if not there:
        return
    row = life.chance.choice(there)
    above = queries.upstream(row.lot)
    lot = above[0] if above else row.lot
    stock.recall(lot=lot, reason=RECALL, now=life.at(day, 8), actor=life.actor)
    _destroy(life, _family(life, replace(row, lot=lot)), day, RECALLED)


def _family(life: Life, row: Holding) -> list[Holding]:
    """What is left of the lot and of what was made of it."""
    lots = {row.lot.pk, *(lot.pk for lot in queries.downstream(row.lot))}
    return [each for each in life.shelves if each.lot.pk in lots]


def _destroy(life: Life, rows: list[Holding], day: date, reason: str) -> None:
    for row in rows:
        if row.milli > 0:
            stock.lose(
                lot=row.lot, site=life.places[row.place], milli=row.milli, reason=reason,
                **life.asked(day),
            )  # fmt: skip
            row.milli = 0


def undo(life: Life, monday: date) -> None:
    """Now and then a line is undone, sometimes after its document was frozen."""
    if life.week % UNDO_EVERY or not life.sold:
        return
    line = life.sold.pop(life.chance.randrange(len(life.sold)))
    day = monday + timedelta(days=5)
    billing.undo_sale(line=line, **life.asked(day))
    life.undone.append(line)
    if line.movement is not None:
        life.back(line, day)


def late(life: Life, last: date) -> None:
    """A sheet of paper found once the month is closed: goods in and handed over, on their day."""
    shared = [out for out in life.profile.outlets if out.how in ("scheme", "sale")]
    if not shared:
        return
    outlet, day, source = shared[0], last - timedelta(days=2), life.profile.intakes[0]
    if day < life.first:
        return
    goods, milli = life.goods(outlet.goods), 1000
    unit_cents = goods.prices.get("producer", source.value)
    movement = stock.receive(
        chain=life.chain, product=life.products[outlet.goods], site=life.places[outlet.place],
        kind=source.kind, origin=life.bodies[source.by][0], milli=milli, note=LATE,
        value_cents=line_cents(unit_cents, milli) or None,
        **({"use_by": day + timedelta(days=goods.keeps)} if goods.use_by else {}),
        **life.asked(day),
    )  # fmt: skip
    row = life.put(movement.lot, outlet.place, outlet.goods, milli, day)
    to = life.all_of(outlet.to)
    body = to[0] if to else None
    if outlets.sell_or_refuse(life, outlet, row, milli, body, day):
        row.milli -= milli
