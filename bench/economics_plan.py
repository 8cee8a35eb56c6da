"""The plan of `bench.economics`, sheet 14 grown to sixty lines, and a plain-Python model of it."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

from ensemblier.engines.budget import RESOURCE
from ensemblier.engines.economics import Outcome, compute, plan_of, read_plan
from ensemblier.engines.economics.factors import grants, roots
from ensemblier.engines.economics.folding import Movers, movers, unit_amounts, waits
from ensemblier.engines.economics.quantities import sold_name

PLAN = Path(__file__).resolve().parents[1] / "plans" / "14-le-radis.toml"
LINES, MONTHS = 60, 60
KINDS = ("supplies", "packing", "transport", "premises", "activity", "fees")


def sixty_lines() -> Outcome:
    """Costs by unit and by year, grants by year and by unit, until there are sixty lines."""
    data: dict[str, Any] = dict(read_plan(PLAN.read_text()).data)
    data["cost"], data["resource"] = list(data["cost"]), list(data["resource"])
    rank = 0
    while (missing := LINES - counted(made := compute(plan_of(data)))) > 0:
        rank += 1
        name = f"ajout{rank}"
        how = {"volume": "repas", "price": 0} if rank % 2 else {"yearly": 1200 + 10 * rank}
        if how.get("volume"):
            how["price"] = rank % 7
        if rank % 4:
            data["cost"].append({"id": name, "kind": KINDS[rank % 6], "delay": rank % 3, **how})
        else:
            data["resource"].append(
                {"id": name, "payer": name, "code": "74D", "renewal": 90, "delay": rank % 6, **how}
            )
        assert missing > 0
    return made


def counted(outcome: Outcome) -> int:
    """Lines that chance moves: contributions in kind cancel out."""
    return sum(not line.in_kind for line in outcome.lines)


class PlainModel:
    """Draws one at a time, months and lines in loops, with `random`: how one would write it first.

    The same distributions as `engines/economics/factors.py`; with `still`, nothing moves, and the
    cash is the plan's to the cent.
    """

    def __init__(self, outcome: Outcome) -> None:
        plan = outcome.plan
        self.plan, self.opening = plan, plan.opening
        self.origins = roots(plan)
        self.origins |= {sold_name(sale.id): self.origins[sale.volume] for sale in plan.sales}
        self.roots = sorted(set(roots(plan).values()))
        self.spreads = {volume.id: volume.spread / 10_000 for volume in plan.volumes}
        self.grants = grants(plan)
        self.limits = {g.id: (quantile(g.chance), quantile(g.renewal)) for g in self.grants}
        self.late = quantile(plan.uncertainty.late)
        self.quantities = {name: list(q) for name, q in outcome.course.quantities.items()}
        self.lines = [self.prepared(line, outcome) for line in outcome.lines if not line.in_kind]

    def prepared(self, line: Any, outcome: Outcome) -> tuple[Any, ...]:
        import numpy as np

        sign = 1 if line.side == RESOURCE else -1
        values = np.array(unit_amounts(line, outcome), np.float64)
        amounts = [sign * float(x) for x in values] if line.counts else [0.0] * MONTHS
        paid = [(wait, [sign * float(x) for x in months]) for wait, months in waits(line, values)]
        return movers(line, self.origins), amounts, paid

    def draw(self, dice: random.Random, *, still: bool = False) -> tuple[list[float], list[float]]:
        """Results of five years, and cash of sixty months."""
        gauss = (lambda: 0.0) if still else (lambda: dice.gauss(0.0, 1.0))
        volumes, years = self.volumes(gauss, still), self.years(gauss, still)
        results, flows = [0.0] * 5, [0.0] * (MONTHS + 30)
        for key, amounts, paid in self.lines:
            factors = self.factors(key, volumes, years)
            for month in range(MONTHS):
                results[month // 12] += amounts[month] * factors[month]
            for wait, months in paid:
                for month in range(MONTHS):
                    more = 2 if key.late and years["late"][month // 12] else 0
                    flows[month + wait + more] += months[month] * factors[month]
        here, cash = float(self.opening), []
        for month in range(MONTHS):
            here += flows[month]
            cash.append(here)
        return results, cash

    def volumes(self, gauss: Any, still: bool) -> dict[str, list[float]]:
        unsure = self.plan.uncertainty
        keeps, spread = unsure.persistence / 10_000, 0 if still else unsure.demand / 10_000
        demand, here = [], gauss() * spread
        for _ in range(MONTHS):
            demand.append(here)
            here = keeps * here + math.sqrt(1 - keeps**2) * spread * gauss()
        common = [gauss() for _ in range(5)]
        share = unsure.common / 10_000
        found = {}
        for name in self.roots:
            own = [math.sqrt(share) * c + math.sqrt(1 - share) * gauss() for c in common]
            found[name] = [
                max(0.0, 1 + demand[m] + self.spreads[name] * own[m // 12]) for m in range(MONTHS)
            ]
        return found

    def years(self, gauss: Any, still: bool) -> dict[str, Any]:
        unsure = self.plan.uncertainty
        selling, food = unsure.selling_price / 10_000, unsure.food_price / 10_000
        if still:
            selling = food = 0.0
        found: dict[str, Any] = {"selling": [], "food": [], "inflation": [], "late": []}
        found["absence"] = [gauss() * unsure.absence / 10_000 for _ in range(5)]
        index = 1.0
        for year in range(5):
            shock = gauss()
            index *= 1.0 if not year else max(0.5, 1 + shock * unsure.inflation / 10_000)
            own = 0.5 * shock + math.sqrt(0.75) * gauss()
            found["inflation"].append(index)
            found["food"].append(math.exp(food * own - food**2 / 2))
            found["selling"].append(math.exp(selling * gauss() - selling**2 / 2))
            found["late"].append(not still and gauss() < self.late)
        politics = [gauss() for _ in range(5)]
        share = unsure.politics / 10_000
        for grant in self.grants:
            come, renew = self.limits[grant.id]
            alive, kept = 1.0, [1.0] * 5
            for year in range(grant.first_year, 5):
                z = math.sqrt(share) * politics[year] + math.sqrt(1 - share) * gauss()
                limit = come if year == grant.first_year else renew
                if not still and z >= limit and (year == grant.first_year or not grant.once):
                    alive = 0.0
                kept[year] = alive
            found[grant.id] = kept
        return found

    def factors(
        self, key: Movers, volumes: dict[str, list[float]], years: dict[str, Any]
    ) -> list[float]:
        found = []
        for month in range(MONTHS):
            year, factor = month // 12, 1.0
            if key.steps:
                volume, capacity, least = key.steps
                wanted = volumes[key.root][month] * self.quantities[volume][month] / capacity
                factor = max(float(least), float(math.ceil(wanted)))
            elif key.root:
                factor = volumes[key.root][month]
            for name in ("selling", "food", "inflation"):
                if getattr(key, name):
                    factor *= years[name][year]
            if key.absence:
                factor *= max(0.0, 1 + key.absence * years["absence"][year])
            if key.grant:
                factor *= years[key.grant][year]
            found.append(factor)
        return found


def quantile(chance: int) -> float:
    from statistics import NormalDist

    if chance >= 10_000:
        return math.inf
    return NormalDist().inv_cdf(chance / 10_000) if chance > 0 else -math.inf
