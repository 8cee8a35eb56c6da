"""EGalim: the days on which a label counts among quality products, dated and sourced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Limit:
    """The last day a label counts, and the text that says so."""

    label: str
    last_day: date
    source: str


# From 1 January 2027 only the highest level of environmental certification (HVE) counts.
LIMITS = (Limit("NIVEAU_2", date(2026, 12, 31), "code rural, art. L. 230-5-1, I"),)


def counts(label: str, day: date) -> bool:
    """A purchase made on `day` under this label counts."""
    return all(day <= limit.last_day for limit in LIMITS if limit.label == label)
