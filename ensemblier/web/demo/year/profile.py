"""What one sheet does in a week, read from its TOML file: every figure says where it comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).parent / "sheets"
GROCERY = 0  # the chain of the quick demonstration
# Where a figure comes from: the sheet of the report, or an assumption.
SOURCES = ("fiche", "hypothèse")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Body:
    """An organisation of the chain. `many`: so many alike; `carrier`: one of `carriers.py`."""

    key: str
    name: str = ""
    kind: str = "association"
    part: str = ""
    link: str = ""
    many: int = 1
    carrier: str = ""


@dataclass(frozen=True)
class Place:
    key: str
    name: str
    kind: str
    keeper: str = "lead"
    cold: bool = False
    frozen: bool = False


@dataclass(frozen=True)
class Goods:
    """A product; prices in cents for one unit, all assumed unless the sheet gives them."""

    code: str
    name: str
    unit: str
    grams: int
    source: str
    family: str = "FRUITS_ET_LEGUMES"
    storage: str = "fresh"
    keeps: int = 10
    use_by: bool = False
    season: tuple[int, ...] = ()
    label: str = ""
    prices: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Intake:
    """What comes in: `week` units in an average week, shaped over the year by `curve`."""

    goods: str
    kind: str
    week: int
    by: str
    place: str
    source: str
    lots: int = 1
    curve: str = "even"
    framework: bool = False
    gift_only: bool = False
    aid_only: bool = False
    status: str = ""
    years: int = 1  # how long a framework binds
    value: int = 0  # a donor's cost price of one unit
    every: int = 1


@dataclass(frozen=True)
class Workshop:
    """Goods made of others at one place; `loss` in percent of what goes in."""

    kind: str
    title: str
    takes: tuple[str, ...]
    makes: str
    place: str
    source: str
    loss: int = 5
    take: int = 100
    lots: int = 6  # most lots mixed in one run
    every: int = 1


@dataclass(frozen=True)
class Outlet:
    """How goods leave: `scheme`, `sale`, `handed` or `own_use`; to bodies, or to people when
    `to` is empty. `lines` of `each` units; without `each`, what is there is shared."""

    goods: str
    how: str
    place: str
    source: str
    to: tuple[str, ...] = ()
    lines: int = 1
    each: int = 0
    take: int = 100
    basis: str = ""
    every: int = 1
    extra: int = 0
    curve: str = "even"


@dataclass(frozen=True)
class Scheme:
    """A rule of sharing, who stands behind each payer's name, and how many cards have a right."""

    code: str
    name: str
    source: str
    text: str
    payers: dict[str, str]
    cards: int = 0
    quota: int = 0  # units a month for one card
    referrer: str = "lead"


@dataclass(frozen=True)
class Aci:
    """Insertion by work: people, hours a week, share of training in percent, euros a month."""

    people: int
    source: str
    hours: int = 26
    training: int = 10
    charges: int = 0
    outside: int = 0
    by: str = "lead"
    kind: str = "aci"


@dataclass(frozen=True)
class Profile:
    number: int
    name: str
    lead: str
    length: str
    facts: str
    bodies: tuple[Body, ...]
    places: tuple[Place, ...]
    goods: tuple[Goods, ...]
    intakes: tuple[Intake, ...]
    outlets: tuple[Outlet, ...]
    workshops: tuple[Workshop, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    aci: Aci | None = None
    volunteers: int = 0
    minutes: int = 120
    eaters: int = 0
    meeting: str = ""  # a monthly workshop, visit or lab with the people concerned
    cycle: bool = False  # a group order a month, paid when ordered
    needs: bool = False
    self_billed: bool = False

    @property
    def slug(self) -> str:
        return f"demo-fiche-{self.number:02d}" if self.number else "demo-epicerie"

    def has(self, how: str) -> bool:
        return any(outlet.how == how for outlet in self.outlets)


def numbers() -> list[int]:
    """The sheets that have a profile, the grocery of the quick demonstration apart."""
    return sorted(n for path in FOLDER.glob("*.toml") if (n := int(path.stem)) != GROCERY)


def read_profile(number: int) -> Profile:
    """The profile of a sheet; a mistake in the file is a programming error and says where."""
    data = tomllib.loads((FOLDER / f"{number:02d}.toml").read_text(encoding="utf-8"))
    lists = {
        "bodies": (Body, "body"), "places": (Place, "place"), "goods": (Goods, "goods"),
        "intakes": (Intake, "intake"), "outlets": (Outlet, "outlet"),
        "workshops": (Workshop, "workshop"), "schemes": (Scheme, "scheme"),
    }  # fmt: skip
    found: dict[str, Any] = {}
    for name, (sort, key) in lists.items():
        found[name] = tuple(_part(sort, row, number) for row in data.pop(key, []))
    if aci := data.pop("aci", None):
        found["aci"] = _part(Aci, aci, number)
    return Profile(number=number, **found, **data)


def _part(sort: type[Part], row: dict[str, Any], number: int) -> Part:
    """One row; where a figure comes from is one of the two words."""
    facts = {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
    if facts.get("source", "fiche") not in SOURCES:
        raise ValueError(f"fiche {number}: {facts['source']}")
    return sort(**facts)
