"""Pytest plugin: no secret of the whole run is in a log (A16).

Every record of every logger, at DEBUG, is written as the site writes it (its own JsonFormatter) and
kept, with warnings and what child processes printed. Beside the fixed canaries of
tests/canaries.py, which the suite types, it learns each secret as it is made: keys of sessions,
links of e-mails (invitations, passwords, addresses), secrets of second factors. At the end the run
fails if one of them was written, and names the logger and the test, never the secret.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests import canaries

LONG = re.compile(r"[A-Za-z0-9_:-]{16,}")
WORDS = re.compile(r"[a-z-]+")
NOISY = ("django", "django.server", "ensemblier")
# SQL is written by cursors under test only, never in production. Of a variable that a template
# lacks, Django tells the name alone, with a traceback: a hundred a page, each of which would keep
# its whole page alive as long as pytest keeps the record.
LEFT_OUT = ("django.db.backends", "django.template")
NAME = "log-canaries"


class Watch(logging.Handler):
    """Keeps what was logged, and the secrets made meanwhile."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.fixed: dict[str, str] = dict(canaries.FIXED)
        self.made: dict[str, str] = {}
        self.lines: dict[str, str] = {}
        self.reported: list[str] = []

    def install(self) -> None:
        """Put back before each test: some set up logging anew."""
        root = logging.getLogger()
        for handler in root.handlers:  # those of production keep the level they have there
            if not handler.level:
                handler.setLevel(logging.INFO)
        if self not in root.handlers:
            root.addHandler(self)
        for name in (None, *NOISY):
            logging.getLogger(name).setLevel(logging.DEBUG)
        for name in LEFT_OUT:
            logging.getLogger(name).setLevel(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        """Without its instant, so that what is said twice is kept once; then pytest, which keeps
        the record, is not left with the request and all that hangs on it."""
        created, record.created = record.created, 0.0
        try:
            self.keep(self.format(record), record.name)
        finally:
            record.created = created
            record.__dict__.pop("request", None)

    def keep(self, text: str, where: str) -> None:
        """One line of a log, with who wrote it and during which test; said twice, kept once."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "outside a test").partition(" (")[0]
        self.lines.setdefault(text, f"{where}, in {test}")

    def learn(self, secret: str, kind: str) -> None:
        """Each long piece, but plain words: « rejoindre-un-dossier » is a part of an address."""
        for token in LONG.findall(secret):
            if not WORDS.fullmatch(token):
                self.made[token] = kind

    def found(self) -> list[str]:
        """Each secret written, as "a session key was logged by django.request, in tests/…"."""
        faults = []
        for text, where in self.lines.items():
            kinds = {kind for secret, kind in self.fixed.items() if secret in text}
            kinds |= {self.made[token] for token in LONG.findall(text) if token in self.made}
            faults += [f"{kind} was logged by {where}" for kind in sorted(kinds)]
        return sorted(set(faults))


_watch: Watch | None = None


def keep(text: str, where: str) -> None:
    """What a process started by a test printed is a log too."""
    if _watch is not None:
        for line in text.splitlines():
            _watch.keep(line, where)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """After Django set up its own logging."""
    global _watch
    from django.conf import settings

    from ensemblier.web.logs import JsonFormatter

    _watch = Watch()
    _watch.setFormatter(JsonFormatter())
    _watch.fixed[settings.SECRET_KEY] = "SECRET_KEY"
    password = settings.DATABASES["default"].get("PASSWORD", "")
    if len(password) > 7:
        _watch.fixed[password] = "the password of the database"
    _watch.install()
    _listen(_watch)


def _listen(watch: Watch) -> None:
    """Secrets are learnt from the rows that hold them, as they are saved."""
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator
    from django.contrib.sessions.models import Session
    from django.db.models.signals import post_save

    from ensemblier.base.notices.models import Message

    def session(instance: Any, **_: Any) -> None:
        watch.learn(instance.session_key, "a session key")

    def message(instance: Any, **_: Any) -> None:
        if instance.is_secret:
            for address in re.findall(r"https?://[^\s/]+(\S*)", instance.body):
                watch.learn(address, "a link of an e-mail")

    def second_factor(instance: Any, **_: Any) -> None:
        for name in {"secret", "seed"} & set(instance.data):
            secret = get_adapter().decrypt(instance.data[name])
            watch.learn(secret, "the secret of a second factor")

    for model, listener in ((Session, session), (Message, message), (Authenticator, second_factor)):
        post_save.connect(listener, sender=model, weak=False, dispatch_uid=f"{NAME}-{model}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _watch is not None:
        _watch.install()


def pytest_warning_recorded(warning_message: Any, nodeid: str) -> None:
    if _watch is not None:
        _watch.keep(str(warning_message.message), f"a warning of {nodeid}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """A worker hands its findings to the controller; whoever runs alone fails at once."""
    assert _watch is not None
    faults = _watch.found()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[NAME] = faults
    else:
        _watch.reported += faults
        if _watch.reported:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if _watch is not None:
        _watch.reported += getattr(node, "workeroutput", {}).get(NAME, [])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if _watch is not None and _watch.reported:
        terminalreporter.section("secrets in logs", red=True)
        for fault in sorted(set(_watch.reported)):
            terminalreporter.line(fault)
