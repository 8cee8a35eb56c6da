"""The files of a call as a scenario sees them: scores, requests, places, zonings, envelopes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.engines.scenarios import Ask, Candidate, Purse, Terms
from ensemblier.fund.applications.models import Application, AskedAmount, State
from ensemblier.fund.calls.models import Call, Condition
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.review.models import Review, Score
from ensemblier.fund.review.scoring import mean

# Filed and not decided: what a scenario shares between.
WAITING = (State.FILED, State.IN_REVIEW, State.INCOMPLETE, State.PROPOSED)
COLUMNS = (
    "pk",
    "number",
    "title",
    "state",
    "organisation__name",
    "department",
    "department__name",
    "department__region",
    "department__region__name",
    "department__zone",
    "qpv_codes",
)
ZONES = ("QPV", "FRR", "Outre-mer", "Hors zonage")
NATIONAL = "National"


@dataclass(frozen=True, slots=True)
class File:
    """One line of the comparison."""

    pk: int
    number: str
    title: str
    state: str
    organisation: str
    department: str
    region: str
    zones: tuple[str, ...]
    asked: int
    candidate: Candidate


@dataclass(frozen=True)
class Field:
    """All that a scenario of a call shares, read once."""

    files: dict[str, File]
    purses: tuple[Purse, ...]
    terms: Terms

    @property
    def candidates(self) -> list[Candidate]:
        return [file.candidate for file in self.files.values()]

    @property
    def available(self) -> int:
        return sum(purse.cents for purse in self.purses)

    @property
    def asked(self) -> int:
        return sum(file.asked for file in self.files.values())


def field_of(call: Call, day: date) -> Field:
    """A bounded number of queries, whatever the number of files."""
    rows = Application.objects.filter(
        call=call, state__in=WAITING, filed_at__isnull=False, decision__isnull=True
    )
    placed = rows.order_by("number").annotate(rural=_rural(day))
    kept = list(placed.values_list(*COLUMNS, "rural", named=True))
    asks = _asks(rows)
    scores = scores_of(rows)
    return Field(
        files={row.number: _file(row, asks[row.pk], scores.get(row.pk)) for row in kept},
        purses=purses_of(call),
        terms=terms_of(call),
    )


def _file(row: Any, asks: tuple[Ask, ...], score: Fraction | None) -> File:
    zones = [
        name
        for name, inside in (
            ("QPV", bool(row.qpv_codes)),
            ("FRR", row.rural),
            ("Outre-mer", bool(row.department) and row.department__zone != Zone.MAINLAND),
        )
        if inside
    ]
    return File(
        pk=row.pk,
        number=row.number,
        title=row.title,
        state=row.state,
        organisation=row.organisation__name,
        department=row.department__name or NATIONAL,
        region=row.department__region__name or row.department__name or NATIONAL,
        zones=tuple(zones) or (ZONES[-1],),
        asked=sum(ask.cents for ask in asks),
        candidate=Candidate(
            row.number, score, asks, row.department__region or "", row.department or ""
        ),
    )


def _asks(rows: QuerySet[Application]) -> dict[int, tuple[Ask, ...]]:
    found: dict[int, list[Ask]] = defaultdict(list)
    amounts = AskedAmount.objects.filter(application__in=rows, amount_cents__gt=0).order_by("pk")
    for pk, name, year, cents in amounts.values_list(
        "application", "expense_class", "year", "amount_cents"
    ):
        found[pk].append(Ask(name, year, cents))
    return defaultdict(tuple, {pk: tuple(asks) for pk, asks in found.items()})


def scores_of(rows: QuerySet[Application]) -> dict[int, Fraction]:
    """The mean score of the opinions that count, by file: sums made by the database, exact."""
    grades = (
        Score.objects.filter(
            review__in=Review.objects.current().filter(application__in=rows), value__isnull=False
        )
        .order_by()
        .values_list("review__application", "review", "criterion__scale_max")
        .annotate(points=Sum(F("value") * F("criterion__weight")), sizes=Sum("criterion__weight"))
    )
    points: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    weights: dict[tuple[int, int], int] = defaultdict(int)
    for file, review, scale, got, weight in grades:
        points[file, review] += Fraction(got, scale)
        weights[file, review] += weight
    by_file: dict[int, list[Fraction]] = defaultdict(list)
    for place, weight in weights.items():
        if weight:
            by_file[place[0]].append(points[place] / weight)
    return {file: found for file, kept in by_file.items() if (found := mean(kept)) is not None}


def _rural(day: date) -> Exists:
    return Exists(
        Zoning.objects.on(day).filter(
            commune=OuterRef("commune"), kind__in=(ZoningKind.FRR, ZoningKind.FRR_PLUS)
        )
    )


def purses_of(call: Call) -> tuple[Purse, ...]:
    """What is left in the call's envelopes, from the books."""
    envelopes = list(call.envelopes.order_by("year", "pk"))
    left = figures_by_envelope(envelopes)
    return tuple(
        Purse(
            key=row.pk,
            year=row.year,
            cents=max(left[row.pk].available, 0),
            region=row.region_id or "",
            department=getattr(row, "department_id", None) or "",
            expense_class=getattr(row, "expense_class", "") or "",
        )
        for row in envelopes
    )


def terms_of(call: Call) -> Terms:
    rows = list(call.expenses.order_by("priority", "pk"))
    return Terms(
        order=tuple(row.expense_class for row in rows),
        last=frozenset(row.expense_class for row in rows if row.condition == Condition.ENVELOPE),
        caps_bp={row.expense_class: row.cap_bp for row in rows if row.cap_bp < 10_000},
        min_cents=call.min_cents,
    )
