"""The board of an agreement: its sales share with the forecast, its hours, as pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Column, ColumnChart, Part, StackedBar
from ensemblier.base.pages.formats import MONTHS
from ensemblier.base.people.models import IaeAgreement, IaeKind
from ensemblier.chain.insertion.models import HourEntry
from ensemblier.engines.insertion import FULL_SHARE, Month, Watch, watch

NOTICES = {"done": "success", "wait": "warning", "stop": "error"}
BADGES = {"done": "sous la limite", "wait": "à surveiller", "stop": "limite dépassée"}


@dataclass(frozen=True)
class Board:
    """An agreement as one chain shows it."""

    chain: Chain
    agreement: IaeAgreement


@dataclass(frozen=True)
class SalesShare:
    """Where the sales of an ACI stand under their ceiling."""

    watch: Watch
    chart: ColumnChart
    # Where its receipts come from, in cents, and the sales that no agreement counts yet.
    sources: list[tuple[str, int]] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)

    @property
    def notice(self) -> str:
        return NOTICES[self.badge[0]]

    @property
    def badge(self) -> tuple[str, str]:
        """Sales that nobody counts may be those that pass the line."""
        if not self.watch.is_known:
            return "wait", "charges à noter"
        if self.waiting and self.watch.level == "done":
            return "wait", "ventes à attribuer"
        return self.watch.level, BADGES[self.watch.level]

    @property
    def waiting_cents(self) -> int:
        return sum(cents for _, cents in self.waiting)


def is_capped(agreement: IaeAgreement) -> bool:
    """Only an ACI has a ceiling of sales (code du travail, D. 5132-34)."""
    return agreement.kind == IaeKind.ACI


def sales_share(
    agreement: IaeAgreement,
    months: Sequence[Month],
    sources: Mapping[str, int],
    waiting: Iterable[tuple[str, int]],
) -> SalesShare:
    """`waiting`: places and cents, told by place."""
    found = watch(months, agreement.sales_share_max)
    by_place: dict[str, int] = defaultdict(int)
    for place, cents in waiting:
        by_place[place] += cents
    told = [(name, cents) for name, cents in sources.items() if cents]
    return SalesShare(found, chart(found, months), told, sorted(by_place.items()))


def chart(found: Watch, months: Sequence[Month]) -> ColumnChart:
    """Sales since January beside their ceiling, month after month, then the forecast."""
    columns, sales, charges = [], 0, 0
    for rank, month in enumerate(months):
        sales += month.sales_cents
        charges += month.charges_cents
        columns.append(column(MONTHS[rank], sales, charges, found.limit))
    if len(months) < len(MONTHS):
        last = (found.forecast_sales_cents, found.forecast_charges_cents)
        columns.append(column("prévision", *last, found.limit))
    return ColumnChart(
        columns,
        "Ventes depuis janvier et plafond à ne pas atteindre, prévus à la fin de l'année.",
        series=("Ventes", "Plafond"),
        heading="À la fin de",
    )


def column(label: str, sales: int, charges: int, limit: int) -> Column:
    """A correction may bring a month below zero: it is drawn as nothing."""
    return Column(label, (max(0, sales), max(0, charges * limit // FULL_SHARE)))


def hours_bar(minutes: dict[str, int]) -> StackedBar:
    """Hours by kind; the unit is a thousandth of an hour."""
    parts = [
        Part(str(label).capitalize(), max(0, minutes.get(kind, 0)) * 1000 // 60)
        for kind, label in HourEntry.Kind.choices
        if minutes.get(kind)
    ]
    return StackedBar(parts, "Heures de l'année, par nature.", unit="/1000 h")


def last_day(year: int, today: date) -> date:
    """Up to today in this year, to the end in a past one."""
    return min(today, date(year, 12, 31))
