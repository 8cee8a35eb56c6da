"""R3: the mail server stops, then comes back: what waited leaves by itself within thirty seconds.

A real server on a local port, and the real worker of tasks; the waits are those of the site.
"""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from ensemblier.base.notices import actions, outage
from ensemblier.base.notices.models import Message

pytestmark = [pytest.mark.trust]
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
WORKER_SECONDS = 1  # db_worker looks at its queue that often


class Letters(socketserver.StreamRequestHandler):
    """As much SMTP as smtplib needs; the lines of each letter go to `server.letters`."""

    def handle(self) -> None:
        self.say("220 essai")
        while line := self.rfile.readline().strip().upper():
            if line == b"DATA":
                self.say("354 go")
                body = list(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(b"".join(body).decode())  # type: ignore[attr-defined]
            self.say("221 bye" if line == b"QUIT" else "250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def listening(port: int) -> Iterator[list[str]]:
    with Server(("127.0.0.1", port), Letters) as server:
        server.letters = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.letters  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def port(settings: Any) -> int:
    """A port where nobody listens yet."""
    with Server(("127.0.0.1", 0), Letters) as probe:
        found = int(probe.server_address[1])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found
    return found


def write(count: int = 1) -> None:
    for rank in range(count):
        row = Message.objects.create(
            to="porteur@exemple.fr", subject=f"Essai {rank}", body="Bonjour.", template="essai"
        )
        from ensemblier.base.notices.tasks import deliver_message

        deliver_message.enqueue(row.pk)


def work() -> None:
    """The worker, until nothing is to be done now."""
    call_command("db_worker", batch=True, startup_delay=False, verbosity=0)


def left_within(seconds: float) -> float | None:
    """How long until all had left, the worker looking at its queue as it does."""
    started = time.monotonic()
    while (spent := time.monotonic() - started) < seconds:
        work()
        if not Message.objects.waiting().exists():
            return spent
        time.sleep(WORKER_SECONDS)
    return None


@pytest.mark.django_db(transaction=True)
def test_what_waited_leaves_within_thirty_seconds_of_the_return(port: int) -> None:
    cache.delete(outage.GOING)
    write(3)
    work()  # refused: nobody listens
    assert Message.objects.waiting().count() == 3
    # Only the first was tried: the others did not knock at a closed door.
    assert sorted(Message.objects.values_list("tries", flat=True)) == [0, 0, 1]
    time.sleep(outage.WAITS[0] + 0.5)
    work()  # asked once more, still nobody
    with listening(port) as letters:
        spent = left_within(30)
        assert spent is not None and spent < 30
        assert sorted(text.split("Subject: ")[1][:7] for text in letters) == [
            "Essai 0",
            "Essai 1",
            "Essai 2",
        ]
    work()
    assert not DBTaskResult.objects.ready().exists()  # the question stopped
    assert not outage.is_going()


@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_question_it_waits_for_the_next_tick(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.delete(outage.GOING)
    monkeypatch.setattr(outage, "begin", lambda now: None)
    write()
    work()
    with listening(port) as letters:
        assert left_within(outage.WAITS[0] + 2) is None
        assert letters == []


def test_the_longest_silence_is_under_thirty_seconds() -> None:
    """Returned just after a question began to wait for its time limit."""
    assert max(outage.WAITS) + site.EMAIL_TIMEOUT + WORKER_SECONDS < 30
    assert list(outage.WAITS) == sorted(outage.WAITS)


@pytest.mark.django_db
def test_the_question_waits_longer_each_time_up_to_its_bound_and_one_goes_round(port: int) -> None:
    message = Message.objects.create(
        to="a@exemple.fr", subject="s", body="b", template="t", next_try_at=NOW
    )
    assert actions.deliver_due(now=NOW) == (0, 1)
    assert actions.deliver_due(now=NOW + timedelta(minutes=2)) == (0, 1)
    asked = DBTaskResult.objects.filter(task_path__endswith="ask_mail_server")
    assert asked.count() == 1
    waits = []
    for rank in range(6):
        row = asked.latest("run_after")
        waits.append((row.run_after - NOW).total_seconds())
        asked.all().delete()
        assert outage.ask(rank=rank, now=NOW) is False
    assert waits == [2, 4, 8, 12, 12, 12]
    message.refresh_from_db()
    assert message.tries == 2  # questions are no tries: a long outage gives up nothing


@pytest.mark.django_db
def test_a_fault_of_one_message_starts_no_question(monkeypatch: pytest.MonkeyPatch) -> None:
    class SMTPRecipientsRefused(OSError):
        pass

    def post(message: Message) -> None:
        raise SMTPRecipientsRefused

    monkeypatch.setattr(actions, "_post", post)
    rows = [
        Message.objects.create(
            to="a@exemple.fr", subject="s", body="b", template="t", next_try_at=NOW
        )
        for _ in range(2)
    ]
    assert actions.deliver_due(now=NOW) == (0, len(rows))
    assert not outage.is_going()


@pytest.mark.django_db
def test_a_message_being_sent_keeps_its_lock(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not put forward with those that wait: nobody would send it twice."""
    row = Message.objects.create(
        to="a@exemple.fr", subject="s", body="b", template="t", next_try_at=NOW,
        last_error="TimeoutError", tries=1,
    )  # fmt: skip

    def post(message: Message) -> None:
        assert not outage.stuck().exists()
        outage.ask(rank=0, now=NOW)

    monkeypatch.setattr(actions, "_post", post)
    assert actions.deliver(message_id=row.pk, now=NOW)
