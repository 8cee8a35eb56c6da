"""What the report says of a file, read from data: the rule of stage, examples of expenses, and who
may pay for each useful effect."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ensemblier.engines.topup import Funder

DATA = Path(__file__).with_name("data")


class StageRule(NamedTuple):
    """How long a project may be a start-up, a consolidation, or both."""

    years: int
    sentence: str
    source: str


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text())


def stage_rule() -> StageRule:
    return StageRule(**_read("report.toml")["stage"])


def examples(expense_class: str) -> list[str]:
    """What the report pays for in this class of expenses, in plain words."""
    return list(_read("report.toml")["expenses"].get(expense_class, ()))


@cache
def funders() -> tuple[Funder, ...]:
    """Who may be asked, effect by effect, in the order of the report."""
    return tuple(
        Funder(row["effect"], row["name"], tuple(row["words"]), row["source"])
        for row in _read("effects.toml")["funder"]
    )
