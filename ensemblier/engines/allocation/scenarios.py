"""The same vote under other shares of the colleges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ensemblier.engines.allocation.model import Problem


def with_shares(problem: Problem, shares: Mapping[str, int]) -> Problem:
    """Other shares for the colleges named."""
    colleges = tuple(
        replace(college, share=shares.get(college.name, college.share))
        for college in problem.colleges
    )
    return replace(problem, colleges=colleges)
