"""What shares a long set-up runs in one worker: a file that is forgotten makes it a second time."""

import re

import pytest

from tests.architecture.source import ROOT
from tests.spread import GROUPS, unit

SHARED = {"crawled": "crawl", "demo_db": "demo", "demo_server": "demo"}
DEFINED = ("conftest.py", "demo.py", "spread.py", "test_spread.py")


def asking(fixture: str) -> list[str]:
    files = [path for path in (ROOT / "tests").rglob("*.py") if path.name not in DEFINED]
    asked = re.compile(rf"def \w+\([^)]*\b{fixture}\b|fixtures\(.*\b{fixture}\b")
    return sorted(p.relative_to(ROOT).as_posix() for p in files if asked.search(p.read_text()))


@pytest.mark.parametrize("fixture", SHARED)
def test_whoever_asks_for_a_long_set_up_is_in_its_group(fixture: str) -> None:
    found = asking(fixture)
    assert found
    assert [path for path in found if unit(f"{path}::test") != SHARED[fixture]] == []


def test_groups_name_files_that_exist_each_once() -> None:
    paths = [path for group in GROUPS.values() for path in group]
    assert len(paths) == len(set(paths))
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_a_file_outside_the_groups_is_a_unit() -> None:
    assert unit("tests/spec/test_money.py::test_x[a::b@c]") == "tests/spec/test_money.py"
