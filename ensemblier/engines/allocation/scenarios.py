"""The same vote under other settings: shares of colleges, tight or loose ceilings; what changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from ensemblier.engines.allocation.engine import allocate
from ensemblier.engines.allocation.model import CENTS, Problem, Result


@dataclass(frozen=True)
class Scenario:
    """A setting, its result, and what it funds or not beside the first one."""

    name: str
    result: Result
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def with_shares(problem: Problem, shares: Mapping[str, int]) -> Problem:
    """Other shares for the colleges named."""
    colleges = tuple(
        replace(college, share=shares.get(college.name, college.share))
        for college in problem.colleges
    )
    return replace(problem, colleges=colleges)


def with_ceilings(problem: Problem, factor: Fraction) -> Problem:
    """Every ceiling in money multiplied, down to the unit; those that count lots stay."""
    ceilings = tuple(
        replace(ceiling, cap=int(ceiling.cap * factor)) if ceiling.unit == CENTS else ceiling
        for ceiling in problem.ceilings
    )
    return replace(problem, ceilings=ceilings)


def scenarios(problem: Problem, others: Mapping[str, Problem]) -> tuple[Scenario, ...]:
    """The problem as it is, then each other; raises BadProblem."""
    base = allocate(problem)
    told = [Scenario("", base, (), ())]
    for name, other in others.items():
        result = allocate(other)
        gained = tuple(sorted(set(result.order) - set(base.order)))
        lost = tuple(sorted(set(base.order) - set(result.order)))
        told.append(Scenario(name, result, gained, lost))
    return tuple(told)
