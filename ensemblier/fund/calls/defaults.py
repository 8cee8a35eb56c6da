"""The default grid and the default expenses of a call, read from the versioned files of data/."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"
GRID = "grid_2022.toml"
EXPENSES = "expenses.toml"


class Part(NamedTuple):
    """A GT8 criterion as it is attached to a criterion of the grid."""

    label: str
    objective: str
    is_main: bool


class DefaultCriterion(NamedTuple):
    code: str
    label: str
    explanation: str
    weight: int
    scale_max: int
    parts: tuple[Part, ...]


class DefaultExpense(NamedTuple):
    expense_class: str
    priority: int
    cap_bp: int
    note: str


@cache
def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def default_grid() -> tuple[DefaultCriterion, ...]:
    """The six criteria of chapter II with their GT8 sub-criteria, the main ones first."""
    data = read(GRID)
    objective = {label: name for name, labels in data["objectives"].items() for label in labels}
    return tuple(
        DefaultCriterion(
            row["code"],
            row["label"],
            row["explanation"],
            row.get("weight", data["weight"]),
            row.get("scale_max", data["scale_max"]),
            tuple(
                Part(label, objective[label], is_main)
                for is_main, labels in ((True, row["main"]), (False, row["also"]))
                for label in labels
            ),
        )
        for row in data["criteria"]
    )


@cache
def default_expenses(strand: str) -> tuple[DefaultExpense, ...]:
    """The eligible expenses of a strand, the first priority first."""
    return tuple(
        DefaultExpense(row["expense_class"], rank, row.get("cap_bp", 10_000), row.get("note", ""))
        for rank, row in enumerate(read(EXPENSES)[strand], start=1)
    )
