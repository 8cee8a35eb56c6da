"""Decisions for tests: a call with files proposed, its scenarios and its drafts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ensemblier.base.people.models import Role
from ensemblier.fund.decisions import drafting, sharing
from ensemblier.fund.decisions.models import DecisionDraft, Scenario
from tests import factories_fund as fund
from tests import factories_review as cases

NOW = cases.NOW


def shared(cents: int = 45_000_00, files: int = 2) -> SimpleNamespace:
    """A call whose files each ask 30 000 €, all proposed, and the officer who prepares."""
    envelope = fund.envelope(cents)
    call = fund.call(envelopes=[envelope])
    proposed = [cases.proposed(fund.filed(of=call)) for _ in range(files)]
    return SimpleNamespace(
        call=call,
        envelope=envelope,
        cases=proposed,
        files=[case.application for case in proposed],
        officer=fund.user(Role.PROGRAMME),
    )


def scenario(world: SimpleNamespace, name: str = "Au rang", **rule: Any) -> Scenario:
    rule = {"kind": "rank", **rule}
    return sharing.write(call=world.call, name=name, rule=rule, actor=world.officer, now=NOW)


def drafts(world: SimpleNamespace, row: Scenario | None = None) -> list[DecisionDraft]:
    row = row or scenario(world)
    drafting.prepare(scenario=row, actor=world.officer, now=NOW)
    return list(DecisionDraft.objects.select_related("application").order_by("application__number"))
