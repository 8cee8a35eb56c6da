"""One file as the desk reads it: loaded in few queries, with checks, opinions and criteria."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from ensemblier.base.people.models import FoodAidAuthorisation, IaeAgreement, OrganisationKind
from ensemblier.engines.budget import totals
from ensemblier.fund.applications.content import asked_amounts, budget_lines, caps
from ensemblier.fund.applications.models import Application, Attachment, State, UsefulEffect
from ensemblier.fund.calls.models import Criterion
from ensemblier.fund.review import scoring
from ensemblier.fund.review.checks import Check, Facts, check_file
from ensemblier.fund.review.models import ComplementRequest, Review, Score

FOLLOWED = (State.FUNDED, State.AGREED)
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


def with_facts(rows: QuerySet[Application], day: date) -> QuerySet[Application]:
    """What the checks look at, in the same query as the file."""
    organisation = OuterRef("organisation")
    authorised = (
        FoodAidAuthorisation.objects.on(day)
        .filter(Q(organisation=organisation) | Q(designated=organisation))
        .order_by("-ends")
        .values("ends")[:1]
    )
    agreements = (
        IaeAgreement.objects.on(day)
        .filter(organisation=organisation)
        .order_by("-ends")
        .values("ends")[:1]
    )
    others = (
        Application.objects.filter(organisation=organisation, state__in=FOLLOWED)
        .exclude(pk=OuterRef("pk"))
        .order_by()
        .values("organisation")
        .annotate(n=Count("pk"))
        .values("n")
    )
    employment = UsefulEffect.objects.filter(
        application=OuterRef("pk"), effect=UsefulEffect.Effect.EMPLOYMENT
    )
    papers = {
        f"has_{kind.value}": Exists(
            Attachment.objects.filter(application=OuterRef("pk"), kind=kind)
        )
        for kind in WANTED
    }
    return rows.annotate(
        authorised_until=Subquery(authorised),
        iae_until=Subquery(agreements),
        open_grants=Subquery(others),
        seeks_employment=Exists(employment),
        **papers,
    ).prefetch_related("lines", "asked", "call__expenses")


def facts_of(application: Any, day: date) -> Facts:
    """From a file loaded by `with_facts`."""
    is_association = application.organisation.kind == OrganisationKind.ASSOCIATION
    wanted = [kind for kind in WANTED if is_association or kind != Attachment.Kind.STATUTES]
    return Facts(
        day=day,
        is_public=application.organisation.kind in PUBLIC,
        siret=application.organisation.siret,
        is_confirmed=application.organisation.is_confirmed,
        accepts_commitments=application.accepts_commitments,
        links=tuple(application.links),
        publics=tuple(application.publics),
        seeks_employment=application.seeks_employment,
        lines=tuple(budget_lines(application)),
        asked=tuple(asked_amounts(application)),
        caps=caps(application.call),
        authorised_until=application.authorised_until,
        iae_until=application.iae_until,
        open_grants=application.open_grants or 0,
        missing_papers=tuple(
            str(kind.label) for kind in wanted if not getattr(application, f"has_{kind.value}")
        ),
    )


class Mark(NamedTuple):
    """A criterion and what an opinion says of it."""

    criterion: Criterion
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
    checks: list[Check]
    criteria: list[Criterion]
    opinions: list[Opinion]
    waiting: int
    own: Review | None
    complements: list[ComplementRequest]

    @property
    def mean(self) -> str:
        return scoring.on_hundred(scoring.mean(o.score for o in self.opinions if o.score))

    @property
    def cost_cents(self) -> int:
        return totals(budget_lines(self.application), []).charges


def read(application: Application, reader: Any, day: date) -> Reading:
    """Everything on the desk's page. Opinions not given are counted, never shown to others."""
    criteria = list(application.call.criteria.all())
    reviews = list(
        application.reviews.select_related("reviewer").prefetch_related(
            Prefetch("scores", Score.objects.order_by())
        )
    )
    given = [opinion_of(review, criteria) for review in reviews if review.given_at]
    own = next((review for review in reviews if review.reviewer_id == reader.pk), None)
    waiting = sum(review.given_at is None and review is not own for review in reviews)
    complements = application.complements.select_related("asked_by")
    return Reading(
        application=application,
        checks=check_file(facts_of(application, day)),
        criteria=criteria,
        opinions=given,
        waiting=waiting,
        own=own,
        complements=list(complements),
    )


def opinion_of(review: Review, criteria: list[Criterion]) -> Opinion:
    scores = {score.criterion_id: score for score in review.scores.all()}
    marks = []
    for criterion in criteria:
        score = scores.get(criterion.pk)
        marks.append(Mark(criterion, score and score.value, score.reason if score else ""))
    graded = [
        (mark.value, mark.criterion.scale_max, mark.criterion.weight)
        for mark in marks
        if mark.value is not None
    ]
    return Opinion(review, marks, scoring.weighted(graded))


def asked_table(application: Application) -> list[tuple[str, list[tuple[int, int]], int]]:
    """What is asked: for each class of expenses, the years and the total."""
    rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for part in application.asked.all():
        rows[part.get_expense_class_display()].append((part.year, part.amount_cents))
    return [(name, years, sum(c for _, c in years)) for name, years in rows.items()]
