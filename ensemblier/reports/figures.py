"""What a chain's days say, for those who ask for figures: activity, quality, purchases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Sum

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import OrganisationKind
from ensemblier.chain.billing.rules import line_cents
from ensemblier.chain.catalogue.models import Basis
from ensemblier.chain.catalogue.queries import labels_on, price_on
from ensemblier.chain.distribution.models import LineCard, SaleLine
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.chain.stock.models import Movement, Processing
from ensemblier.reports.days import standing, told_on, volunteered
from ensemblier.reports.models import ReportKind

Kind = Movement.Kind
IN = (Kind.PURCHASE, Kind.GIFT, Kind.HARVEST, Kind.GLEANED)
OUT = (Kind.SALE, Kind.HANDED, Kind.OWN_USE)
# Below this many people, a number is not given.
FEWEST = 5
# The question that food surveys ask of a household, from best to worst.
SITUATIONS = {
    "enough_wanted": "assez à manger, et tout ce que l'on souhaite",
    "enough": "assez à manger, mais pas toujours ce que l'on souhaite",
    "sometimes_short": "parfois pas assez à manger",
    "often_short": "souvent pas assez à manger",
}
# Labels that ma-cantine's file has no code for.
UNKNOWN_THERE = ("NIVEAU_2", "SANS_INTRANTS")
# A purchase counts once: organic, then signs of quality, then the other labels, then the last two.
ORDER = (
    ("organic", {"BIO"}),
    ("signs", {"LABEL_ROUGE", "AOCAOP", "IGP", "STG"}),
    ("other", {"HVE", "PECHE_DURABLE", "RUP", "COMMERCE_EQUITABLE", "FERMIER", "NIVEAU_2"}),
    ("last", {"EXTERNALITES", "PERFORMANCE"}),
)


def activity(chain: Chain, first: date, last: date) -> dict[str, Any]:
    """Figures asked of authorised bodies: households, visits, kilos in by source and family, kilos
    out, lost, or eaten by those who grew them, volunteers. Weights in grams; goods that nobody
    weighed are counted apart."""
    moves = standing(chain, first, last)
    came: dict[str, dict[str, int]] = defaultdict(dict)
    rows = moves.filter(kind__in=IN).values_list("kind", "lot__product__family")
    for kind, family, grams in rows.annotate(total=Sum("signed_grams")).order_by("kind"):
        came[kind][family] = grams or 0
    ties = LineCard.objects.filter(told_on(chain, first, last, "line__"), line__chain=chain)
    given = volunteers(chain, first, last)
    households = ties.values("card").distinct().count()
    visits = ties.values("card", "line__day", "line__site").distinct().count()
    return {
        "sites": SaleLine.objects.filter(told_on(chain, first, last), chain=chain)
        .values("site")
        .distinct()
        .count(),
        "households": shown(households, households),
        "visits": shown(visits, households),
        "came_grams": dict(came),
        "went_grams": grams_of(moves.filter(kind__in=OUT)),
        "went_by": dict(
            moves.filter(kind__in=OUT)
            .values_list("kind")
            .annotate(sum=Sum("signed_grams"))
            .order_by()
        ),
        **own_use(moves),
        "lost_grams": grams_of(moves.filter(kind=Kind.LOSS)),
        "workshop_lost_grams": workshop_loss(chain, first, last),
        "unweighed": moves.filter(grams__isnull=True, undoes=None).count(),
        "volunteers": shown(given.people, given.people),
        "volunteer_minutes": shown(given.minutes, given.behind),
    }


class Given(NamedTuple):
    """What volunteers gave: how many of them, their minutes, and for how many persons something was
    written, a correction included: what decides whether the number is given."""

    people: int
    minutes: int
    behind: int


def volunteers(chain: Chain, first: date, last: date) -> Given:
    rows = volunteered(chain, first, last).order_by().values("participation__participant")
    return given_by([row["sum"] for row in rows.annotate(sum=Sum("minutes"))])


def given_by(sums: Sequence[int]) -> Given:
    """From the minutes of each person; few who came are told by neither number."""
    people, behind = sum(1 for one in sums if one > 0), sum(1 for one in sums if one)
    return Given(people, sum(sums), people if 0 < people < FEWEST else behind)


def own_use(moves: QuerySet[Movement]) -> dict[str, int]:
    """What a community ate of its own, valued at the market's price of that day in the catalogue:
    the dated rule that accounts ask for. What had no price is counted apart, never guessed."""
    worth, unpriced = 0, 0
    for row in moves.filter(kind=Kind.OWN_USE).select_related("lot__product").order_by("pk"):
        price = price_on(row.lot.product, Basis.MARKET, row.day)
        sign = -1 if row.undoes_id else 1
        if price is None:
            unpriced += sign
        else:
            worth += sign * line_cents(price.unit_cents, row.milli)
    return {"own_use_cents": worth, "own_use_unpriced": unpriced}


def workshop_loss(chain: Chain, first: date, last: date) -> int:
    """Grams of peelings and burnt pots: what came in is what went out, was lost, or is left."""
    runs = Processing.objects.filter(told_on(chain, first, last), activity__chain=chain)
    standing_runs = runs.exclude(movements__undone_by__isnull=False)
    return standing_runs.aggregate(grams=Sum("lost_grams"))["grams"] or 0


def quality(chain: Chain, first: date, last: date) -> dict[str, Any]:
    """Value of purchases, excluding tax: in all, EGalim, organic, and short chain each apart.

    Local and short chain are no EGalim categories (Code rural, L. 230-5-1): shown beside, never
    added. Short chain: bought from a farm, hence at most one intermediary.
    """
    sums: dict[str, int] = dict.fromkeys(("total", "egalim", "organic", "short_chain"), 0)
    by_group: dict[str, int] = defaultdict(int)
    for row, labels in purchases(chain, first, last):
        cents = row.signed_cents
        sums["total"] += cents
        group = next((name for name, kinds in ORDER if kinds & set(labels)), "")
        if group:
            sums["egalim"] += cents
            by_group[group] += cents
        if group == "organic":
            sums["organic"] += cents
        if row.party is not None and row.party.kind == OrganisationKind.FARM:
            sums["short_chain"] += cents
    return {f"{name}_cents": cents for name, cents in sums.items()} | {"groups": dict(by_group)}


def purchases(chain: Chain, first: date, last: date) -> Iterator[tuple[Any, list[str]]]:
    """Each purchase that stands, with the labels proved and counted on its own day; the opposite of
    one that an older closed period tells, below zero."""
    rows = standing(chain, first, last).filter(kind=Kind.PURCHASE, value_cents__gt=0)
    for row in rows.select_related("lot__product", "party").order_by("day", "pk"):
        yield row, labels_on(row.lot.product, row.day, row.party)


def canteen_rows(
    chain: Chain, siret: str, first: date, last: date, *, local: str = "DEPARTEMENT"
) -> list[dict[str, str]]:
    """Rows of ma-cantine's purchase file, in its twelve columns.

    `local`: how the chain defines it (PAT, COMMUNE, DEPARTEMENT, REGION); a purchase is local when
    the grower sits in the department of the place that received it.
    """
    found = []
    for row, labels in purchases(chain, first, last):
        at = row.target.commune if row.target else None
        seat = row.party.commune if row.party else None
        near = bool(at and seat and at.department_id == seat.department_id)
        found.append(
            {
                "siret": siret,
                "description": row.lot.product.name,
                "fournisseur": row.party.name if row.party else "",
                "date": row.day.isoformat(),
                "prix_ht": decimal(row.signed_cents),
                "famille_produits": row.lot.product.family,
                "categories_egalim": ",".join(k for k in labels if k not in UNKNOWN_THERE),
                "origine": "FRANCE" if seat else "",
                "est_circuit_court": yes(row.party and row.party.kind == OrganisationKind.FARM),
                "est_local": yes(near),
                "definition_local": local if near else "",
                "definition_local_km": "",
            }
        )
    return found


def decimal(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def yes(answer: object) -> str:
    return "oui" if answer else "non"


def grams_of(rows: QuerySet[Movement]) -> int:
    return rows.aggregate(grams=Sum("signed_grams"))["grams"] or 0


def insertion(chain: Chain, first: date, last: date) -> dict[str, Any]:
    """Minutes by kind and exits by kind, over the chain's contracts; a number that fewer than
    FEWEST people stand behind is left out, and the totals that would give it back with it."""
    rows = HourEntry.objects.filter(
        told_on(chain, first, last), contract__participant__chain=chain
    ).values_list("kind")
    found = rows.annotate(minutes=Sum("minutes"), people=Count("contract", distinct=True))
    minutes = {kind: shown(total, people) for kind, total, people in found.order_by("kind")}
    ended = InsertionContract.objects.filter(
        participant__chain=chain, exit_on__range=(first, last)
    ).values_list("exit")
    exits = {
        kind: shown(number, number)
        for kind, number in ended.annotate(number=Count("pk")).order_by("exit")
    }
    held = InsertionContract.objects.filter(
        participant__chain=chain, starts__lte=last, ends__gte=first
    ).count()
    return {
        "contracts": shown(held, held),
        "minutes": minutes,
        "total_minutes": whole(minutes),
        "exits": exits,
        "total_exits": whole(exits),
        "fewest": FEWEST,
    }


def shown(value: int, people: int) -> int | None:
    """A number, unless one to four people stand behind it."""
    return None if 0 < people < FEWEST else value


def whole(parts: Mapping[str, int | None]) -> int | None:
    """The total of numbers, unless one of them is left out."""
    known = [value for value in parts.values() if value is not None]
    return sum(known) if len(known) == len(parts) else None


def canteen(chain: Chain, first: date, last: date) -> dict[str, Any]:
    """The purchases of the lead's canteen, as ma-cantine reads them."""
    return {"rows": canteen_rows(chain, chain.lead.siret or "", first, last)}


def sufficiency(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, Any]:
    """What people declared of their meals, before and after: counts only, small ones left out."""
    told = {}
    for name, answers in (("before", before), ("after", after)):
        told[name] = {key: shown(answers[key], answers[key]) for key in SITUATIONS}
        told[f"{name}_total"] = whole(told[name])  # type: ignore[assignment]
    return told | {"fewest": FEWEST}


OF_KIND: dict[str, Callable[[Chain, date, date], dict[str, Any]]] = {
    ReportKind.ACTIVITY: activity,
    ReportKind.QUALITY: quality,
    ReportKind.CANTEEN: canteen,
    ReportKind.INSERTION: insertion,
}
