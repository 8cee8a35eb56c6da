"""The browser of the tests, and a shelf that gives it pages kept in memory.

Chromium without its window (Debian's chromium-headless-shell) where there is one: the same engine,
nothing painted for a screen that nobody sees, which is half of the processor's work.
"""

from __future__ import annotations

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page, Playwright

NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str | None:
    """The path of the first browser found; None when there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=program(), args=FLAGS)


class Shelf:
    """A server of one page at a time, headers included, and of our own static files, which the
    browser keeps. A `with` closes it."""

    def __init__(self) -> None:
        self.html, self.headers = "", {"Content-Type": "text/html"}
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shelf.answer(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Shelf:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def show(self, page: Page, path: str, html: str, headers: dict[str, str]) -> None:
        self.html, self.headers = html, headers
        page.goto(self.origin + path, wait_until="load")

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = unquote(urlsplit(request.path).path)
        if request.headers.get("Sec-Fetch-Dest") == "document":
            give(request, 200, self.html.encode(), self.headers)
        elif path.startswith("/static/") and (found := finders.find(path.removeprefix("/static/"))):
            kind = guess_type(found)[0] or "application/octet-stream"
            kept = {"Content-Type": kind, "Cache-Control": "max-age=3600, immutable"}
            give(request, 200, Path(found).read_bytes(), kept)
        else:  # what a page asks for by itself brings nothing new
            give(request, 204 if request.headers.get("HX-Request") else 404, b"", {})


def give(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    request.send_response(status)
    for name, value in headers.items():
        if name.lower() != "content-length":
            request.send_header(name, value)
    if status != 204:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
