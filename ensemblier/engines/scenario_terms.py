"""What a scenario is made of: files, envelopes, the terms of the call, and the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

WHOLE = 10_000  # hundredths of a percent
EURO = 100
KINDS = ("rank", "rate", "floor", "manual")


class BadRule(ValueError):
    """A rule that cannot be read; the message says why, in French."""


class Ask(NamedTuple):
    """What a file asks for one class of expenses in one year."""

    expense_class: str
    year: int
    cents: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file. `score` is a part of 1, None while nobody gave an opinion."""

    number: str
    score: Fraction | None
    asks: tuple[Ask, ...]
    region: str = ""
    department: str = ""


class Purse(NamedTuple):
    """What is left in an envelope, and what it may pay; "" is everything."""

    key: int
    year: int
    cents: int
    region: str = ""
    department: str = ""
    expense_class: str = ""

    def pays(self, candidate: Candidate, ask: Ask) -> bool:
        return (
            self.year == ask.year
            and self.region in ("", candidate.region)
            and self.department in ("", candidate.department)
            and self.expense_class in ("", ask.expense_class)
        )

    @property
    def narrowness(self) -> int:
        return sum(map(bool, (self.department, self.region, self.expense_class)))


@dataclass(frozen=True)
class Terms:
    """What the call says: classes by priority, those served last, caps and the least amount.

    `last` holds the classes paid only once every file had its other expenses ("si l'enveloppe le
    permet"). `caps_bp` is the largest part of what a file gets that a class may be.
    """

    order: tuple[str, ...] = ()
    last: frozenset[str] = frozenset()
    caps_bp: Mapping[str, int] = field(default_factory=dict)
    min_cents: int = 0

    def place(self, ask: Ask) -> tuple[bool, bool, int, int]:
        """When a request is served within its file."""
        name = ask.expense_class
        rank = self.order.index(name) if name in self.order else len(self.order)
        return name in self.last, self.caps_bp.get(name, WHOLE) < WHOLE, rank, ask.year


@dataclass(frozen=True)
class Rule:
    """How to share. `rate_bp` is the largest part of a request that is served.

    rank: the best scores first, until the envelopes are empty. rate: the same part of the request
    for all. floor: `floor_bp` of each common envelope is first kept for the regions, in equal
    parts, then what they leave goes by rank. manual: only what is fixed by hand.
    """

    kind: str
    rate_bp: int = WHOLE
    min_score: Fraction | None = None
    floor_bp: int = 0
    whole_files: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadRule(f"La règle « {self.kind} » n'existe pas : {', '.join(KINDS)}.")
        if not 0 < self.rate_bp <= WHOLE or not 0 <= self.floor_bp <= WHOLE:
            raise BadRule("Une part va de 0 à 100 %.")

    def target(self, cents: int) -> int:
        """The part of a request that may be served, in whole euros when it is a part."""
        return cents if self.rate_bp == WHOLE else cents * self.rate_bp // (WHOLE * EURO) * EURO

    def sentence(self) -> str:
        """The rule as people read it."""
        parts = [
            {
                "rank": "Les dossiers les mieux notés d'abord, jusqu'au bout des enveloppes",
                "rate": "La même part de sa demande pour chaque dossier",
                "floor": f"{percentage(self.floor_bp)} de chaque enveloppe commune gardés pour "
                "les régions, à parts égales, puis les mieux notés",
                "manual": "Seulement les montants fixés à la main",
            }[self.kind]
        ]
        if self.rate_bp < WHOLE:
            parts.append(f"au plus {percentage(self.rate_bp)} de la demande")
        if self.min_score is not None:
            parts.append(f"note d'au moins {_hundred(self.min_score)} sur 100")
        if self.whole_files and self.kind in ("rank", "floor"):
            parts.append("un dossier est servi en entier ou pas du tout")
        return ", ".join(parts) + "."


def percentage(basis_points: int) -> str:
    """2 550 -> "25,5 %"."""
    whole, rest = divmod(basis_points, 100)
    decimals = f",{rest:02d}".rstrip("0") if rest else ""
    return f"{whole}{decimals}\u00a0%"


def _hundred(score: Fraction) -> str:
    return percentage(int(score * WHOLE)).removesuffix("\u00a0%")
