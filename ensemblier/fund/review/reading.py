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

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import OrganisationKind
from ensemblier.base.prepared import KEY, Prepared
from ensemblier.base.territory.models import Zone
from ensemblier.engines import budget
from ensemblier.fund.applications.models import Application, Attachment
from ensemblier.fund.programme.models import ExpenseClass
from ensemblier.fund.review import access, scoring
from ensemblier.fund.review.checks import Check, Facts, check_file
from ensemblier.fund.review.clock import Clock, Stop, clock
from ensemblier.fund.review.disagreement import Disagreement, compare
from ensemblier.fund.review.evidence import from_elsewhere
from ensemblier.fund.review.models import ComplementRequest, Review

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
    return rows.select_related(
        "call", "organisation", "department", "commune", "assignment__instructor"
    )


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
        WHERE t.application_id = %(file)s AND t.kind = 'bank_details'),
    (SELECT max(i.sales_share_max) FROM people_iaeagreement i WHERE i.kind = 'aci'
        AND i.starts <= %(day)s AND i.ends >= %(day)s AND i.organisation_id = %(organisation)s),
    (SELECT count(*) FROM territory_zoning z JOIN territory_zoningversion v
        ON v.id = z.version_id AND v.replaced_by_id IS NULL WHERE z.commune_id = %(commune)s
        AND z.kind IN ('FRR', 'FRR_PLUS') AND z.valid_from <= %(day)s
        AND (z.valid_to IS NULL OR z.valid_to >= %(day)s)),
    (SELECT min(o.number) FROM applications_attachment t
        JOIN files_storedfile f ON f.id = t.file_id
        JOIN files_storedfile g ON g.sha256 = f.sha256 AND g.id <> f.id
        JOIN applications_attachment u ON u.file_id = g.id
        JOIN applications_application o ON o.id = u.application_id
        WHERE t.application_id = %(file)s AND u.application_id <> %(file)s
        AND u.kind = 'other' AND t.kind = 'other' AND o.filed_at IS NOT NULL
        AND o.state <> 'withdrawn'),
    (SELECT min(o.number) FROM applications_budgetline l
        JOIN applications_budgetline m ON m.code = l.code AND m.side = 'charge'
            AND m.amount_cents = l.amount_cents AND lower(m.label) = lower(l.label)
        JOIN applications_application o ON o.id = m.application_id
        WHERE l.application_id = %(file)s AND l.side = 'charge' AND l.amount_cents > 0
        AND o.id <> %(file)s AND o.organisation_id = %(organisation)s
        AND o.filed_at IS NOT NULL AND o.state NOT IN ('withdrawn', 'refused')),
    (SELECT count(*) FROM review_message m WHERE m.application_id = %(file)s),
    (SELECT count(*) FROM review_message m WHERE m.application_id = %(file)s
        AND m.author_id <> %(reader)s AND m.id > COALESCE((SELECT r.last_id
        FROM review_threadread r WHERE r.application_id = %(file)s
        AND r.user_id = %(reader)s), 0)),
    (SELECT count(*) FROM review_visitchecklist v WHERE v.application_id = %(file)s),
    (SELECT count(*) FROM review_expertinvitation e WHERE e.application_id = %(file)s
        AND e.withdrawn_at IS NULL),
    (SELECT count(*) FROM journal_event j WHERE j.subject = %(subject)s
        AND j.actor_id = %(reader)s AND j.action IN (%(did_0)s, %(did_1)s, %(did_2)s))
"""
# Lines of the budget, amounts asked and caps of the call, in one query: kind, name, code, number.
ROWS = """
SELECT 'line', l.side, l.code, l.payer, l.amount_cents, l.id FROM applications_budgetline l
    WHERE l.application_id = %(file)s
UNION ALL SELECT 'asked', a.expense_class, '', '', a.amount_cents, a.year
    FROM applications_askedamount a WHERE a.application_id = %(file)s
UNION ALL SELECT 'cap', c.expense_class, '', '', c.cap_bp, c.priority
    FROM calls_callexpense c WHERE c.call_id = %(call)s
"""
# The criteria of the call in their order, each with the marks of every given opinion.
MARKS = """
SELECT c.id, c.code, c.label, c.scale_max, c.weight, s.review_id, s.value, s.reason
    FROM calls_criterion c LEFT JOIN (review_score s JOIN review_review r
        ON r.id = s.review_id AND r.application_id = %(file)s AND r.given_at IS NOT NULL)
    ON s.criterion_id = c.id
    WHERE c.call_id = %(call)s ORDER BY c.position, c.id
"""


class Criterion(NamedTuple):
    """What opinions are marked on."""

    pk: int
    code: str
    label: str
    scale_max: int
    weight: int


class Counts(NamedTuple):
    """What lies on the other pages of a file, for the one who reads."""

    messages: int = 0
    unread: int = 0
    visits: int = 0
    experts: int = 0


def facts_of(application: Application, day: date) -> Facts:
    """What the checks look at, in two queries."""
    return look_up(application, 0, day)[0]


def look_up(application: Application, reader: int, day: date) -> tuple[Facts, Counts]:
    """What the checks look at, and what waits on the other pages, in two queries."""
    values = {
        "day": connection.ops.adapt_datefield_value(day),
        "organisation": application.organisation_id,
        "file": application.pk,
        "commune": application.commune_id,
        "call": application.call_id,
        "reader": reader,
        "subject": f"application:{application.pk}",
        **{f"did_{rank}": action for rank, action in enumerate(access.DECIDING)},
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UPS, values)
        *found, decided = cursor.fetchone()
        cursor.execute(ROWS, values)
        rows = cursor.fetchall()
    access.know_decided(application, reader, decided=bool(decided))
    return _facts(application, day, found[:12], rows), Counts(*found[12:])


def _facts(application: Application, day: date, found: list[Any], rows: list[Any]) -> Facts:
    """The answers of both queries, under the names that the checks know."""
    authorised, iae, grants, employment, *papers = found[:8]
    sales_share, rural, same_paper, same_cost = found[8:]
    lines = [row[1:5] for row in rows if row[0] == "line"]
    asked = sorted((row for row in rows if row[0] == "asked"), key=lambda row: row[5])
    organisation, call = application.organisation, application.call
    return Facts(
        day=day,
        is_public=organisation.kind in PUBLIC,
        siret=organisation.siret,
        is_confirmed=organisation.is_confirmed,
        accepts_commitments=application.accepts_commitments,
        links=tuple(application.links),
        publics=tuple(application.publics),
        seeks_employment=bool(employment),
        lines=tuple(budget.Line(side, code, cents) for side, code, _, cents in lines),
        asked=tuple(budget.Asked(row[1], row[5], row[4]) for row in asked),
        caps=budget.Caps(
            max_rate_bp=call.max_rate_bp,
            class_caps={row[1]: row[4] for row in rows if row[0] == "cap"},
            years=tuple(call.years),
            min_cents=call.min_cents,
            max_cents=call.max_cents,
            names=CLASSES,
        ),
        authorised_until=_day(authorised),
        iae_until=_day(iae),
        open_grants=grants,
        missing_papers=tuple(_lacking(papers, organisation.kind)),
        sales_share_bp=sales_share,
        payers=tuple((side, code, payer) for side, code, payer, cents in lines if cents),
        same_paper=same_paper or "",
        same_cost=same_cost or "",
        watch=tuple(call.watch),
        zones=tuple(_zones_of(application, bool(rural))),
    )


def _lacking(papers: list[int], kind: str) -> Iterable[str]:
    is_association = kind == OrganisationKind.ASSOCIATION
    return [
        str(wanted.label)
        for wanted, count in zip(WANTED, papers, strict=True)
        if not count and (is_association or wanted != Attachment.Kind.STATUTES)
    ]


def _zones_of(application: Application, is_rural: bool) -> Iterable[str]:
    """The zonings of watch in which the project lies, in the words of the call."""
    if application.qpv_codes:
        yield "qpv"
    if is_rural:
        yield "frr"
    if application.department and application.department.zone != Zone.MAINLAND:
        yield "overseas"


def _day(value: Any) -> date | None:
    """SQLite gives the text of a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value


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
    facts: Facts
    checks: list[Check]
    opinions: list[Opinion]
    waiting: int
    own: Review | None
    complements: list[ComplementRequest]
    counts: Counts
    older: list[Opinion]
    disagreement: Disagreement
    clock: Clock
    can_revise: bool

    @property
    def mean(self) -> str:
        return scoring.on_hundred(scoring.mean(o.score for o in self.opinions if o.score))


def _reviews(application: int) -> QuerySet[Review]:
    rows = Review.objects.filter(application=application)
    return rows.select_related("reviewer").order_by("pk")


def _complements(application: int) -> QuerySet[ComplementRequest]:
    return ComplementRequest.objects.filter(application=application).select_related(
        "asked_by", "closed_by"
    )


REVIEWS = Prepared(_reviews, application=KEY)
COMPLEMENTS = Prepared(_complements, application=KEY)


def read(application: Application, reader: Any, day: date, *, sees: bool = True) -> Reading:
    """Everything on the desk's page. Opinions not given are counted, never shown to others; a
    reader who may not see opinions (recused, expert) has none of them here."""
    reviews: list[Review] = REVIEWS.found(application=application.pk)
    mine = [review for review in reviews if review.reviewer_id == reader.pk]
    own = mine[-1] if mine else None
    facts, counts = look_up(application, reader.pk, day)
    given = [review for review in reviews if review.given_at] if sees else []
    replaced = {review.replaces_id for review in given}
    opinions = opinions_of(application, given)
    current = [item for item in opinions if item.review.pk not in replaced]
    complements: list[ComplementRequest] = COMPLEMENTS.found(application=application.pk)
    return Reading(
        application=application,
        facts=facts,
        checks=[*check_file(facts), *from_elsewhere(application, facts)],
        opinions=current,
        older=[item for item in opinions if item.review.pk in replaced],
        waiting=sum(review.given_at is None and review is not own for review in reviews),
        own=own,
        complements=complements,
        counts=counts,
        disagreement=disagreement_of(current),
        clock=clock_of(application, complements, day),
        can_revise=bool(own and own.given_at) and _answered_since(own, complements),
    )


def _answered_since(own: Review | None, complements: list[ComplementRequest]) -> bool:
    """The organisation answered something after this opinion."""
    if own is None or own.given_at is None:
        return False
    return any(row.answered_at and row.answered_at > own.given_at for row in complements)


def clock_of(
    application: Application, complements: Iterable[ComplementRequest], day: date
) -> Clock:
    """The time counted since the filing, and what stopped it."""
    stops = [
        Stop(
            in_paris(row.asked_at).date(),
            row.due_on,
            in_paris(row.answered_at).date() if row.answered_at else None,
        )
        for row in complements
    ]
    filed = in_paris(application.filed_at).date() if application.filed_at else day
    return clock(filed, stops, day)


def disagreement_of(opinions: list[Opinion]) -> Disagreement:
    criteria = [
        (m.criterion.code, m.criterion.label, m.criterion.scale_max) for m in _first(opinions)
    ]
    return compare(
        criteria,
        [[mark.value for mark in item.marks] for item in opinions],
        [item.review.opinion for item in opinions],
    )


def _first(opinions: list[Opinion]) -> list[Mark]:
    return opinions[0].marks if opinions else []


def opinions_of(application: Application, given: list[Review]) -> list[Opinion]:
    """Given opinions with their marks: the criteria of the call and the marks, in one query."""
    if not given:
        return []
    criteria: dict[int, Criterion] = {}
    scores: dict[tuple[int, int], Any] = {}
    with connection.cursor() as cursor:
        cursor.execute(MARKS, {"file": application.pk, "call": application.call_id})
        for *criterion, review, value, reason in cursor.fetchall():
            criteria[criterion[0]] = Criterion(*criterion)
            scores[review, criterion[0]] = (value, reason)
    return [_opinion(review, list(criteria.values()), scores) for review in given]


def _opinion(
    review: Review, criteria: list[Criterion], scores: dict[tuple[int, int], Any]
) -> Opinion:
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
