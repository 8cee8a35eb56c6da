"""The reference amount of gifts: what the State no longer forgoes, and may reinvest.

The report (chapter II, T128): as gifts that open a right to tax relief fall, the State keeps as a
reference their mean over the last years; what is not given this year may be reinvested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ensemblier.engines.money import percent


class NoPastYear(ValueError):
    """No figure is known before this year: there is no mean to compare with."""


@dataclass(frozen=True)
class Reference:
    """Cents. `mean` is rounded down to the cent: the State never reinvests a cent not forgone."""

    year: int
    years: tuple[int, ...]
    mean: int
    gifts: int
    relief_rate: int

    @property
    def reinvestable(self) -> int:
        """Gifts that are missing this year beside the reference; never negative."""
        return max(0, self.mean - self.gifts)

    @property
    def relief_unspent(self) -> int:
        """The tax relief that these missing gifts would have cost, at the rate of the year."""
        return percent(self.reinvestable, self.relief_rate)


def reference(gifts: Mapping[int, int], year: int, *, over: int, relief_rate: int) -> Reference:
    """The reference of `year`: the mean of the `over` years before it that are known.

    `gifts`: cents by year. `relief_rate`: percent of a gift that the tax gives back. Raises
    NoPastYear, and KeyError when the year itself is not known.
    """
    years = tuple(past for past in sorted(gifts) if year - over <= past < year)
    if not years:
        raise NoPastYear(f"aucune année connue avant {year}")
    mean = Fraction(sum(gifts[past] for past in years), len(years))
    return Reference(year, years, mean.numerator // mean.denominator, gifts[year], relief_rate)
