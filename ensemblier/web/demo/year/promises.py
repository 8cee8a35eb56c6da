"""Needs, plans, framework contracts and their call-offs, group orders: what was promised."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.commitments import queries
from ensemblier.chain.commitments.models import Commitment
from ensemblier.engines.months import add_months
from ensemblier.web.demo.year import seasons
from ensemblier.web.demo.year.life import Life
from ensemblier.web.demo.year.profile import Intake, Outlet

Kind, Firmness = Commitment.Kind, Commitment.Firmness
REVISION = "Indice des prix des légumes frais, revu deux fois par an (exemple)"
# A framework promises the average year and a fifth more; a plan, what the need says.
ROOM = 120


def promise_year(life: Life) -> None:
    """Before the first week: needs and plans, then one framework for each grower."""
    if life.profile.needs:
        _needs(life)
    for intake in life.profile.intakes:
        if intake.framework:
            _frameworks(life, intake)


def _needs(life: Life) -> None:
    """What those who receive would like in the year, and the plan that answers it."""
    for intake in life.profile.intakes:
        asking = {body.pk: body for out in life.profile.outlets for body in life.all_of(out.to)}
        for body in list(asking.values())[:3] or [life.lead]:
            need = _promise(
                life, Kind.NEED, intake, units=intake.week * _weeks(life) // 3,
                firmness=Firmness.WISHED, receiver=body,
            )  # fmt: skip
            giver = life.next_of(f"plan:{intake.by}", life.bodies[intake.by])
            _promise(
                life, Kind.PLAN, intake, units=intake.week * _weeks(life) // 4,
                firmness=Firmness.PROMISED, giver=giver, receiver=body, parent=need,
            )  # fmt: skip


def _frameworks(life: Life, intake: Intake) -> None:
    growers = life.bodies[intake.by]
    units = intake.week * intake.years * _weeks(life) * ROOM // 100 // len(growers)
    life.frameworks[intake.goods] = [
        _promise(
            life, Kind.FRAMEWORK, intake, units=units, firmness=Firmness.FIRM, giver=grower,
            receiver=life.lead, unit_cents=life.goods(intake.goods).prices["producer"],
            proposed_by=grower, revision=REVISION,
            ends=add_months(life.first, 12 * intake.years) if intake.years > 1 else life.last,
        )
        for grower in growers
    ]  # fmt: skip


def call_off(life: Life, monday: date, last: date) -> None:
    """The month's orders under each framework, up to what is left of it."""
    for intake in life.profile.intakes:
        if not intake.framework:
            continue
        month = intake.week * 4 * seasons.CURVES[intake.curve][monday.month - 1] // 100
        for frame in life.frameworks[intake.goods]:
            share = month // len(life.frameworks[intake.goods]) * 1000
            milli = min(share, frame.milli - queries.called_off(frame))
            if milli > 0:
                row = commitments.promise(
                    key=life.key(), chain=life.chain, kind=Kind.ORDER, product=frame.product,
                    milli=milli, starts=monday, ends=min(last, life.last), parent=frame,
                    firmness=Firmness.FIRM, receiver=life.lead, now=life.at(monday, 8),
                    actor=life.actor,
                )  # fmt: skip
                life.called.append(row)


def due(life: Life, intake: Intake, origin: Organisation, day: date) -> int | None:
    """The price of the framework that binds this grower that day; None without one."""
    for frame in life.frameworks.get(intake.goods, ()):
        if frame.giver_id == origin.pk and frame.starts <= day <= frame.ends:
            return queries.price_on(frame, day)
    return None


def keep_month(life: Life) -> None:
    """The call-offs of the month that ends were kept."""
    for row in life.called:
        commitments.keep(commitment=row, actor=life.actor)
    life.called.clear()


def revise(life: Life, monday: date) -> None:
    """Prices go up by 4 % at mid-year, by the clause of each framework (assumed)."""
    for frames in life.frameworks.values():
        for frame in frames:
            held = queries.price_on(frame, monday)
            if held:
                commitments.revise_price(
                    commitment=frame, starts=monday, unit_cents=held + held * 4 // 100,
                    reason="Indice du semestre : + 4 % (hypothèse)", day=monday, actor=life.actor,
                )  # fmt: skip


def group_order(life: Life, monday: date) -> None:
    """A cycle of orders: opened, paid when ordered, then served by the month's deliveries."""
    sales = [out for out in life.profile.outlets if out.to and out.how == "sale"]
    if not sales:
        return
    closes = monday + timedelta(days=2)
    cycle = life.site_activity(
        Activity.Kind.CYCLE, "Commande groupée du mois", sales[0].place,
        monday + timedelta(days=4), opens_at=life.at(monday, 7), closes_at=life.at(closes, 20),
    )  # fmt: skip
    for out in sales:
        for body in life.all_of(out.to):
            row = _order(life, out, body, monday)
            activities.serve(activity=cycle, commitment=row, actor=life.actor)
            life.called.append(row)
    activities.finish(activity=cycle, actor=life.actor)


def _order(life: Life, out: Outlet, body: Organisation, monday: date) -> Commitment:
    goods = life.goods(out.goods)
    units = max(1, out.each or out.lines * 5)
    return commitments.promise(
        key=life.key(), chain=life.chain, kind=Kind.ORDER, product=life.products[out.goods],
        milli=units * 1000, starts=monday, ends=monday + timedelta(days=6),
        firmness=Firmness.FIRM, giver=life.lead, receiver=body, is_prepaid=True,
        unit_cents=goods.prices.get(out.basis) or goods.prices["person"],
        now=life.at(monday, 9), actor=life.actor,
    )  # fmt: skip


def _promise(life: Life, kind: str, intake: Intake, *, units: int, **fields: Any) -> Commitment:
    return commitments.promise(
        key=life.key(), chain=life.chain, kind=kind, product=life.products[intake.goods],
        milli=max(1, units) * 1000, starts=life.first,
        now=life.at(life.first, 8), actor=life.actor, **({"ends": life.last} | fields),
    )  # fmt: skip


def _weeks(life: Life) -> int:
    return ((life.last - life.first).days + 1) // 7
