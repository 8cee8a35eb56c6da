"""No figure of a sheet is there for show: when one changes, what its story ends with changes.

A figure that the sheet declares and nothing computes says so in its file (`declared = true`). A
story that is long is lived with its `SMALL` figures.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from ensemblier.base.refusal import Refusal
from tests.stories.frame import DATA, Figures

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NAMES = sorted(path.stem for path in DATA.glob("*.toml"))
PLAIN = (int, str, bool, type(None))


def plain(what: Any) -> Any:
    """What can be compared from one run to another: no row of the database, no moment."""
    if isinstance(what, SimpleNamespace):
        return {name: plain(value) for name, value in vars(what).items() if name != "life"}
    if isinstance(what, dict):
        return {str(key): plain(value) for key, value in what.items()}
    if isinstance(what, (list, tuple)):
        return [plain(each) for each in what]
    if isinstance(what, (set, frozenset)):
        return sorted(map(str, what))
    if is_dataclass(what):
        return plain(vars(what))
    return what if isinstance(what, PLAIN) else str(what) if isinstance(what, date) else ""


def ending(story: Any, figures: Figures) -> Any:
    """What a story ends with, or what it is refused; nothing of it stays in the database."""
    held = transaction.savepoint()
    try:
        return plain(story.live(figures))
    except (Refusal, ValueError, ZeroDivisionError, IndexError, KeyError, AttributeError) as stop:
        return type(stop).__name__
    finally:
        transaction.savepoint_rollback(held)


def others(value: Any) -> list[Any]:
    """Other values of a figure: a little, then a lot away."""
    if isinstance(value, bool) or isinstance(value, str) and not value.isdigit():
        return []
    if isinstance(value, str):
        return [str(int(value) + 1)]
    if isinstance(value, int):
        return [value + 1, value * 2 + 1, value // 2]
    if isinstance(value, list) and all(isinstance(each, int) for each in value):
        return [[value[0] * 2 + 1, *value[1:]], [each * 2 for each in value]]
    return []


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_changes_the_end(name) -> None:
    story = import_module(f"tests.stories.test_{name}")
    if not hasattr(story, "live"):
        pytest.fail("a story is lived by `live(figures)`")
    figures = Figures.of(name).altered(**getattr(story, "SMALL", {}))
    end = ending(story, figures)
    assert ending(story, figures) == end, "the same figures end the same"
    idle = []
    for each, row in figures.figures.items():
        found = others(row["value"])
        moved = any(ending(story, figures.altered(**{each: new})) != end for new in found)
        if found and moved == bool(row.get("declared")):
            idle.append(each)
    assert not idle, f"change nothing, or are said declared and change something: {idle}"
