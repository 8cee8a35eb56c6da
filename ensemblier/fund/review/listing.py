"""The staff's list of files: few queries, rows as plain values, ready to print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.fund.applications.models import Application, AskedAmount, State
from ensemblier.fund.review import access, scoring
from ensemblier.fund.review.models import (
    ComplementRequest,
    Interest,
    Message,
    Review,
    Score,
    ThreadRead,
)
from ensemblier.fund.review.thread import unread_by_file

PAGE_ROWS = 50
ASKED = Subquery(
    AskedAmount.objects.filter(application=OuterRef("pk"))
    .order_by()
    .values("application")
    .annotate(total=Sum("amount_cents"))
    .values("total")
)
GIVEN = Subquery(
    Review.objects.current()
    .filter(application=OuterRef("pk"))
    .order_by()
    .values("application")
    .annotate(total=Count("pk"))
    .values("total")
)
# Address word -> ordering; a minus in the address turns it round.
SORTS: dict[str, tuple[str, ...]] = {
    "numero": ("number",),
    "projet": ("title",),
    "organisation": ("organisation__name",),
    "departement": ("department",),
    "appel": ("call__title",),
    "etat": ("state",),
    "demande": ("asked_cents",),
    "depot": ("filed_at",),
}
BADGES = {
    State.FILED: "wait",
    State.IN_REVIEW: "info",
    State.INCOMPLETE: "wait",
    State.PROPOSED: "info",
    State.FUNDED: "done",
    State.REFUSED: "stop",
    State.AGREED: "done",
    State.CLOSED: "draft",
    State.WITHDRAWN: "draft",
}
ZONES = {
    ZoningKind.QPV: "QPV",
    ZoningKind.FRR: "FRR",
    ZoningKind.FRR_PLUS: "FRR+",
    ZoningKind.OVERSEAS: "Outre-mer",
}
STATE_LABELS = dict(State.choices)
WHOSE = {"moi": "Moi", "personne": "Personne"}
ALERTS = {
    "retard": "Compléments en retard",
    "vieux": "Déposés il y a plus de 30 jours, sans instruction",
    "non_lus": "Messages non lus",
}
OLD = timedelta(days=30)


@dataclass(frozen=True)
class Filters:
    """What the address asks for; an unknown value is the same as none."""

    state: str = ""
    call: str = ""
    department: str = ""
    zoning: str = ""
    text: str = ""
    whose: str = ""
    alert: str = ""
    sort: str = "-depot"

    @property
    def are_set(self) -> bool:
        named = (self.state, self.call, self.department, self.zoning, self.whose, self.alert)
        return any((*named, self.text))


class Row(NamedTuple):
    """One line, written as it is shown."""

    number: str
    title: str
    organisation: str
    department: str
    zones: str
    call: str
    state: str
    badge: str
    asked: str
    opinions: str
    score: str
    filed: str
    holder: str
    late: bool
    unread: int


@dataclass
class Listing:
    """A page of files with what its filters offer."""

    rows: list[Row]
    page: Page
    total: int
    states: list[tuple[str, str, int]] = field(default_factory=list)


class Counted(Paginator):
    """A paginator that was told how many rows there are."""

    def __init__(self, rows: Any, per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.__dict__["count"] = count


def files_for(actor: Actor) -> QuerySet[Application]:
    """Every filed file that this actor may read."""
    return access.filed(Application.objects.filter(access.in_sight(actor)))


def listing(actor: Actor, filters: Filters, number: str, day: date) -> Listing:
    """One page: a query for the counts, one for the rows, one for zonings, one for scores."""
    found = _narrowed(files_for(actor), filters, day)
    found = _watched(_held(found, filters.whose, actor), filters.alert, actor, day)
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    if filters.state:
        found = found.filter(state=filters.state)
    total = counts.get(filters.state, 0) if filters.state else sum(counts.values())
    rows = found.order_by(*_order(filters.sort)).annotate(
        asked_cents=ASKED, given=GIVEN, late=Exists(overdue(day)), recused=Exists(recused(actor))
    )
    page = Counted(rows.values_list(*COLUMNS, named=True), PAGE_ROWS, total).get_page(number)
    kept = list(page.object_list)
    zones = _zones(kept, day)
    scores = _scores([row.pk for row in kept if row.given and not row.recused])
    unread = unread_by_file(actor, [row.pk for row in kept if not row.recused])
    states = [(value, label, counts.get(value, 0)) for value, label in State.choices]
    return Listing(
        rows=[_row(row, zones.get(row.pk, []), scores.get(row.pk, []), unread) for row in kept],
        page=page,
        total=total,
        states=[state for state in states if state[0] != State.DRAFT],
    )


COLUMNS = (
    "pk",
    "number",
    "title",
    "organisation__name",
    "department",
    "department__name",
    "department__zone",
    "commune",
    "qpv_codes",
    "call__title",
    "state",
    "filed_at",
    "asked_cents",
    "given",
    "late",
    "recused",
    "assignment__instructor__name",
    "assignment__instructor__email",
)


def overdue(day: date) -> QuerySet[ComplementRequest]:
    """Complements of the row that are past their date."""
    return ComplementRequest.objects.filter(
        application=OuterRef("pk"), answered_at__isnull=True, due_on__lt=day
    ).order_by()


def recused(actor: Actor) -> QuerySet[Interest]:
    return Interest.objects.filter(
        application=OuterRef("pk"), user=actor.user.pk, recused=True
    ).order_by()


def _held(rows: QuerySet[Application], whose: str, actor: Actor) -> QuerySet[Application]:
    if whose == "moi":
        return rows.filter(assignment__instructor=actor.user.pk)
    if whose == "personne":
        return rows.filter(assignment__isnull=True)
    return rows


def _watched(
    rows: QuerySet[Application], alert: str, actor: Actor, day: date
) -> QuerySet[Application]:
    if alert == "retard":
        return rows.filter(Exists(overdue(day)), state=State.INCOMPLETE)
    if alert == "vieux":
        return rows.filter(state=State.FILED, filed_at__date__lt=day - OLD)
    if alert == "non_lus":
        read = ThreadRead.objects.filter(application=OuterRef("application"), user=actor.user.pk)
        others = Message.objects.filter(application=OuterRef("pk")).exclude(author=actor.user.pk)
        unseen = others.filter(~Exists(read.filter(last__gte=OuterRef("pk"))))
        return rows.filter(Exists(unseen.order_by())).exclude(Exists(recused(actor)))
    return rows


def _narrowed(rows: QuerySet[Application], filters: Filters, day: date) -> QuerySet[Application]:
    if filters.call:
        rows = rows.filter(call__slug=filters.call)
    if filters.department:
        rows = rows.filter(department=filters.department)
    if filters.text:
        text = filters.text
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(title__icontains=text)
            | Q(organisation__name__icontains=text)
            | Q(organisation__siret__startswith=text.replace(" ", ""))
        )
    return _in_zone(rows, filters.zoning, day)


def _in_zone(rows: QuerySet[Application], zoning: str, day: date) -> QuerySet[Application]:
    if zoning == ZoningKind.QPV:
        return rows.exclude(qpv_codes=[])
    if zoning == ZoningKind.OVERSEAS:
        return rows.exclude(department__zone=Zone.MAINLAND).exclude(department=None)
    if zoning in (ZoningKind.FRR, ZoningKind.FRR_PLUS):
        inside = Zoning.objects.on(day).filter(commune=OuterRef("commune"), kind=zoning)
        return rows.filter(Exists(inside))
    return rows


def _order(sort: str) -> list[Any]:
    """The ordering asked for, nothing last, then by number so that pages never overlap."""
    names = SORTS.get(sort.lstrip("-"), SORTS["depot"])
    turned = sort.startswith("-")
    fields = [
        F(name).desc(nulls_last=True) if turned else F(name).asc(nulls_last=True) for name in names
    ]
    return [*fields, "-pk"]


def _zones(rows: Iterable[Any], day: date) -> dict[int, list[str]]:
    rows = list(rows)
    communes = {row.commune for row in rows if row.commune}
    kinds: dict[str, set[str]] = defaultdict(set)
    rural = Zoning.objects.on(day).filter(
        commune__in=communes, kind__in=(ZoningKind.FRR, ZoningKind.FRR_PLUS)
    )
    for commune, kind in rural.order_by().values_list("commune", "kind"):
        kinds[commune].add(kind)
    found: dict[int, list[str]] = {}
    for row in rows:
        here = set(kinds.get(row.commune, ()))
        if row.qpv_codes:
            here.add(ZoningKind.QPV)
        if row.department and row.department__zone != Zone.MAINLAND:
            here.add(ZoningKind.OVERSEAS)
        found[row.pk] = [label for kind, label in ZONES.items() if kind in here]
    return found


def _scores(applications: list[int]) -> dict[int, list[Fraction]]:
    """The weighted score of each given opinion, by application."""
    grades: dict[tuple[int, int], list[scoring.Graded]] = defaultdict(list)
    rows = Score.objects.filter(
        review__in=Review.objects.current().filter(application__in=applications).order_by(),
        value__isnull=False,
    ).order_by()
    for application, review, *grade in rows.values_list(
        "review__application", "review", "value", "criterion__scale_max", "criterion__weight"
    ):
        grades[application, review].append(tuple(grade))
    found: dict[int, list[Fraction]] = defaultdict(list)
    for (application, _), marks in grades.items():
        score = scoring.weighted(marks)
        if score is not None:
            found[application].append(score)
    return found


def _row(row: Any, zones: list[str], scores: list[Fraction], unread: dict[int, int]) -> Row:
    place = f"{row.department__name} ({row.department})" if row.department else "National"
    return Row(
        number=row.number,
        title=row.title,
        organisation=row.organisation__name,
        department=place,
        zones=", ".join(zones),
        call=row.call__title,
        state=str(STATE_LABELS[row.state]),
        badge=BADGES[State(row.state)],
        asked=euros(row.asked_cents or 0),
        opinions="déport" if row.recused else str(row.given or 0),
        score=scoring.on_hundred(scoring.mean(scores)) if scores else "",
        filed=written(in_paris(row.filed_at)),
        holder=row.assignment__instructor__name or row.assignment__instructor__email or "",
        late=row.late,
        unread=unread.get(row.pk, 0),
    )
