"""Three settings of college shares, under loose and tight ceilings; nothing is kept."""

from __future__ import annotations

from typing import NamedTuple

from ensemblier.fund.allocation.actions import share
from ensemblier.fund.allocation.building import EQUIPMENT, CannotShare, Settings
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
    """Scenarios, a line for each project, and those whose fate never changes."""

    scenarios: list[Scenario]
    rows: list[tuple[int, str, str, list[tuple[str, int]]]]
    steady: int


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
    """Six sharings of the same vote."""
    scenarios = [
        _one(sitting, f"{name}, {limits}", Settings(envelope_cents, shares, **bounds))
        for name, shares in shares_of(sitting).items()
        for limits, bounds in (("limites larges", LOOSE), ("limites serrées", TIGHT))
    ]
    rows = []
    for item in sitting.items.select_related("application"):
        number = item.application.number
        rows.append(
            (item.number, number, item.application.title,
             [(row.name, row.funded.get(number, 0)) for row in scenarios])
        )  # fmt: skip
    steady = sum(len({bool(cents) for _, cents in row[3]}) == 1 for row in rows)
    return Comparison(scenarios, rows, steady)


def _one(sitting: Sitting, name: str, settings: Settings) -> Scenario:
    try:
        facts = share(sitting, settings).facts
    except CannotShare as refusal:
        return Scenario(name, {}, 0, refusal.message)
    paid: dict[str, int] = {}
    for row in facts["payments"]:
        project = row["lot"].removesuffix(EQUIPMENT)
        paid[project] = paid.get(project, 0) + row["cost"]
    return Scenario(name, paid, sum(paid.values()), "")
