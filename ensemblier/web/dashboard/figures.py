"""The figures of the dashboard: all from the books and the rows, none kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from statistics import median_low
from typing import NamedTuple

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse

from ensemblier.base.ledger.models import Block, Transfer
from ensemblier.base.pages.charts import Part, StackedBar, TerritoryMap
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role
from ensemblier.base.territory.france_map import department_map
from ensemblier.fund.agreements.shares import granted_by_year
from ensemblier.fund.applications.models import LEFT, Application, AskedAmount, State
from ensemblier.fund.decisions.figures import Standing, standings
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.programme.models import Envelope, Strand

MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)


class Line(NamedTuple):
    """One envelope from what came in to what is left, in cents."""

    label: str
    url: str
    contributed: int
    asked: int
    granted: int
    agreed: int
    paid: int
    left: int


class Delay(NamedTuple):
    """The median days between two stages, over the files that went through both."""

    label: str
    days: int
    files: int


def envelope_lines() -> list[Line]:
    """Every envelope. Eight queries, whatever their number."""
    found = standings(Envelope.objects.select_related("programme", "region"))
    asked = asked_by_place()
    return [_line(standing, asked) for standing in found]


def _line(standing: Standing, asked: dict[tuple[int, str], int]) -> Line:
    envelope = standing.envelope
    place = f", {envelope.region.name}" if envelope.region_id and envelope.region else ""
    return Line(
        label=f"{envelope.year}, {Strand(envelope.strand).label}{place}",
        url=reverse("programme:envelope", args=[envelope.pk]),
        contributed=standing.books.contributed,
        asked=0 if envelope.region_id else asked[envelope.year, envelope.strand],
        granted=standing.books.engaged,
        agreed=standing.books.granted,
        paid=standing.paid,
        left=standing.left,
    )


def asked_by_place() -> dict[tuple[int, str], int]:
    """What filed applications ask, by year and strand; those that left ask nothing any more."""
    rows = (
        AskedAmount.objects.filter(application__filed_at__isnull=False)
        .exclude(application__state__in=LEFT)
        .order_by()
        .values_list("year", "application__call__strand")
        .annotate(total=Sum("amount_cents"))
    )
    found: dict[tuple[int, str], int] = defaultdict(int)
    found.update({(year, strand): total for year, strand, total in rows})
    return found


def total_of(lines: Sequence[Line]) -> Line:
    sums = [sum(line[place] for line in lines) for place in range(2, len(Line._fields))]
    return Line("Toutes les enveloppes", "", *sums)


def money_bar(total: Line) -> StackedBar:
    """From what came in to what is left, in one bar."""
    paid = min(total.paid, total.agreed)
    return StackedBar(
        parts=[
            Part("Payé", paid, "leaf"),
            Part("Conventionné, à payer", total.agreed - paid, "moss"),
            Part("Décidé, convention à signer", total.granted - total.agreed, "honey"),
            Part("Reste disponible", max(total.left, 0), "slate"),
        ],
        sentence=(
            f"Sur {euros(total.contributed)} apportés, {euros(total.granted)} sont décidés et "
            f"{euros(paid)} payés ; les dossiers déposés demandent {euros(total.asked)}."
        ),
    )


def delays() -> list[Delay]:
    """How long each stage takes. One query."""
    rows = (
        Application.objects.filter(filed_at__isnull=False)
        .order_by()
        .annotate(
            first_paid_at=Min(
                "decision__agreement__instalments__payments__settled_at",
                filter=Q(decision__agreement__instalments__payments__state=Payment.State.PAID),
            )
        )
        .values_list(
            "filed_at",
            "decision__decided_at",
            "decision__agreement__signed_at",
            "first_paid_at",
        )
    )
    stages = list(rows)
    labels = (
        "Du dépôt à la décision",
        "De la décision à la convention signée",
        "De la convention signée au premier versement",
    )
    found = []
    for place, label in enumerate(labels):
        days = [
            (row[place + 1] - row[place]).days for row in stages if row[place] and row[place + 1]
        ]
        if days:
            found.append(Delay(label, median_low(days), len(days)))
    return found


def map_of_files() -> TerritoryMap:
    """Filed applications by department. One query."""
    rows = (
        Application.objects.filter(filed_at__isnull=False, department__isnull=False)
        .order_by()
        .values_list("department")
        .annotate(total=Count("pk"))
    )
    numbers = dict(rows)
    desk = reverse("review:inbox")
    total = sum(numbers.values())
    return department_map(
        numbers=numbers,
        sentence=f"{total} dossiers déposés dans {len(numbers)} départements",
        links={code: f"{desk}?departement={code}" for code in numbers},
        measure="Dossiers",
    )


def left_in_envelopes() -> list[Standing]:
    """For the signatory: the envelopes open to a call. Seven queries."""
    return standings(
        Envelope.objects.filter(calls__isnull=False).distinct().select_related("programme")
    )


class Own(NamedTuple):
    """An organisation's own files, in figures."""

    files: int
    open: int
    granted: int
    paid: int


def own_files(actor: Actor) -> tuple[Own, list[Application]]:
    """Its files and the money it was granted and paid. Three queries."""
    mine = Application.objects.filter(organisation__in=actor.organisations(*MEMBERS))
    rows = list(mine.select_related("organisation")[:50])
    given = granted_by_year(Decision.objects.filter(application__in=mine))
    granted = sum(sum(years.values()) for years in given.values())
    paid = Payment.objects.filter(
        state=Payment.State.PAID, instalment__agreement__decision__application__in=mine
    ).aggregate(total=Sum("amount_cents", default=0))["total"]
    ended = (State.CLOSED, State.REFUSED, *LEFT)
    return Own(len(rows), sum(row.state not in ended for row in rows), granted, paid), rows


class Books(NamedTuple):
    """The state of the books for the auditor."""

    transfers: int
    waiting: int
    sealed_at: datetime | None


def books() -> Books:
    """Three queries."""
    last = Block.objects.order_by("-number").values_list("last_id", "sealed_at").first()
    until, sealed_at = last or (0, None)
    waiting = Transfer.objects.filter(pk__gt=until).count()
    return Books(Transfer.objects.count(), waiting, sealed_at)
