"""VAT that a price may hold, by what is sold and where; dated, sourced.

The reduced rate of food is in the domain's sources; the other articles and every first day are from
memory, to be read again by an accountant. In ten-thousandths.
"""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure, in_force

# Food, but for what is eaten at once, alcohol and some sweets.
FOOD = (Figure(550, date(1982, 7, 1), "code général des impôts, art. 278-0 bis"),)
# Meals sold to be eaten at once, restaurants.
MEALS = (Figure(1000, date(2014, 1, 1), "code général des impôts, art. 279, m et n"),)
STANDARD = (Figure(2000, date(2014, 1, 1), "code général des impôts, art. 278"),)
# Guadeloupe, Martinique and Réunion: food and other reduced rates.
OVERSEAS_FOOD = (Figure(210, date(1995, 1, 1), "code général des impôts, art. 296, 1°"),)
# No VAT at all in Guyane and Mayotte.
NONE_OVERSEAS = (Figure(0, date(2014, 1, 1), "code général des impôts, art. 294, 1"),)

REDUCED_THERE = frozenset({"971", "972", "974"})
NOT_THERE = frozenset({"973", "976"})
TABLES = (OVERSEAS_FOOD, FOOD, MEALS, STANDARD)


def food(department: str, day: date) -> Figure:
    """The rate of food sold in a department that day; an unknown one is in metropolitan France."""
    if department in NOT_THERE:
        return in_force(NONE_OVERSEAS, day)
    return in_force(OVERSEAS_FOOD if department in REDUCED_THERE else FOOD, day)


def rates() -> tuple[int, ...]:
    """Every rate that a line may hold, past ones too, none first."""
    return tuple(sorted({0} | {figure.value for table in TABLES for figure in table}))
