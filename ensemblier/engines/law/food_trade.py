"""Buying from farmers and helping a price: written contracts, complements of price; dated."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure

# Years that a written contract of sale of farm goods lasts at least.
CONTRACT_YEARS = (Figure(3, date(2021, 10, 20), "code rural, art. L. 631-24, II (loi EGalim 2)"),)
# Cents a year of sales of one producer under which the contract may stay unwritten.
CONTRACT_LEAST = (Figure(10_000_00, date(2021, 10, 20), "code rural, art. L. 631-24 et R. 631-6"),)
# The price of a written contract changes by a clause, up and down.
REVISION_SOURCE = "code rural, art. L. 631-24, III : clause de révision automatique des prix"
COMPLEMENT_SOURCE = "BOI-TVA-BASE-10-10-10 : un complément de prix est taxé comme la vente"
