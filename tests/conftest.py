"""What all tests share."""

import gc
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases

from tests import demo, log_canaries, template
from tests.append_only import let_tests_flush
from tests.demo import demo_database, demo_db, demo_server, demo_switch  # noqa: F401

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of public data beside the repository."""
    return SHARED


def pytest_configure(config: pytest.Config) -> None:
    """A test that rolls back has one connection: sessions and access rows share it."""
    # A crawl makes millions of objects and nearly no cycle: looking for some at every thousand of
    # them took a tenth of the run.
    gc.set_threshold(20_000, 20, 50)
    settings.DATABASE_ROUTERS = []
    # Argon2 is slow on purpose; the tests that speak of it ask for it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Files of this run only: another run, or a purge under test, must not touch them.
    settings.MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="ensemblier-files-"))
    let_tests_flush()
    if not config.pluginmanager.is_registered(log_canaries):
        config.pluginmanager.register(log_canaries)


# A test that sends a hundred thousand requests logs gigabytes, which the workers would all send to
# the process that counts.
MOST_RECORDS = 500


def pytest_sessionstart(session: pytest.Session) -> None:
    """Each test keeps its first log records only, and those that production would write."""
    plugin = session.config.pluginmanager.getplugin("logging-plugin")
    for handler in (plugin.caplog_handler, plugin.report_handler):
        handler.setLevel(logging.INFO)
        handler.addFilter(lambda record, handler=handler: len(handler.records) < MOST_RECORDS)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """In place of pytest-django's: the migrated template is copied (tests/template.py). It also
    makes the database for tests that ask by `demo_server` or `site` alone, which pytest-django
    does not see: they must not find the real one."""
    with django_db_blocker.unblock(), template.alone():
        name = connection.creation._get_test_db_name()
        if connection.vendor == "sqlite":
            demo.drop_database(name)
        found = template.fetch(name)
        made = setup_databases(verbosity=0, interactive=False, keepdb=found, aliases={"default"})
        if not found:
            template.give(name)
        # Django asks the database once in its life whether it knows JSON: not counted in a test.
        assert connection.features.supports_json_field
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def crawled(django_db_setup: None, django_db_blocker: Any) -> Any:
    """Every page as everybody met it: made once, for the files of one group (tests/spread.py)."""
    from tests.trust import crawl

    with django_db_blocker.unblock():
        return crawl.whole_site()


def pytest_unconfigure() -> None:
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


# Files of the folders of `make check` (Makefile) that load all of France, or wait on purpose:
# `make test` runs them.
HEAVY = {
    "test_accounts_kept.py",
    "test_sign_in.py",
    "test_territory.py",
    "test_zonings.py",
    "test_zonings_commands.py",
}


# Folders whose tests that ask for no database reach none by another way either.
PURE = {"architecture", "spec", "properties"}
# Files elsewhere of which the same is true: they look at sources, at files, or at a run apart.
PURE_FILES = {
    "test_exports.py",
    "test_live_sheets.py",
    "test_log_canaries.py",
    "test_requirements.py",
    "test_supply_chain.py",
    "test_tables.py",
    "test_uploads.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        alone = item.path.parent.name in PURE or item.path.name in PURE_FILES
        if alone and not _asks_for_database(item):
            item.add_marker(pytest.mark.pure)
        if item.path.name in HEAVY:
            item.add_marker(pytest.mark.heavy)
        if not SHARED.exists() and item.get_closest_marker("shared_data"):
            item.add_marker(pytest.mark.skip(reason="../shared/data is absent"))


def _asks_for_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    asked = {"db", "transactional_db", "demo_db", "django_db_setup", "demo_database"} & fixtures
    return bool(asked) or item.get_closest_marker("django_db") is not None
