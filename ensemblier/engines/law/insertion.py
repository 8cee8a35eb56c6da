"""Insertion through work (IAE): figures of law, dated and sourced."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure

# An ACI sells for strictly less than this part of the charges of its insertion activity, in
# hundredths of a percent; the prefect may allow up to the second one.
ACI_SALES_SHARE = (Figure(3000, date(2008, 5, 1), "code du travail, art. D. 5132-34"),)
ACI_SALES_SHARE_MOST = (Figure(5000, date(2024, 7, 1), "code du travail, art. D. 5132-34-1"),)
