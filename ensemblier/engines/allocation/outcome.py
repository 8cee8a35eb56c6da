"""RESULT.json: what is funded, in order, who paid, each limit, each refusal, and the digests."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from typing import Any

from ensemblier.engines.allocation.model import CENTS, BadProblem, Problem, Refusal, Result, Rules
from ensemblier.engines.allocation.numbers import Numbers, numbers_of
from ensemblier.engines.allocation.reading_pb import read_pb
from ensemblier.engines.allocation.reading_toml import read_toml

FORMAT = "ensemblier/partage/1"


def read_problem(source: bytes, is_pb: bool, given: dict[str, Any]) -> Problem:
    """The problem of a file's bytes; `given`: the rules asked for, by name. Raises BadProblem."""
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise BadProblem(
            f"Ligne {line} : le fichier n'est pas en UTF-8, enregistrez-le de nouveau en UTF-8."
        ) from error
    if is_pb:
        return read_pb(text, Rules(**given))
    return read_toml(text, given)


def result_of(problem: Problem, result: Result, source: bytes) -> dict[str, Any]:
    """The content of RESULT.json; `source` is the file the problem was read from."""
    numbers = numbers_of(problem)

    def shown(amount: Fraction | int) -> str:
        return str(Fraction(amount) / problem.scale)

    body: dict[str, Any] = {
        "format": FORMAT,
        "input": sha256(source).hexdigest(),
        "rule": rule_of(problem),
        "envelope": shown(problem.envelope),
        "spent": shown(result.spent),
        "winners": list(result.winners),
        "order": list(result.order),
        "payments": _payments(problem, result, shown),
        "stages": [
            {
                "phase": stage.phase,
                "envelope": shown(stage.envelope),
                "raises": stage.raises,
                "simulated": shown(stage.simulated),
                "stopped": stage.stopped,
                "spent": shown(stage.spent),
            }
            for stage in result.stages
        ],
        "ceilings": _ceilings(numbers, result, shown),
        "refused": [_refused(numbers, each, shown) for each in result.refusals],
        "comparison": compared(numbers),
    }
    return body | {"digest": digest(body)}


def digest(body: dict[str, Any]) -> str:
    """SHA-256 of the content without its digest: keys sorted, no space, UTF-8."""
    kept = {key: value for key, value in body.items() if key != "digest"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def written(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def rule_of(problem: Problem) -> dict[str, Any]:
    rules = problem.rules
    return {
        "utility": rules.utility,
        "completion": rules.completion,
        "step": rules.step // problem.scale,
        "stop": rules.stop,
        "ties": rules.ties,
        "colleges": {college.name: college.share for college in problem.colleges},
    }


def _payments(
    problem: Problem, result: Result, shown: Callable[[Fraction | int], str]
) -> list[dict[str, Any]]:
    costs = {lot.id: lot.cost for lot in problem.lots}
    names = [college.name for college in problem.colleges]
    return [
        {
            "lot": each.lot,
            "phase": each.phase,
            "cost": shown(costs[each.lot]),
            "completed": each.completed,
            "rho": str(each.rho),
            "by_college": dict(zip(names, map(shown, each.by_college), strict=True)),
            "supporters": each.supporters,
            "emptied": each.emptied,
        }
        for each in result.purchases
    ]


def _ceilings(
    numbers: Numbers, result: Result, shown: Callable[[Fraction | int], str]
) -> list[dict[str, Any]]:
    won = set(result.order)
    rows = []
    for limit in numbers.limits:
        used = sum(use for n, use in limit.uses.items() if numbers.problem.lots[n].id in won)
        as_text = shown if limit.unit == CENTS else str
        rows.append(
            {
                "name": limit.name,
                "kind": "floor" if limit.is_floor else "ceiling",
                "unit": limit.unit,
                "cap": as_text(limit.cap),
                "used": as_text(used),
            }
        )
    return rows


def _refused(
    numbers: Numbers, each: Refusal, shown: Callable[[Fraction | int], str]
) -> dict[str, Any]:
    cost = next(lot.cost for lot in numbers.problem.lots if lot.id == each.lot)
    units = {limit.name: limit.unit for limit in numbers.limits}
    row: dict[str, Any] = {"lot": each.lot, "phase": each.phase, "why": each.why}
    if each.why == "ceiling":
        as_text = shown if units[each.ceiling] == CENTS else str
        row |= {
            "ceiling": each.ceiling,
            "left": as_text(each.left),
            "asked": as_text(each.asked),
        }
    if each.why == "support":
        row |= {"held": shown(each.held), "missing": shown(cost - each.held)}
    return row


def compared(numbers: Numbers) -> dict[str, list[str]]:
    """What "most votes first" and "votes per euro" would have chosen, under the same limits."""

    def votes(lot: int) -> Fraction:
        return Fraction(numbers.support(lot))

    def votes_per_euro(lot: int) -> Fraction:
        return Fraction(numbers.support(lot), numbers.costs[lot] or 1)

    return {
        "most_votes": greedy(numbers, votes),
        "votes_per_euro": greedy(numbers, votes_per_euro),
    }


def greedy(numbers: Numbers, worth: Callable[[int], Fraction]) -> list[str]:
    """Lots that somebody supports, best first in each phase, while they fit; ties by rank."""
    lots = numbers.problem.lots
    money, left = numbers.problem.envelope, [limit.cap for limit in numbers.limits]
    chosen: list[str] = []
    funded: set[str] = set()
    order = sorted(range(len(lots)), key=lambda n: (lots[n].phase, -worth(n), numbers.rank[n]))
    for n in order:
        is_open = lots[n].phase == numbers.phases[0] or lots[n].of_project in funded
        if (
            is_open
            and numbers.supporters[n]
            and numbers.costs[n] <= money
            and numbers.fits(n, left)
        ):
            money -= numbers.costs[n]
            numbers.take(n, left)
            chosen.append(lots[n].id)
            funded.add(lots[n].of_project)
    return chosen
