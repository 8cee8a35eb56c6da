"""The guide of orientation, read from the dated files of data/: questions, checks, vehicles."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from ensemblier.fund.orientation.rules import Check, Guide, Question, Vehicle

DATA = Path(__file__).parent / "data"
FILES = ("guide_2026.toml",)


@cache
def guide() -> Guide:
    """The newest guide."""
    return parse(tomllib.loads((DATA / FILES[-1]).read_text(encoding="utf-8")))


def parse(data: dict[str, Any]) -> Guide:
    return Guide(
        version=data["version"],
        since=data["since"],
        source=data["source"],
        questions=tuple(
            Question(
                row["code"],
                row["label"],
                row.get("help", ""),
                row.get("many", False),
                tuple((code, label) for code, label in row["options"]),
            )
            for row in data["questions"]
        ),
        checks=tuple(
            Check(case(row["when"]), row["verdict"], row["reason"], row["source"])
            for row in data["checks"]
        ),
        vehicles=tuple(
            Vehicle(
                row["code"],
                row["name"],
                tuple(case(one) for one in row["any"]),
                row["why"],
                row["who"],
                row["since"],
                row.get("until"),
                row["source"],
            )
            for row in data["vehicles"]
        ),
    )


def case(given: dict[str, list[str]]) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((code, frozenset(values)) for code, values in given.items())
