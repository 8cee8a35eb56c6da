"""A phase as the tables of the kernel; None when a number is too large for exact floats."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import numpy as np

from ensemblier.engines.allocation import kernel
from ensemblier.engines.allocation.vote import Numbers

# Whole numbers up to here are exact in floating point.
EXACT = 2**53


def fits_floats(numbers: Numbers, phase_lots: Sequence[int], envelope: int) -> bool:
    """Every whole number of the phase, and the sums that the kernel makes of them, are exact."""
    problem = numbers.problem
    whole = sum(college.share for college in problem.colleges) * max(numbers.sizes)
    share = max(college.share for college in problem.colleges)
    greatest = [
        envelope * (numbers.jurors + 2) * max(1, share),
        problem.rules.step * numbers.jurors,
        whole,
        sum(numbers.costs[lot] for lot in phase_lots),
        max((numbers.welfare(lot) for lot in phase_lots), default=0),
        max((abs(limit.cap) for limit in numbers.limits), default=0),
        max((use for limit in numbers.limits for use in limit.uses.values()), default=0),
    ]
    return max(greatest) < EXACT


def tables_of(numbers: Numbers, lots: Sequence[int]) -> kernel.Tables:
    """Lots in the order given; each has supporters."""
    supporters = [numbers.supporters[lot] for lot in lots]
    first = np.zeros(len(lots) + 1, np.int64)
    np.cumsum([len(pairs) for pairs in supporters], out=first[1:])
    counts = np.array([each.count for each in numbers.classes], np.float64)
    flat = np.array([pair for pairs in supporters for pair in pairs], np.int64).reshape(-1, 2)
    entry, utility = flat[:, 0].astype(np.int32), flat[:, 1].astype(np.float64)
    cost = np.array([numbers.costs[lot] for lot in lots], np.int64)
    count = counts[entry]
    welfare = np.add.reduceat(count * utility, first[:-1]) if len(lots) else np.zeros(0)
    divisors = np.gcd.reduceat(flat[:, 1], first[:-1]) if len(lots) else np.zeros(0, np.int64)
    shared = [gcd(c, d) or 1 for c, d in zip(cost.tolist(), divisors.tolist(), strict=True)]
    start = cost / np.maximum(welfare, 1.0) * (1.0 - 4.0 * kernel.EPS)
    limits = [numbers.limits_of[lot] for lot in lots]
    limit_first = np.zeros(len(lots) + 1, np.int64)
    np.cumsum([len(pairs) for pairs in limits], out=limit_first[1:])
    colleges = numbers.problem.colleges
    whole = sum(college.share for college in colleges)
    return kernel.Tables(
        first=first,
        entry=entry,
        utility=utility,
        jurors=count,
        cost=cost,
        welfare=welfare,
        most=np.maximum.reduceat(utility, first[:-1]) if len(lots) else np.zeros(0),
        top=cost // np.array(shared, np.int64),
        bottom=divisors // np.array(shared, np.int64),
        divisor=divisors.astype(np.float64),
        start=start,
        queue=np.argsort(start, kind="stable").astype(np.int32),
        rank=np.array([numbers.rank[lot] for lot in lots], np.int64),
        college=np.array([each.college for each in numbers.classes], np.int32),
        part=np.array([college.share for college in colleges], np.float64),
        whole=np.array([float(whole * size) for size in numbers.sizes]),
        limit_first=limit_first,
        limit=np.array([limit for pairs in limits for limit, _ in pairs], np.int64),
        use=np.array([use for pairs in limits for _, use in pairs], np.int64),
    )


def state_of(t: kernel.Tables, classes: int, left: Sequence[int]) -> kernel.State:
    """A state before its first run."""
    size = t.cost.size
    return kernel.State(
        now=np.zeros(6, np.int64),
        error=np.zeros(2),
        budget=np.zeros(classes),
        emptied=np.zeros(classes, np.int32),
        bound=np.zeros(size),
        status=np.zeros(size, np.int8),
        queue=np.zeros(size, np.int32),
        left=np.array(left, np.int64),
        caps=np.array(left, np.int64),
        order=np.zeros(size, np.int32),
    )


def look_of(t: kernel.Tables) -> kernel.Look:
    return kernel.Look(*(np.zeros(t.cost.size) for _ in kernel.Look._fields))
