"""Three settings of college shares, under loose and tight ceilings; nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ensemblier.engines.allocation import BadProblem, Problem, allocate, with_shares
from ensemblier.fund.allocation.building import (
    EQUIPMENT,
    CannotShare,
    Settings,
    ceilings_of,
    problem_of,
)
from ensemblier.fund.allocation.facts import facts_of
from ensemblier.fund.jury.models import Sitting

WHOLE = 10_000
LOOSE = {"equipment_bp": None, "region_bp": None}
TIGHT = {"equipment_bp": 2_000, "region_bp": 4_000}


class Scenario(NamedTuple):
    """One column: its name, what it decides for each project, and what it spends."""

    name: str
    funded: dict[str, int]
    spent_cents: int
    fault: str


class Comparison(NamedTuple):
    """Scenarios, a line for each project, whose fate never changes, whose amount neither."""

    scenarios: list[Scenario]
    rows: list[tuple[int, str, str, list[tuple[str, int]]]]
    steady: int
    equal: int


def shares_of(sitting: Sitting) -> dict[str, dict[str, int]]:
    """The call's shares, equal shares, and half for the people concerned (or the last college)."""
    colleges = list(sitting.jury.call.colleges.all())
    kinds = [row.kind for row in colleges]
    equal = {kind: WHOLE for kind in kinds}
    last = kinds[-1] if "people" not in kinds else "people"
    others = [kind for kind in kinds if kind != last]
    half = {kind: WHOLE for kind in others} | {last: WHOLE * max(1, len(others))}
    return {
        "parts de l'appel": {row.kind: row.share_bp for row in colleges},
        "parts égales": equal,
        "la moitié aux personnes concernées": half,
    }


def compare(sitting: Sitting, envelope_cents: int) -> Comparison:
    """Six sharings of the same vote, read once."""
    try:
        base, fault = problem_of(sitting, Settings(envelope_cents)), ""
    except CannotShare as refusal:
        base, fault = None, refusal.message
    scenarios = [
        _one(base, fault, f"{name}, {limits}", shares, Settings(envelope_cents, None, **bounds))
        for name, shares in shares_of(sitting).items()
        for limits, bounds in (("limites larges", LOOSE), ("limites serrées", TIGHT))
    ]
    rows = []
    for item in sitting.items.select_related("application"):
        number = item.application.number
        cells = [(row.name, row.funded.get(number, 0)) for row in scenarios]
        rows.append((item.number, number, item.application.title, cells))
    steady = sum(len({bool(cents) for _, cents in row[3]}) == 1 for row in rows)
    equal = sum(len({cents for _, cents in row[3]}) == 1 for row in rows)
    return Comparison(scenarios, rows, steady, equal)


def _one(
    base: Problem | None, fault: str, name: str, shares: dict[str, int], settings: Settings
) -> Scenario:
    if base is None:
        return Scenario(name, {}, 0, fault)
    limits = tuple(ceilings_of(settings, base.lots))
    problem = replace(with_shares(base, shares), ceilings=limits)
    try:
        facts = facts_of(problem, allocate(problem))
    except BadProblem as error:
        return Scenario(name, {}, 0, str(error))
    paid: dict[str, int] = {}
    for row in facts["payments"]:
        project = row["lot"].removesuffix(EQUIPMENT)
        paid[project] = paid.get(project, 0) + row["cost"]
    return Scenario(name, paid, sum(paid.values()), "")
