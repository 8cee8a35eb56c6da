"""Back-up and restore: the database and the files in one archive, checked when put back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from ensemblier import __version__
from ensemblier.base.refusal import Refusal

SQLITE_NAME = "database.sqlite3"
POSTGRESQL_NAME = "database.pgdump"
MANIFEST = "manifest.json"


class BackupFailed(Refusal):
    """The archive could not be made, read or put back."""


def make(*, folder: Path, now: datetime, recipient: str = "") -> Path:
    """Write an archive in the folder; encrypted for `recipient` (an age public key) when given."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"ensemblier-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as work:
        content = Path(work) / "content"
        content.mkdir()
        # The database first: a file added meanwhile is only an orphan in the copy.
        database = _dump(content)
        files = _copy_files(content / "files")
        manifest = {
            "version": __version__,
            "made_at": now.isoformat(),
            "database": database.name,
            "sha256": _sha256(database),
            "files": files,
        }
        (content / MANIFEST).write_text(json.dumps(manifest, indent=1))
        archive = Path(work) / name
        with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
            tar.add(content, arcname=".")
        if recipient:
            archive = _encrypt(archive, recipient)
        archive.chmod(0o600)
        final = folder / archive.name
        os.replace(archive, final)
    return final


def restore(*, archive: Path, identity: str = "") -> dict[str, Any]:
    """Put an archive back into an empty database and an empty folder; its manifest."""
    with tempfile.TemporaryDirectory(prefix="ensemblier-restore-") as work:
        content = Path(work)
        plain = _decrypt(archive, content, identity) if archive.suffix == ".age" else archive
        try:
            with tarfile.open(plain, "r:gz") as tar:
                tar.extractall(content, filter="data")
            manifest: dict[str, Any] = json.loads((content / MANIFEST).read_text())
        except (OSError, tarfile.TarError, ValueError, EOFError) as error:
            raise BackupFailed(f"L'archive est illisible : {error}") from error
        database = content / manifest["database"]
        if _sha256(database) != manifest["sha256"]:
            raise BackupFailed("La base de l'archive a changé depuis la sauvegarde.")
        _check_files(content / "files", manifest["files"])
        _refuse_if_not_empty(database.name)
        _load(database)
        shutil.copytree(content / "files", settings.MEDIA_ROOT, dirs_exist_ok=True)
    return manifest


def _dump(folder: Path) -> Path:
    if connection.vendor == "sqlite":
        target = folder / SQLITE_NAME
        # Page by page in one step: as of one instant, whatever is being written meanwhile.
        source = sqlite3.connect(f"file:{_sqlite_path()}?mode=ro", uri=True, timeout=60)
        copy = sqlite3.connect(target)
        with contextlib.closing(source), contextlib.closing(copy):
            source.backup(copy)
        return target
    target = folder / POSTGRESQL_NAME
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    _postgresql(command)
    return target


def _load(database: Path) -> None:
    if connection.vendor == "sqlite":
        target = _sqlite_path()
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in ("-wal", "-shm"):
            target.with_name(target.name + leftover).unlink(missing_ok=True)
        shutil.copyfile(database, target)
        return
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    name = str(settings.DATABASES["default"]["NAME"])
    _postgresql(["pg_restore", *options, f"--dbname={name}", str(database)])


def _refuse_if_not_empty(kind: str) -> None:
    if (kind == SQLITE_NAME) != (connection.vendor == "sqlite"):
        raise BackupFailed("Cette archive vient d'une autre sorte de base de données.")
    if connection.vendor == "sqlite":
        path = _sqlite_path()
        full = path.exists() and path.stat().st_size > 0
    else:
        full = bool(connection.introspection.table_names())
        connection.close()
    files = Path(settings.MEDIA_ROOT)
    if full or (files.exists() and any(files.iterdir())):
        raise BackupFailed(
            "La base ou le dossier des fichiers n'est pas vide. Restaurez dans une base neuve : "
            "rien n'a été changé."
        )


def _sqlite_path() -> Path:
    return Path(str(settings.DATABASES["default"]["NAME"]))


def _postgresql(command: list[str]) -> None:
    """Run a PostgreSQL tool; the password goes by the environment, never on the command line."""
    database = settings.DATABASES["default"]
    place = os.environ.get("ENSEMBLIER_PG_BIN", "")
    tool = str(Path(place) / command[0]) if place else command[0]
    environment = {
        **os.environ,
        "PGHOST": str(database.get("HOST") or ""),
        "PGPORT": str(database.get("PORT") or ""),
        "PGUSER": str(database.get("USER") or ""),
        "PGPASSWORD": str(database.get("PASSWORD") or ""),
        "PGDATABASE": str(database["NAME"]),
    }
    given = {name: value for name, value in environment.items() if value}
    try:
        done = subprocess.run(
            [tool, *command[1:]], env=given, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BackupFailed(f"{tool} est introuvable : installez postgresql-client.") from error
    if done.returncode:
        raise BackupFailed(f"{command[0]} a échoué : {done.stderr.strip()[-500:]}")


def _copy_files(target: Path) -> dict[str, str]:
    """Copy stored files; path -> digest."""
    source = Path(settings.MEDIA_ROOT)
    target.mkdir()
    found = {}
    for path in sorted(source.glob("??/*")):
        relative = path.relative_to(source)
        copy = target / relative
        copy.parent.mkdir(exist_ok=True)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:
            continue  # removed since it was listed
        found[str(relative)] = _sha256(copy)
    return found


def _check_files(folder: Path, expected: dict[str, str]) -> None:
    for relative, digest in expected.items():
        path = folder / relative
        if not path.is_file() or _sha256(path) != digest:
            raise BackupFailed(f"Le fichier {relative} de l'archive manque ou a changé.")


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encrypt(archive: Path, recipient: str) -> Path:
    target = archive.with_name(f"{archive.name}.age")
    _age(["--recipient", recipient, "--output", str(target), str(archive)])
    return target


def _decrypt(archive: Path, work: Path, identity: str) -> Path:
    if not identity:
        raise BackupFailed("Cette archive est chiffrée : donnez la clé avec --identity.")
    target = work / "archive.tar.gz"
    _age(["--decrypt", "--identity", identity, "--output", str(target), str(archive)])
    return target


def _age(arguments: list[str]) -> None:
    try:
        done = subprocess.run(["age", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BackupFailed("L'outil « age » est introuvable : installez le paquet age.") from error
    if done.returncode:
        raise BackupFailed(f"age a échoué : {done.stderr.strip()[-300:]}")
