"""Pytest plugin: the run starts at another instant, ENSEMBLIER_TEST_NOW (`-p tests.clock`)."""

import os
from datetime import datetime

import pytest
import time_machine

_travel: list[time_machine.travel] = []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """The clock goes on from there: tests that wait still wait."""
    found = time_machine.travel(datetime.fromisoformat(os.environ["ENSEMBLIER_TEST_NOW"]))
    found.start()
    _travel.append(found)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    while _travel:
        _travel.pop().stop()
