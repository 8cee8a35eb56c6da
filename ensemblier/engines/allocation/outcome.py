"""RESULT.json: what is funded, in order, who paid, why others are refused, and the digests."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from typing import Any

from ensemblier.engines.allocation.model import (
    BY_CEILING,
    BY_PHASE,
    BY_SUPPORT,
    BadProblem,
    Problem,
    Refusal,
    Result,
    Rules,
)
from ensemblier.engines.allocation.reading_pb import read_pb
from ensemblier.engines.allocation.reading_toml import read_toml
from ensemblier.engines.allocation.vote import Numbers, numbers_of

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

    names = [college.name for college in problem.colleges]
    body: dict[str, Any] = {
        "format": FORMAT,
        "input": sha256(source).hexdigest(),
        "rule": rule_of(problem),
        "winners": list(result.winners),
        "order": list(result.order),
        "payments": [
            [
                each.lot,
                str(each.rho / problem.rho_scale),
                dict(zip(names, map(shown, each.by_college), strict=True)),
            ]
            for each in result.purchases
        ],
        "stages": [
            [stage.phase, stage.raises, stage.stopped, shown(stage.spent)]
            for stage in result.stages
        ],
        "refused": [_refused(numbers, each, shown) for each in result.refusals],
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
    }


def _refused(numbers: Numbers, each: Refusal, shown: Callable[[Fraction | int], str]) -> list[Any]:
    """The lot, why in a word, why in French, and what its supporters still hold, exactly."""
    cost = next(lot.cost for lot in numbers.problem.lots if lot.id == each.lot)
    scale = numbers.problem.scale
    words = {
        BY_PHASE: "son projet n'a rien obtenu à la phase précédente",
        BY_CEILING: f"« {each.ceiling} » ne laisse que {each.left} et il en faut {each.asked}",
        BY_SUPPORT: f"il coûte {cost / scale:.2f} et ses soutiens ne réunissent plus que "
        f"{float(each.held / scale):.2f}",
    }
    held = shown(each.held) if each.why != BY_PHASE else 0
    return [each.lot, each.why, words[each.why], held]


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
