"""The report of an agreement filled from the ledger: its account pays parts of a chain's lines."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.queries import balance
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.stock import actions as stock
from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.decisions.actions import grant_account
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.monitoring.actions import StaleReport
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import lines
from ensemblier.reports import actions, filling
from tests import factories_chain as chains
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
LATER = datetime(2028, 1, 5, 9, tzinfo=UTC)
JULY, NOW = date(2027, 7, 9), datetime(2027, 7, 9, 9, tzinfo=UTC)
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [ { name = "Fonds", weight = 40 }, { name = "Ville", weight = 30 } ]
"""


@pytest.fixture
def case():
    """An agreement whose account pays a part of the baskets of a chain, and its final report."""
    case = money.signed()
    chain = chains.make_chain(lead=case.application.organisation)
    case.chain, case.shop = chain, chains.make_site(chain)
    case.basket = chains.make_product(chain)
    case.account = grant_account(case.application)
    lines.open_to_lines(
        agreement=case.agreement, reason="Aide aux prix", actor=case.desk, now=money.NOW
    )
    chains.make_scheme(chain, RULE, ["Ville"], accounts={"Fonds": case.account})
    case.report = monitoring.start_report(
        agreement=case.agreement, kind=Report.Kind.FINAL, actor=case.representative,
        day=LATER.date(),
    )  # fmt: skip
    return case


def sell(case: SimpleNamespace, day: date = JULY):
    return billing.sell(
        key=uuid4(), chain=case.chain, site=case.shop, seller=case.shop.keeper,
        product=case.basket, milli=1000, price_cents=1205, day=day, now=NOW, actor=None,
        scheme="paniers",
    )  # fmt: skip


def buy(case: SimpleNamespace, cents: int):
    return stock.receive(
        key=uuid4(), chain=case.chain, product=case.basket, site=case.shop, kind="purchase",
        origin=chains.make_grower(), milli=1000, value_cents=cents, day=JULY, now=NOW, actor=None,
    )  # fmt: skip


def close(case: SimpleNamespace, last: date = date(2027, 12, 31)) -> None:
    actions.close_period(chain=case.chain, last_day=last, actor=None, now=LATER)


def fill(case: SimpleNamespace, **fields):
    full = {
        "report": case.report, "chains": [case.chain], "version": case.report.version,
        "actor": case.representative, "day": LATER.date(),
    } | fields  # fmt: skip
    return filling.fill_account(**full)


def line_of(report: Report, code: str):
    return report.lines.filter(code=code).first()


def test_the_grant_used_and_the_purchases_come_from_the_chain(case) -> None:
    """Three baskets at 12,05 €: 4,82 + 4,82 + 4,81 of the fund; one is undone; 90 € bought."""
    lines = [sell(case) for _ in range(3)]
    after = sell(case, day=date(2028, 1, 3))  # after the agreement: not in its report
    billing.undo_sale(key=uuid4(), line=lines[0], day=JULY, now=NOW, actor=None)
    buy(case, 90_00)
    stock.undo(key=uuid4(), movement=buy(case, 7_00), day=JULY, now=NOW, actor=None)
    close(case)
    before = balance(case.account).posted
    report, found = fill(case)
    paid = 482 + 481
    assert (found.paid_cents, found.bought_cents) == (paid, 90_00)
    assert line_of(report, FUND_CODE).actual_cents == paid
    assert line_of(report, "60").actual_cents == 90_00
    # What is told is what left the account over those days; nothing moves by being told.
    assert (
        balance(case.account).posted
        == before
        == 20_000_00 - paid - (after.shares.get(payer__name="Fonds").cents)
    )
    assert report.version == case.report.version + 1


def help_at_harvest(case: SimpleNamespace, people: int) -> None:
    activity = activities.plan(
        chain=case.chain, kind="harvest", title="Récolte", site=case.shop, host=case.chain.lead,
        starts_at=NOW, ends_at=NOW.replace(hour=12), actor=None,
    )  # fmt: skip
    for rank in range(people):
        person = activities.add_participant(
            chain=case.chain, organisation=case.chain.lead, alias=f"Personne {rank}", actor=None
        )
        row = activities.sign_up(
            activity=activity, participant=person, nature="volunteer", actor=None
        )
        activities.record_minutes(participation=row, minutes=150, now=NOW, actor=None)


def test_hours_are_told_and_not_valued(case) -> None:
    help_at_harvest(case, 5)
    close(case)
    report, found = fill(case)
    assert found.volunteer_minutes == 750
    assert "bénévolat 12\u00a0h, insertion 0\u00a0h" in report.in_kind_note
    assert "Personne" not in report.in_kind_note


def test_hours_of_fewer_than_five_people_are_not_told(case) -> None:
    help_at_harvest(case, 4)
    close(case)
    report, found = fill(case)
    assert found.volunteer_minutes is None
    assert "bénévolat non données (moins de 5 personnes)" in report.in_kind_note


def test_the_button_keeps_what_was_typed_and_the_page_shows_before_it_writes(case) -> None:
    sell(case)
    client = Client()
    sign_in(client, case.representative)
    address = reverse("monitoring:report", args=[case.report.pk])
    filling_page = reverse("reports:fill", args=[case.report.pk])
    assert 'name="fill"' in client.get(address).content.decode()
    typed = {"version": case.report.version, "narrative": "Trois paniers.", "fill": ""}
    answer = client.post(reverse("monitoring:save", args=[case.report.pk]), typed)
    assert answer["Location"] == filling_page
    assert "il n'y a encore rien à reprendre" in unescape(client.get(filling_page).content.decode())
    with time_machine.travel(LATER):
        sign_in(client, case.representative)
        _read_then_fill(case, client, address, filling_page)


def _read_then_fill(case, client: Client, address: str, filling_page: str) -> None:
    assert "Clôturez d'abord la période" in unescape(client.get(filling_page).content.decode())
    close(case)
    shown = unescape(client.get(filling_page).content.decode())
    sent = {"chains": case.chain.pk, "version": case.report.version + 1}
    assert "Remplir depuis" in shown
    assert line_of(case.report, FUND_CODE).actual_cents is None  # only shown
    assert client.post(filling_page, sent | {"chains": "0"}).status_code == 422
    stale = client.post(filling_page, sent | {"version": 1})
    assert "Une autre personne a enregistré" in unescape(stale.content.decode())
    answer = client.post(filling_page, sent)
    assert answer["Location"] == address
    case.report.refresh_from_db()
    assert case.report.narrative == "Trois paniers."
    assert line_of(case.report, FUND_CODE).actual_cents is not None
    # What is there stays: nothing is left to fill.
    assert "déjà remplies" in unescape(client.get(filling_page).content.decode())


def test_what_was_typed_stays(case) -> None:
    sell(case)
    close(case)
    line = line_of(case.report, FUND_CODE)
    kept = monitoring.save_report(
        report=case.report, narrative="Fait.", variance_note="", people_count=12,
        actuals={line.pk: 5_00}, version=case.report.version, actor=case.representative,
        story={"in_kind_note": "Dix bénévoles."},
    )  # fmt: skip
    report, found = fill(case, report=kept, version=kept.version)
    assert found.paid_cents == 482
    assert line_of(report, FUND_CODE).actual_cents == 5_00
    assert (report.narrative, report.people_count) == ("Fait.", 12)
    assert report.in_kind_note == "Dix bénévoles."
    with pytest.raises(StaleReport):
        fill(case, report=kept, version=kept.version)


def test_an_open_period_and_another_chain_are_refused(case) -> None:
    sell(case)
    with pytest.raises(actions.PeriodOpen, match="Clôturez"):
        fill(case)
    other = chains.make_chain()
    with pytest.raises(filling.NotThisChain, match="ne tire sur le compte"):
        fill(case, chains=[other])
    assert line_of(case.report, FUND_CODE).actual_cents is None


def test_a_grant_of_two_chains_is_told_of_both(case) -> None:
    """The line of the form is one: what the first chain took is not all that was used."""
    second = chains.make_chain(lead=case.chain.lead)
    there = {"chain": second, "shop": chains.make_site(second)}
    there["basket"] = chains.make_product(second)
    chains.make_scheme(second, RULE, ["Ville"], accounts={"Fonds": case.account})
    sell(case)
    sell(SimpleNamespace(**there))
    buy(case, 90_00)
    buy(SimpleNamespace(**there), 10_00)
    close(case)
    both = [case.chain, second]
    with pytest.raises(actions.PeriodOpen, match=f"Filière {second.name}.*Clôturez"):
        fill(case, chains=both)
    close(SimpleNamespace(**there))
    with pytest.raises(filling.OtherChains):
        fill(case)  # read before the second one drew on it
    with time_machine.travel(LATER):
        client = sign_in(Client(), case.representative)
        page = unescape(client.get(reverse("reports:fill", args=[case.report.pk])).content.decode())
    assert f"Remplir depuis {case.chain.name} et {second.name}" in page
    assert "9,64" in page and "4,82" in page and "100,00" in page
    report, found = fill(case, chains=both)
    assert (found.paid_cents, found.bought_cents) == (2 * 482, 100_00)
    assert line_of(report, FUND_CODE).actual_cents == 2 * 482
    assert line_of(report, "60").actual_cents == 100_00
    assert report.in_kind_note.count("Heures notées dans la filière") == 2


def test_days_of_a_yearly_report_stop_with_the_agreement(case) -> None:
    case.report.year = 2027
    whole = (date(2027, 6, 1), date(2027, 12, 31))
    assert filling.days_of(case.report, LATER.date()) == whole
    assert filling.days_of(case.report, date(2027, 8, 31))[1] == date(2027, 8, 30)
