"""The public pages: home, its plain-French version, and what the law asks for."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from ensemblier.base.journal import retention
from ensemblier.fund.calls.instants import instant
from ensemblier.web.home.accessibility import criteria
from ensemblier.web.home.figures import figures
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_library import make_library

pytestmark = pytest.mark.django_db
PAGES = ("/", "/facile/", "/mentions-legales/", "/accessibilite/", "/donnees-personnelles/")


@pytest.mark.parametrize("address", PAGES)
def test_public_pages_open_without_an_account(client: Client, address: str) -> None:
    page = client.get(address)
    html = page.content.decode()
    assert page.status_code == 200
    assert html.count("<h1") == 1
    assert "bénéficiaire" not in html.casefold()
    assert not re.search(r"\sstyle=|<script>|\son[a-z]+=", html)
    assert client.post(address).status_code in (403, 405)


@pytest.mark.parametrize("address", PAGES)
def test_headings_follow_each_other(client: Client, address: str) -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)", client.get(address).content.decode())]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_a_call_of_overseas_closes_by_its_own_clock(client: Client) -> None:
    call = fund.call_open_now(zone="Pacific/Noumea")
    page = client.get("/").content.decode()
    assert f"jusqu'au {instant(call.closes_at, call.zone)}." in page
    assert "(heure de Nouvelle-Calédonie)" in page


def test_home_shows_figures_of_the_database(client: Client) -> None:
    assert figures(date(2027, 3, 1)) == (0, 0, 0, 0)
    make_library()
    assert figures(date(2027, 3, 1)).sheets == 25
    html = client.get("/").content.decode()
    assert re.search(r"Fiches d.{1,6}expérience</dt><dd><span class=.value.>25<", html)


def test_home_counts_files_once_they_are_sent() -> None:
    application = fund.draft()
    assert figures(fund.NOW.date()).filed == 0
    fund.filed(fund.complete(application))
    assert figures(fund.NOW.date()).filed == 1
    assert figures(fund.NOW.date() - timedelta(days=1)).filed == 0


def test_home_shows_what_is_signed_and_what_is_paid() -> None:
    case = money.signed()
    day = money.NOW.date()
    planned = sum(part.amount_cents for part in case.instalments)
    assert figures(day)[2:] == (planned, 0)
    money.paid(case)
    assert figures(day)[2:] == (planned, case.instalments[0].amount_cents)
    assert figures(day - timedelta(days=1))[2:] == (0, 0)


def test_the_easy_home_keeps_sentences_short(client: Client) -> None:
    html = client.get("/facile/").content.decode()
    sentences = re.findall(r"<li>(?:<a [^>]+>)?([^<]+)", html.split('class="falc"', 1)[1])
    ours = [sentence for sentence in sentences if sentence.endswith(".")]
    assert len(ours) >= 10
    assert all(len(sentence.split()) <= 10 for sentence in ours)


def test_the_statement_claims_no_rate(client: Client) -> None:
    html = client.get("/accessibilite/").content.decode()
    assert "aucun taux n&#x27;est déclaré" in html or "aucun taux n'est déclaré" in html
    assert html.count('<th scope="row">') == len(criteria()) == 106


def test_personal_data_shows_the_table_that_is_run(client: Client) -> None:
    rules = retention.table()
    html = client.get("/donnees-personnelles/").content.decode()
    assert rules
    assert html.count('data-label="Durée"') == len(rules)
    assert html.count(">automatique<") == len([rule for rule in rules if rule.purge])


def test_the_choice_of_appearance_stays_whole(client: Client) -> None:
    """The footer's three buttons come from the site: no page may take their name."""
    for address in PAGES:
        html = client.get(address).content.decode()
        assert re.findall(r'name="theme" value="(\w+)"', html) == ["auto", "light", "dark"]
