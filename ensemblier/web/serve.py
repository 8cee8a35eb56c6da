"""Starts the web server and the task worker side by side, and stops both together."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

TICK_SECONDS = 300
START_SECONDS = 60
STOP_SECONDS = 10
OURS = [sys.executable, "-m", "ensemblier.cli.main"]
MANAGE = [sys.executable, "-m", "django"]


def granian(*, host: str, port: int, workers: int, threads: int) -> list[str]:
    """The command of the web server."""
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface=wsgi",
        f"--host={host}",
        f"--port={port}",
        f"--workers={workers}",
        f"--blocking-threads={threads}",
        "--backpressure=128",
        "--http1-header-read-timeout=10000",
        "--respawn-failed-workers",
        "--no-ws",
        "--log-level=warning",
        "ensemblier.web.wsgi:application",
    ]


def local_key(var: Path) -> str:
    """A random key of this machine, made once: sessions survive a restart."""
    path = var / "secret-key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


def is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Stopped(Exception):
    """Someone asked to stop."""


class Group:
    """Child processes that live and stop together."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.children: list[subprocess.Popen[bytes]] = []

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches us alone, and we stop children in order.
        child = subprocess.Popen(command, env=self.environment, start_new_session=True)
        self.children.append(child)
        return child

    def run(self, command: list[str]) -> None:
        """A step to wait for; the program ends if it fails."""
        done = subprocess.run(command, env=self.environment, check=False)
        if done.returncode:
            sys.exit(done.returncode)

    def watch(self, seconds: float) -> bool:
        """True while all children live, looked at for this long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(child.poll() is not None for child in self.children):
                return False
            time.sleep(0.3)
        return True

    def stop(self) -> None:
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        end = time.monotonic() + STOP_SECONDS
        for child in self.children:
            try:
                child.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def answers(url: str) -> dict[str, Any] | None:
    """What /healthz says, or None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            found: dict[str, Any] = json.load(response)
            return found
    except urllib.error.HTTPError as error:
        return dict(json.load(error)) if error.code == 503 else None
    except OSError:
        return None


def run_demo(*, port: int, var: Path, is_empty: bool) -> int:
    """Everything for a first look: database, demo, server and worker, until Ctrl-C."""
    host = "127.0.0.1"
    if not is_free(host, port):
        print(
            f"Le port {port} est déjà pris. Choisissez-en un autre : PORT={port + 1} make run",
            file=sys.stderr,
        )
        return 1
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
        "ENSEMBLIER_VAR": str(var),
        "SECRET_KEY": os.environ.get("SECRET_KEY") or local_key(var),
        # The demonstration writes dozens of e-mails: to a folder, not over the addresses printed.
        "EMAIL_URL": os.environ.get("EMAIL_URL") or f"filemail:///{var.resolve() / 'emails'}",
    }
    group = Group(environment)
    signal.signal(signal.SIGTERM, _stop)
    try:
        _prepare(group, is_empty)
        group.start(granian(host=host, port=port, workers=1, threads=4))
        group.start([*MANAGE, "db_worker", "--no-startup-delay", "--verbosity=0"])
        return _serve(group, f"http://{host}:{port}")
    except (KeyboardInterrupt, Stopped):
        print("\nArrêt…")
        return 0
    finally:
        group.stop()


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _prepare(group: Group, is_empty: bool) -> None:
    print("Préparation de la base de données…", flush=True)
    group.run([*MANAGE, "migrate", "--verbosity=0"])
    group.run([*MANAGE, "createcachetable", "--verbosity=0"])
    group.run([*MANAGE, "collectstatic", "--noinput", "--verbosity=0"])
    if is_empty:
        print("Chargement des 25 fiches de démonstration…", flush=True)
        group.run([*OURS, "demo", "load"])


def _serve(group: Group, address: str) -> int:
    end = time.monotonic() + START_SECONDS
    while answers(f"{address}/healthz") is None:
        if time.monotonic() > end or not group.watch(0.5):
            print("Le serveur n'a pas démarré : voir les messages ci-dessus.", file=sys.stderr)
            return 1
    group.run([*OURS, "demo", "accounts"])
    print(f"\nEnsemblier est ouvert sur {address}/ (Ctrl-C pour arrêter)", flush=True)
    while True:
        group.run([*OURS, "tick"])
        if not group.watch(TICK_SECONDS):
            print("Un des programmes s'est arrêté : voir les messages ci-dessus.", file=sys.stderr)
            return 1
