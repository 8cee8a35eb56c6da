"""The five-year economic model of a project: drivers in, budgets, cash, rules and chances out.

    plan = read_plan(text)              # or plan_of(values); raises BadPlan, with its line
    outcome = compute(plan)             # sixty months to the cent, nothing left to chance
    prices(outcome), needs(outcome), dependences(outcome)

Pure: no file, clock or unseeded chance. See docs/decisions/0014 and docs/reference/plan.md.
"""

from ensemblier.engines.economics.needs import Dependence, Need, concentration, dependences, needs
from ensemblier.engines.economics.outcome import BreakEven, Budget, Income, Outcome, compute
from ensemblier.engines.economics.plan import BadPlan, Plan
from ensemblier.engines.economics.prices import Price, prices
from ensemblier.engines.economics.reading import plan_of, read_plan, with_values

__all__ = [
    "BadPlan",
    "BreakEven",
    "Budget",
    "Dependence",
    "Income",
    "Need",
    "Outcome",
    "Plan",
    "Price",
    "compute",
    "concentration",
    "dependences",
    "needs",
    "plan_of",
    "prices",
    "read_plan",
    "with_values",
]
