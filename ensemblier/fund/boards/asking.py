"""What the address of a board asks for: a day, filters, an axis, a format. Nothing else passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from ensemblier.fund.applications.models import Effect, State
from ensemblier.fund.boards.board import AXES, BY_KEY, SPANS, days_between
from ensemblier.fund.boards.exports import FORMATS
from ensemblier.fund.boards.facts import ZONES, Fact, matching
from ensemblier.fund.programme.models import ExpenseClass, Strand

CLOSED = {
    "volet": set(Strand.values),
    "zonage": set(ZONES),
    "effet": set(Effect.values),
    "depense": set(ExpenseClass.values),
    "etat": set(State.values),
    "etape": set(BY_KEY),
    "delai": {span[0] for span in SPANS},
}
NAMES = ("volet", "region", "departement", "zonage", "effet", "depense", "etat", "etape", "delai")
MOST = 100


@dataclass(frozen=True)
class Asked:
    """The day asked, and the filters that mean something; an unknown one is as if not there."""

    day: date
    today: date
    filters: dict[str, str]
    axis: str
    format: str
    wrong_day: bool = False

    @property
    def is_past(self) -> bool:
        return self.day < self.today

    def query(self, **changes: Any) -> str:
        """The same address with other values; None takes one away."""
        kept: dict[str, Any] = dict(self.filters)
        if self.is_past:
            kept["au"] = self.day.isoformat()
        kept |= changes
        return urlencode({name: value for name, value in kept.items() if value})

    def narrow(self, files: list[Fact]) -> list[Fact]:
        """The files that the filters keep."""
        wanted = {
            AXES[name].field: value
            for name, value in self.filters.items()
            if name in AXES and name != "depense"
        }
        kept = matching(files, **wanted)
        if name := self.filters.get("depense"):
            kept = [row for row in kept if name in row.asked or name in row.committed_by_class]
        if step := BY_KEY.get(self.filters.get("etape", "")):
            kept = [row for row in kept if step.has(row)]
        if span := next((s for s in SPANS if s[0] == self.filters.get("delai")), None):
            kept = [row for row in kept if days_between(row, span[2], span[3]) is not None]
        return kept


def read(values: Mapping[str, str], today: date) -> Asked:
    filters = {}
    for name in NAMES:
        value = values.get(name, "").strip()[:MOST]
        if value and (name not in CLOSED or value in CLOSED[name]):
            filters[name] = value
    axis = values.get("par", "")
    wanted = values.get("format", "")
    day, wrong = day_of(values.get("au", ""), today)
    return Asked(
        day=day,
        today=today,
        filters=filters,
        axis=axis if axis in AXES else "departement",
        format=wanted if wanted in FORMATS else "",
        wrong_day=wrong,
    )


def day_of(text: str, today: date) -> tuple[date, bool]:
    """A day up to today; anything else is today, and said so."""
    if not text.strip():
        return today, False
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return today, True
    return (day, False) if date(2000, 1, 1) <= day <= today else (today, True)
