"""Decisions told again from the journal alone: what an auditor rebuilds without any other table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ensemblier.base.journal.models import Event
from ensemblier.fund.decisions.ranking import ACTION, digest_of

READ = ("decision.made", "decision.notify", "decision.withdraw", ACTION)


@dataclass(frozen=True)
class Told:
    """One decision: who, what, why, on which scores, in which order of all the files."""

    number: str
    application: str
    signatory: int | None
    outcome: str
    reasons: str
    conditions: str
    awards: tuple[tuple[int, str, int], ...]
    opinions: tuple[dict[str, Any], ...]
    grid: dict[str, Any]
    order: tuple[tuple[str, str | None], ...]
    letter: str = ""

    @property
    def rank(self) -> int:
        return [number for number, _ in self.order].index(self.application) + 1


class Broken(Exception):
    """The journal does not hold together: an order is absent, or its digest is not its own."""


def replay(events: Iterable[Event]) -> dict[str, Told]:
    """The decisions that stand, by number, from the events in the order they were written."""
    orders: dict[str, dict[str, Any]] = {}
    found: dict[str, Told] = {}
    for event in events:
        data = event.data
        if event.action == ACTION:
            content = {"grid": data["grid"], "order": data["order"]}
            if digest_of(content) != data["digest"]:
                raise Broken(f"the order of event {event.pk} is not the one it names")
            orders[data["digest"]] = content
        elif event.action == "decision.made":
            found[data["decision"]] = _told(event, orders)
        elif event.action == "decision.notify":
            number = data["decision"]
            found[number] = replace(found[number], letter=data["sha256"])
        elif event.action == "decision.withdraw":
            del found[data["decision"]]
    return found


def _told(event: Event, orders: dict[str, dict[str, Any]]) -> Told:
    data = event.data
    content = orders.get(data["ranking"])
    if content is None:
        raise Broken(f"decision {data['decision']} rests on an order that is absent")
    return Told(
        number=data["decision"],
        application=data["application"],
        signatory=event.actor_id,
        outcome=data["outcome"],
        reasons=event.reason,
        conditions=data["conditions"],
        awards=tuple((pk, name, cents) for pk, name, cents in data["awards"]),
        opinions=tuple(data["opinions"]),
        grid=content["grid"],
        order=tuple((number, score) for number, score in content["order"]),
    )
