"""One part of the bench on SQLite, then on PostgreSQL where there is one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable


def on_each_database(name: str, run: Callable[[], bool], told: str | None) -> int:
    """Each database in a process of its own, so that one does not warm the other; an exit code."""
    if "--here" in sys.argv:
        return 0 if run() else 1
    print(told)
    postgres = os.environ.get("DATABASE_URL", "")
    urls = ["", postgres] if postgres.startswith("postgres") else [""]
    codes = []
    for url in urls:
        variables = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        variables |= {"DJANGO_SETTINGS_MODULE": "ensemblier.web.settings"}
        variables |= {"TEST_DB_SUFFIX": f"_{name.replace('.', '_')}"}
        variables |= {"DATABASE_URL": url} if url else {}
        command = [sys.executable, "-m", name, "--here", *sys.argv[1:]]
        codes.append(subprocess.run(command, env=variables, check=False).returncode)
    return max(codes)
