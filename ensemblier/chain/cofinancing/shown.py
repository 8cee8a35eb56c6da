"""What the pages of a scheme show: envelopes left, parts by month, rows, the why of one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Column, ColumnChart, Part, StackedBar
from ensemblier.base.pages.formats import MONTHS, euros
from ensemblier.chain.cofinancing.models import (
    Scheme,
    SchemePayer,
    SchemeVersion,
    Share,
    SharedLine,
)
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.distribution.models import LineCard, SaleLine
from ensemblier.engines.cofinancing.explain import Why, whys
from ensemblier.engines.cofinancing.scheme import PERSON
from ensemblier.engines.cofinancing.scheme import Scheme as Rule
from ensemblier.engines.cofinancing.split import Share as EngineShare

SHORT = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905
MONTHS_SHOWN = 12
COLOURS = 6
# Below this many, households are not counted in front of who pays.
FEWEST = 5

Own = Collection[int] | None


def schemes_of(chain: Chain, own: Own, day: date) -> QuerySet[Scheme]:
    """The schemes of a chain with the version in force; for a payer, those it pays in."""
    held = Q(ends__isnull=True) | Q(ends__gte=day)
    in_force = SchemeVersion.objects.filter(
        held, scheme=OuterRef("pk"), published_at__isnull=False, starts__lte=day
    ).order_by("-starts", "-number")
    draft = Q(versions__published_at__isnull=True, versions__isnull=False)
    rows = chain.schemes.annotate(
        number=Subquery(in_force.values("number")[:1]),
        since=Subquery(in_force.values("starts")[:1]),
        until=Subquery(in_force.values("ends")[:1]),
        drafts=Count("versions", filter=draft, distinct=True),
        payer_count=Count("payers", distinct=True),
    ).order_by("name", "pk")
    if own is None:
        return rows
    return rows.filter(pk__in=SchemePayer.objects.filter(pk__in=own).values("scheme"))


class EnvelopeShown(NamedTuple):
    """One envelope: what it had, what is left, its days, and its bar."""

    payer: str
    had: int
    left: int
    first: date | None
    last: date | None
    is_fed: bool
    bar: StackedBar | None


def envelopes(version: SchemeVersion, names: Collection[str] | None) -> list[EnvelopeShown]:
    """The envelopes of a version; `names`: only those of these payers."""
    rule, found = rule_of(version.text), []
    for row in version.envelopes.order_by("rank"):
        if names is not None and row.payer not in names:
            continue
        told = rule.envelopes[row.rank]
        spent, bar = told.cents - row.cents, None
        if not row.is_fed and told.cents:
            parts = [Part("Payé", spent, "honey"), Part("Reste", row.cents, "leaf")]
            told_left = f"{euros(spent)} payés sur {euros(told.cents)}, il reste {euros(row.cents)}"
            bar = StackedBar(parts, f"{row.payer}\u00a0: {told_left}")
        window = told.window
        found.append(
            EnvelopeShown(
                row.payer, told.cents, row.cents, window.first, window.last, row.is_fed, bar
            )
        )
    return found


def reopened(version: SchemeVersion, rule: Rule) -> list[str]:
    """What a new rule opens again beside what the version before paid, or kept in a pot: the same
    money, written twice, would be promised twice."""
    opened = {(each.payer, each.fed): 0 for each in rule.envelopes}
    for each in rule.envelopes:
        opened[each.payer, each.fed] += each.cents
    had: Counter[tuple[str, bool]] = Counter()
    left: Counter[tuple[str, bool]] = Counter()
    for row in envelopes(version, None):
        had[row.payer, row.is_fed] += row.had
        left[row.payer, row.is_fed] += row.left
    found = []
    for (name, fed), cents in opened.items():
        stays, paid = left[name, fed], had[name, fed] - left[name, fed]
        if fed and stays:
            told = f"il reste {euros(stays)} dans la cagnotte de la version {version.number}"
        elif paid > 0:
            told = f"{euros(paid)} déjà payés par la version {version.number}, reste {euros(stays)}"
        else:
            continue
        found.append(f"{name}\u00a0: {told}. Cette règle ouvre {euros(cents)}.")
    return found


class MonthRow(NamedTuple):
    """A month: its name, its address, and what each payer paid, in the order of the table."""

    label: str
    value: str
    cents: list[int | None]
    total: int


@dataclass(frozen=True)
class ByMonth:
    """What was paid by month: the table, and its picture."""

    payers: list[SchemePayer]
    rows: list[MonthRow]
    totals: list[int]
    person: bool

    @property
    def chart(self) -> ColumnChart | None:
        """The months side by side. A month that gives back more than it takes is drawn empty."""
        if not self.rows or not self.payers or len(self.payers) > COLOURS:
            return None
        columns = [
            Column(
                f"{SHORT[int(row.value[5:]) - 1]} {row.value[2:4]}",
                tuple(max(0, cents or 0) for cents in row.cents[: len(self.payers)]),
            )
            for row in self.rows
        ]
        names = tuple(payer.name for payer in self.payers)
        return ColumnChart(columns, "Ce que chaque payeur a payé, mois par mois", series=names)


def by_month(scheme: Scheme, payers: list[SchemePayer], *, person: bool) -> ByMonth:
    """The last months with lines; with what people paid when `person`."""
    rows = Share.objects.filter(version__scheme=scheme)
    if not person:
        rows = rows.filter(payer__in=[payer.pk for payer in payers])
    sums = (
        rows.annotate(month=TruncMonth("line__day"))
        .values("month", "payer")
        .annotate(cents=Sum("cents"))
        .order_by("-month")
    )
    months: dict[date, dict[int | None, int]] = {}
    for each in sums.iterator(500):
        if each["month"] not in months and len(months) == MONTHS_SHOWN:
            break
        months.setdefault(each["month"], {})[each["payer"]] = each["cents"]
    keys: list[int | None] = [payer.pk for payer in payers]
    keys += [None] if person else []
    told = [
        MonthRow(
            f"{MONTHS[month.month - 1]} {month.year}",
            f"{month:%Y-%m}",
            [found.get(key) for key in keys],
            sum(found.get(key, 0) for key in keys),
        )
        for month, found in sorted(months.items())
    ]
    totals = [sum(row.cents[place] or 0 for row in told) for place in range(len(keys))]
    return ByMonth(payers, told, totals, person)


class Counted(NamedTuple):
    """How many lines, and households when there are enough of them to be nobody."""

    lines: int
    households: str


def counts(scheme: Scheme, own: Own) -> Counted:
    """Lines of the scheme, or those that a payer pays a part of; never a person."""
    lines = SaleLine.objects.filter(shared__version__scheme=scheme, undoes=None)
    if own is not None:
        lines = lines.filter(shares__payer__in=own).distinct()
    ties = LineCard.objects.filter(line__in=lines.values("pk"))
    cards = ties.aggregate(found=Count("card", distinct=True))["found"]
    few = f"moins de {FEWEST}" if 0 < cards < FEWEST else str(cards)
    return Counted(lines.count(), few)


def parts(scheme: Scheme, own: Own, payer: int | None, month: str) -> QuerySet[Share]:
    """The rows behind the amounts, last day first."""
    rows = Share.objects.filter(version__scheme=scheme)
    if own is not None:
        rows = rows.filter(payer__in=own)
    if payer is not None:
        rows = rows.filter(payer=payer) if payer else rows.filter(payer=None)
    if month:
        year, number = map(int, month.split("-"))
        rows = rows.filter(line__day__year=year, line__day__month=number)
    rows = rows.select_related("payer", "line__product", "line__seller", "version")
    return rows.order_by("-line__day", "-line", "rank")


def line_why(shared: SharedLine, own: Own) -> tuple[list[Why], list[Share]]:
    """Why each part of a line is what it is, from what was kept; only the parts of `own`."""
    rows = list(Share.objects.filter(line=shared.line).select_related("payer").order_by("rank"))
    if own is not None:
        rows = [row for row in rows if row.payer_id in own]
    rule = rule_of(shared.version.text)
    before = {} if shared.line.undoes_id else left_before(shared)
    told = [
        EngineShare("", row.payer.name if row.payer else PERSON, row.cents, row.step, row.reason)
        for row in rows
    ]
    return whys(rule, told, before), rows


def left_before(shared: SharedLine) -> dict[str, int]:
    """What each payer had in its envelopes just before a line: from full envelopes, or back from
    what is left now, whichever is shorter."""
    version, rule = shared.version, rule_of(shared.version.text)
    if not rule.envelopes:
        return {}
    left = [envelope.cents for envelope in rule.envelopes]
    others = SharedLine.objects.filter(version=version)
    if shared.rank * 2 > version.lines:
        left = list(version.envelopes.order_by("rank").values_list("cents", flat=True))
        for rank, cents in _drawn(others.filter(rank__gte=shared.rank)):
            left[rank] += cents
    else:
        for rank, cents in _drawn(others.filter(rank__lt=shared.rank)):
            left[rank] -= cents
    found: dict[str, int] = {}
    for envelope, cents in zip(rule.envelopes, left, strict=True):
        found[envelope.payer] = found.get(envelope.payer, 0) + cents
    return found


def _drawn(rows: QuerySet[SharedLine]) -> Iterable[tuple[int, int]]:
    """What these lines drew on each envelope; a line that undoes gives back what it undoes."""
    drafts: Any = rows.values_list("draft", "line__undoes__shared__draft")
    for draft, undone in drafts.iterator(2000):
        for rank, cents in draft.get("envelopes", ()):
            yield rank, cents
        for rank, cents in (undone or {}).get("envelopes", ()):
            yield rank, -cents
