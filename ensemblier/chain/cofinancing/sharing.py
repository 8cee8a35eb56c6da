"""The state of a version around one line: read under its lock, given to the engine, kept again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from ensemblier.chain.cofinancing.models import (
    CapUse,
    EnvelopeLeft,
    GroupCarry,
    SchemeVersion,
    Share,
    SharedLine,
)
from ensemblier.chain.cofinancing.queries import household_of, raw_line
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.cofinancing.rules import drawn, kept, line_id, rule_of
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.engines.cofinancing.scheme import PERIODS, PERSON, last_day, period
from ensemblier.engines.cofinancing.scheme import Scheme as Rule
from ensemblier.engines.cofinancing.split import CapKey, Refused, Splitter
from ensemblier.engines.cofinancing.split import Share as EngineShare


def open_books(version: SchemeVersion, rule: Rule) -> None:
    """The first state of a version: full envelopes, nothing carried."""
    EnvelopeLeft.objects.bulk_create(
        EnvelopeLeft(
            version=version, rank=rank, payer=each.payer, is_fed=each.fed, cents=each.cents
        )
        for rank, each in enumerate(rule.envelopes)
    )
    GroupCarry.objects.bulk_create(
        GroupCarry(version=version, step=step, place=place)
        for step, each in enumerate(rule.steps, 1)
        if each.kind == "share"
        for place in range(len(each.payers))
    )


def lock(version_id: int) -> SchemeVersion:
    """One line of a version at a time."""
    rows = SchemeVersion.objects.filter(pk=version_id)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(no_key=True)
    return rows.get()


class State:
    """The rows of a version that one line may move: all but the caps of other households."""

    def __init__(self, version: SchemeVersion, line: SaleLine, household: str) -> None:
        self.version, self.line, self.household = version, line, household
        self.rule = rule_of(version.text)
        self.envelopes = list(version.envelopes.order_by("rank"))
        self.carries = list(version.carries.order_by("step", "place"))
        self.uses: dict[CapKey, CapUse] = {}
        if household and self.rule.needs_household:
            whens = {period(per, line.day) for per in PERIODS}
            for use in CapUse.objects.filter(
                version=version, household=UUID(household), period__in=whens
            ):
                self.uses[(use.step, use.payer, household, use.period)] = use

    def splitter(self) -> Splitter:
        """The engine, where the last line left it."""
        carries: dict[int, list[int]] = {}
        for row in self.carries:
            carries.setdefault(row.step, []).append(row.carry)
        splitter = Splitter(self.rule)
        splitter.resume(
            left=[row.cents for row in self.envelopes],
            carries=carries,
            caps={key: use.cents for key, use in self.uses.items()},
        )
        return splitter

    def keep(self, splitter: Splitter) -> None:
        """Write what the line moved, and only that."""
        for row, cents in zip(self.envelopes, splitter.left, strict=True):
            if row.cents != cents:
                EnvelopeLeft.objects.filter(pk=row.pk).update(cents=cents)
        moved = []
        for row in self.carries:
            carry = splitter.memories[row.step].carries[row.place]
            if row.carry != carry:
                row.carry = carry
                moved.append(row)
        GroupCarry.objects.bulk_update(moved, ["carry"])
        for key, cents in splitter.caps.items():
            self._keep_cap(key, cents)

    def _keep_cap(self, key: CapKey, cents: int) -> None:
        use = self.uses.get(key)
        if use is not None:
            if use.cents != cents:
                CapUse.objects.filter(pk=use.pk).update(cents=cents)
            return
        if not cents:
            return
        step, payer, household, when = key
        CapUse.objects.create(
            version=self.version,
            household=UUID(household),
            period=when,
            step=step,
            payer=payer,
            cents=cents,
            ends=last_day(self.rule.cap_per(step, payer), self.line.day),
        )


def share(version: SchemeVersion, line: SaleLine) -> list[EngineShare]:
    """Share the next line of a version, whose row is locked."""
    rank, household = version.lines + 1, household_of(line)
    state = State(version, line, household)
    splitter = state.splitter()
    shares = _taken(splitter.take(raw_line(line, rank, household=household)), version)
    state.keep(splitter)
    _place(version, line, rank, kept(splitter.drawn(line_id(rank))))
    return shares


def undo(original: SharedLine, version: SchemeVersion, line: SaleLine) -> list[EngineShare]:
    """The opposite shares; what the line drew goes back, to its own caps and envelopes."""
    rank, household = version.lines + 1, household_of(original.line)
    state = State(version, original.line, household)
    splitter = state.splitter()
    undone = line_id(original.rank)
    shares = [
        EngineShare(undone, each.payer.name if each.payer else PERSON, each.cents, each.step, "")
        for each in Share.objects.filter(line=original.line_id).select_related("payer")
    ]
    splitter.remember(undone, drawn(original.draft, household, shares))
    taken = _taken(splitter.take(raw_line(line, rank, undoes=undone)), version)
    state.keep(splitter)
    _place(version, line, rank, {})
    return taken


def _taken(result: list[EngineShare] | Refused, version: SchemeVersion) -> list[EngineShare]:
    if isinstance(result, Refused):
        raise ShareRefused(version.scheme.name, result.reason)
    return result


def _place(version: SchemeVersion, line: SaleLine, rank: int, draft: dict[str, Any]) -> None:
    SchemeVersion.objects.filter(pk=version.pk).update(lines=rank)
    SharedLine.objects.create(line=line, version=version, rank=rank, draft=draft)
