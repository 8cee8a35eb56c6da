"""Public grants to associations: thresholds and delays, dated and sourced."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure, in_force
from ensemblier.engines.months import add_months

# Cents a year and authority, above which an agreement is mandatory.
AGREEMENT_THRESHOLD = (
    Figure(2_300_000, date(2001, 6, 6), "loi n° 2000-321, art. 10 ; décret n° 2001-495"),
)
# Days between the notification of the grant and its payment, unless the agreement sets dates.
PAYMENT_DAYS = (Figure(60, date(2021, 7, 3), "loi n° 2000-321, art. 10 (loi n° 2021-875)"),)
# Months after the end of the year of the grant to send the financial report (Cerfa 15059).
REPORT_MONTHS = (Figure(6, date(2006, 10, 14), "loi n° 2000-321, art. 10 ; arrêté du 11.10.2006"),)
# Months after signature to publish the essential data of the agreement.
PUBLICATION_MONTHS = (Figure(3, date(2017, 8, 1), "décret n° 2017-779 ; arrêté du 17.11.2017"),)
# Cents of public grants a year from which a statutory auditor is due.
AUDITOR_THRESHOLD = (Figure(15_300_000, date(2001, 5, 1), "code de commerce, art. L612-4"),)
# A grant compensates costs; what is over is to be justified or given back.
OVER_COMPENSATION_SOURCE = (
    "circulaire du 18.01.2010 ; décision 2012/21/UE, art. 5 : excédent raisonnable"
)
# Investment and running costs of the fund: the order in which it pays (report, chapter II).
INVESTMENT_LAST_SOURCE = "rapport du GT4, chapitre II : l'investissement après les autres dépenses"


def needs_agreement(grant_cents: int, day: date) -> bool:
    """An agreement is mandatory above the threshold (strictly)."""
    return grant_cents > in_force(AGREEMENT_THRESHOLD, day).value


def payment_due_days(day: date) -> int:
    """Days allowed to pay a grant notified on `day`."""
    return in_force(PAYMENT_DAYS, day).value


def report_due(year_end: date) -> date:
    """Last day to send the financial report of a year ended on `year_end`."""
    months = in_force(REPORT_MONTHS, year_end).value
    return add_months(year_end, months)
