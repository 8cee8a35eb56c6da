"""The demonstration in a database of its own: loaded once a session, a transaction each test.

`tests/conftest.py` makes these fixtures known everywhere. Use `demo_db` instead of the mark
`django_db` (the mark would connect before the switch):

    def test_something(demo_db, client): ...

`demo_server` gives a copy of it to a live server, for browser tests (SQLite only).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone


@dataclass(frozen=True)
class DemoDatabase:
    """Where the loaded demonstration is kept."""

    name: str
    media: Path


@contextmanager
def on_database(name: str) -> Iterator[None]:
    """Both aliases look at another database, then come back."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    connections.close_all()
    for alias in before:
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        for alias, old in before.items():
            connections[alias].settings_dict["NAME"] = old


def copy_database(source: str, target: str) -> None:
    """A copy of a whole database; nobody may be connected to either."""
    connections.close_all()
    if connection.vendor == "sqlite":
        drop_database(target)
        # Page by page: part of the database may still be in its write-ahead log.
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
        return
    drop_database(target)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def drop_database(name: str) -> None:
    if connection.vendor == "sqlite":
        for path in (name, f"{name}-wal", f"{name}-shm"):
            Path(path).unlink(missing_ok=True)
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture(scope="session")
def demo_database(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DemoDatabase]:
    """The demonstration, loaded beside the ordinary test database, which stays empty."""
    from ensemblier.web.demo.load import load

    found = DemoDatabase(
        f"{connection.settings_dict['NAME']}_demo", tmp_path_factory.mktemp("demo-files")
    )
    with django_db_blocker.unblock():
        copy_database(str(connection.settings_dict["NAME"]), found.name)
        with on_database(found.name), override_settings(MEDIA_ROOT=found.media):
            load(now=timezone.now())
    yield found
    with django_db_blocker.unblock():
        drop_database(found.name)


@pytest.fixture
def demo_switch(
    demo_database: DemoDatabase, django_db_blocker: Any, settings: Any
) -> Iterator[None]:
    settings.MEDIA_ROOT = demo_database.media
    settings.DEMO = True
    with django_db_blocker.unblock():
        switch = on_database(demo_database.name)
        switch.__enter__()
    yield
    with django_db_blocker.unblock():
        switch.__exit__(None, None, None)


@pytest.fixture
def demo_db(demo_switch: None, db: None) -> None:
    """A test in a transaction on the loaded demonstration, in demo mode."""


@pytest.fixture
def demo_server(
    demo_database: DemoDatabase, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[Any]:
    """A live server on a copy of the demonstration: `demo_server.url`."""
    from pytest_django.live_server_helper import LiveServer

    if connection.vendor != "sqlite":
        pytest.fail("browser tests run on SQLite: give them the mark `browser`")
    shutil.copytree(demo_database.media, tmp_path / "files")
    settings.MEDIA_ROOT, settings.DEMO = tmp_path / "files", True
    copy = str(tmp_path / "demo.sqlite3")
    with django_db_blocker.unblock():
        copy_database(demo_database.name, copy)
        with on_database(copy):
            server = LiveServer("127.0.0.1")
            yield server
            server.stop()
