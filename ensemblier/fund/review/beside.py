"""What the list shows beside its rows, in one prepared query: scores, unread messages, zonings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from ensemblier.base.people.access import Actor
from ensemblier.base.prepared import DAY, KEY, Prepared
from ensemblier.base.territory.models import Zoning, ZoningKind
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import scoring
from ensemblier.fund.review.models import Message, Review, Score, ThreadRead

PAGE_ROWS = 50
RURAL = (ZoningKind.FRR, ZoningKind.FRR_PLUS)


@dataclass
class Beside:
    """By file: the score of each given opinion, messages not read, kinds of rural zoning."""

    scores: dict[int, list[Fraction]] = field(default_factory=lambda: defaultdict(list))
    unread: dict[int, int] = field(default_factory=dict)
    rural: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


def _nothing() -> Value:
    return Value(0, output_field=IntegerField())


def _number(of: Any) -> Cast:
    return Cast(of, BigIntegerField())


def _text(of: Any) -> Cast:
    return Cast(of, CharField())


def _rows(day: date, reader: int, seen: list[int], open_files: list[int]) -> QuerySet:
    """Five columns: what, file, and three numbers."""
    current = Review.objects.current().filter(application__in=open_files)
    marks = (
        Score.objects.filter(review__in=current.order_by().values("pk"), value__isnull=False)
        .order_by()
        .annotate(what=_text(Value("score")), file=_number(F("review__application")))
        .annotate(a=_number(F("review")), b=_number(F("value")))
        .annotate(c=_number(F("criterion__scale_max")), d=_number(F("criterion__weight")))
        .values_list("what", "file", "a", "b", "c", "d")
    )
    read = ThreadRead.objects.filter(
        application=OuterRef("application"), user=reader, last__gte=OuterRef("pk")
    )
    messages = (
        Message.objects.filter(application__in=open_files)
        .exclude(author=reader)
        .filter(~Exists(read.order_by()))
        .order_by()
        .values("application")
        .annotate(what=_text(Value("unread")), file=_number(F("application")))
        .annotate(a=_number(Count("pk")), b=_nothing(), c=_nothing(), d=_nothing())
        .values_list("what", "file", "a", "b", "c", "d")
    )
    inside = Zoning.objects.on(day).filter(commune=OuterRef("commune"))
    zones = [
        Application.objects.filter(Exists(inside.filter(kind=kind)), pk__in=seen)
        .order_by()
        .annotate(what=_text(Value(str(kind.value))), file=_number(F("pk")))
        .annotate(a=_nothing(), b=_nothing(), c=_nothing(), d=_nothing())
        .values_list("what", "file", "a", "b", "c", "d")
        for kind in RURAL
    ]
    return marks.union(messages, *zones, all=True)


QUERY = Prepared(_rows, day=DAY, reader=KEY, seen=PAGE_ROWS, open_files=PAGE_ROWS)


def beside(actor: Actor, seen: Sequence[int], open_files: Sequence[int], day: date) -> Beside:
    """`seen`: the files of the page; `open_files`: those of which the actor may see opinions."""
    found = Beside()
    grades: dict[tuple[int, int], list[scoring.Graded]] = defaultdict(list)
    values = {"day": day, "reader": actor.user.pk, "seen": seen, "open_files": open_files}
    for what, file, first, *grade in QUERY.rows(**values) if seen else ():
        if what == "score":
            grades[file, first].append(tuple(grade))
        elif what == "unread":
            found.unread[file] = first
        else:
            found.rural[file].add(what)
    for (file, _), marks in grades.items():
        score = scoring.weighted(marks)
        if score is not None:
            found.scores[file].append(score)
    return found
