"""Pytest plugin: writes each test's marks in the JUnit file, so that `tests.run` can count."""

import pytest

COUNTED = ("browser", "postgresql", "shared_data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marks = [name for name in COUNTED if item.get_closest_marker(name)]
        item.user_properties.append(("marks", " ".join(marks)))
