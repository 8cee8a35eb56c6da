"""The staff's list of files: few queries, rows as plain values, ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.prepared import DAY, KEY, Prepared
from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.fund.applications.models import Application, AskedAmount, State
from ensemblier.fund.calls.models import Desk
from ensemblier.fund.review import access, scoring
from ensemblier.fund.review.beside import PAGE_ROWS, Beside, beside
from ensemblier.fund.review.models import (
    ComplementRequest,
    Interest,
    Message,
    Review,
    ThreadRead,
)

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
    State.ABANDONED: "draft",
}
ZONES = {
    ZoningKind.QPV: "QPV",
    ZoningKind.FRR: "FRR",
    ZoningKind.FRR_PLUS: "FRR+",
    ZoningKind.OVERSEAS: "Outre-mer",
}
STATE_LABELS = dict(State.choices)
WHOSE = {"moi": "Moi", "personne": "Personne", "guichet": "Mon guichet"}
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
    """One page: a query for the counts, one for its keys, one for its rows, one for the rest."""
    found = _narrowed(files_for(actor), filters, day)
    found = _watched(_held(found, filters.whose, actor), filters.alert, actor, day)
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    if filters.state:
        found = found.filter(state=filters.state)
    total = counts.get(filters.state, 0) if filters.state else sum(counts.values())
    if filters.sort.removeprefix("-") == "demande":
        found = found.annotate(asked_cents=ASKED)
    order = _order(filters.sort)
    chosen = found.order_by(*order).values_list("pk", flat=True)
    page = Counted(chosen, PAGE_ROWS, total).get_page(number)
    kept = _kept(list(page.object_list), actor, day)
    open_files = [row.pk for row in kept if not row.recused]
    near = beside(actor, [row.pk for row in kept], open_files, day)
    states = [(value, label, counts.get(value, 0)) for value, label in State.choices]
    return Listing(
        rows=[_row(row, near) for row in kept],
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
        ComplementRequest.OPEN, application=OuterRef("pk"), due_on__lt=day
    ).order_by()


def recused(person: int) -> QuerySet[Interest]:
    return Interest.objects.filter(application=OuterRef("pk"), user=person, recused=True).order_by()


def _held(rows: QuerySet[Application], whose: str, actor: Actor) -> QuerySet[Application]:
    if whose == "moi":
        return rows.filter(assignment__instructor=actor.user.pk)
    if whose == "personne":
        return rows.filter(assignment__isnull=True)
    return rows.filter(at_desk_of(actor)) if whose == "guichet" else rows


def at_desk_of(actor: Actor) -> Q:
    """Files that the call sends to a desk of this person: `calls.desks.desk_of`, as a condition."""
    own = actor.organisations(*access.DESK)
    desks = Desk.objects.filter(call=OuterRef("call")).order_by()
    here = desks.filter(region=OuterRef("department__region"))
    elsewhere = desks.filter(region__isnull=True, organisation__in=own)
    return Q(Exists(here.filter(organisation__in=own))) | (Q(Exists(elsewhere)) & ~Q(Exists(here)))


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
        return rows.filter(Exists(unseen.order_by())).exclude(Exists(recused(actor.user.pk)))
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


def _lines(files: list[int], person: int, day: date) -> QuerySet[Any]:
    rows = Application.objects.filter(pk__in=files).annotate(
        asked_cents=ASKED, given=GIVEN, late=Exists(overdue(day)), recused=Exists(recused(person))
    )
    return rows.order_by().values_list(*COLUMNS, named=True)


LINES = Prepared(_lines, files=PAGE_ROWS, person=KEY, day=DAY)


def _kept(chosen: list[int], actor: Actor, day: date) -> list[Any]:
    """The rows of one page. What is counted row by row is counted for these alone: asked with
    the ordering, the database would count it for every file before it keeps fifty."""
    rank = {key: place for place, key in enumerate(chosen)}
    rows = LINES.found(files=chosen, person=actor.user.pk, day=day) if chosen else []
    return sorted(rows, key=lambda row: rank[row.pk])


def _zones(row: Any, rural: set[str]) -> str:
    """The zonings of a file, in the order of their list."""
    here = set(rural)
    if row.qpv_codes:
        here.add(ZoningKind.QPV)
    if row.department and row.department__zone != Zone.MAINLAND:
        here.add(ZoningKind.OVERSEAS)
    return ", ".join(label for kind, label in ZONES.items() if kind in here)


def _row(row: Any, near: Beside) -> Row:
    scores = near.scores.get(row.pk, [])
    place = f"{row.department__name} ({row.department})" if row.department else "National"
    return Row(
        number=row.number,
        title=row.title,
        organisation=row.organisation__name,
        department=place,
        zones=_zones(row, near.rural.get(row.pk, set())),
        call=row.call__title,
        state=str(STATE_LABELS[row.state]),
        badge=BADGES[State(row.state)],
        asked=euros(row.asked_cents or 0),
        opinions="déport" if row.recused else str(row.given or 0),
        score=scoring.on_hundred(scoring.mean(scores)) if scores else "",
        filed=written(in_paris(row.filed_at)),
        holder=row.assignment__instructor__name or row.assignment__instructor__email or "",
        late=row.late,
        unread=near.unread.get(row.pk, 0),
    )
