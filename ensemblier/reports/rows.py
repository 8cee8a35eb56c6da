"""The rows behind a figure of a report: days are closed, so they are those that were counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, QuerySet, Sum

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.formats import day, euros_exact, quantity, whole
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.catalogue.models import Family
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import LineCard, SaleLine
from ensemblier.chain.stock.models import Movement
from ensemblier.reports.figures import IN, OUT, Kind, standing
from ensemblier.reports.models import SentReport

MOVED = ("Jour", "Lot", "Produit", "Nature", "Quantité", "Poids", "Valeur")


class Rows(NamedTuple):
    """What a figure is made of: its title, its columns, its rows, and how to write one."""

    title: str
    heads: tuple[str, ...]
    rows: Any
    write: Any


def rows_of(report: SentReport, figure: str) -> Rows | None:
    """The rows of a figure of this report; None when no figure has this name."""
    days = (report.first_day, report.last_day)
    moves = standing(report.chain, *days).select_related("lot__product").order_by("day", "pk")
    if figure == "visits":
        return _visits(report)
    if figure == "volunteers":
        return _volunteers(report)
    known: dict[str, tuple[str, QuerySet[Movement]]] = {
        "went": ("Ce qui est sorti pour être mangé", moves.filter(kind__in=OUT)),
        "lost": ("Ce qui est perdu", moves.filter(kind=Kind.LOSS)),
        "unweighed": ("Ce que personne n'a pesé", moves.filter(grams__isnull=True)),
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


def _move(row: Movement) -> list[str]:
    product = row.lot.product
    return [
        day(row.day),
        row.lot.number,
        product.name,
        row.get_kind_display(),
        quantity(row.milli, product.get_unit_display()),
        "non pesé" if row.grams is None else quantity(row.grams, "kg"),
        euros_exact(row.value_cents),
    ]


def _visits(report: SentReport) -> Rows:
    """Days and places with how many cards came: never which ones."""
    ties = LineCard.objects.filter(
        line__chain=report.chain, line__day__range=(report.first_day, report.last_day)
    )
    rows = ties.values("line__day", "line__site__name").annotate(
        cards=Count("card", distinct=True), lines=Count("pk")
    )
    return Rows(
        "Les passages, par jour et par lieu",
        ("Jour", "Lieu", "Passages", "Lignes"),
        rows.order_by("line__day", "line__site__name"),
        lambda row: [
            day(row["line__day"]),
            row["line__site__name"],
            whole(row["cards"]),
            whole(row["lines"]),
        ],
    )


def _volunteers(report: SentReport) -> Rows:
    """Activities with their volunteers counted."""
    done = Participation.objects.filter(
        activity__chain=report.chain,
        activity__starts_at__date__range=(report.first_day, report.last_day),
        nature=Participation.Nature.VOLUNTEER,
        minutes__gt=0,
    )
    rows = done.values("activity__title", "activity__kind", "activity__starts_at").annotate(
        people=Count("participant", distinct=True), minutes=Sum("minutes")
    )
    kinds = dict(Activity.Kind.choices)
    return Rows(
        "Les activités et leurs bénévoles",
        ("Jour", "Activité", "Nature", "Bénévoles", "Heures"),
        rows.order_by("activity__starts_at", "activity__title"),
        lambda row: [
            day(row["activity__starts_at"]),
            row["activity__title"],
            str(kinds[row["activity__kind"]]),
            whole(row["people"]),
            quantity(row["minutes"] * 1000 // 60, "h"),
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
