"""The opinions of a file written again from the journal alone: nothing else is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ensemblier.base.journal.models import Event


@dataclass
class Told:
    """One opinion, as its events tell it."""

    review: int
    reviewer: int | None = None
    level: str = ""
    edition: int = 1
    replaces: int | None = None
    opinion: str = ""
    reasons: str = ""
    proposed_cents: int | None = None
    given_at: str | None = None
    grid: str = ""
    # criterion -> (value, scale, weight, reason)
    scores: dict[str, tuple[int | None, int, int, str]] = field(default_factory=dict)


@dataclass
class State:
    """What the journal says of the instruction of one file."""

    opinions: dict[int, Told] = field(default_factory=dict)
    instructor: int | None = None
    recused: set[int] = field(default_factory=set)
    notes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def current(self) -> list[Told]:
        """Given, and not replaced by a given one."""
        given = [told for told in self.opinions.values() if told.given_at]
        replaced = {told.replaces for told in given}
        return [told for told in given if told.review not in replaced]


def rebuild(events: Iterable[Event]) -> State:
    """From the events of one file, in the order of the journal."""
    state = State()
    for event in events:
        if event.action in ("review.open", "review.revise"):
            _open(state, event)
        elif event.action in ("review.save", "review.give"):
            _write(state.opinions[event.data["review"]], event.data)
        elif event.action.startswith("interest."):
            _recuse(state, event)
        elif event.action in ("review.assign", "review.unassign"):
            state.instructor = event.data.get("instructor")
        elif event.action == "review.reconcile":
            state.notes.append((event.actor_id or 0, event.reason))
    return state


def _open(state: State, event: Event) -> None:
    number = event.data["review"]
    state.opinions[number] = Told(
        number,
        reviewer=event.actor_id,
        level=event.data["level"],
        edition=event.data.get("edition", 1),
        replaces=event.data.get("replaces"),
    )


def _recuse(state: State, event: Event) -> None:
    if event.action == "interest.lift":
        state.recused.discard(event.data["user"])
    elif event.data["recused"]:
        state.recused.add(event.actor_id or 0)


def _write(told: Told, data: dict[str, Any]) -> None:
    told.opinion, told.reasons = data["opinion"], data["reasons"]
    told.proposed_cents, told.given_at = data["proposed_cents"], data["given_at"]
    told.grid = data["grid"]
    told.scores = {
        row["criterion"]: (row["value"], row["scale_max"], row["weight"], row["reason"])
        for row in data["scores"]
    }
