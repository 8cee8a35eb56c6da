"""State aid: on what rule a grant rests, and how much of capped aid one undertaking may receive.

Dated and sourced. A capped aid is counted over the three years before it, for the whole single
undertaking (all the companies that control one another).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from ensemblier.engines.law.dated import Figure, in_force
from ensemblier.engines.money import Cents, euros
from ensemblier.engines.months import add_months

NBSP = "\u00a0"


class Basis(Enum):
    """The rule that a grant rests on."""

    NOT_ECONOMIC = "not_economic"
    AGRICULTURAL = "agricultural"
    SIEG = "sieg"
    GENERAL = "general"
    SCHEME = "scheme"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def source(self) -> str:
        return _SOURCES[self]


_LABELS = {
    Basis.NOT_ECONOMIC: "activité non économique, ou aide aux personnes",
    Basis.AGRICULTURAL: "aide de minimis agricole",
    Basis.SIEG: "aide de minimis d'intérêt économique général (SIEG)",
    Basis.GENERAL: "aide de minimis générale",
    Basis.SCHEME: "régime exempté ou notifié",
}
_SOURCES = {
    Basis.NOT_ECONOMIC: "TFUE, art. 107, § 1 : pas d'entreprise, pas d'aide d'État",
    Basis.AGRICULTURAL: "règlement (UE) n° 1408/2013, modifié par le règlement (UE) 2024/3118",
    Basis.SIEG: "règlement (UE) 2023/2832",
    Basis.GENERAL: "règlement (UE) 2023/2831",
    Basis.SCHEME: "règlement (UE) n° 651/2014 ou 2022/2472, ou décision de la Commission",
}

# Most that one undertaking may receive, in cents, over three years.
GENERAL_CEILING = (
    Figure(200_000_00, date(2014, 1, 1), "règlement (UE) n° 1407/2013, art. 3, § 2"),
    Figure(300_000_00, date(2024, 1, 1), "règlement (UE) 2023/2831, art. 3, § 2"),
)
SIEG_CEILING = (
    Figure(500_000_00, date(2012, 4, 29), "règlement (UE) n° 360/2012, art. 2, § 2"),
    Figure(750_000_00, date(2024, 1, 1), "règlement (UE) 2023/2832, art. 3, § 2"),
)
AGRICULTURAL_CEILING = (
    Figure(15_000_00, date(2014, 1, 1), "règlement (UE) n° 1408/2013, art. 3, § 2"),
    Figure(20_000_00, date(2019, 3, 14), "règlement (UE) 2019/316, art. 1er"),
    Figure(50_000_00, date(2024, 12, 16), "règlement (UE) 2024/3118, art. 1er"),
)
CAPPED = {
    Basis.AGRICULTURAL: AGRICULTURAL_CEILING,
    Basis.SIEG: SIEG_CEILING,
    Basis.GENERAL: GENERAL_CEILING,
}
# The years over which the aid is added up, day for day. Before 2024 the text counted three fiscal
# years; calendar years are never fewer days than asked, so the older aid is counted the same way.
YEARS = (Figure(3, date(2012, 4, 29), "règlements cités : période de trois ans"),)
# From which part of the ceiling the counter warns. Our own figure: no text gives one.
WARN_PERCENT = 80
LINE_SOURCE = "règlement (UE) 2023/2831, art. 1er, § 1"
LINE_BASED = (
    "Une aide calculée au prix ou à la quantité de produits agricoles achetés aux producteurs, ou "
    "à leur reverser, ne peut pas être une aide de minimis générale (règlement (UE) 2023/2831, "
    "art. 1er, § 1). Choisissez l'aide de minimis agricole de chaque ferme, un mandat SIEG, ou un "
    "régime exempté ou notifié."
)


@dataclass(frozen=True)
class Aid:
    """One capped aid received: by whom, when, how much, on what rule."""

    siren: str
    regime: Basis
    granted_on: date
    cents: int
    grantor: str = ""


@dataclass(frozen=True)
class Count:
    """The counter of one undertaking for one rule, on a day."""

    regime: Basis
    ceiling: int
    received: int
    asked: int
    since: date
    source: str

    @property
    def total(self) -> int:
        return self.received + self.asked

    @property
    def left(self) -> Cents:
        """What may still be received before what is asked."""
        return Cents(max(0, self.ceiling - self.received))

    @property
    def is_above(self) -> bool:
        return self.total > self.ceiling

    @property
    def is_near(self) -> bool:
        return not self.is_above and self.total * 100 >= self.ceiling * WARN_PERCENT

    @property
    def sentence(self) -> str:
        """What the counter says, as the desk and the organisation read it."""
        said = (
            f"{euros(self.received)} reçus depuis le {self.since:%d/%m/%Y}, "
            f"{euros(self.asked)} par cette convention, plafond {euros(self.ceiling)}"
        )
        if self.is_above:
            over = euros(self.total - self.ceiling)
            return f"Le plafond est dépassé de {over}{NBSP}: {said}."
        if self.is_near:
            return f"Le plafond est proche{NBSP}: {said}."
        return f"Sous le plafond{NBSP}: {said}."


def window_start(day: date) -> date:
    """The first day of the three years that end on `day`."""
    years = in_force(YEARS, day).value
    return add_months(day, -12 * years) + timedelta(days=1)


def count(
    aids: Sequence[Aid], regime: Basis, undertaking: frozenset[str], asked: int, day: date
) -> Count:
    """Add up what the single undertaking received under `regime` over three years, and what is
    asked on `day`. A negative line gives back: it never brings the sum under zero."""
    ceiling = in_force(CAPPED[regime], day)
    since = window_start(day)
    received = sum(
        aid.cents
        for aid in aids
        if aid.regime is regime and aid.siren in undertaking and since <= aid.granted_on <= day
    )
    return Count(regime, ceiling.value, max(0, received), asked, since, ceiling.source)


def fault_of(basis: Basis, *, line_based: bool) -> str:
    """Why this rule cannot carry this grant, in a sentence; "" when it can."""
    return LINE_BASED if basis is Basis.GENERAL and line_based else ""
