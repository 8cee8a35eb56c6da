"""A small food chain for tests: two gardens, two stores, a kitchen, and what moves between them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from ensemblier.base.chains.actions import add_site, open_chain
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.actions import add_product
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Lot
from tests.factories_people import make_organisation

DAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
_numbers = count(1)


def make_chain(lead: Organisation | None = None, **fields: Any) -> Chain:
    number = next(_numbers)
    facts = {"name": f"Filière {number}", "length": "local", "actor": None} | fields
    return open_chain(lead=lead or make_organisation(), **facts)


def make_site(chain: Chain, name: str = "Réserve", kind: str = "store", **fields: Any) -> Site:
    facts = {"keeper": chain.lead, "actor": None} | fields
    return add_site(chain=chain, name=name, kind=kind, **facts)


def make_product(chain: Chain, code: str = "carottes", **fields: Any) -> Product:
    facts = {
        "name": code.capitalize(),
        "unit": "kg",
        "family": "FRUITS_ET_LEGUMES",
        "storage": "ambient",
        "actor": None,
    } | fields
    return add_product(chain=chain, code=code, **facts)


def make_activity(site: Site, kind: str = "cooking", day: date = DAY, **fields: Any) -> Activity:
    facts = {
        "title": "Atelier",
        "host": site.keeper,
        "starts_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        "ends_at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        "actor": None,
    } | fields
    if kind == "gleaning":
        facts = {"agreed_on": day, "is_insured": True} | facts
    return activities.plan(chain=site.chain, kind=kind, site=site, **facts)


def asked(**fields: Any) -> dict[str, Any]:
    """What every verb of the stock takes besides its own content."""
    return {"key": uuid4(), "day": DAY, "now": NOW, "actor": None} | fields


class Pantry:
    """A chain with a garden that gives, a store, a shop and a kitchen; carrots, soup in jars."""

    def __init__(self) -> None:
        self.chain = make_chain()
        self.garden = make_organisation("Jardin")
        self.store = make_site(self.chain, "Réserve")
        self.shop = make_site(self.chain, "Épicerie", "shop")
        self.kitchen = make_site(self.chain, "Cuisine", "kitchen")
        self.carrots = make_product(self.chain)
        self.soup = make_product(self.chain, "soupe", unit="jar", unit_grams=500)

    def receive(self, milli: int = 10_000, **fields: Any) -> Lot:
        return self.arrival(milli, **fields).lot

    def arrival(self, milli: int = 10_000, **fields: Any) -> Any:
        facts = {
            "chain": self.chain,
            "product": self.carrots,
            "site": self.store,
            "kind": "harvest",
            "origin": self.garden,
        } | fields
        return stock.receive(milli=milli, **asked(**facts))

    def send(self, lot: Lot, milli: int, target: Site | None = None, **fields: Any) -> Any:
        facts = {"source": self.store, "target": target or self.shop} | fields
        return stock.transport(lot=lot, milli=milli, **asked(**facts))

    def take(self, lot: Lot, milli: int, kind: str = "sale", **fields: Any) -> Any:
        facts = {"site": self.store} | fields
        return stock.take_out(lot=lot, kind=kind, milli=milli, **asked(**facts))

    def lose(self, lot: Lot, milli: int, reason: str = "gâté", **fields: Any) -> Any:
        facts = {"site": self.store} | fields
        return stock.lose(lot=lot, milli=milli, reason=reason, **asked(**facts))

    def cook(
        self,
        inputs: list[tuple[Lot, int]],
        outputs: list[stock.Output],
        lost_grams: int = 0,
        kind: str = "cooking",
        **fields: Any,
    ) -> list[Lot]:
        facts = {"site": self.store} | fields
        facts.setdefault("activity", make_activity(facts["site"], kind))
        return stock.process(
            inputs=inputs, outputs=outputs, lost_grams=lost_grams, **asked(**facts)
        )

    def count(self, counted: list[tuple[Lot, int]], **fields: Any) -> list[Any]:
        facts = {"site": self.store, "reason": "inventaire"} | fields
        return stock.count(counted=counted, **asked(**facts))

    def undo(self, movement: Any, **fields: Any) -> Any:
        return stock.undo(movement=movement, **asked(**fields))

    def mark(self, verb: str, lot: Lot, reason: str = "doute") -> Any:
        return getattr(stock, verb)(lot=lot, reason=reason, now=NOW, actor=None)
