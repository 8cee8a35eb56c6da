"""What is made of what came in: sorting, cooking, baskets; the mass is balanced, losses written."""

from __future__ import annotations

from datetime import date, timedelta

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.rules import grams_of
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Lot
from ensemblier.web.demo.year import outlets
from ensemblier.web.demo.year.life import Holding, Life
from ensemblier.web.demo.year.profile import Workshop


def make(life: Life, monday: date) -> None:
    """Each workshop of the week, in the order of the profile."""
    day = monday + timedelta(days=3)
    for workshop in life.profile.workshops:
        if life.week % workshop.every == 0:
            _make(life, workshop, day)


def _make(life: Life, workshop: Workshop, day: date) -> None:
    for code in workshop.takes:
        outlets.bring(life, code, workshop.place, day)
    used = _taken(life, workshop, day)
    grams = sum(_grams(life, row.code, milli) for row, milli in used)
    goods = life.goods(workshop.makes)
    loss = workshop.loss + life.chance.randint(-2, 2) if workshop.loss > 2 else workshop.loss
    step = life.step(workshop.makes)
    milli = grams * (100 - loss) * 1000 // 100 // goods.grams // step * step
    if milli <= 0:
        return
    activity = life.site_activity(
        workshop.kind, workshop.title, workshop.place, day, iae_agreement=life.agreement
    )
    cooked = workshop.kind == Activity.Kind.COOKING
    until = day + timedelta(days=goods.keeps)
    ends = until if cooked else min([until, *(row.ends for row, _ in used)])
    output = stock.Output(
        product=life.products[workshop.makes], milli=milli, made_on=day,
        use_by=ends if goods.use_by else None, best_before=None if goods.use_by else ends,
    )  # fmt: skip
    made = stock.process(
        activity=activity, site=life.places[workshop.place],
        inputs=[(row.lot, milli) for row, milli in used], outputs=[output],
        lost_grams=grams - _grams(life, workshop.makes, milli), **life.asked(day),
    )  # fmt: skip
    for row, taken in used:
        row.milli -= taken
    _keep(life, made, workshop, milli, ends)
    activities.finish(activity=activity, actor=life.actor)


def _keep(life: Life, made: list[Lot], workshop: Workshop, milli: int, ends: date) -> None:
    for lot in made:
        row = Holding(lot, workshop.place, workshop.makes, milli, lot.use_by or ends)
        life.shelves.append(row)


def _taken(life: Life, workshop: Workshop, day: date) -> list[tuple[Holding, int]]:
    """Of each lot there, its part, what ends first first."""
    rows = [row for code in workshop.takes for row in life.shelf(code, workshop.place, day)]
    found = []
    for row in rows[: workshop.lots]:
        step = life.step(row.code)
        milli = row.milli if workshop.take == 100 else row.milli * workshop.take // 100
        if milli := milli // step * step:
            found.append((row, milli))
    return found


def _grams(life: Life, code: str, milli: int) -> int:
    found = grams_of(milli, life.goods(code).grams)
    assert found is not None, "every product of a profile is weighed"
    return found
