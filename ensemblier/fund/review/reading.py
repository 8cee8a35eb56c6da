"""One file as the desk reads it: loaded in few queries, with checks, opinions and criteria."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from ensemblier.base.people.models import OrganisationKind
from ensemblier.engines import budget
from ensemblier.fund.applications.models import Application, Attachment
from ensemblier.fund.programme.models import ExpenseClass
from ensemblier.fund.review import scoring
from ensemblier.fund.review.checks import Check, Facts, check_file
from ensemblier.fund.review.models import ComplementRequest, Review, Score

CLASSES = {value: str(label) for value, label in ExpenseClass.choices}
# The papers whose number LOOK_UPS counts, in its order.
WANTED = (
    Attachment.Kind.STATUTES,
    Attachment.Kind.ACCOUNTS,
    Attachment.Kind.ACTIVITY_REPORT,
    Attachment.Kind.BANK_DETAILS,
)
PUBLIC = (OrganisationKind.PUBLIC, OrganisationKind.STATE)


def with_people(rows: QuerySet[Application]) -> QuerySet[Application]:
    """What every page of the desk needs to know who may read."""
    return rows.select_related("call", "organisation", "department", "commune")


# Written in SQL: through the ORM these look-ups cost 6 ms of CPU a page, a quarter of its ceiling.
LOOK_UPS = """
SELECT
    (SELECT max(a.ends) FROM people_foodaidauthorisation a
        WHERE a.starts <= %(day)s AND a.ends >= %(day)s AND (a.organisation_id = %(organisation)s
        OR EXISTS (SELECT 1 FROM people_foodaidauthorisation_designated d
            WHERE d.foodaidauthorisation_id = a.id AND d.organisation_id = %(organisation)s))),
    (SELECT max(i.ends) FROM people_iaeagreement i
        WHERE i.starts <= %(day)s AND i.ends >= %(day)s AND i.organisation_id = %(organisation)s),
    (SELECT count(*) FROM applications_application o
        WHERE o.organisation_id = %(organisation)s AND o.id <> %(file)s
        AND o.state IN ('funded', 'agreed')),
    (SELECT count(*) FROM applications_usefuleffect e
        WHERE e.application_id = %(file)s AND e.effect = 'employment'),
    (SELECT count(*) FROM applications_attachment t
        WHERE t.application_id = %(file)s AND t.kind = 'statutes'),
    (SELECT count(*) FROM applications_attachment t
        WHERE t.application_id = %(file)s AND t.kind = 'accounts'),
    (SELECT count(*) FROM applications_attachment t
        WHERE t.application_id = %(file)s AND t.kind = 'activity_report'),
    (SELECT count(*) FROM applications_attachment t
        WHERE t.application_id = %(file)s AND t.kind = 'bank_details')
"""


def facts_of(application: Application, day: date) -> Facts:
    """What the checks look at, in four queries."""
    values = {
        "day": connection.ops.adapt_datefield_value(day),
        "organisation": application.organisation_id,
        "file": application.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UPS, values)
        authorised, iae, grants, employment, *papers = cursor.fetchone()
    organisation, call = application.organisation, application.call
    is_association = organisation.kind == OrganisationKind.ASSOCIATION
    lacking = [
        str(kind.label)
        for kind, count in zip(WANTED, papers, strict=True)
        if not count and (is_association or kind != Attachment.Kind.STATUTES)
    ]
    lines = application.lines.order_by().values_list("side", "code", "amount_cents")
    asked = application.asked.values_list("expense_class", "year", "amount_cents")
    return Facts(
        day=day,
        is_public=organisation.kind in PUBLIC,
        siret=organisation.siret,
        is_confirmed=organisation.is_confirmed,
        accepts_commitments=application.accepts_commitments,
        links=tuple(application.links),
        publics=tuple(application.publics),
        seeks_employment=bool(employment),
        lines=tuple(budget.Line(*line) for line in lines),
        asked=tuple(budget.Asked(*part) for part in asked),
        caps=budget.Caps(
            max_rate_bp=call.max_rate_bp,
            class_caps=dict(call.expenses.values_list("expense_class", "cap_bp")),
            years=tuple(call.years),
            min_cents=call.min_cents,
            max_cents=call.max_cents,
            names=CLASSES,
        ),
        authorised_until=_day(authorised),
        iae_until=_day(iae),
        open_grants=grants,
        missing_papers=tuple(lacking),
    )


def _day(value: Any) -> date | None:
    """SQLite gives the text of a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Mark(NamedTuple):
    """A criterion and what an opinion says of it."""

    criterion: Any
    value: int | None
    reason: str


@dataclass(frozen=True)
class Opinion:
    """A given opinion with its marks and its exact score."""

    review: Review
    marks: list[Mark]
    score: Fraction | None

    @property
    def shown(self) -> str:
        return scoring.on_hundred(self.score)


@dataclass(frozen=True)
class Reading:
    """The file page."""

    application: Application
    facts: Facts
    checks: list[Check]
    opinions: list[Opinion]
    waiting: int
    own: Review | None
    complements: list[ComplementRequest]

    @property
    def mean(self) -> str:
        return scoring.on_hundred(scoring.mean(o.score for o in self.opinions if o.score))


def read(application: Application, reader: Any, day: date) -> Reading:
    """Everything on the desk's page. Opinions not given are counted, never shown to others."""
    reviews = list(application.reviews.select_related("reviewer"))
    own = next((review for review in reviews if review.reviewer_id == reader.pk), None)
    facts = facts_of(application, day)
    return Reading(
        application=application,
        facts=facts,
        checks=check_file(facts),
        opinions=opinions_of(application, [review for review in reviews if review.given_at]),
        waiting=sum(review.given_at is None and review is not own for review in reviews),
        own=own,
        complements=list(application.complements.select_related("asked_by")),
    )


def opinions_of(application: Application, given: list[Review]) -> list[Opinion]:
    """Given opinions with their marks, in two queries."""
    if not given:
        return []
    criteria = application.call.criteria.values_list(
        "pk", "code", "label", "scale_max", "weight", named=True
    )
    rows = Score.objects.filter(review__in=given).order_by()
    scores = {
        (review, criterion): (value, reason)
        for review, criterion, value, reason in rows.values_list(
            "review_id", "criterion_id", "value", "reason"
        )
    }
    kept = list(criteria)
    return [_opinion(review, kept, scores) for review in given]


def _opinion(review: Review, criteria: list[Any], scores: dict[tuple[int, int], Any]) -> Opinion:
    marks = [Mark(c, *scores.get((review.pk, c.pk), (None, ""))) for c in criteria]
    graded = [
        (mark.value, mark.criterion.scale_max, mark.criterion.weight)
        for mark in marks
        if mark.value is not None
    ]
    return Opinion(review, marks, scoring.weighted(graded))


def asked_table(
    asked: Iterable[budget.Asked],
) -> list[tuple[str, list[tuple[int, int]], int]]:
    """What is asked: for each class of expenses, the years and the total."""
    rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for part in asked:
        rows[CLASSES[part.expense_class]].append((part.year, part.amount_cents))
    return [(name, years, sum(c for _, c in years)) for name, years in rows.items()]
