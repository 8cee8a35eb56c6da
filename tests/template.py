"""The empty SQLite database of the tests, kept between runs: migrating it takes longer than most
tests, twice when two workers share them. Its name changes with the migrations, with the code they
call and with the versions installed; `var/` holds the last one only."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
IMPORTED = re.compile(r"^\s*from (ensemblier\.[\w.]+) import", re.MULTILINE)


def sources() -> list[Path]:
    """The migrations, and every module of ours that they reach."""
    waiting = sorted((ROOT / "ensemblier").rglob("migrations/*.py"))
    found: dict[Path, None] = {}
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found[path] = None
        for name in IMPORTED.findall(path.read_text(encoding="utf-8")):
            base = ROOT.joinpath(*name.split("."))
            waiting += [base.with_suffix(".py"), base / "__init__.py"]
    return sorted(found)


def template() -> Path:
    """Where the template of today's migrations is, or would be."""
    digest = hashlib.sha256()
    for path in [*sources(), ROOT / "requirements" / "run.txt", ROOT / "requirements" / "dev.txt"]:
        digest.update(path.read_bytes())
    return Path(settings.VAR) / f"tests-{digest.hexdigest()[:16]}.sqlite3"


def copy(source: Path, target: Path) -> bool:
    """False when there is none (another run may have replaced it a moment ago)."""
    try:
        old = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return False
    with closing(old), closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return True


def keep(database: Path) -> None:
    """Keep this database, just migrated, for the next runs; the older ones go."""
    kept = template()
    partial = kept.with_suffix(f".{os.getpid()}")
    copy(database, partial)
    partial.replace(kept)
    for old in kept.parent.glob("tests-*.sqlite3"):
        if old != kept:
            old.unlink(missing_ok=True)
