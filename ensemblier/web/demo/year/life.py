"""One chain being played: its organisations, places, goods on the shelves, and the dice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import IaeAgreement, Organisation, User
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity, Participant
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.commitments.models import Commitment
from ensemblier.chain.distribution.models import Card, SaleLine
from ensemblier.chain.insertion.models import InsertionContract
from ensemblier.chain.stock import queries
from ensemblier.chain.stock.models import Lot
from ensemblier.web.demo.plan import NAMESPACE, PARIS
from ensemblier.web.demo.year.profile import Goods, Profile


@dataclass
class Holding:
    """What is left of one lot at one place, as the stock keeps it too."""

    lot: Lot
    place: str
    code: str
    milli: int
    ends: date  # the last day it may be eaten
    is_held: bool = False


@dataclass
class Life:
    """All that the parts of a year share. Nothing here is read from a clock."""

    profile: Profile
    seed: int
    first: date
    last: date
    chain: Chain
    actor: User
    chance: Random
    bodies: dict[str, list[Organisation]] = field(default_factory=dict)
    places: dict[str, Site] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    schemes: dict[str, Scheme] = field(default_factory=dict)
    cards: dict[str, list[Card]] = field(default_factory=dict)
    people: list[Participant] = field(default_factory=list)
    eaters: list[Participant] = field(default_factory=list)
    frameworks: dict[str, list[Commitment]] = field(default_factory=dict)
    called: list[Commitment] = field(default_factory=list)
    agreement: IaeAgreement | None = None
    contracts: list[InsertionContract] = field(default_factory=list)
    shelves: list[Holding] = field(default_factory=list)
    waiting: Holding | None = None  # in quarantine
    sold: list[SaleLine] = field(default_factory=list)
    undone: list[SaleLine] = field(default_factory=list)  # since the last closing
    refused: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    unpaid: int | None = None  # the document that nobody pays
    week: int = 0
    requests: int = 0

    @property
    def lead(self) -> Organisation:
        return self.bodies["lead"][0]

    def goods(self, code: str) -> Goods:
        return next(each for each in self.profile.goods if each.code == code)

    def key(self) -> UUID:
        """The key of the next request: always the same for a seed."""
        self.requests += 1
        return uuid5(NAMESPACE, f"annee:{self.seed}:{self.profile.number}:{self.requests}")

    def at(self, day: date, hour: int = 18) -> datetime:
        return datetime.combine(day, time(hour), PARIS)

    def asked(self, day: date) -> dict[str, Any]:
        """What every request that moves goods or money says: its key, its day, who and when."""
        return {"key": self.key(), "day": day, "now": self.at(day), "actor": self.actor}

    def all_of(self, keys: tuple[str, ...]) -> list[Organisation]:
        return [body for key in keys for body in self.bodies[key]]

    def next_of(self, what: str, rows: list[Any]) -> Any:
        """Each in turn."""
        self.turns[what] += 1
        return rows[(self.turns[what] - 1) % len(rows)]

    def shelf(self, code: str, place: str, day: date) -> list[Holding]:
        """What may leave, what ends first first."""
        rows = [
            row
            for row in self.shelves
            if row.code == code and row.place == place and not row.is_held
            and row.milli > 0 and row.ends >= day
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (row.ends, row.lot.pk))

    def put(self, lot: Lot, place: str, code: str, milli: int, day: date) -> Holding:
        ends = lot.use_by or day + timedelta(days=self.goods(code).keeps)
        row = Holding(lot, place, code, milli, ends)
        self.shelves.append(row)
        return row

    def back(self, line: SaleLine, day: date) -> None:
        """What an undone line had taken is on the shelf again."""
        assert line.movement is not None
        place = next(key for key, site in self.places.items() if site.pk == line.site_id)
        code = next(code for code, row in self.products.items() if row.pk == line.product_id)
        lot = line.movement.lot
        known = [row for row in self.shelves if row.lot.pk == lot.pk and row.place == place]
        if known:
            known[0].milli += line.milli
            return
        row = self.put(lot, place, code, line.milli, day)
        # Held meanwhile, or too old: thrown away at the end of the week.
        row.ends = day - timedelta(days=1) if queries.held_by(lot) else lot.use_by or day

    def step(self, code: str) -> int:
        """The smallest quantity that is weighed or counted, in thousandths of a unit."""
        return 100 if self.products[code].unit in ("kg", "litre") else 1000

    def site_activity(self, kind: str, title: str, place: str, day: date, **more: Any) -> Activity:
        """Something planned at a place, from nine to noon."""
        site = self.places[place]
        if kind == Activity.Kind.GLEANING:
            more |= {"agreed_on": self.first, "is_insured": True}
        return activities.plan(
            chain=self.chain,
            kind=kind,
            title=title,
            site=site,
            host=site.keeper,
            starts_at=self.at(day, 9),
            ends_at=self.at(day, 12),
            actor=self.actor,
            **more,
        )
