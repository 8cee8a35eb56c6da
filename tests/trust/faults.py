"""What faults are made of: a server in a process of its own, a link that breaks, a full disk."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from ensemblier.web.serve import granian
from tests.architecture.source import ROOT

START, RECOVERY = 40, 30  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """granian, as in production, with one worker."""

    def __init__(self, database_url: str, var: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(var / "server.log", "wb")  # noqa: SIM115
        self.process = subprocess.Popen(
            granian(host="127.0.0.1", port=port, workers=1, threads=2),
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "ENSEMBLIER_VAR": str(var),
                "ENSEMBLIER_MODE": "development",
                "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
                "EMAIL_URL": "dummymail://",
            },
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        # Through us: a disk without room must not stop the log, which production sends to journald.
        self.drain = threading.Thread(target=self._drain, daemon=True)
        self.drain.start()

    def _drain(self) -> None:
        assert self.process.stderr
        shutil.copyfileobj(self.process.stderr, self.log, 1)

    def health(self) -> tuple[int, dict[str, str]]:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error) if error.code == 503 else {}
        except OSError:
            return 0, {}

    def wait_until_well(self, seconds: float) -> float:
        """How long it took."""
        start = time.monotonic()
        while self.health()[0] != 200:
            assert time.monotonic() - start < seconds, self.health()
            time.sleep(0.2)
        return time.monotonic() - start

    def workers(self) -> list[int]:
        """The processes that answer: the same ones before and after a fault."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.drain.join()
        assert self.process.stderr
        self.process.stderr.close()
        self.log.close()


class Visitor:
    """A browser without a screen: cookies kept, forms sent."""

    def __init__(self, url: str, **cookies: str) -> None:
        self.host, self.cookies = urlsplit(url).netloc, cookies

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        wire = HTTPConnection(self.host, timeout=60)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": f"http://{self.host}",
        }
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        wire.request(method, path, body=urlencode(form) if form else None, headers=headers)
        answer = wire.getresponse()
        text = answer.read().decode().replace("\u00a0", " ")
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        wire.close()
        return answer.status, text


@contextlib.contextmanager
def server(database_url: str, var: Path) -> Iterator[Server]:
    found = Server(database_url, var)
    try:
        found.wait_until_well(START)
        yield found
    finally:
        found.stop()


@contextlib.contextmanager
def full_disk(running: Server) -> Iterator[None]:
    """No file of the server may grow any more (no root needed; a real one says ENOSPC)."""
    pids = running.workers()
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


@contextlib.contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Something that is no database stands in its place."""
    away = path.with_name(path.name + ".away")
    path.rename(away)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        away.rename(path)


class Link:
    """A wire to a server, which can be cut, or left without an answer."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.state = "up"
        self.pairs: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            self.pairs.append(near)
            if self.state == "cut":
                near.close()
            elif self.state == "up":
                far = socket.create_connection(self.target)
                self.pairs.append(far)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def turn(self, state: str) -> None:
        """up, cut (refused at once) or silent (accepted, never answered)."""
        self.state = state
        for each in self.pairs:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.pairs.clear()

    @contextlib.contextmanager
    def turned(self, state: str) -> Iterator[None]:
        self.turn(state)
        try:
            yield
        finally:
            self.turn("up")

    def close(self) -> None:
        self.turn("cut")
        self.door.close()
