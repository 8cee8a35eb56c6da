"""Disk full, database away, counters away, clock moved: a clear page, nothing half done, and the
site comes back by itself, in the same process, in less than thirty seconds."""

from __future__ import annotations

import errno
import html
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.ledger import seals
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Role
from ensemblier.fund.programme.models import Contribution
from ensemblier.fund.programme.views import PAYERS
from ensemblier.web import failures
from ensemblier.web.databases import CACHE_TABLE
from ensemblier.web.operations import actions, health
from ensemblier.web.outages import BUSY, DATABASE, FULL, UPDATE, outage_behind
from tests import factories_fund as fund
from tests.factories_ledger import envelope, move, payee
from tests.factories_people import sign_in
from tests.trust import faults
from tests.trust.test_kills import database_url

pytestmark = [pytest.mark.trust]
REASON = "Dotation de l'année, votée en séance"
HIDDEN_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


# A payment into an envelope, in the middle of each fault


class Site:
    """A running server, and someone of the programme with a contribution half typed."""

    def __init__(self, server: faults.Server, link: faults.Link | None) -> None:
        self.server, self.link = server, link
        self.workers = server.workers()
        self.envelope = fund.envelope(0)
        session = sign_in(Client(), fund.user(Role.PROGRAMME)).cookies["sessionid"].value
        self.visitor = faults.Visitor(server.url, sessionid=session)
        self.path = reverse("programme:contribute", args=[self.envelope.pk])
        payer = fund.organisation(kind=PAYERS[0], is_confirmed=True)
        connections.close_all()
        status, text = self.visitor.send("GET", self.path)
        assert status == 200, text
        typed = {"contributor": str(payer.pk), "amount_cents": "1 234,56", "reason": REASON}
        self.form = {**dict(HIDDEN_FIELD.findall(text)), **typed, "day": "2027-03-01"}

    def during(self, sentence: str, part: str, word: str) -> None:
        """Sent in the middle of the fault: told clearly, and nothing lost of what was typed."""
        status, text = self.visitor.send("POST", self.path, self.form)
        assert (status, "Que faire ?" in text) == (503, True), text[:3000]
        assert sentence in text and REASON in html.unescape(text)
        self.again = {name: html.unescape(value) for name, value in HIDDEN_FIELD.findall(text)}
        typed = {k: v for k, v in self.form.items() if k != "csrfmiddlewaretoken"}
        assert {k: self.again.get(k) for k in typed} == typed
        code, said = self.server.health()
        assert (code, said[part]) == (503, word)

    def after(self) -> None:
        """The page given back is sent as it is: counted once, in books that hold together."""
        took = self.server.wait_until_well(faults.RECOVERY)
        assert took < faults.RECOVERY and self.server.workers() == self.workers
        assert (Contribution.objects.count(), Transfer.objects.count()) == (0, 0)
        connections.close_all()
        for _ in range(2):  # a second time by an impatient hand
            status, text = self.visitor.send("POST", self.path, self.again)
            assert status == 302, text[:3000]
        assert (Contribution.objects.count(), Transfer.objects.count()) == (1, 1)
        assert balance(self.envelope.account).available == 1_234_56
        assert verify().faults == []
        connections.close_all()


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    url, link = database_url(), None
    if connection.vendor == "postgresql":
        parts = urlsplit(url)
        link = faults.Link(str(parts.hostname), parts.port or 5432)
        url = url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{link.port}")
    with faults.server(url, tmp_path) as server:
        yield Site(server, link)
    if link:
        link.close()


def test_database_away(site):
    if site.link:
        fault = site.link.turned("cut")
    else:
        fault = faults.unreadable(Path(str(connection.settings_dict["NAME"])))
    with fault:
        site.during("La base de données ne répond pas.", "database", "down")
        status, text = site.visitor.send("GET", site.path)
        assert status == 503 and "rechargez cette page" in text
    site.after()


@pytest.mark.postgresql
def test_database_silent(site):
    """Nobody waits for ever on a server that takes the call and says nothing."""
    with site.link.turned("silent"):
        site.during("La base de données ne répond pas.", "database", "down")
    site.after()


@pytest.mark.sqlite
def test_disk_full(site):
    with faults.full_disk(site.server):
        site.during("Le disque du serveur est plein", "disk", "full")
    site.after()


def test_counters_away_shut_the_sign_in_and_nothing_else(site):
    """Tries that cannot be counted are not allowed; the other pages do not need the counters."""
    visitor, address = faults.Visitor(site.server.url), reverse("account_login")
    rename(CACHE_TABLE, "counters_away")
    try:
        code, said = site.server.health()
        assert (code, said["cache"]) == (503, "down")
        status, text = visitor.send("GET", address)
        assert status == 200
        form = dict(HIDDEN_FIELD.findall(text))
        form |= {"login": "quelqu.un@exemple.fr", "password": "un mot de passe à moi"}
        status, text = visitor.send("POST", address, form)
        assert (status, "Que faire ?" in text) == (503, True), text[:2000]
        assert "un mot de passe" not in text
        assert site.visitor.send("POST", site.path, site.form)[0] == 302
    finally:
        rename("counters_away", CACHE_TABLE)
    site.server.wait_until_well(faults.RECOVERY)
    status, text = visitor.send("POST", address, form)
    assert "est faux" in text and status < 500


def rename(before: str, after: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{before}" RENAME TO "{after}"')
    connections.close_all()


# The clock


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [1, -1])
def test_clock_moved_by_an_hour(hours):
    """Money, seals and jobs go on; the health page says it, and no longer once it is put back."""
    fund_account, garden = envelope(100_00), payee()
    move(fund_account, garden, 10_00)
    started = actions.tick(now=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        assert health.report(timezone.now())["clock"] == "moved"
        assert Client().get("/healthz").status_code == 503
        move(fund_account, garden, 10_00)
        seals.seal(now=timezone.now())
        again = actions.tick(now=timezone.now())
        assert "mail" in again and not {"seal", "verify"} & set(again) & set(started)
    assert health.report(timezone.now())["clock"] == "ok"
    move(fund_account, garden, 10_00)
    seals.seal(now=timezone.now())
    assert verify().faults == [] and balance(garden).posted == 30_00


# What is an outage, and what is a mistake of ours


def sqlite_error(statement: str, start: str = "") -> BaseException:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(f"CREATE TABLE t (x); {start}")
        with pytest.raises(sqlite3.Error) as caught:
            for _ in range(100):
                database.execute(statement)
    return caught.value


def wrapped(error: BaseException) -> BaseException:
    try:
        raise DatabaseError("CANARI") from error
    except DatabaseError as found:
        return found


def test_each_error_is_told_from_a_mistake_of_ours():
    full = sqlite_error("INSERT INTO t VALUES (randomblob(9000))", "PRAGMA max_page_count = 9")
    gone = sqlite_error("SELECT 1 FROM gone")
    wrong = sqlite_error("SELEKT")
    held = sqlite_error("INSERT INTO t VALUES (1, 2, 3)")
    assert [outage_behind(wrapped(e)) for e in (full, gone, wrong, held)] == [
        FULL,
        UPDATE,
        None,
        None,
    ]
    states = {
        psycopg.errors.DiskFull: FULL,
        psycopg.errors.AdminShutdown: DATABASE,
        psycopg.errors.TooManyConnections: DATABASE,
        psycopg.errors.DeadlockDetected: BUSY,
        psycopg.errors.UndefinedTable: UPDATE,
        psycopg.OperationalError: DATABASE,
        psycopg.errors.UniqueViolation: None,
        psycopg.errors.SyntaxError: None,
    }
    assert {each: outage_behind(wrapped(each())) for each in states} == states
    assert outage_behind(OSError(errno.ENOSPC, "x")) == FULL
    assert outage_behind(FileNotFoundError(errno.ENOENT, "x")) is None
    assert outage_behind(ValidationError("x")) is outage_behind(None) is None


@pytest.mark.django_db
def test_a_mistake_of_ours_is_still_a_500(monkeypatch):
    """Negative control: the 503 page does not cover everything up."""
    from ensemblier.web.operations import views

    def broken(now: Any) -> Any:
        raise error

    monkeypatch.setattr(views.health, "report", broken)
    client = Client(raise_request_exception=False)
    error: BaseException = ZeroDivisionError()
    assert client.get("/healthz").status_code == 500
    error = OSError(errno.ENOSPC, "x")
    answer = client.get("/healthz")
    assert answer.status_code == 503 and answer["Retry-After"] == str(failures.RETRY_AFTER)
    assert "no-store" in answer["Cache-Control"]
