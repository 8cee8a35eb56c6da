"""The files of a call as a scenario sees them: scores, requests, places, zonings, envelopes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from math import lcm
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, Sum, Value, When

from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.engines.scenarios import Ask, Candidate, LineUp, Purse, Terms, line_up
from ensemblier.fund.applications.models import Application, AskedAmount, State
from ensemblier.fund.calls.models import Call, Condition
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.review.models import Review, Score

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
    "urban",
    "rural",
)
ZONES = ("QPV", "FRR", "Outre-mer", "Hors zonage")
NATIONAL = "National"
# Not one list of JSON to read by file: the database says whether it is empty.
URBAN = Case(When(qpv_codes=[], then=Value(0)), default=Value(1), output_field=IntegerField())


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

    @cached_property
    def line_up(self) -> LineUp:
        """What every scenario of this request starts from, worked out once."""
        return line_up(self.candidates, self.purses, self.terms)

    @cached_property
    def available(self) -> int:
        return sum(purse.cents for purse in self.purses)

    @cached_property
    def asked(self) -> int:
        return sum(file.asked for file in self.files.values())


def field_of(call: Call, day: date) -> Field:
    """A bounded number of queries, whatever the number of files."""
    rows = Application.objects.filter(
        call=call, state__in=WAITING, filed_at__isnull=False, decision__isnull=True
    )
    asks = _asks(rows)
    scores = scores_of(rows)
    placed = rows.order_by("number").annotate(urban=URBAN, rural=_rural(day))
    files = {}
    for pk, number, *shown in placed.values_list(*COLUMNS):
        files[number] = _file(pk, number, shown, asks.get(pk, ()), scores.get(pk))
    return Field(files=files, purses=purses_of(call), terms=terms_of(call))


def _file(
    pk: int, number: str, shown: list[Any], asks: tuple[Ask, ...], score: Fraction | None
) -> File:
    title, state, organisation, code, department, region_code, region, zone, urban, rural = shown
    zones = _zones(bool(urban), bool(rural), bool(code) and zone != Zone.MAINLAND)
    return File(
        pk,
        number,
        title,
        state,
        organisation,
        department or NATIONAL,
        region or department or NATIONAL,
        zones,
        sum([ask.cents for ask in asks]),
        Candidate(number, score, asks, region_code or "", code or ""),
    )


@cache
def _zones(*inside: bool) -> tuple[str, ...]:
    return tuple(name for name, is_in in zip(ZONES, inside, strict=False) if is_in) or ZONES[-1:]


def _asks(rows: QuerySet[Application]) -> dict[int, tuple[Ask, ...]]:
    found: dict[int, list[Ask]] = defaultdict(list)
    amounts = AskedAmount.objects.filter(application__in=rows, amount_cents__gt=0).order_by("pk")
    for pk, name, year, cents in amounts.values_list(
        "application", "expense_class", "year", "amount_cents"
    ):
        found[pk].append(Ask(name, year, cents))
    return {pk: tuple(asks) for pk, asks in found.items()}


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
    return means(grades)


# A file, one of its opinions, a scale, the points on it (times weights), and the weights.
Grade = tuple[int, int, int, int, int]


def means(grades: Iterable[Grade]) -> dict[int, Fraction]:
    """`review.scoring`'s weighted scores and their mean, in whole numbers: scaled once.

    A score is a sum of points over scales, over weights: over one common scale, then over one
    common weight for the opinions of a file, a single division is left.
    """
    kept = list(grades)
    common = lcm(*{scale for _, _, scale, _, _ in kept})
    sums: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for file, review, scale, got, weight in kept:
        points, weights = sums[file].get(review, (0, 0))
        sums[file][review] = points + got * (common // scale), weights + weight
    found = {}
    for file, reviews in sums.items():
        told = [(points, weights) for points, weights in reviews.values() if weights]
        if told:
            base = lcm(*[weights for _, weights in told])
            points = sum([points * (base // weights) for points, weights in told])
            found[file] = Fraction(points, base * common * len(told))
    return found


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
