"""What a result says, as plain values to keep and to explain: amounts in whole cents."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ensemblier.engines.allocation import Problem, Purchase, Result, explain, fragility
from ensemblier.engines.money import share_out

DRAWS = 100


def weighed(problem: Problem, result: Result, seed: str) -> dict[str, Any]:
    """The engine's own sentence for each lot refused, and how often each is funded when the jurors
    of every college are drawn again. Costs as many sharings as draws: for what is kept."""
    told = explain(problem, result)
    return {
        "why": {row.lot: told[row.lot].text for row in result.refusals},
        "drawn": fragility(problem, draws=DRAWS, seed=seed),
    }


def facts_of(problem: Problem, result: Result) -> dict[str, Any]:
    """Payments in order, then refusals; amounts in cents."""
    costs = {lot.id: lot.cost for lot in problem.lots}
    kinds = [college.name for college in problem.colleges]
    wanted = {name for ballot in problem.ballots for name, points in ballot.marks if points}
    return {
        "payments": [
            {
                "lot": row.lot,
                "phase": row.phase,
                "cost": costs[row.lot],
                "completed": row.completed,
                "supporters": row.supporters,
                "by_college": dict(zip(kinds, _in_cents(costs[row.lot], row), strict=True)),
            }
            for row in result.purchases
        ],
        "refused": [
            {
                "lot": row.lot,
                "phase": row.phase,
                "why": "nobody" if row.why == "support" and row.lot not in wanted else row.why,
                "ceiling": row.ceiling,
                "left": row.left,
                "asked": row.asked,
                "held": whole(row.held),
                "missing": costs[row.lot] - whole(row.held),
            }
            for row in result.refusals
        ],
    }


def _in_cents(cost: int, row: Purchase) -> list[int]:
    """What each college pays of a lot, to the cent; nothing when it was completed."""
    if not any(row.by_college):
        return [0] * len(row.by_college)
    return share_out(cost, row.by_college)


def whole(amount: Fraction | int) -> int:
    """Cents, rounded down."""
    return int(Fraction(amount))
