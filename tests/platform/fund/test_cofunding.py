"""What a co-funder owes: paid by its own payer, never by another; and who owes what."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.notices.models import Message
from ensemblier.base.people.identifiers import siren
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import access as agreements_access
from ensemblier.fund.agreements import actions, parties
from ensemblier.fund.agreements.models import PartyPayment
from ensemblier.fund.agreements.parties import PlannedPayment
from ensemblier.fund.payments import access, bank_reports, banking, cofunding, orders
from ensemblier.fund.payments.actions import FourEyes, NotYours
from ensemblier.fund.payments.cofunding import ShareRefused
from ensemblier.fund.payments.models import PaymentFile, PaymentOrder
from ensemblier.fund.payments.orders import FileRefused
from ensemblier.fund.review.actions import actor_on
from tests import factories_bank as sample
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests.factories_bank import Entry
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW, LATER = bank.NOW, bank.LATER
TODAY = LATER.date()


@pytest.fixture
def case() -> SimpleNamespace:
    """The State gives 20,000 euros, a foundation 5,000 in two payments; all signed."""
    case = money.prepared()
    case.funder = fund.organisation("Fondation des Tables ouvertes", kind="foundation")
    case.chair = fund.user(Role.REPRESENTATIVE, case.funder)
    case.fund_payer = fund.user(Role.PAYER, case.funder)
    case.party = parties.add_party(
        agreement=case.agreement,
        organisation=case.funder,
        role="co_funder",
        payments=[
            PlannedPayment("Versement 1", 3_000_00, date(2027, 9, 1)),
            PlannedPayment("Solde", 2_000_00, date(2028, 3, 1)),
        ],
        actor=case.desk,
        now=NOW,
    )
    case.agreement = actions.send(agreement=case.agreement, actor=case.desk, now=NOW)
    application = case.application
    for organisation, person in (
        (application.organisation, case.representative),
        (case.funder, case.chair),
        (application.call.owner, case.signatory),
    ):
        case.agreement = actions.sign(
            agreement=case.agreement, organisation=organisation, actor=person, now=NOW, key=uuid4()
        )
    source = bank.entered(case.funder, by=case.chair)
    case.source = banking.confirm_account(account=source, actor=case.fund_payer, now=NOW)
    case.account = bank.confirmed(application.organisation, by=case.fund_payer)
    case.first, case.second = PartyPayment.objects.order_by("position")
    return case


def make(case: SimpleNamespace, *shares: PartyPayment, **fields: Any) -> PaymentFile:
    full = {
        "key": uuid4(),
        "payer": case.funder,
        "payments": [],
        "shares": shares or [case.first],
        "execute_on": TODAY,
        "actor": case.fund_payer,
        "now": LATER,
    } | fields
    return orders.make_file(**full)


def sent(case: SimpleNamespace, *shares: PartyPayment) -> PaymentOrder:
    file = make(case, *shares)
    orders.send_file(key=uuid4(), file=file, actor=case.fund_payer, now=LATER)
    return file.orders.order_by("pk").first()


def give_back(case: SimpleNamespace, order: PaymentOrder, **fields: Any) -> PaymentOrder:
    full = {
        "order": order,
        "code": "MS03",
        "reason": "La banque ne dit pas pourquoi.",
        "happened_on": TODAY,
        "actor": case.fund_payer,
        "now": LATER,
    } | fields
    return cofunding.take_back(**full)


def test_its_payer_puts_it_in_a_file_once_and_no_book_of_ours_moves(case) -> None:
    before, key = Transfer.objects.count(), uuid4()
    file = make(case, case.first, case.second, key=key)
    assert make(case, case.first, case.second, key=key) == file
    content = orders.fetch_file(file=file, actor=case.fund_payer, now=LATER).decode()
    assert f"COFINANCEMENT CONVENTION {case.agreement.number} VERSEMENT 1" in content
    assert file.total_cents == 5_000_00
    with pytest.raises(FileRefused, match="déjà dans un fichier"):
        make(case)
    orders.send_file(key=uuid4(), file=file, actor=case.fund_payer, now=LATER)
    case.first.refresh_from_db()
    assert (case.first.paid_on, case.first.noted_by) == (TODAY, case.fund_payer)
    assert Transfer.objects.count() == before
    with pytest.raises(ShareRefused, match="déjà payé"):
        make(case)


def test_nobody_else_pays_what_a_party_owes(case) -> None:
    """Other payers, whoever signed, and the money of another party: refused, each with words."""
    other = fund.organisation("Autre fondation", kind="foundation")
    stranger = fund.user(Role.PAYER, other)
    with pytest.raises(NotYours):
        make(case, actor=stranger)
    source = bank.entered(other, by=fund.user(Role.REPRESENTATIVE, other))
    banking.confirm_account(account=source, actor=stranger, now=NOW)
    with pytest.raises(ShareRefused, match="Tables ouvertes qui le doit"):
        make(case, payer=other, actor=stranger)
    with pytest.raises(NotYours):  # the State's payer, who pays the grant of the same agreement
        make(case, actor=case.payer)
    fund.give(case.chair, Role.PAYER, case.funder)
    with pytest.raises(FourEyes, match="signé"):
        make(case, actor=case.chair)
    case.instalments = list(case.agreement.instalments.all())
    money.certified(case)
    with pytest.raises(FileRefused, match="n'est pas payé par"):
        orders.make_file(
            key=uuid4(),
            payer=case.funder,
            payments=[case.payment],
            execute_on=TODAY,
            actor=case.fund_payer,
            now=LATER,
        )
    assert not PaymentFile.objects.exists()


def test_where_a_party_has_a_payer_nobody_notes_in_its_place(case) -> None:
    for person in (case.desk, case.chair, case.fund_payer):
        answer = agreements_access.may_note_paid(actor_on(person, TODAY), case.first)
        assert answer.allowed is False
        assert "fichier de virements" in answer.reason
    with pytest.raises(parties.NotYours):
        parties.note_paid(payment=case.first, paid_on=NOW.date(), actor=case.desk, now=LATER)
    town = fund.organisation("Ville d'exemple", kind="public")
    case.party.organisation = town
    case.party.save()
    share = PartyPayment.objects.select_related("party__organisation").get(pk=case.first.pk)
    asked = lambda who: agreements_access.may_note_paid(actor_on(who, TODAY), share)  # noqa: E731
    assert asked(case.desk).allowed  # nobody pays here for the town: the desk notes it
    treasurer = fund.user(Role.PAYER, town)
    assert asked(treasurer).allowed
    assert "personne d'autre" in asked(case.desk).reason


def test_it_comes_back_and_is_owed_again_once(case) -> None:
    order = sent(case)
    with pytest.raises(ShareRefused, match="revient entre"):
        give_back(case, order, happened_on=TODAY + timedelta(days=1))
    with pytest.raises(ShareRefused, match="inconnu"):
        give_back(case, order, code="ZZZZ")
    with pytest.raises(NotYours):
        give_back(case, order, actor=case.payer)
    for _ in range(2):
        give_back(case, order)
    case.first.refresh_from_db()
    assert case.first.paid_on is None
    assert Message.objects.filter(body__contains="vous le doit toujours").count() >= 1
    again = make(case)
    assert again.orders.get().share == case.first


def test_the_bank_says_it_by_file(case) -> None:
    order = sent(case, case.first, case.second)
    entries = [
        Entry(order.reference, "3000.00", "CRDT", "AC04"),
        Entry("", "5000.00", batch=f"{siren(case.funder.siret)}-{order.file.number}-1"),
    ]
    iban = banking.unseal(case.source.sealed_iban)
    person = actor_on(case.fund_payer, TODAY)

    def read(serial: int = 1):
        return bank_reports.read_report(
            content=sample.statement(entries, on=TODAY, iban=iban, serial=serial),
            name="releve.xml",
            payer=case.funder,
            actor=case.fund_payer,
            now=LATER,
        )

    assert [p.outcome for p in bank_reports.plan(read(), person)] == ["back", "confirm"]
    for _ in range(2):
        bank_reports.apply_report(key=uuid4(), report=read(), actor=case.fund_payer, now=LATER)
    order.refresh_from_db()
    case.account.refresh_from_db()
    assert (order.back_on, order.back_code, order.is_live) == (TODAY, "AC04", False)
    assert case.account.stopped_at is not None
    assert [p.outcome for p in bank_reports.plan(read(2), person)] == ["known", "known"]


def test_where_is_the_money_says_which_party_owes_what(case) -> None:
    order = sent(case)
    give_back(case, order)
    make(case, case.second)
    found = cofunding.debts(case.agreement, (20_000_00, 0))
    assert [(d.organisation, d.owed_cents, d.paid_cents, d.left_cents) for d in found] == [
        (case.application.call.owner, 20_000_00, 0, 20_000_00),
        (case.funder, 5_000_00, 0, 5_000_00),
    ]
    words = [words for _, _, words in found[1].rows]
    assert words[0].startswith("Revenu le")
    assert words[1].startswith("Virement préparé (VIR-")


def test_the_pages_of_the_payer_of_a_co_funder(case, django_assert_max_num_queries) -> None:
    client = Client()
    sign_in(client, case.fund_payer)
    queue = client.get(reverse("payments:inbox")).content.decode()
    assert "À payer comme cofinanceur" in queue
    choice = client.get(reverse("payments:make_file", args=[case.funder.pk])).content.decode()
    assert "cofinancement «\u00a0Versement 1\u00a0»" in choice
    order = sent(case, case.first, case.second)
    with django_assert_max_num_queries(15):
        page = client.get(reverse("payments:file", args=[order.file_id])).content.decode()
    assert reverse("payments:order_back", args=[order.pk]) in page
    typed = {"key": uuid4(), "happened_on": "", "reason": "Compte clos", "code": "AC04"}
    shown = client.post(reverse("payments:order_back", args=[order.pk]), typed)
    assert shown.status_code == 422  # the day is missing; what was typed is still there
    assert "Compte clos" in shown.content.decode()
    assert "kind" not in shown.context["form"].fields
    client.force_login(case.representative)
    where = client.get(reverse("payments:where", args=[case.application.number]))
    assert "Qui doit quoi" in where.content.decode()


def test_the_database_refuses_an_order_that_pays_two_things_or_none(case) -> None:
    order = make(case).orders.get()
    for fields in ({"share": None}, {"back_on": TODAY, "back_reason": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentOrder.objects.filter(pk=order.pk).update(**fields)


def test_the_payer_of_a_co_funder_checks_the_account_it_will_pay(case) -> None:
    person = actor_on(case.fund_payer, TODAY)
    assert access.checks_accounts_of(person, case.application.organisation)
    assert not access.checks_accounts_of(person, fund.organisation("Sans lien"))
