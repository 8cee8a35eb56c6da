"""The templates of calls and their grid, read from the versioned files of data/."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"
GRID = "grid_2026.toml"
TEMPLATES = ("local", "national", "pna")


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
    levels: tuple[str, ...]
    parts: tuple[Part, ...]


class DefaultExpense(NamedTuple):
    expense_class: str
    priority: int
    cap_bp: int
    condition: str
    note: str


class DefaultPaper(NamedTuple):
    kind: str
    label: str
    required: bool


class Template(NamedTuple):
    """What a new call starts with; every line of it may be changed before publication."""

    key: str
    name: str
    lead: str
    strand: str
    version: str
    source: str
    max_rate_bp: int
    rate_is_assumed: bool
    years: int
    days_open: int
    watch: tuple[str, ...]
    title: str
    description: str
    expenses: tuple[DefaultExpense, ...]
    papers: tuple[DefaultPaper, ...]
    questions: tuple[dict[str, Any], ...]


@cache
def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def grid_version() -> str:
    return str(read(GRID)["version"])


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
            tuple(row.get("levels", data["levels"])),
            tuple(
                Part(label, objective[label], is_main)
                for is_main, labels in ((True, row["main"]), (False, row["also"]))
                for label in labels
            ),
        )
        for row in data["criteria"]
    )


@cache
def template(key: str) -> Template:
    """A template by its key; a KeyError when there is none."""
    if key not in TEMPLATES:
        raise KeyError(key)
    data = read(f"template_{key}.toml")
    lines = {
        "watch": tuple(data["watch"]),
        "description": data["description"].strip(),
        "expenses": tuple(
            DefaultExpense(
                row["expense_class"],
                rank,
                row.get("cap_bp", 10_000),
                row.get("condition", ""),
                row.get("note", ""),
            )
            for rank, row in enumerate(data["expenses"], start=1)
        ),
        "papers": tuple(
            DefaultPaper(row["kind"], row["label"], row.get("required", True))
            for row in data["papers"]
        ),
        "questions": tuple(data.get("questions", ())),
    }
    return Template(**{name: lines.get(name, data.get(name)) for name in Template._fields})


# What a call made without a template asks for: what every file of the fund has.
BASIC_PAPERS = tuple(paper for paper in template("local").papers if paper.required)


def templates() -> list[Template]:
    return [template(key) for key in TEMPLATES]


def default_expenses(strand: str) -> tuple[DefaultExpense, ...]:
    """The eligible expenses of a strand, the first priority first."""
    return template(strand).expenses
