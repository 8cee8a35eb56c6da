"""The five-year economic model of a project: drivers in, budgets, cash, rules and chances out.

    plan = read_plan(text)              # or plan_of(values); raises BadPlan, with its line
    outcome = compute(plan)             # sixty months to the cent, nothing left to chance
    prices(outcome), needs(outcome), dependences(outcome), broken_rules(outcome)
    simulate(plan, 2_000, seed)         # a Fan; tornado(outcome); levers(outcome)
    book(outcome)                       # live spreadsheet (base/files/live_sheets writes it)
    changes(rows, plan)                 # its first sheet read back, for with_values
    map_of(keys), effects_given(keys, paid)             # figure 1; effects and who could pay
    with_values(plan, {("panier", "yearly"): 1200})     # the plan read again
    with_values(plan, moves(plan, price=5, volume=-10, resources={"mecenat": -100}))  # sliders
    plan_text(plan.data)

Pure: no file, clock or unseeded chance. See docs/decisions/0014 and docs/reference/plan.md.
Importing this loads NumPy: do it where it is used, not where a process starts.
"""

from ensemblier.engines.economics.activities import Activity, Given, effects_given, map_of
from ensemblier.engines.economics.book import book, changes
from ensemblier.engines.economics.fan import BadDraws, Fan, Loss, simulate
from ensemblier.engines.economics.levers import Bounds, Remedy, levers
from ensemblier.engines.economics.needs import Dependence, Need, concentration, dependences, needs
from ensemblier.engines.economics.outcome import BreakEven, Budget, Income, Outcome, compute
from ensemblier.engines.economics.plan import BadPlan, Plan
from ensemblier.engines.economics.prices import Price, prices
from ensemblier.engines.economics.reading import plan_of, read_plan, with_values
from ensemblier.engines.economics.rulebook import broken_rules
from ensemblier.engines.economics.rules import Broken
from ensemblier.engines.economics.tornado import Bar, tornado
from ensemblier.engines.economics.writing import (
    moves,
    plan_text,
)

__all__ = [
    "Activity",
    "BadDraws",
    "BadPlan",
    "Bar",
    "Bounds",
    "BreakEven",
    "Broken",
    "Budget",
    "Dependence",
    "Fan",
    "Given",
    "Income",
    "Loss",
    "Need",
    "Outcome",
    "Plan",
    "Price",
    "Remedy",
    "book",
    "broken_rules",
    "changes",
    "compute",
    "concentration",
    "dependences",
    "effects_given",
    "levers",
    "map_of",
    "moves",
    "needs",
    "plan_of",
    "plan_text",
    "prices",
    "read_plan",
    "simulate",
    "tornado",
    "with_values",
]
