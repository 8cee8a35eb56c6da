"""A programme year by year: what contributors pay, what is committed, and the ceilings."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Sum

from ensemblier.base.pages.charts import Column, ColumnChart
from ensemblier.base.pages.formats import euros
from ensemblier.fund.programme.delegation import ceilings_of
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.programme.models import Contribution, Programme


class Year(NamedTuple):
    """Cents of one year, all envelopes together; the ceiling is None when none is fixed."""

    year: int
    contributed: int
    engaged: int
    ceiling: int | None

    @property
    def left(self) -> int:
        """What may still be committed: under the money that is there, and under the ceiling."""
        most = self.contributed if self.ceiling is None else min(self.contributed, self.ceiling)
        return max(0, most - self.engaged)


def years_of(programme: Programme) -> list[Year]:
    """Every year of the programme, those without money too."""
    envelopes = list(programme.envelopes.all())
    books = figures_by_envelope(envelopes)
    contributed: dict[int, int] = defaultdict(int)
    engaged: dict[int, int] = defaultdict(int)
    for row in envelopes:
        contributed[row.year] += books[row.pk].contributed
        engaged[row.year] += books[row.pk].engaged
    ceilings = ceilings_of(programme)
    return [
        Year(year, contributed[year], engaged[year], ceilings.get(year))
        for year in range(programme.first_year, programme.last_year + 1)
    ]


def contributors_of(programme: Programme) -> list[tuple[str, list[int], int]]:
    """Each contributor: its name, what it paid in each year of the programme, and in all."""
    rows = (
        Contribution.objects.filter(envelope__programme=programme)
        .order_by()
        .values_list("contributor__name", "envelope__year")
        .annotate(total=Sum("amount_cents"))
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for name, year, total in rows:
        found[name][year] = total
    span = range(programme.first_year, programme.last_year + 1)
    return [
        (name, [years.get(year, 0) for year in span], sum(years.values()))
        for name, years in sorted(found.items())
    ]


def year_chart(years: list[Year]) -> ColumnChart:
    columns = [Column(str(row.year), (row.contributed, row.engaged)) for row in years]
    paid, engaged = sum(row.contributed for row in years), sum(row.engaged for row in years)
    sentence = f"Les contributeurs versent {euros(paid)} ; {euros(engaged)} sont engagés."
    return ColumnChart(columns, sentence, ("Versé", "Engagé"), heading="Année")
