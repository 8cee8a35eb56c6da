"""Each benchmark still runs at its small size (`make soak`): nobody runs the great ones daily."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.__main__ import PARTS
from tests import postgresql

ROOT = Path(__file__).resolve().parents[2]
# pabutools, its peer, is installed by `make bench` only.
TRIED = [part for part in PARTS if part != "bench.allocation"]
pytestmark = [pytest.mark.slow, pytest.mark.sqlite]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.mark.parametrize("part", TRIED)
def test_the_benchmark_runs(part: str, server: str, tmp_path: Path) -> None:
    variables = {**os.environ, "DATABASE_URL": server, "ENSEMBLIER_VAR": str(tmp_path)}
    variables["DJANGO_SETTINGS_MODULE"] = "ensemblier.web.settings"
    command = [sys.executable, "-m", part, "--quick"]
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stderr
