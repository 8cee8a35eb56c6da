"""The books and the journal: who reads them, balances, paging, filters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import ensemblier
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.models import Account
from ensemblier.base.ledger.queries import ZERO, balances
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.applications.models import Application
from ensemblier.web.books.words import ACTIONS, action_words, subject_words
from ensemblier.web.demo.accounts import BY_KEY, DOMAIN

READERS = {"programme", "payeur", "signataire", "auditeur"}
JOURNAL_READERS = {"programme", "auditeur"}


def enter(client, key):
    email = BY_KEY[key].email if key in BY_KEY else f"{key}@{DOMAIN}"
    client.force_login(User.objects.get(email=email))
    session = client.session
    session["demo_strong"] = True
    session.save()


@pytest.mark.parametrize("key", sorted(set(BY_KEY)))
def test_who_reads_the_books(demo_db, client, key):
    enter(client, key)
    role = key.removesuffix("-2")
    assert client.get("/livre/").status_code == (200 if role in READERS else 404)
    assert client.get("/journal/").status_code == (200 if role in JOURNAL_READERS else 404)


def test_the_books_show_every_account_in_few_queries(demo_db, client):
    enter(client, "auditeur")
    with CaptureQueriesContext(connection) as seen:
        page = client.get("/livre/")
    assert len(seen) <= 13
    rows = [row for group in page.context["groups"] for row in group["rows"]]
    assert len(rows) == Account.objects.count()
    found = balances()
    assert sum(row["balance"].posted for row in rows) == 0  # what one gives, another receives
    assert all(found.get(row["account"].pk, ZERO) == row["balance"] for row in rows)
    assert "ensemblier verify" in page.content.decode()
    assert "Toutes les écritures sont scellées" in page.content.decode()


def test_an_organisation_sees_its_own_account(demo_db, client):
    paid = Organisation.objects.get(name="La Marmite solidaire")
    other = Organisation.objects.get(name="SOLAAL")
    envelope = Account.objects.filter(kind="envelope").first()
    enter(client, "marmite")
    own = client.get(f"/livre/{Account.objects.get(code=f'payee:{paid.pk}').pk}/")
    assert own.status_code == 200
    assert not own.context["reads_all"]
    assert "démo)" not in own.content.decode().split("<main")[1]  # no name of an officer
    for account in (Account.objects.get(code=f"payee:{other.pk}"), envelope):
        assert client.get(f"/livre/{account.pk}/").status_code == 404


def test_an_account_tells_its_story(demo_db, client):
    enter(client, "auditeur")
    grant = Application.objects.get(state="closed").decision.account
    page = client.get(f"/livre/{grant.pk}/")
    amounts = [(row["inward"], row["transfer"].cents) for row in page.context["rows"]]
    assert (True, 230_000) in amounts
    assert (False, 230_000) in amounts
    assert page.context["balance"].posted == 0
    assert client.get("/livre/999999/").status_code == 404


def test_the_journal_is_paged_by_fifty(demo_db, client):
    enter(client, "auditeur")
    page = client.get("/journal/")
    assert len(page.context["rows"]) == 50
    numbers = [row["event"].pk for row in page.context["rows"]]
    assert numbers == sorted(numbers, reverse=True)
    second = client.get("/journal/?page=2")
    assert max(row["event"].pk for row in second.context["rows"]) < min(numbers)
    assert client.get("/journal/?page=mot").status_code == 200


def test_filters_of_the_journal(demo_db, client):
    enter(client, "auditeur")
    closed = Application.objects.get(state="closed")
    page = client.get(f"/journal/?subject={closed.number}&action=application.")
    subjects = {row["event"].subject for row in page.context["rows"]}
    assert subjects == {f"application:{closed.pk}"}
    whats = [row["what"] for row in page.context["rows"]]
    assert whats[0] == "Dossier clos"
    payer = User.objects.get(email=BY_KEY["payeur"].email)
    page = client.get(f"/journal/?who={payer.email}")
    assert {row["event"].actor_id for row in page.context["rows"]} == {payer.pk}
    assert not client.get("/journal/?until=2020-01-01").context["rows"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("subject=2020-00001", "Aucun dossier ne porte ce numéro"),
        ("since=2027-05-02&until=2027-05-01", "Cette date précède la première"),
        ("since=demain", "date"),
    ],
)
def test_a_filter_that_makes_no_sense_says_why(demo_db, client, query, words):
    enter(client, "auditeur")
    page = client.get(f"/journal/?{query}")
    assert page.status_code == 200
    assert words in page.content.decode()
    assert not page.context["rows"]


def test_every_action_of_the_demonstration_has_french_words(demo_db):
    used = set(Event.objects.values_list("action", flat=True))
    written = {
        name
        for path in Path(ensemblier.__file__).parent.rglob("*.py")
        for name in re.findall(r'action="([a-z_]+\.[a-z_.]+)"', path.read_text())
    }
    assert len(written) > 30
    assert (used | written) - set(ACTIONS) == set()
    assert action_words("mystery.done") == "mystery.done"
    assert subject_words("application:12") == "dossier (12)"
    assert subject_words("ledger_account:12") == "compte du livre (12)"
    assert subject_words("account:12", "ledger.account_opened") == "compte du livre (12)"  # old
    assert subject_words("account:12", "account.close") == "compte (12)"
    assert subject_words("library:sheets") == "fiches"
