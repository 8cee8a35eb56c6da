"""Tax relief on gifts: rates, dated and sourced."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure, in_force

# Percent of a company's gift that its tax gives back, up to 2 M€ a year.
COMPANY_RELIEF_RATE = (
    Figure(60, date(2003, 8, 2), "code général des impôts, art. 238 bis (loi n° 2003-709)"),
)


def company_relief_rate(day: date) -> int:
    """Percent of a gift of a company that is taken off its tax on `day`."""
    return in_force(COMPANY_RELIEF_RATE, day).value


FOOD_SOURCE = "BOI-BIC-RICI-20-30-10-20, mise à jour du 3 août 2016"
# The last days before a use-by date, that day counted, in which food counts for less.
FOOD_LAST_DAYS = (Figure(3, date(2016, 8, 3), FOOD_SOURCE),)
# Percent of the cost price then, or when food may be eaten but no longer sold as usual.
FOOD_HALF_PERCENT = (Figure(50, date(2016, 8, 3), FOOD_SOURCE),)

# Only bodies without a profit motive receive gifts that open a right to tax relief.
NON_PROFIT_SOURCE = "code général des impôts, art. 200 et 238 bis"
