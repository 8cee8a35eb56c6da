"""Sharing an envelope among lots by equal shares under ceilings, with its certificate.

problem = Problem(envelope, lots, colleges, ballots, rules, ceilings, floors)
result = allocate(problem)                     # raises BadProblem, in French
explain(problem, result)["lot"].text           # every lot, in French
fragility(problem, draws=100, seed="…")        # lot -> times funded
with_shares(problem, {"…": 2})                # the same vote, colleges weighing otherwise
text = toml_of(problem)                        # what is frozen, and published
body = result_of(problem, result, text.encode())      # the content of RESULT.json
verdict(text.encode(), False, body)            # (what is false, refusals), by a separate checker
"""

from ensemblier.engines.allocation.certify import verdict
from ensemblier.engines.allocation.checking import check
from ensemblier.engines.allocation.engine import allocate
from ensemblier.engines.allocation.explain import Explanation, explain
from ensemblier.engines.allocation.fragility import fragility
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
from ensemblier.engines.allocation.outcome import compared, read_problem, result_of, written
from ensemblier.engines.allocation.scenarios import with_shares
from ensemblier.engines.allocation.writing_toml import toml_of

__all__ = [
    "BadProblem",
    "Ballot",
    "Ceiling",
    "College",
    "Explanation",
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
    "compared",
    "explain",
    "fragility",
    "read_problem",
    "result_of",
    "toml_of",
    "verdict",
    "with_shares",
    "written",
]
