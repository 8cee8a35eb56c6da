"""A problem is checked before it is computed: every fault is said in French."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ensemblier.engines.allocation.model import (
    COMPLETIONS,
    DRAWN,
    LEXICOGRAPHIC,
    STOPS,
    UTILITIES,
    BadProblem,
    Lot,
    Problem,
    Rules,
)

# A larger number is a mistake; it also keeps unions of floors and digits in reason.
MOST = 10**18
MOST_FLOORS = 10
MOST_RAISES = 10**6


def check(problem: Problem) -> None:
    """Raises BadProblem at the first fault."""
    _amount(problem.envelope, "L'enveloppe", least=1)
    _unique((lot.id for lot in problem.lots), "Le lot")
    _unique((college.name for college in problem.colleges), "Le collège")
    _unique((ceiling.name for ceiling in problem.ceilings), "Le plafond")
    if not problem.lots:
        raise BadProblem("Il n'y a aucun lot à financer : écrivez-en au moins un.")
    for lot in problem.lots:
        _lot(lot)
    _rules(problem.rules, {lot.id for lot in problem.lots})
    _colleges(problem)
    for ceiling in problem.ceilings:
        _amount(ceiling.cap, f"Le plafond « {ceiling.name} »")
    _floors(problem)
    _ballots(problem)


def _amount(value: int, what: str, least: int = 0) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadProblem(f"{what} doit être un nombre entier.")
    if value < least:
        raise BadProblem(f"{what} est de {value} : il en faut au moins {least}.")
    if value > MOST:
        raise BadProblem(f"{what} est trop grand : {MOST} au plus.")


def _unique(names: Iterable[str], what: str) -> None:
    for name, times in Counter(names).items():
        if not name:
            raise BadProblem(f"{what} n'a pas de nom : donnez-lui-en un.")
        if times > 1:
            raise BadProblem(f"{what} « {name[:80]} » est écrit {times} fois : gardez-en un seul.")


def _lot(lot: Lot) -> None:
    _amount(lot.cost, f"Le coût du lot « {lot.id} »")
    _amount(lot.phase, f"La phase du lot « {lot.id} »", least=1)
    for use, amount in lot.uses.items():
        _amount(amount, f"Ce que le lot « {lot.id} » prend de « {use} »")


def _rules(rules: Rules, lots: set[str]) -> None:
    for value, allowed, name in (
        (rules.utility, UTILITIES, "utility"),
        (rules.completion, COMPLETIONS, "completion"),
        (rules.stop, STOPS, "stop"),
        (rules.ties, (DRAWN, LEXICOGRAPHIC), "ties"),
    ):
        if value not in allowed:
            raise BadProblem(f"{name} vaut l'un de ces mots : {', '.join(allowed)}.")
    _amount(rules.step, "Le pas (step)", least=1)
    if rules.ties != DRAWN:
        return
    _unique(rules.tie_order, "Dans l'ordre tiré au sort (tie_order), le lot")
    absent, unknown = lots - set(rules.tie_order), set(rules.tie_order) - lots
    if absent:
        raise BadProblem(
            f"L'ordre tiré au sort (tie_order) oublie le lot « {min(absent)} » : tous y sont."
        )
    if unknown:
        raise BadProblem(
            f"L'ordre tiré au sort (tie_order) cite le lot « {min(unknown)} », qui n'existe pas."
        )


def _colleges(problem: Problem) -> None:
    for college in problem.colleges:
        _amount(college.share, f"La part du collège « {college.name} »", least=1)
        if college.share > 10**9:
            raise BadProblem(f"La part du collège « {college.name} » dépasse un milliard.")
    if not problem.colleges:
        raise BadProblem("Il n'y a aucun collège : écrivez-en au moins un, avec sa part.")


def _floors(problem: Problem) -> None:
    """Groups are disjoint, and floors fit together in the envelope."""
    _unique((floor.group for floor in problem.floors), "Le plancher du groupe")
    if len(problem.floors) > MOST_FLOORS:
        raise BadProblem(f"Il y a {len(problem.floors)} planchers : {MOST_FLOORS} au plus.")
    for floor in problem.floors:
        _amount(floor.least, f"Le plancher « {floor.name} »")
    groups = {floor.group for floor in problem.floors}
    for lot in problem.lots:
        both = sorted(groups & lot.groups)
        if len(both) > 1:
            raise BadProblem(
                f"Le lot « {lot.id} » est dans deux groupes à plancher, « {both[0]} » et "
                f"« {both[1]} » : les planchers ne se calculent que sur des groupes séparés."
            )
    total = sum(floor.least for floor in problem.floors)
    if total > problem.envelope:
        raise BadProblem(
            f"Les planchers font {total} ensemble, plus que l'enveloppe ({problem.envelope}) : "
            "baissez-en un."
        )


def _ballots(problem: Problem) -> None:
    if not problem.ballots:
        raise BadProblem("Il n'y a aucun bulletin : la règle ne peut rien partager.")
    lots = {lot.id for lot in problem.lots}
    colleges = {college.name for college in problem.colleges}
    for rank, ballot in enumerate(problem.ballots, 1):
        if ballot.college not in colleges:
            raise BadProblem(
                f"Le bulletin {rank} est du collège « {ballot.college[:80]} », qui n'existe pas."
            )
        _amount(ballot.count, f"Le nombre de jurés du bulletin {rank}", least=1)
        names = [name for name, _ in ballot.marks]
        if len(set(names)) < len(names):
            raise BadProblem(f"Le bulletin {rank} cite deux fois le même lot.")
        for name, points in ballot.marks:
            if name not in lots:
                raise BadProblem(
                    f"Le bulletin {rank} cite le lot « {name[:80]} », qui n'existe pas."
                )
            _amount(points, f"Les points donnés à « {name} » par le bulletin {rank}")
    jurors = sum(ballot.count for ballot in problem.ballots)
    if problem.rules.step * jurors * MOST_RAISES < problem.envelope:
        raise BadProblem(
            f"Le pas ({problem.rules.step} par juré) est trop petit pour l'enveloppe : il faudrait "
            f"plus de {MOST_RAISES} relances. Choisissez-en un plus grand."
        )
