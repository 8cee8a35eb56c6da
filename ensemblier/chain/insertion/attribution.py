"""Under which agreement a structure's sales without an activity count (C. trav., D. 5132-34).

One agreement in force that day: it. Several, or a part of the sales outside insertion: what the
structure chose for the place. Else nobody knows: the amount is told, never left out in silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, F, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncMonth

from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.models import SalesChoice

INTEGER = BigIntegerField()
SIGNED = Case(When(undoes=None, then=F("price_cents")), default=-F("price_cents"))


class Waiting(NamedTuple):
    """Sales of a place that no agreement counts until the structure says which."""

    organisation: int
    site: str
    month: date
    cents: int


@dataclass
class Attributed:
    """Cents by agreement and month, and what waits for a choice."""

    given: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(int))
    waiting: list[Waiting] = field(default_factory=list)


def without_activity(organisations: Collection[int]) -> QuerySet[SaleLine]:
    """Lines of these sellers that say no agreement, from the desk or a till's file."""
    return SaleLine.objects.filter(seller__in=organisations, iae_agreement=None)


def attributed(organisations: Collection[int], year: int) -> Attributed:
    """The year's sales of these structures that no activity ties to an agreement, in three
    queries. What is undone goes where its line went, in the month it is undone."""
    rows = without_activity(organisations).filter(day__year=year).order_by()
    rows = rows.annotate(of=TruncMonth("day"), sold_on=Coalesce("undoes__day", "day"))
    sums = rows.values_list("seller", "site", "site__name", "sold_on", "of")
    sold = list(sums.annotate(cents=Sum(SIGNED, output_field=INTEGER)))
    found = Attributed()
    if not sold:
        return found
    held, chosen = _agreements(organisations), _choices(organisations)
    waiting: dict[tuple[int, str, date], int] = defaultdict(int)
    for seller, site, name, day, month, cents in sold:
        running = [row for row in held[seller] if row.starts <= day <= row.ends]
        choice = _in_force(chosen[seller, site], day)
        if choice is not None and choice.agreement_id is None:
            continue
        if choice is not None and choice.agreement_id in {row.pk for row in running}:
            found.given[choice.agreement_id, month] += cents
        elif len(running) == 1:
            found.given[running[0].pk, month] += cents
        elif running:
            waiting[seller, name, month] += cents
    found.waiting = [Waiting(*who, cents) for who, cents in sorted(waiting.items()) if cents]
    return found


def _agreements(organisations: Collection[int]) -> dict[int, list[IaeAgreement]]:
    held: dict[int, list[IaeAgreement]] = defaultdict(list)
    for row in IaeAgreement.objects.filter(organisation__in=organisations):
        held[row.organisation_id].append(row)
    return held


def _choices(organisations: Collection[int]) -> dict[tuple[int, int], list[SalesChoice]]:
    """In the order they count: the last written for a day replaces the others."""
    chosen: dict[tuple[int, int], list[SalesChoice]] = defaultdict(list)
    for row in SalesChoice.objects.filter(organisation__in=organisations).order_by("starts", "pk"):
        chosen[row.organisation_id, row.site_id].append(row)
    return chosen


def _in_force(choices: Iterable[SalesChoice], day: date) -> SalesChoice | None:
    """The last one begun, or none yet."""
    return next((row for row in reversed(list(choices)) if row.starts <= day), None)
