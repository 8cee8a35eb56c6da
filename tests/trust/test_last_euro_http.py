"""Two signatories, one last euro, a real HTTP server: one wins, the other loses nothing typed.

Both requests meet between the checks and the reservation: on PostgreSQL they wait for each other
there, each holding its own file; on SQLite the second cannot start before the first is done, so
the first goes on after a moment.
"""

import re
from collections.abc import Callable
from http.client import HTTPConnection
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.queries import balance
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import actions
from ensemblier.fund.decisions.models import Award, Decision
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = [pytest.mark.trust, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
LAST = 20_000_00
REASONS = "Motifs de {}, pesés un long moment."


class Browser:
    """One signed-in person over HTTP, with the key and the version of the page they opened."""

    def __init__(self, server: str, user: Any, application: Application) -> None:
        self.host = urlsplit(server).netloc
        self.session = sign_in(Client(), user).cookies["sessionid"].value
        self.path = reverse("decisions:decide", args=[application.number])
        self.user = user
        self.cookies = {"sessionid": self.session}
        self.form = self.open(application)
        self.status, self.text = 0, ""

    def open(self, application: Application) -> dict[str, str]:
        status, text = self.send("GET")
        assert status == 200, text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
        award = application.asked.get(expense_class="engineering").pk
        return hidden | {
            "outcome": "funded",
            "reasons": REASONS.format(self.user.pk),
            f"award_{award}": "20 000,00",
        }

    def send(self, method: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        wire = HTTPConnection(self.host, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        wire.request(method, self.path, body=body, headers=headers)
        answer = wire.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        wire.close()
        return answer.status, text

    def decide(self) -> None:
        self.status, self.text = self.send("POST", self.form)


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Barrier]:
    """Holds every decision between its checks and its reservation until two are there."""
    held: dict[str, Barrier] = {}
    original = actions._check_awards

    def check(*arguments: Any) -> None:
        original(*arguments)
        try:
            held["barrier"].wait(timeout=10 if connection.vendor == "postgresql" else 0.2)
        except BrokenBarrierError:
            assert connection.vendor == "sqlite", "the two decisions never met"

    def renew() -> Barrier:
        held["barrier"] = Barrier(2)
        return held["barrier"]

    monkeypatch.setattr(actions, "_check_awards", check)
    return renew


def two_proposed() -> list[Application]:
    call = fund.call(envelopes=[fund.envelope(LAST)])
    return [cases.proposed(fund.filed(of=call)).application for _ in range(2)]


def run_together(browsers: list[Browser]) -> None:
    threads = [Thread(target=browser.decide) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    connections.close_all()


def test_the_last_euro_has_one_winner_and_the_other_keeps_what_they_typed(live_server, meeting):
    for _ in range(ROUNDS):
        files = two_proposed()
        browsers = [Browser(live_server.url, cases.signatory(), file) for file in files]
        meeting()
        run_together(browsers)
        assert sorted(browser.status for browser in browsers) == [200, 302]
        loser = next(browser for browser in browsers if browser.status == 200)
        shown = loser.text.replace("\u00a0", " ")
        assert "Il reste 0 € dans l" in shown and "Rien n&#x27;est décidé" in shown
        assert REASONS.format(loser.user.pk) in shown
        assert 'value="20 000,00"' in shown
        assert f'value="{loser.form["key"]}"' in shown
        states = sorted(
            Application.objects.filter(pk__in=[f.pk for f in files]).values_list("state")
        )
        assert states == [("funded",), ("proposed",)]
        account = files[0].call.envelopes.get().account
        assert balance(account).available == 0 and balance(account).reserved == LAST
    assert Decision.objects.count() == Award.objects.count() == ROUNDS


def test_with_money_for_both_both_win(live_server, meeting):
    """Negative control: what refuses the second above is the envelope, not the meeting."""
    call = fund.call(envelopes=[fund.envelope(2 * LAST)])
    files = [cases.proposed(fund.filed(of=call)).application for _ in range(2)]
    browsers = [Browser(live_server.url, cases.signatory(), file) for file in files]
    meeting()
    run_together(browsers)
    assert [browser.status for browser in browsers] == [302, 302]


def test_two_signatories_on_one_file_make_one_decision(live_server):
    file = two_proposed()[0]
    browsers = [Browser(live_server.url, cases.signatory(), file) for _ in range(2)]
    run_together(browsers)
    assert sorted(browser.status for browser in browsers) in ([302, 409], [200, 302])
    loser = next(browser for browser in browsers if browser.status != 302)
    assert REASONS.format(loser.user.pk) in loser.text
    assert Decision.objects.count() == 1
