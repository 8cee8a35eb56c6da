"""Insertion through work (IAE): figures of law, dated and sourced."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure

# An ACI sells for strictly less than this part of the charges of its insertion activity, in
# hundredths of a percent; the prefect may allow up to the second one.
ACI_SALES_SHARE = (Figure(3000, date(2008, 5, 1), "code du travail, art. D. 5132-34"),)
ACI_SALES_SHARE_MOST = (Figure(5000, date(2024, 7, 1), "code du travail, art. D. 5132-34-1"),)
# Least weekly hours of a contract in an ACI, in minutes; the prefect may allow less.
ACI_LEAST_WEEK = (Figure(20 * 60, date(2009, 1, 1), "code du travail, art. L. 5132-15-1"),)
# Aid to one full-time post a year, in cents, before its modulated part. The amounts after this
# order were not found in a source: a dated parameter to complete.
ACI_POST_AID = (Figure(22_289_00, date(2022, 8, 1), "arrêté fixant les montants IAE, août 2022"),)
EI_POST_AID = (Figure(11_609_00, date(2022, 8, 1), "arrêté fixant les montants IAE, août 2022"),)
# Contracts last four months at least and twenty-four in all, but for exceptions.
CDDI_LEAST_MONTHS = (Figure(4, date(2009, 1, 1), "code du travail, art. L. 5132-15-1"),)
CDDI_MOST_MONTHS = (Figure(24, date(2009, 1, 1), "code du travail, art. L. 5132-15-1"),)
# One body with an ACI and an EI keeps separate accounts for each.
SEPARATE_ACCOUNTS_SOURCE = (
    "code du travail, art. D. 5132-34 : les charges et recettes de l'ACI se comptent à part"
)
