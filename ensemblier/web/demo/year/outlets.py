"""How goods leave in a week: shared between payers, sold, handed over, eaten on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing.rules import line_cents
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution.refusals import QuotaReached
from ensemblier.chain.stock import actions as stock
from ensemblier.web.demo.year import seasons
from ensemblier.web.demo.year.life import Holding, Life
from ensemblier.web.demo.year.profile import Outlet
from ensemblier.web.demo.year.words import TOO_OLD

KEPT_LINES = 400  # lines kept in mind, to undo one


def leave(life: Life, monday: date) -> None:
    """Friday: each outlet in the order of the profile takes its part."""
    day = monday + timedelta(days=4)
    for outlet in life.profile.outlets:
        if life.week % outlet.every == 0 and seasons.CURVES[outlet.curve][day.month - 1]:
            bring(life, outlet.goods, outlet.place, day)
            _leave(life, outlet, day)


def throw_away(life: Life, monday: date) -> None:
    """Sunday: what may not be eaten next week is written as lost."""
    day = monday + timedelta(days=6)
    for row in life.shelves:
        if row.milli > 0 and not row.is_held and row.ends <= day:
            stock.lose(
                lot=row.lot, site=life.places[row.place], milli=row.milli, reason=TOO_OLD,
                **life.asked(day),
            )  # fmt: skip
            row.milli = 0
    life.shelves = [row for row in life.shelves if row.milli > 0]


def bring(life: Life, code: str, to: str, day: date) -> None:
    """A round: what is elsewhere in the chain comes to where it is used or leaves."""
    elsewhere = [
        row for place in life.places if place != to for row in life.shelf(code, place, day)
    ]
    if not elsewhere:
        return
    round_trip = life.site_activity(Activity.Kind.ROUND, "Tournée", to, day)
    for row in elsewhere:
        stock.transport(
            lot=row.lot, source=life.places[row.place], target=life.places[to],
            milli=row.milli, activity=round_trip, **life.asked(day),
        )  # fmt: skip
        row.place = to
    activities.finish(activity=round_trip, actor=life.actor)


def _leave(life: Life, outlet: Outlet, day: date) -> None:
    rows = life.shelf(outlet.goods, outlet.place, day)
    there = sum(row.milli for row in rows) * outlet.take // 100
    for milli in _lines(life, outlet, there):
        body = life.next_of(f"to:{outlet.goods}", life.all_of(outlet.to)) if outlet.to else None
        for row, part in _drawn(rows, milli):
            if _one(life, outlet, row, part, body, day):
                row.milli -= part


def _lines(life: Life, outlet: Outlet, there: int) -> list[int]:
    """Quantities of the lines of the week, in thousandths of a unit."""
    if outlet.each:
        return [outlet.each * 1000] * min(outlet.lines, there // (outlet.each * 1000))
    step = life.step(outlet.goods)
    milli = there // outlet.lines // step * step
    return [milli] * outlet.lines if milli else []


def _drawn(rows: list[Holding], milli: int) -> Iterator[tuple[Holding, int]]:
    """The lots that make this quantity, what ends first first."""
    for row in rows:
        part = min(milli, row.milli)
        if part > 0:
            yield row, part
            milli -= part
        if milli <= 0:
            return


def _one(
    life: Life, outlet: Outlet, row: Holding, milli: int, body: Organisation | None, day: date
) -> bool:
    """One line; False when the rule says no: the person never pays more than her part."""
    if outlet.how in ("handed", "own_use"):
        stock.take_out(
            lot=row.lot, site=life.places[outlet.place], kind=outlet.how, milli=milli, party=body,
            **life.asked(day),
        )  # fmt: skip
        return True
    return sell_or_refuse(life, outlet, row, milli, body, day)


def sell_or_refuse(
    life: Life, outlet: Outlet, row: Holding, milli: int, body: Organisation | None, day: date
) -> bool:
    """A line, unless its scheme has nothing left for it or the month's quota is reached."""
    try:
        line = _sell(life, outlet, row, milli, body, day)
    except (ShareRefused, QuotaReached) as refusal:
        life.refused[type(refusal).__name__] += 1
        return False
    life.sold = [*life.sold[-KEPT_LINES:], line]
    return True


def _sell(
    life: Life,
    outlet: Outlet,
    row: Holding,
    milli: int,
    body: Organisation | None,
    day: date,
) -> Any:
    """A line at the catalogue's price of its basis, under the outlet's scheme if it has one."""
    facts: dict[str, Any] = {}
    if outlet.how == "scheme":
        code = _scheme_of(life, outlet)
        facts["scheme"] = code
        if cards := life.cards[code]:
            facts["card"] = life.next_of(f"card:{code}", cards)
        if outlet.extra and life.chance.randrange(4) == 0:
            facts["extra_cents"] = outlet.extra
    prices = life.goods(outlet.goods).prices
    unit = prices.get(outlet.basis) or prices["cost" if outlet.how == "scheme" else "person"]
    site = life.places[outlet.place]
    return billing.sell(
        lot=row.lot, price_cents=line_cents(unit, milli), chain=life.chain, site=site,
        seller=site.keeper, product=life.products[outlet.goods], milli=milli, buyer=body,
        iae_agreement=_agreement(life, site.keeper), **life.asked(day), **facts,
    )  # fmt: skip


def _scheme_of(life: Life, outlet: Outlet) -> str:
    return outlet.basis if outlet.basis in life.schemes else next(iter(life.schemes))


def _agreement(life: Life, seller: Organisation) -> Any:
    """Sales of the insertion activity count for its agreement."""
    held = life.agreement
    return held if held is not None and held.organisation_id == seller.pk else None
