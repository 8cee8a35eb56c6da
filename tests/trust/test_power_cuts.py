"""Three hundred power cuts on SQLite: nothing acknowledged is lost, the books are still proved."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from tests.architecture.source import ROOT

pytestmark = [pytest.mark.trust, pytest.mark.sqlite, pytest.mark.django_db]


@pytest.fixture(scope="module")
def schema(django_db_setup, django_db_blocker, tmp_path_factory) -> Path:
    """The real schema with its triggers, without a row of ours."""
    empty = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
        with closing(sqlite3.connect(name)) as old, closing(sqlite3.connect(empty)) as new:
            old.backup(new)
    return empty


@pytest.fixture
def work() -> Iterator[Path]:
    """In memory where there is such a place: the disk here is one we make up."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ensemblier-cuts-", dir=memory) as folder:
        yield Path(folder)


def cut(schema: Path, work: Path, *, cuts: int, seed: int, synchronous: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.power_cuts"]
        + [str(schema), str(work), str(cuts), str(seed), synchronous],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{schema}",
            "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    print(found)
    return found


@pytest.mark.parametrize("cuts", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_power_cuts_lose_nothing_acknowledged(schema, work, cuts):
    seed = 1 if cuts == 300 else 2
    found = cut(schema, work, cuts=cuts, seed=seed, synchronous="FULL")
    assert found["cuts"] == cuts
    assert (found["lost"], found["corrupt"], found["unproved"]) == (0, 0, 0)
    # The cuts strike: most of them find writes that were never synced.
    assert found["unsynced"] > cuts / 2
    assert found["syncs"] >= found["acknowledged"]


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_negative_control_weaker_settings_lose_what_they_acknowledged(schema, work, synchronous):
    found = cut(schema, work, cuts=60, seed=3, synchronous=synchronous)
    assert found["lost"] + found["corrupt"] > 30
    if synchronous == "NORMAL":  # sound, but forgetful
        assert found["lost"] > 30
