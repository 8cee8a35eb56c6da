"""`allocate`: check a problem, share it by the fastest engine that can, the same result for all."""

from __future__ import annotations

from ensemblier.engines.allocation import exact, fast
from ensemblier.engines.allocation.checking import check
from ensemblier.engines.allocation.model import Problem, Result
from ensemblier.engines.allocation.sharing import share
from ensemblier.engines.allocation.vote import numbers_of


def allocate(problem: Problem) -> Result:
    """Share the envelope; raises BadProblem. Deterministic: ties follow the order drawn before."""
    check(problem)
    return share(numbers_of(problem), fast.share_phase)


def allocate_exactly(problem: Problem) -> Result:
    """The same by the specification in fractions: slow, to compare."""
    check(problem)
    return share(numbers_of(problem), exact.share_phase)
