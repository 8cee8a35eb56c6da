"""Freezes sample data for the upgrade test: `make release-fixture VERSION=0.1.0`.

Run once per release, when its schema is final, with PostgreSQL 15 (the oldest we support, whose
archives all later ones read). It writes tests/trust/releases/<version>/: one archive per database,
as `ensemblier backup` makes them, and the balances they hold. Commit the folder; never change it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests import postgresql
from tests.trust.installation import Installation, tools

RELEASES = Path(__file__).with_name("releases")
BALANCES = "balances.txt"
FILL = "from tests.trust.books import open_books; open_books(payments=400)"


def freeze(place: Installation, target: Path, *, name: str, load: tuple[str, ...] = ()) -> Path:
    """Fill a migrated installation, seal it, and write its archive and its balances."""
    target.mkdir(parents=True, exist_ok=True)
    if load:
        place.run(*load)
    place.python(FILL)
    place.run("ledger", "seal")
    place.run("backup", "--out", str(place.folder / "archives"))
    (archive,) = (place.folder / "archives").glob("ensemblier-*")
    shutil.copyfile(archive, target / f"{name}.tar.gz")
    (target / BALANCES).write_text(place.run("ledger", "balances"))
    return target / f"{name}.tar.gz"


def main(version: str) -> None:
    target = RELEASES / version
    if target.exists():
        sys.exit(f"{target} exists: a release is frozen once.")
    demo = ("demo", "load")
    with tempfile.TemporaryDirectory() as folder:
        place = Installation(Path(folder))
        place.manage("migrate", "--verbosity=0")
        freeze(place, target, name="sqlite", load=demo)
    with tempfile.TemporaryDirectory() as folder, postgresql.server() as server:
        name = f"release_{os.getpid()}"
        with postgresql.database(server, name) as url:
            place = Installation(Path(folder), {"DATABASE_URL": url, **tools(url)})
            place.manage("migrate", "--verbosity=0")
            freeze(place, target, name="postgresql", load=demo)
    for path in sorted(target.iterdir()):
        print(f"{path}  {path.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1][0].isdigit():
        sys.exit("usage: make release-fixture VERSION=0.1.0")
    main(sys.argv[1])
