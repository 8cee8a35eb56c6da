"""kill -9 during an upgrade: the database is left whole, and the upgrade run again ends well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from tests.architecture.source import ROOT
from tests.trust.installation import Installation, installation
from tests.trust.release_fixture import RELEASES

pytestmark = [pytest.mark.trust]
LOAD = "from ensemblier.web.operations import backup; from pathlib import Path;"


@pytest.fixture
def release() -> Iterator[Installation]:
    """The sample data of the first release, with its schema as it was; in memory if possible."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    kind = "sqlite" if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else "postgresql"
    with (
        tempfile.TemporaryDirectory(prefix="ensemblier-release-", dir=memory) as folder,
        installation(Path(folder)) as place,
    ):
        place.python(f"{LOAD} backup.restore(archive=Path('{RELEASES}/0.1.0/{kind}.tar.gz'))")
        yield place


def kill(place: Installation, *, points: int, only: str = "", **control: str) -> dict[str, Any]:
    url = place.database.get("DATABASE_URL", "")
    name = url.rpartition("/")[2] or str(place.folder / "ensemblier.sqlite3")
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.killed_migrations", name, str(points), only],
        env={
            **place.environment(),
            **control,
            "DJANGO_SETTINGS_MODULE": "tests.trust.next_release.settings",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(found, indent=1))
    return found


def check(found: dict[str, Any]) -> None:
    for each in found["kills"]:
        assert each["killed"] and not each["torn"] and each["ends"], each
    assert found["faults"] == []


def test_a_killed_upgrade_leaves_a_whole_state_and_ends_when_run_again(release):
    found = kill(release, points=3, only="next_release")
    assert found["plan"] >= 3 and len(found["kills"]) >= 9
    found["faults"] = [f for f in found["faults"] if "déclencheur" not in f]  # migrations to come
    check(found)


@pytest.mark.slow
def test_every_migration_since_the_release_killed_at_many_points(release):
    found = kill(release, points=12)
    assert len(found["kills"]) > found["plan"]
    check(found)


def test_negative_control_a_migration_outside_a_transaction_is_seen_torn(release):
    found = kill(release, points=1, only="next_release", NEXT_RELEASE_ATOMIC="no")
    assert any("people_organisation.next_note" in each["torn"] for each in found["kills"])


def test_negative_control_django_s_own_executor_may_do_a_migration_and_not_note_it(release):
    found = kill(release, points=1, only="next_release", NEXT_RELEASE_EXECUTOR="django")
    torn = [each["at"] for each in found["kills"] if each["torn"]]
    assert [at.split()[0] for at in torn] == ["next_release.0002_visits"]


def test_each_migration_of_ours_is_one_transaction():
    ours = {config.label for config in apps.get_app_configs() if "ensemblier" in config.name}
    loader = MigrationLoader(None)
    found = [each for key, each in loader.disk_migrations.items() if key[0] in ours]
    assert len(found) > 20
    assert [str(each) for each in found if not each.atomic] == []
