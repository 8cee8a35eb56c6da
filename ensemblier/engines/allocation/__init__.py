"""Sharing an envelope among lots by equal shares under ceilings, with its certificate.

from ensemblier.engines import allocation
result = allocation.allocate(problem)
"""

from ensemblier.engines.allocation.checking import check
from ensemblier.engines.allocation.engine import allocate
from ensemblier.engines.allocation.model import (
    BadProblem,
    Ballot,
    Ceiling,
    College,
    Floor,
    Lot,
    Problem,
    Purchase,
    Refusal,
    Result,
    Rules,
    Stage,
)

__all__ = [
    "BadProblem",
    "Ballot",
    "Ceiling",
    "College",
    "Floor",
    "Lot",
    "Problem",
    "Purchase",
    "Refusal",
    "Result",
    "Rules",
    "Stage",
    "allocate",
    "check",
]
