"""One line by sheet with its main figures: `make stories` prints them, other runs keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stories.frame import Figures, Tell

MARK = "sheet"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sheets", action="store_true", help="print the line of each sheet")


@pytest.fixture
def tell(record_property: Any) -> Tell:
    """Say what a sheet ended with; every figure of its file must have been used."""

    def told(figures: Figures, text: str) -> None:
        assert not figures.unread, f"figures never used: {sorted(figures.unread)}"
        note = f" ({figures.assumed} hypothèses)" if figures.assumed else ""
        record_property(MARK, f"{figures.sheet:2d} {figures.title} : {text}{note}")

    return told


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--sheets", default=False):
        return
    lines = sorted(_lines(terminalreporter.stats.get("passed", [])))
    if lines:
        terminalreporter.section("fiches")
    for line in lines:
        terminalreporter.write_line(line)


def _lines(reports: list[Any]) -> Iterator[str]:
    for report in reports:
        for name, line in report.user_properties:
            if name == MARK and report.when == "call":
                yield line
