"""Which worker runs what: a file is never cut in two, files that share a long set-up go together,
and the longest start first, so that no worker ends alone (`make test`, option `-p tests.spread`).

In place of the marks `xdist_group`, which pytest-xdist 3.8 no longer sees under pytest 9.2 (it
renames `Item._nodeid`, which pytest does not read any more).
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Longest first. Each group makes once what its files read: the crawl, the demonstration.
GROUPS: dict[str, tuple[str, ...]] = {
    "crawl": (
        "tests/journeys/test_axe.py",
        "tests/trust/test_french.py",
        "tests/trust/test_headers.py",
        "tests/trust/test_query_ceilings.py",
        "tests/trust/test_read_only_gets.py",
    ),
    "access": ("tests/trust/test_access_table.py",),
    "hostile": ("tests/trust/test_hostile_input.py",),
    "demo": (
        "tests/journeys/test_axe_demo.py",
        "tests/journeys/test_tour.py",
        "tests/platform/test_books.py",
        "tests/platform/test_dashboard.py",
        "tests/platform/test_demo.py",
        "tests/platform/test_tour.py",
    ),
    "xss": ("tests/trust/test_stored_xss.py",),
    "upgrade": ("tests/trust/test_upgrade.py", "tests/trust/test_killed_migrations.py"),
    "backup": ("tests/trust/test_backup.py",),
}
GROUP_OF = {path: group for group, paths in GROUPS.items() for path in paths}


def unit(nodeid: str) -> str:
    """What is given whole to one worker: a group of files, or a file."""
    path = nodeid.split("::", 1)[0]
    return GROUP_OF.get(path, path)


class Spread(LoadScopeScheduling):  # type: ignore[misc]
    """The scheduler of pytest-xdist, with our units."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spread:
    config.option.loadscopereorder = False  # the order of the collection, below
    return Spread(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The groups first, in their order; the rest as collected."""
    ranks = {name: rank for rank, name in enumerate(GROUPS)}
    items.sort(key=lambda item: ranks.get(unit(item.nodeid), len(ranks)))
