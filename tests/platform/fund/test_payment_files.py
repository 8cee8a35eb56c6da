"""Transfer files: accounts by two people, one payment in one file, the same bytes, returns."""

from __future__ import annotations

import hashlib
import html
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.payments import actions, banking, orders, returns
from ensemblier.fund.payments.actions import FourEyes, NotYours, PaymentRefused
from ensemblier.fund.payments.banking import AccountRefused
from ensemblier.fund.payments.iban import iban_fault
from ensemblier.fund.payments.models import BankAccount, Payment, PaymentOrder, Return
from ensemblier.fund.payments.orders import FileChanged, FileRefused
from ensemblier.fund.payments.returns import ReturnRefused
from ensemblier.fund.payments.sealing import fingerprint, seal, unseal
from ensemblier.fund.payments.sepa import Heading, Order, plain, transfer_file
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW, LATER = bank.NOW, bank.LATER
NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "deux lettres"),
        ("1420041010050500013M02606", "deux lettres"),
        ("US14 2004 1010", "ne reçoit pas"),
        ("FR14 2004 1010 0505 0001 3M02 60", "il en manque"),
        ("FR14 2004 1010 0505 0001 3M02 6060", "il y en a trop"),
        ("FR15 2004 1010 0505 0001 3M02 606", "clé de contrôle"),
    ],
)
def test_a_wrong_iban_is_explained_and_never_repeated(typed: str, words: str) -> None:
    assert words in iban_fault(typed)
    assert "3M02" not in iban_fault(typed)


def test_a_right_iban_is_taken_as_people_type_it() -> None:
    assert iban_fault("fr14 2004.1010-0505 0001 3M02 606") == ""
    assert iban_fault(bank.iban(1)) == ""


def test_a_number_is_sealed_differently_each_time_and_compared_by_its_mark(settings) -> None:
    number = bank.iban(7)
    assert seal(number) != seal(number)
    assert number not in seal(number)
    assert unseal(seal(number)) == number
    assert fingerprint(number) == fingerprint(number) != fingerprint(bank.iban(8))
    sealed = seal(number)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "".join(reversed(settings.SECRET_KEY))
    assert unseal(sealed) == number


def test_an_account_is_entered_by_one_confirmed_by_another_then_waits() -> None:
    organisation = fund.organisation(email="contact@exemple.fr")
    representative = fund.user(Role.REPRESENTATIVE, organisation)
    fund.give(representative, Role.PAYER)
    account = bank.entered(organisation, by=representative)
    with pytest.raises(FourEyes):
        banking.confirm_account(account=account, actor=representative, now=NOW)
    with pytest.raises(NotYours):
        banking.confirm_account(
            account=account, actor=fund.user(Role.APPLICANT, organisation), now=NOW
        )
    banking.confirm_account(account=account, actor=fund.user(Role.PAYER), now=NOW)
    assert banking.current_account(organisation, NOW + timedelta(hours=47)) is None
    assert banking.current_account(organisation, NOW + timedelta(hours=48)) == account
    told = set(Message.objects.values_list("to", flat=True))
    assert {"contact@exemple.fr", representative.email} <= told


def test_until_the_new_account_may_serve_the_old_one_does() -> None:
    organisation = fund.organisation()
    old = bank.confirmed(organisation)
    new = bank.confirmed(organisation, now=LATER)
    old_contact = old.entered_by.email
    assert Message.objects.filter(to=old_contact, body__contains=old.masked).exists()
    assert banking.current_account(organisation, LATER + timedelta(hours=47)) == old
    assert banking.current_account(organisation, LATER + timedelta(hours=49)) == new
    banking.stop_account(account=new, reason="Ce n'est pas nous", actor=old.entered_by, now=LATER)
    assert banking.current_account(organisation, LATER + timedelta(hours=49)) == old


def test_an_account_is_refused_with_its_reason() -> None:
    organisation = fund.organisation()
    account = bank.confirmed(organisation, number=41)
    with pytest.raises(AccountRefused, match="déjà en service"):
        banking.enter_account(
            organisation=organisation,
            holder="X",
            iban=bank.iban(41),
            paper=fund.paper(),
            actor=account.entered_by,
            now=LATER,
        )
    bank.entered(organisation, by=account.entered_by, now=LATER)
    with pytest.raises(AccountRefused, match="attend déjà"):
        bank.entered(organisation, by=account.entered_by, now=LATER)
    twin = bank.entered(fund.organisation("Jumelle"), number=41)
    assert banking.others_with_the_same_number(twin) == [organisation.name]


def test_the_database_refuses_one_person_for_both() -> None:
    account = bank.entered(fund.organisation())
    with pytest.raises(IntegrityError), transaction.atomic():
        BankAccount.objects.filter(pk=account.pk).update(
            confirmed_by=account.entered_by, confirmed_at=NOW, usable_from=NOW
        )


def test_no_number_reaches_the_journal_the_messages_or_the_rows() -> None:
    """A canary: the whole number, and its end without its start, are looked for everywhere."""
    number = bank.iban(123_456_789)
    case = bank.foundation_case()
    organisation = fund.organisation()
    account = bank.confirmed(organisation, number=123_456_789)
    shown = banking.reveal_account(
        account=account, reason="Vérification", actor=account.confirmed_by, now=NOW
    )
    assert shown == number
    bank.sent(case)
    texts = [f"{e.action} {e.subject} {e.reason} {e.data}" for e in Event.objects.all()]
    texts += [f"{m.subject} {m.body}" for m in Message.objects.all()]
    texts += [str(row) for row in BankAccount.objects.values()]
    texts += [str(row) for row in PaymentOrder.objects.values()]
    middle = number[6:22]
    assert not [text for text in texts if middle in text]
    reveals = Event.objects.filter(action="bank_account.reveal")
    assert [(e.reason, e.actor_id) for e in reveals] == [("Vérification", account.confirmed_by_id)]


def test_only_a_payer_sees_the_whole_number_and_says_why() -> None:
    account = bank.confirmed(fund.organisation())
    with pytest.raises(AccountRefused, match="pourquoi"):
        banking.reveal_account(account=account, reason=" ", actor=account.confirmed_by, now=NOW)
    for role in (Role.PROGRAMME, Role.AUDITOR, Role.INSTRUCTOR):
        with pytest.raises(NotYours):
            banking.reveal_account(account=account, reason="x", actor=fund.user(role), now=NOW)
    with pytest.raises(NotYours):
        banking.reveal_account(account=account, reason="x", actor=account.entered_by, now=NOW)


def test_a_file_holds_the_payment_and_is_made_again_byte_for_byte() -> None:
    case = bank.made()
    content = orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
    assert hashlib.sha256(content).hexdigest() == case.file.sha256
    assert orders.file_bytes(case.file) == content
    tree = ET.fromstring(content)
    assert tree.find(".//p:CtrlSum", NAMESPACE).text == "12000.00"
    assert tree.find(".//p:EndToEndId", NAMESPACE).text == f"{case.file.number}-0001"
    words = tree.find(".//p:Ustrd", NAMESPACE).text
    assert words.startswith(f"SUBVENTION CONVENTION {case.agreement.number} ECHEANCE 1")
    assert case.agreement.number in words
    assert tree.find(".//p:CdtrAcct//p:IBAN", NAMESPACE).text == unseal(case.account.sealed_iban)


def test_the_bytes_of_a_known_file_never_change() -> None:
    """An upgrade of the library that writes otherwise must be seen: old files are promised."""
    heading = Heading(
        message="300000006-VIR-2027-00001",
        holder="FONDATION",
        iban=bank.iban(1),
        made_at=datetime(2027, 5, 14, 11, 0, tzinfo=UTC),
        execute_on=date(2027, 5, 17),
        version="pain.001.001.09",
    )
    order = Order("VIR-2027-00001-0001", "Jardin", bank.iban(2), 1_200_000, "SUBVENTION")
    digest = hashlib.sha256(transfer_file(heading, [order])).hexdigest()
    assert digest == "87e55c5ab5f40ae94a62c6bb32754cbe3b6087180339b996404f060a54f74513"


def test_names_are_written_with_the_signs_that_banks_take() -> None:
    assert plain("Épicerie « L'Œuf & Cie » — Béthune", 70) == "Epicerie L'OEuf Cie -- Bethune"
    assert len(plain("x" * 100, 70)) == 70


def test_a_row_changed_behind_our_back_is_seen() -> None:
    case = bank.made()
    PaymentOrder.objects.filter(file=case.file).update(amount_cents=1)
    with pytest.raises(FileChanged):
        orders.file_bytes(case.file)


def test_a_payment_is_in_one_file_and_the_key_gives_it_back() -> None:
    case, key = bank.foundation_case(), uuid4()
    first = bank.make(case, [case.payment], key=key)
    assert bank.make(case, [case.payment], key=key) == first
    with pytest.raises(KeyReused):
        bank.make(case, [], key=key)
    with pytest.raises(KeyReused):
        bank.make(case, [case.payment], key=key, execute_on=LATER.date() + timedelta(days=1))
    with pytest.raises(FileRefused, match="déjà dans un fichier"):
        bank.make(case, [case.payment])
    with pytest.raises(PaymentRefused, match="annulez le fichier"):
        actions.void(key=uuid4(), payment=case.payment, reason="Non", actor=case.payer, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentOrder.objects.create(
            file=first,
            payment=case.payment,
            account=case.account,
            reference="autre",
            holder="x",
            remittance="x",
            amount_cents=1,
        )


def test_what_blocks_a_file_is_said() -> None:
    case = bank.foundation_case()
    with pytest.raises(FileRefused, match="Cochez"):
        bank.make(case, [])
    with pytest.raises(FileRefused, match="passée"):
        bank.make(case, [case.payment], execute_on=NOW.date())
    with pytest.raises(FileRefused, match="délai d'attente"):
        bank.make(case, [case.payment], now=NOW)
    banking.stop_account(account=case.account, reason="Clos", actor=case.representative, now=LATER)
    with pytest.raises(FileRefused, match="aucun compte"):
        bank.make(case, [case.payment])
    with pytest.raises(NotYours):
        bank.make(case, [case.payment], actor=fund.user(Role.PAYER))
    with pytest.raises(PaymentRefused, match="par virement"):
        actions.pay(key=uuid4(), payment=case.payment, actor=case.payer, now=LATER)


def test_a_payer_of_the_state_does_not_pay_for_a_foundation_nor_the_reverse() -> None:
    case, state = bank.foundation_case(), money.certified()
    with pytest.raises(NotYours):
        actions.void(
            key=uuid4(), payment=case.payment, reason="x", actor=fund.user(Role.PAYER), now=LATER
        )
    with pytest.raises(NotYours):
        actions.pay(key=uuid4(), payment=state.payment, actor=case.payer, now=LATER)


def test_sending_posts_each_payment_once() -> None:
    case, key = bank.made(), uuid4()
    for _ in range(2):
        orders.send_file(key=key, file=case.file, actor=case.payer, now=LATER)
    account = actions.payee_account(case.application.organisation)
    assert balance(account).posted == 12_000_00
    assert verify().faults == []
    with pytest.raises(FileRefused, match="envoyé"):
        orders.ask_cancel(file=case.file, reason="Trop tard", actor=case.payer, now=LATER)


def test_whoever_certified_does_not_send() -> None:
    case = bank.foundation_case()
    fund.give(case.desk, Role.PAYER, case.funder)
    with pytest.raises(FourEyes):
        bank.make(case, [case.payment], actor=case.desk)
    bank.made(case)
    with pytest.raises(FourEyes):
        orders.send_file(key=uuid4(), file=case.file, actor=case.desk, now=LATER)


def test_a_file_is_cancelled_by_two_people_and_its_payments_are_free_again() -> None:
    case = bank.made()
    with pytest.raises(FileRefused, match="pourquoi"):
        orders.ask_cancel(file=case.file, reason=" ", actor=case.payer, now=LATER)
    orders.ask_cancel(file=case.file, reason="Erreur de date", actor=case.payer, now=LATER)
    with pytest.raises(FileRefused, match="annulation à confirmer"):
        orders.send_file(key=uuid4(), file=case.file, actor=case.payer, now=LATER)
    with pytest.raises(FourEyes):
        orders.settle_cancel(file=case.file, agreed=True, actor=case.payer, now=LATER)
    orders.settle_cancel(file=case.file, agreed=True, actor=case.other_payer, now=LATER)
    again = bank.make(case, [case.payment])
    assert again.pk != case.file.pk
    with pytest.raises(FileRefused, match="annulé"):
        case.file.refresh_from_db()
        orders.fetch_file(file=case.file, actor=case.payer, now=LATER)


def test_a_file_is_not_taken_while_its_cancelling_waits(client: Client) -> None:
    """Else the bank could get it while the second person frees its payments for another file."""
    case = bank.made()
    orders.ask_cancel(file=case.file, reason="Erreur de date", actor=case.payer, now=LATER)
    with pytest.raises(FileRefused, match="Garder le fichier"):
        orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
    sign_in(client, case.other_payer)
    page = client.get(reverse("payments:file", args=[case.file.pk])).content.decode()
    assert reverse("payments:fetch_file", args=[case.file.pk]) not in page
    confirm = reverse("payments:settle_cancel", args=[case.file.pk])
    assert "Personne n'a pris ce fichier" in html.unescape(client.get(confirm).content.decode())
    orders.settle_cancel(file=case.file, agreed=False, actor=case.payer, now=LATER)
    orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
    orders.ask_cancel(file=case.file, reason="Erreur de date", actor=case.payer, now=LATER)
    assert "partirait deux fois" in html.unescape(client.get(confirm).content.decode())


def give_back(case, **fields):
    full = {
        "key": uuid4(),
        "payment": case.payment,
        "kind": Return.Kind.RETURNED,
        "code": "AC04",
        "reason": "Compte clos",
        "happened_on": LATER.date(),
        "actor": case.payer,
        "now": LATER,
    } | fields
    return returns.record_return(**full)


def test_a_payment_that_came_back_is_payable_again_once() -> None:
    case, key = bank.sent(), uuid4()
    account = actions.payee_account(case.application.organisation)
    for _ in range(2):
        give_back(case, key=key)
    assert balance(account).posted == 0
    assert balance(case.decision.account).available == 8_000_00
    again = Payment.objects.get(state=Payment.State.RESERVED)
    assert (again.instalment, again.reserved_by) == (case.payment.instalment, case.desk)
    with pytest.raises(ReturnRefused, match="revenu"):
        give_back(case)
    # The bank says that the account is closed: nothing goes there any more.
    case.account.refresh_from_db()
    assert case.account.stopped_at is not None
    with pytest.raises(FileRefused, match="aucun compte"):
        bank.make(case, [again])
    bank.confirmed(case.application.organisation, by=case.payer, now=LATER)
    much_later = LATER + timedelta(days=3)
    file = bank.make(case, [again], now=much_later, execute_on=much_later.date())
    orders.send_file(key=uuid4(), file=file, actor=case.payer, now=much_later)
    assert balance(account).posted == 12_000_00
    assert verify().faults == []


def test_a_return_is_refused_with_its_reason() -> None:
    case = bank.made()
    with pytest.raises(ReturnRefused, match="seul un versement payé"):
        give_back(case)
    bank.sent(bank.foundation_case())
    case.file = orders.send_file(key=uuid4(), file=case.file, actor=case.payer, now=LATER)
    with pytest.raises(ReturnRefused, match="inconnu"):
        give_back(case, code="ZZZZ")
    with pytest.raises(ReturnRefused, match="pourquoi"):
        give_back(case, reason=" ")
    for wrong in (NOW.date() - timedelta(days=1), LATER.date() + timedelta(days=1)):
        with pytest.raises(ReturnRefused, match="revient entre"):
            give_back(case, happened_on=wrong)
    with pytest.raises(NotYours):
        give_back(case, actor=fund.user(Role.PAYER))


def test_a_file_is_not_taken_to_the_bank_once_one_of_its_accounts_is_stopped(
    client: Client,
) -> None:
    """« Ce n'est pas nous » : the transfer that waits in a file must not leave."""
    case = bank.made()
    orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
    banking.stop_account(
        account=case.account, reason="Ce n'est pas nous", actor=case.representative, now=LATER
    )
    with pytest.raises(FileRefused, match=r"Compte arrêté.*demandez son annulation"):
        orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
    sign_in(client, case.payer)
    page = client.get(reverse("payments:file", args=[case.file.pk])).content.decode()
    assert "n'envoyez pas ce fichier" in html.unescape(page)
    assert reverse("payments:fetch_file", args=[case.file.pk]) not in page
    # The bank may have it already: this is still noted, and the file stays as a proof.
    orders.send_file(key=uuid4(), file=case.file, actor=case.payer, now=LATER)
    assert orders.fetch_file(file=case.file, actor=case.payer, now=LATER)


def test_a_file_is_not_taken_either_once_the_account_it_pays_from_is_stopped() -> None:
    case = bank.made()
    banking.stop_account(account=case.source, reason="Clos", actor=case.payer, now=LATER)
    with pytest.raises(FileRefused, match="Compte arrêté"):
        orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
