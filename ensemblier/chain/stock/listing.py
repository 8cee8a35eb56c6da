"""Lots as a page shows them: what is left and where, what holds them, the first to go first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ensemblier.base.chains.models import Chain
from ensemblier.chain.stock import closure
from ensemblier.chain.stock.models import Lot, LotMark, StockLevel

SOON = 3  # days before the date: time to cook it or give it
STATES = (
    ("", "En stock"),
    ("bientot", f"À sortir sous {SOON} jours"),
    ("passee", "DLC passée"),
    ("retenu", "En quarantaine ou rappelé"),
    ("don", "À donner seulement"),
    ("aide", "Réservé à l'aide alimentaire"),
    ("tout", "Tout, même épuisé"),
)
HOLDING = (LotMark.Kind.QUARANTINE, LotMark.Kind.RECALL)
Hold = tuple[str, str, str]  # kind, reason, number of the lot that bears the mark


@dataclass(frozen=True)
class Asked:
    """The filters of the list, as typed in its address."""

    words: str
    site: int | None
    state: str

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        site, state = query.get("lieu", ""), query.get("etat", "")
        return cls(
            words=query.get("q", "").strip()[:100],
            site=int(site) if site.isascii() and site.isdigit() and len(site) < 10 else None,
            state=state if state in dict(STATES) else "",
        )

    @property
    def is_set(self) -> bool:
        return bool(self.words or self.site or self.state)


@dataclass(frozen=True)
class LotRow:
    """One lot with what is left of it by place."""

    lot: Lot
    levels: list[StockLevel]
    badges: list[tuple[str, str]]

    @property
    def left(self) -> int:
        return sum(level.milli for level in self.levels)


def chosen(
    lots: QuerySet[Lot], levels: QuerySet[StockLevel], asked: Asked, chain: Chain, day: date
) -> QuerySet[Lot]:
    """The lots that the filters keep, the first date first."""
    here = levels.filter(lot=OuterRef("pk"))
    if asked.site:
        here = here.filter(site_id=asked.site)
    if asked.state != "tout":
        lots = lots.filter(Exists(here.filter(milli__gt=0)))
    elif asked.site:
        lots = lots.filter(Exists(here))
    if asked.words:
        lots = lots.filter(
            Q(product__name__icontains=asked.words) | Q(number__icontains=asked.words)
        )
    lots = _in_state(lots, asked.state, chain, day).select_related("product", "origin")
    return lots.order_by(
        F("use_by").asc(nulls_last=True), F("best_before").asc(nulls_last=True), "pk"
    )


def rows(lots: Iterable[Lot], levels: QuerySet[StockLevel], day: date) -> list[LotRow]:
    """The same with their levels and badges, in two queries."""
    shown = list(lots)
    left: dict[int, list[StockLevel]] = defaultdict(list)
    found = levels.filter(lot__in=[lot.pk for lot in shown], milli__gt=0)
    for level in found.select_related("site").order_by("site__name", "site"):
        left[level.lot_id].append(level)
    held = holds([lot.pk for lot in shown])
    return [LotRow(lot, left[lot.pk], badges(lot, held.get(lot.pk), day)) for lot in shown]


def holds(lot_ids: list[int]) -> dict[int, Hold]:
    """What holds each of these lots, itself or from above; a recall before a quarantine."""
    found: dict[int, Hold] = {}
    for lot_id, *mark in closure.holds(lot_ids, HOLDING) if lot_ids else ():
        known = found.get(lot_id)
        if known is None or (known[0] != LotMark.Kind.RECALL and mark[0] == LotMark.Kind.RECALL):
            found[lot_id] = (mark[0], mark[1], mark[2])
    return found


def badges(lot: Lot, hold: Hold | None, day: date) -> list[tuple[str, str]]:
    """What must be seen before anything else: kind of badge and words."""
    found = []
    if hold:
        words = "rappelé" if hold[0] == LotMark.Kind.RECALL else "en quarantaine"
        found.append(("stop", words if hold[2] == lot.number else f"{words} par le lot {hold[2]}"))
    if lot.use_by is not None:
        days = (lot.use_by - day).days
        if days < 0:
            found.append(("stop", "DLC passée"))
        elif days <= SOON:
            found.append(("wait", f"DLC {_in_days(days)}"))
    if lot.best_before is not None and lot.best_before < day:
        found.append(("wait", "DDM passée"))
    if lot.is_gift_only:
        found.append(("info", "à donner seulement"))
    if lot.is_aid_only:
        found.append(("info", "aide alimentaire"))
    return found


def _in_days(days: int) -> str:
    if days == 0:
        return "aujourd'hui"
    return "demain" if days == 1 else f"dans {days} jours"


def _in_state(lots: QuerySet[Lot], state: str, chain: Chain, day: date) -> QuerySet[Lot]:
    if state == "retenu":
        return lots.filter(pk__in=closure.held_in(chain.pk, HOLDING))
    wanted: dict[str, Any] = {
        "bientot": {"use_by__range": (day, day + timedelta(days=SOON))},
        "passee": {"use_by__lt": day},
        "don": {"is_gift_only": True},
        "aide": {"is_aid_only": True},
    }.get(state, {})
    return lots.filter(**wanted)
