"""The demonstration: 25 files in every state, nothing real in it, and books that hold."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.utils import timezone

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.verify import verify
from ensemblier.base.notices.models import Message
from ensemblier.base.people.identifiers import siret_fault
from ensemblier.base.people.models import Mandate, Organisation, Role, User
from ensemblier.base.territory.models import Zoning
from ensemblier.chain.catalogue.models import Price
from ensemblier.cli.main import main
from ensemblier.fund.applications.actions import gaps
from ensemblier.fund.applications.models import Application, AskedAmount, BudgetLine, State
from ensemblier.fund.calls.models import Call
from ensemblier.fund.jury.models import Jury
from ensemblier.fund.payments.models import BankReport, Payment, PaymentFile, Refund
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.programme.models import Envelope
from ensemblier.library.models import Sheet
from ensemblier.web.demo.accounts import ACCOUNTS, DOMAIN
from ensemblier.web.demo.carriers import ALL, example_siret
from ensemblier.web.demo.framework import MEMBERS
from ensemblier.web.demo.load import NotInProduction, load
from ensemblier.web.demo.plan import TOUR_SHEET, Clock
from ensemblier.web.demo.year.profile import GROCERY, read_profile
from ensemblier.web.demo.year.totals import totals

STATES = {
    "draft": 3,
    "filed": 3,
    "in_review": 4,
    "incomplete": 2,
    "proposed": 3,
    "funded": 2,
    "refused": 2,
    "agreed": 3,
    "closed": 1,
    "withdrawn": 1,
    "abandoned": 1,
}


def test_25_projects_in_every_state(demo_db):
    found = Counter(Application.objects.values_list("state", flat=True))
    assert dict(found) == STATES
    assert set(found) == set(State.values)
    sheets = Sheet.objects.values_list("slug", flat=True)
    assert sorted(sheets) == sorted(Application.objects.values_list("sheet_slug", flat=True))


def test_the_jury_sits_once_its_session_is_closed(demo_db):
    """Two sessions, one set of rules: what was filed in time, and what may still be filed."""
    first, second = Call.objects.published().order_by("closes_at")
    assert not first.is_open(timezone.now())
    assert second.is_open(timezone.now())
    assert set(first.envelopes.all()) == set(second.envelopes.all())
    assert (first.applications.count(), second.applications.count()) == (22, 3)
    assert not first.applications.filter(state=State.DRAFT).exists()
    assert set(second.applications.values_list("state", flat=True)) == {State.DRAFT}
    closed = first.closes_at
    assert first.applications.filter(filed_at__lt=closed).count() == 22
    jury = Jury.objects.get()
    assert jury.call == first
    assert jury.volunteers_closed_at > closed
    days = list(jury.sittings.values_list("held_on", flat=True))
    assert len(days) == 2
    assert min(days) > closed.date()


def test_loading_again_changes_nothing(demo_db):
    def counts():
        return [
            model.objects.count()
            for model in (Event, Transfer, User, Application, Message, Mandate, Zoning)
        ]

    before = counts()
    again = load(now=timezone.now())
    assert not again.is_new
    assert again.applications == 25
    assert counts() == before


def test_the_books_hold(demo_db):
    report = verify()
    assert report.faults == []
    assert report.transfers == report.sealed == Transfer.objects.count() > 40
    for found in figures_by_envelope(Envelope.objects.all()).values():
        assert 0 <= found.available <= found.contributed + found.received


def test_choices_must_be_made(demo_db):
    """The call's envelopes hold a third to a half of what the files ask."""
    asked = sum(AskedAmount.objects.values_list("amount_cents", flat=True))
    envelopes = Envelope.objects.filter(calls__in=Call.objects.published()).distinct()
    held = sum(found.contributed for found in figures_by_envelope(envelopes).values())
    assert asked / 3 <= held <= asked / 2


def test_every_amount_is_marked_as_assumed(demo_db):
    assert BudgetLine.objects.exists()
    assert not BudgetLine.objects.filter(is_assumed=False).exists()
    assert not AskedAmount.objects.filter(is_assumed=False).exists()


def test_what_was_filed_is_complete(demo_db):
    filed = Application.objects.exclude(state=State.DRAFT)
    assert {row.number: gaps(row) for row in filed if gaps(row)} == {}


def test_the_file_of_the_tour_lacks_one_tick(demo_db):
    [gap] = gaps(Application.objects.get(sheet_slug=TOUR_SHEET))
    assert gap.field == "accepts_commitments"


def test_one_carrier_is_one_organisation(demo_db):
    shared = Counter(Application.objects.values_list("organisation__name", flat=True))
    assert shared["Fédération française des Banques Alimentaires (FFBA)"] == 3
    # The 12 example members of a network's grouped request are no carriers, nor are those around
    # the grocery: its growers, its donor, who sends people there.
    around = [body for body in read_profile(GROCERY).bodies if not body.carrier]
    assert Organisation.objects.count() == len(ALL) + MEMBERS + sum(body.many for body in around)


def test_sirets_are_right_and_nobodys():
    numbers = [example_siret(carrier.key) for carrier in ALL]
    assert len(set(numbers)) == len(numbers)
    assert [siret_fault(number) for number in numbers] == [""] * len(numbers)
    assert all(number.startswith("00") for number in numbers)


def test_the_closed_file_went_all_the_way(demo_db):
    closed = Application.objects.get(state=State.CLOSED)
    agreement = closed.decision.agreement
    paid = Payment.objects.filter(instalment__agreement=agreement, state="paid")
    assert paid.count() == 2
    kinds = agreement.refunds.values_list("kind", "amount_cents")
    assert sorted(kinds) == [(Refund.Kind.RECOVERY, 2_300_00), (Refund.Kind.RELEASE, 2_300_00)]


def test_agreed_files_wait_for_different_people(demo_db):
    states = set()
    for row in Application.objects.filter(state=State.AGREED):
        agreement = row.decision.agreement
        paid = Payment.objects.filter(instalment__agreement=agreement).exclude(state="returned")
        states.add(
            (
                tuple(paid.values_list("state", flat=True)),
                tuple(agreement.reports.values_list("state", flat=True)),
            )
        )
    assert states == {(("paid",), ()), (("reserved",), ()), (("paid",), ("filed",))}


def test_a_foundation_pays_its_part_by_a_file_and_one_transfer_came_back(demo_db):
    [file] = PaymentFile.objects.all()
    assert (file.payer.kind, file.state) == ("foundation", "sent")
    assert all("(hypothèse)" in order.share.label for order in file.orders.all())
    fates = file.orders.values_list("confirmed_on", "back_code", "share__paid_on")
    assert sorted((bool(a), b, bool(c)) for a, b, c in fates) == [
        (False, "MS03", False),
        (True, "", True),
    ]
    assert [report.state for report in BankReport.objects.all()] == ["applied"]


def test_one_account_for_each_role(demo_db):
    roles = {account.role for account in ACCOUNTS}
    assert roles == set(Role)
    for account in ACCOUNTS:
        user = User.objects.get(email=account.email)
        assert [mandate.role for mandate in user.mandates.all()] == [account.role]


def test_nobody_real(demo_db):
    """Example addresses only, no e-mail elsewhere, no telephone; accounts say "(démo)"."""
    mails = [*User.objects.values_list("email", flat=True)]
    mails += Organisation.objects.values_list("email", flat=True)
    mails += Message.objects.values_list("to", flat=True)
    assert {mail.rpartition("@")[2] for mail in mails} == {DOMAIN}
    assert all(name.endswith("(démo)") for name in User.objects.values_list("name", flat=True))
    texts = "\n".join(Message.objects.values_list("body", flat=True))
    assert not re.search(r"\b0[1-9]([ .]\d\d){4}\b", texts)


def test_example_zonings_say_so(demo_db):
    labels = Zoning.objects.values_list("label", "version__legal_reference")
    assert len(labels) > 8
    assert all("exemple" in label and "Exemple" in text for label, text in labels)


def test_one_grocery_with_something_to_click(demo_db):
    """The only chain of the quick demonstration, led by the organisation of the guided tour."""
    [chain] = Chain.objects.filter(is_demo=True)
    assert chain.lead == User.objects.get(email=f"porteur@{DOMAIN}").mandates.get().organisation
    found = totals(chain)
    assert found["lines"] > 50
    assert {"funder_call", "self_billed"} <= set(found["documents"])
    assert set(found["marks"]) == {"quarantine", "release", "recall"}
    assert found["reports"]["funder"] == 2
    prices = Price.objects.filter(product__chain=chain)
    assert prices.exists()
    assert not prices.filter(is_assumed=False).exists()


def test_refused_in_production(settings, capsys):
    settings.MODE = "production"
    with pytest.raises(NotInProduction):
        load(now=timezone.now())
    assert main(["demo", "load"]) == 1
    assert "refusée en production" in capsys.readouterr().err


def test_the_accounts_are_printed(capsys):
    assert main(["demo", "accounts"]) == 0
    out = capsys.readouterr().out
    assert all(account.email in out for account in ACCOUNTS)


def test_the_clock_counts_back_from_the_day():
    clock = Clock(timezone.now())
    assert clock.ago(3).date() == clock.day(3)
