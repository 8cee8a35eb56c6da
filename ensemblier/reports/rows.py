"""The rows behind a figure of a report: days are closed, so they are those that were counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, QuerySet, Sum

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.formats import day, euros_exact, quantity, whole
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Family
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import LineCard, SaleLine
from ensemblier.chain.stock.models import Movement
from ensemblier.reports.days import standing, told_on, volunteered
from ensemblier.reports.figures import FEWEST, IN, OUT, Kind, given_by
from ensemblier.reports.models import ReportKind, SentReport

HIDDEN = "non donné"
MOVED = ("Jour", "Lot", "Produit", "Nature", "Quantité", "Poids", "Valeur")
# The figures that each kind of report tells, by how their names begin: who receives a report reads
# what its own figures are made of, and nothing else of the chain.
TOLD = {
    ReportKind.ACTIVITY: ("visits", "volunteers", "went", "lost", "unweighed", "came-"),
    ReportKind.QUALITY: ("purchases",),
}


class Rows(NamedTuple):
    """What a figure is made of: its title, its columns, its rows, and how to write one."""

    title: str
    heads: tuple[str, ...]
    rows: Any
    write: Any


def rows_of(report: SentReport, figure: str) -> Rows | None:
    """The rows of a figure of this report; None when it has no figure of this name."""
    if not figure.startswith(TOLD.get(ReportKind(report.kind), ())):
        return None
    days = (report.first_day, report.last_day)
    moves = standing(report.chain, *days).select_related("lot__product").order_by("day", "pk")
    if figure == "visits":
        return _visits(report)
    if figure == "volunteers":
        return _volunteers(report)
    known: dict[str, tuple[str, QuerySet[Movement]]] = {
        "went": ("Ce qui est sorti pour être mangé", moves.filter(kind__in=OUT)),
        "lost": ("Ce qui est perdu", moves.filter(kind=Kind.LOSS)),
        "unweighed": ("Ce que personne n'a pesé", moves.filter(grams__isnull=True, undoes=None)),
        "purchases": ("Les achats", moves.filter(kind=Kind.PURCHASE, value_cents__gt=0)),
    }
    for kind in IN:
        for family, label in Family.choices:
            found = moves.filter(kind=kind, lot__product__family=family)
            known[f"came-{kind}-{family}"] = (f"{Kind(kind).label}, {label}".capitalize(), found)
    if figure not in known:
        return None
    title, rows = known[figure]
    return Rows(title, MOVED, rows, _move)


def _move(row: Any) -> list[str]:
    product, sign = row.lot.product, -1 if row.undoes_id else 1
    return [
        day(row.day),
        row.lot.number,
        product.name,
        row.get_kind_display(),
        quantity(sign * row.milli, product.get_unit_display()),
        "non pesé" if row.grams is None else quantity(sign * row.grams, "kg"),
        euros_exact(row.signed_cents),
    ]


def veiled(counts: Sequence[int]) -> set[int] | None:
    """Places of the counts to hide, so that none from one to four is read or worked out from their
    total; None when hiding cannot do it: then no count is shown."""
    small = {place for place, count in enumerate(counts) if 0 < count < FEWEST}
    hidden = sum(counts[place] for place in small)
    if not small or (len(small) > 1 and len(small) < hidden < len(small) * (FEWEST - 1)):
        return small
    others = [place for place, count in enumerate(counts) if count >= FEWEST]
    return small | {min(others, key=counts.__getitem__)} if others else None


def _counted(title: str, heads: tuple[str, ...], rows: list[tuple[int, list[str]]]) -> Rows:
    """Rows of people counted: each with its count, its words, and what the count tells, last."""
    hidden = veiled([count for count, _ in rows])
    if hidden is None:
        return Rows(title, heads, [], list)
    few = f"moins de {FEWEST}"
    told = [
        [*words[:-2], few if count < FEWEST else HIDDEN, HIDDEN] if place in hidden else words
        for place, (count, words) in enumerate(rows)
    ]
    return Rows(title, heads, told, list)


def _visits(report: SentReport) -> Rows:
    """Days and places with how many cards came: never which ones, nor how few."""
    told = told_on(report.chain, report.first_day, report.last_day, "line__")
    ties = LineCard.objects.filter(told, line__chain=report.chain)
    rows = ties.values_list("line__day", "line__site__name").annotate(
        cards=Count("card", distinct=True), lines=Count("pk")
    )
    return _counted(
        "Les passages, par jour et par lieu",
        ("Jour", "Lieu", "Passages", "Lignes"),
        [
            (cards, [day(on), place, whole(cards), whole(lines)])
            for on, place, cards, lines in rows.order_by("line__day", "line__site__name")
        ],
    )


def _volunteers(report: SentReport) -> Rows:
    """Activities with their volunteers counted."""
    told = volunteered(report.chain, report.first_day, report.last_day).order_by()
    sums: dict[tuple[Any, ...], list[int]] = {}
    for at, title, kind, _, minutes in told.values_list(
        "participation__activity__starts_at",
        "participation__activity__title",
        "participation__activity__kind",
        "participation__participant",
    ).annotate(sum=Sum("minutes")):
        sums.setdefault((at, title, kind), []).append(minutes)
    kinds = dict(Activity.Kind.choices)
    rows = [(key, given_by(found)) for key, found in sorted(sums.items()) if any(found)]
    return _counted(
        "Les activités et leurs bénévoles",
        ("Jour", "Activité", "Nature", "Bénévoles", "Heures"),
        [
            (
                given.behind,
                [
                    day(at),
                    title,
                    str(kinds[kind]),
                    whole(given.people),
                    quantity(given.minutes * 1000 // 60, "h"),
                ],
            )
            for (at, title, kind), given in rows
        ],
    )


class Untold(NamedTuple):
    """What a funder pays that no report told yet."""

    name: str
    pk: int
    cents: int
    lines: int
    since: Any
    until: Any


def untold(chain: Chain) -> list[Untold]:
    """By funder, the shares that no report told; only those that an organisation stands behind."""
    rows = Share.objects.filter(
        line__chain=chain, payer__organisation__isnull=False, reported__isnull=True
    ).values_list("payer__organisation__name", "payer__organisation")
    found = rows.annotate(
        cents=Sum("cents"),
        lines=Count("line", distinct=True),
        since=Min("line__day"),
        until=Max("line__day"),
    )
    return [Untold(*row) for row in found.order_by("payer__organisation__name")]


def line_pks(keys: list[str]) -> dict[str, int]:
    """The lines of a report by their keys, for the links to their why."""
    rows = SaleLine.objects.filter(key__in=keys, shared__isnull=False)
    return {str(key): pk for key, pk in rows.values_list("key", "pk")}
