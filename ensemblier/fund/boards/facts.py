"""What is known of each file on a day: one reading for every board, today's and past ones.

Money comes from the books alone, by day; a state from the journal when the day is past; a date
from the row it belongs to. So a board of a past day is the board that was shown that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Sum

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.engines.money import share_out
from ensemblier.fund.applications.models import LEFT, Application, AskedAmount, UsefulEffect
from ensemblier.fund.boards import past
from ensemblier.fund.boards.money import Grant, Purse, read_books
from ensemblier.fund.monitoring.models import Report

ZONES = ("QPV", "FRR", "Outre-mer", "Hors zonage")
NATIONAL = "National"
NOTHING_GRANTED = Grant()
QPV = ExpressionWrapper(~Q(qpv_codes=[]), output_field=BooleanField())
COLUMNS = (
    "pk",
    "number",
    "title",
    "state",
    "organisation",
    "organisation__name",
    "call__strand",
    "department",
    "department__name",
    "department__zone",
    "department__region__name",
    "filed_at",
    "decision__decided_at",
    "decision__agreement__signed_at",
    "decision__agreement__evaluation__done_at",
)


@dataclass(slots=True)  # frozen, a thousand of them take three times as long to make
class Fact:
    """One filed file on one day. Cents; a date is None until it is reached."""

    pk: int
    number: str
    title: str
    state: str
    organisation_id: int
    organisation: str
    strand: str
    region: str
    department: str
    zones: tuple[str, ...]
    effects: tuple[str, ...]
    asked: dict[str, int]
    committed_by_class: dict[str, int]
    grant: Grant
    justified: int
    evaluated: bool
    filed_on: date
    decided_on: date | None
    signed_on: date | None

    @property
    def asked_cents(self) -> int:
        """What it asks; a file withdrawn, or closed without an answer, asks nothing any more."""
        return 0 if self.state in LEFT else sum(self.asked.values())

    @property
    def committed(self) -> int:
        return self.grant.committed

    @property
    def agreed(self) -> int:
        return self.grant.agreed

    @property
    def paid(self) -> int:
        return self.grant.paid

    @property
    def paid_on(self) -> date | None:
        return self.grant.first_paid_on


@dataclass(frozen=True)
class Facts:
    """Every file in sight on a day, and the envelopes that pay them."""

    day: date
    files: list[Fact]
    purses: list[Purse]
    # Transfers dated up to that day, but written after it: the books say so themselves.
    written_later: int = 0

    @property
    def contributed(self) -> int:
        return sum(purse.contributed for purse in self.purses)


def facts_on(
    day: date,
    *,
    today: date,
    seen: QuerySet[Application] | None = None,
    with_effects: bool = True,
) -> Facts:
    """Eight queries, whatever the number of files; one more for a past day."""
    is_past = day < today
    end = end_of(day)
    rows = Application.objects.all() if seen is None else seen
    rows = rows.filter(filed_at__isnull=False, filed_at__lt=end)
    kept = _rows(rows, day)
    before = past.read(end) if is_past else past.NOTHING
    asked = _asked(rows, end, is_past)
    effects = _effects(rows) if with_effects else {}
    books = read_books(day, end if is_past else None)
    classes, justified = _classes(day), _justified(end)
    files = []
    for row in kept:
        pk = row[0]
        grant = books.grants.get(pk, NOTHING_GRANTED)
        files.append(
            Fact(
                pk=pk,
                number=row[1],
                title=row[2],
                state=before.state_of(pk) if is_past else row[3],
                organisation_id=row[4],
                organisation=row[5],
                strand=row[6],
                region=row[10] or row[8] or NATIONAL,
                department=f"{row[8]} ({row[7]})" if row[7] else NATIONAL,
                zones=_zones(row[16], row[15], row[9]),
                effects=tuple(effects.get(pk, ())),
                asked=asked.get(pk, {}),
                committed_by_class=_by_class(grant, classes.get(pk)),
                grant=grant,
                justified=justified.get(pk, 0),
                evaluated=_day(row[14], end) is not None,
                filed_on=in_paris(row[11]).date(),
                decided_on=(before.decided_on(pk, _date(row[12])) if is_past else _date(row[12])),
                signed_on=_day(row[13], end),
            )
        )
    return Facts(day, files, books.purses, books.written_later)


def _rows(rows: QuerySet[Application], day: date) -> list[Any]:
    """The columns of each file, whether it is rural on that day, and its districts."""
    rural = Zoning.objects.on(day).filter(
        commune=OuterRef("commune"), kind__in=(ZoningKind.FRR, ZoningKind.FRR_PLUS)
    )
    return list(
        rows.order_by("number")
        .annotate(rural=Exists(rural), qpv=QPV)
        .values_list(*COLUMNS, "rural", "qpv")
    )


def end_of(day: date) -> datetime:
    """The first instant of the next day, in Paris."""
    return datetime.combine(day + timedelta(days=1), time(0), PARIS)


PARIS = in_paris(datetime.fromisoformat("2026-01-01T00:00:00+00:00")).tzinfo


def _date(moment: datetime | None) -> date | None:
    return in_paris(moment).date() if moment else None


def _day(moment: datetime | None, end: datetime) -> date | None:
    """The day of a moment that had come before `end`."""
    return in_paris(moment).date() if moment and moment < end else None


@cache
def _zones(qpv: bool, rural: bool, zone: str | None) -> tuple[str, ...]:
    found = (
        ("QPV" if qpv else ""),
        ("FRR" if rural else ""),
        ("Outre-mer" if zone and zone != Zone.MAINLAND else ""),
    )
    return tuple(name for name in found if name) or (ZONES[-1],)


def _asked(rows: QuerySet[Application], end: datetime, is_past: bool) -> dict[int, dict[str, int]]:
    """What each file asks by class of expenses, as it was last sent to the desk."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    totals = (
        AskedAmount.objects.filter(application__in=rows.order_by())
        .order_by()
        .values_list("application", "expense_class")
        .annotate(total=Sum("amount_cents"))
    )
    for pk, name, total in totals:
        found[pk][name] = total
    found.update(past.asked_as_sent(rows, end, is_past=is_past))
    return found


def _effects(rows: QuerySet[Application]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    pairs = UsefulEffect.objects.filter(application__in=rows.order_by()).order_by()
    for pk, effect in pairs.values_list("application", "effect").distinct():
        found[pk].append(effect)
    return found


def _classes(day: date) -> dict[int, dict[tuple[int, str], int]]:
    """What decisions and signed amendments grant to each file, by envelope and class."""
    found: dict[int, dict[tuple[int, str], int]] = defaultdict(lambda: defaultdict(int))
    for pk, envelope, name, cents in past.granted(day):
        found[pk][envelope, name] += cents
    return found


def _by_class(grant: Grant, weights: dict[tuple[int, str], int] | None) -> dict[str, int]:
    """What each envelope holds for the file, as the decision shared it between classes."""
    found: dict[str, int] = defaultdict(int)
    for envelope, cents in grant.by_envelope.items():
        if not cents:
            continue
        mine = {n: max(w, 0) for (e, n), w in (weights or {}).items() if e == envelope}
        if not sum(mine.values()):
            found[""] += cents
            continue
        parts = list(mine.values())
        if sum(parts) != cents:  # some came back: in proportion
            parts = list(share_out(cents, parts))
        for name, part in zip(mine, parts, strict=True):
            found[name] += part
    return dict(found)


def _justified(end: datetime) -> dict[int, int]:
    """What accepted reports justify: the final one when there is one, else the yearly ones."""
    rows = Report.objects.filter(
        state=Report.State.ACCEPTED, checked_at__lt=end, justified_cents__isnull=False
    ).order_by()
    final: dict[int, int] = {}
    others: dict[int, int] = defaultdict(int)
    middle: dict[int, int] = {}
    for pk, kind, cents in rows.values_list(
        "agreement__decision__application", "kind", "justified_cents"
    ):
        if kind == Report.Kind.FINAL:
            final[pk] = cents
        elif kind == Report.Kind.YEARLY:
            others[pk] += cents
        else:
            middle[pk] = cents
    found = dict(middle)
    for pk, cents in others.items():
        found[pk] = max(cents, found.get(pk, 0))
    return found | final


def matching(files: Iterable[Fact], **wanted: Any) -> list[Fact]:
    """Files of which every named thing is, or holds, what is wanted; "" wants everything."""
    kept = list(files)
    for name, value in wanted.items():
        if value:
            kept = [row for row in kept if _holds(getattr(row, name), value)]
    return kept


def _holds(found: Any, value: str) -> bool:
    return value in found if isinstance(found, tuple | dict) else found == value
