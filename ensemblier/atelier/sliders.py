"""Three sliders: every volume, every selling price, the largest resource. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import Plan, Resource
from ensemblier.engines.economics.reading import with_values
from ensemblier.engines.economics.writing import moves

REST = 100


class Slider(NamedTuple):
    """One slider as the page shows it, in percent of what the plan says."""

    name: str
    label: str
    least: int
    most: int
    value: int

    @property
    def shown(self) -> str:
        """As an attribute wants it."""
        return str(self.value)


class Setting(NamedTuple):
    """Where the three sliders stand, in percent of what the plan says."""

    volume: int = REST
    price: int = REST
    resource: int = REST

    @property
    def is_rest(self) -> bool:
        return self == Setting()


NAMES = {"volume": "volume", "price": "prix", "resource": "ressource"}
BOUNDS = {"volume": (50, 150), "price": (50, 150), "resource": (0, 150)}


def setting_of(asked: Mapping[str, Any]) -> Setting:
    """From an address. Without a script the slider and the number beside it may differ: the one
    that was moved since the page was made wins."""
    return Setting(**{name: one(asked, french, *BOUNDS[name]) for name, french in NAMES.items()})


def one(asked: Mapping[str, Any], name: str, least: int, most: int) -> int:
    was = whole(asked.get(f"{name}_avant"), REST)
    slid, typed = whole(asked.get(f"{name}_curseur"), was), whole(asked.get(name), was)
    return min(max(typed if typed != was else slid, least), most)


def whole(text: Any, instead: int) -> int:
    """A whole number of at most four digits, else `instead`."""
    found = str(text or "").strip().removesuffix("%").strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) < 5 else instead


def largest(outcome: Outcome) -> Resource | None:
    """The resource that brings most over five years; None when the plan lives of its sales."""
    by_id = {row.id: row for row in outcome.plan.resources}
    totals = {line.id: sum(line.amounts) for line in outcome.lines if line.id in by_id}
    best = max(totals, key=lambda name: (totals[name], name), default="")
    return by_id.get(best)


def sliders(outcome: Outcome, setting: Setting) -> list[Slider]:
    """`outcome`: that of the plan as it is written."""
    top = largest(outcome)
    labels = {"volume": "Volumes", "price": "Prix de vente"}
    if top:
        labels["resource"] = f"La plus grosse ressource : {top.label}"
    if not outcome.plan.sales:
        labels.pop("price")
    return [
        Slider(NAMES[name], label, *BOUNDS[name], getattr(setting, name))
        for name, label in labels.items()
    ]


def moved(outcome: Outcome, setting: Setting) -> Plan:
    """The plan with the sliders where they are; raises BadPlan when it cannot be so."""
    plan = outcome.plan
    if setting.is_rest:
        return plan
    top = largest(outcome)
    changes = moves(
        plan,
        price=setting.price - REST,
        volume=setting.volume - REST,
        resources={top.id: setting.resource - REST} if top and setting.resource != REST else {},
    )
    return with_values(plan, changes)
