"""What a bank says of transfers, given as a file: shown first, then applied, once."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest

from ensemblier.base.bank.iso import cents
from ensemblier.base.files.trees import TreeRefused, read_tree
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.notices.models import Message
from ensemblier.base.people.access import Actor
from ensemblier.base.people.identifiers import siren
from ensemblier.base.people.models import Role
from ensemblier.fund.payments import access, actions, bank_reports, bank_words, orders
from ensemblier.fund.payments.actions import NotYours
from ensemblier.fund.payments.bank_reading import read_words
from ensemblier.fund.payments.bank_reports import ReportRefused
from ensemblier.fund.payments.models import BankReport, Payment, PaymentOrder, Return
from ensemblier.fund.payments.queues import return_hindrances
from ensemblier.fund.payments.sealing import unseal
from ensemblier.fund.review.actions import actor_on
from ensemblier.fund.review.models import Interest
from tests import factories_bank as sample
from tests import factories_fund as fund
from tests import factories_payments as bank
from tests.factories_bank import Entry, Fate

pytestmark = pytest.mark.django_db
NOW, LATER = bank.NOW, bank.LATER
TODAY = LATER.date()
VERSIONS = ("camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08")


@pytest.fixture
def case() -> SimpleNamespace:
    """One transfer of 12,000 euros that the bank took."""
    case = bank.sent()
    case.order = case.file.orders.get()
    case.message = f"{siren(case.funder.siret)}-{case.file.number}"
    case.iban = unseal(case.source.sealed_iban)
    return case


def read(case: SimpleNamespace, content: bytes, **fields: object) -> BankReport:
    full = {
        "content": content,
        "name": "retour.xml",
        "payer": case.funder,
        "actor": case.payer,
        "now": LATER,
    } | fields
    return bank_reports.read_report(**full)


def person(case: SimpleNamespace) -> Actor:
    return actor_on(case.payer, TODAY)


def outcomes(case: SimpleNamespace, content: bytes) -> list[tuple[str, str]]:
    planned = bank_reports.plan(read(case, content), person(case))
    return [(entry.outcome, entry.words) for entry in planned]


def apply(case: SimpleNamespace, content: bytes) -> BankReport:
    return bank_reports.apply_report(
        key=uuid4(), report=read(case, content), actor=case.payer, now=LATER
    )


def rejected(case: SimpleNamespace, code: str = "AC04", **fields: str) -> bytes:
    fate = Fate(case.order.reference, "RJCT", code, **fields)
    return sample.status_report(case.message, [fate], on=TODAY, group="PART")


def returned(case: SimpleNamespace, version: str = "camt.054.001.02", **fields: object) -> bytes:
    entry = Entry(case.order.reference, "12000.00", "CRDT", "AC04")._replace(**fields)
    return sample.statement([entry], on=TODAY, iban=case.iban, version=version)


def test_a_rejection_is_shown_in_french_and_changes_nothing_before_it_is_applied(case) -> None:
    content = rejected(case, amount="12000.00", note="Compte ferme le 3 mai")
    masked = case.account.masked
    assert outcomes(case, content) == [
        ("back", f"compte clos (AC04), « Compte ferme le 3 mai » ; le compte {masked} sera arrêté")
    ]
    case.payment.refresh_from_db()
    assert case.payment.state == Payment.State.PAID
    assert not Return.objects.exists()


def test_applied_it_comes_back_once_whatever_is_done_again(case) -> None:
    content, key = rejected(case), uuid4()
    report = read(case, content)
    for _ in range(2):
        bank_reports.apply_report(key=key, report=report, actor=case.payer, now=LATER)
    assert apply(case, content) == report  # the same file: the same report, applied already
    back = Return.objects.get()
    assert (back.kind, back.code, back.happened_on) == ("rejected", "AC04", TODAY)
    assert back.reason.startswith("La banque dit : compte clos (AC04). Donnez un autre compte")
    assert balance(actions.payee_account(case.application.organisation)).posted == 0
    assert Payment.objects.filter(state=Payment.State.RESERVED).count() == 1
    assert Message.objects.filter(body__contains="compte clos (AC04)").count() >= 1
    case.account.refresh_from_db()
    assert case.account.stopped_at is not None
    assert verify().faults == []
    # Another file that says the same again, a day of statement later.
    assert [name for name, _ in outcomes(case, returned(case))] == ["known"]
    apply(case, returned(case))
    assert Return.objects.count() == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_return_is_read_in_each_kind_of_statement(case, version: str) -> None:
    apply(case, returned(case, version))
    back = Return.objects.get()
    assert (back.kind, back.code, back.payment) == ("returned", "AC04", case.payment)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_debited_is_confirmed_alone_or_with_its_whole_file(case, version: str) -> None:
    alone = [Entry(case.order.reference, "12000.00")]
    whole = [Entry("", "12000.00", batch=f"{case.message}-1")]
    content = sample.statement(whole, on=TODAY, iban=case.iban, version=version)
    assert [name for name, _ in outcomes(case, content)] == ["confirm"]
    apply(case, sample.statement(alone, on=TODAY, iban=case.iban, version=version))
    assert PaymentOrder.objects.get().confirmed_on == TODAY
    assert [name for name, _ in outcomes(case, content)] == ["known"]
    case.payment.refresh_from_db()
    assert case.payment.state == Payment.State.PAID


def test_a_whole_file_rejected_takes_every_order_back(case) -> None:
    content = sample.status_report(case.message, on=TODAY, group="RJCT", group_code="AM04")
    assert outcomes(case, content) == [
        ("back", "provision insuffisante sur le compte du financeur (AM04)")
    ]
    apply(case, content)
    assert "rien à faire de votre côté" in Return.objects.get().reason
    case.account.refresh_from_db()
    assert case.account.stopped_at is None


def test_a_file_and_its_one_rejected_order_are_not_counted_twice(case) -> None:
    fate = Fate(case.order.reference, "RJCT", "AC01")
    content = sample.status_report(case.message, [fate], on=TODAY, group="RJCT", group_code="NARR")
    assert [name for name, _ in outcomes(case, content)] == ["back"]


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        ("ACTC", "heard", "contrôlé par la banque"),
        ("PDNG", "heard", "en attente"),
        ("ACSC", "confirm", "exécuté"),
        ("CANC", "look", "annulé à la banque : notez-le à la main"),
        ("ZZZZ", "look", "inconnu"),
    ],
)
def test_each_status_has_its_effect(case, status: str, outcome: str, words: str) -> None:
    content = sample.status_report(
        case.message, [Fate(case.order.reference, status)], on=TODAY, version="pain.002.001.10"
    )
    [(found, said)] = outcomes(case, content)
    assert found == outcome
    assert words in said


def test_what_does_not_fit_does_nothing_and_says_why(case) -> None:
    mine = case.order.reference
    told = {
        "look": returned(case, amount="11999.99"),
        "unmatched": returned(case, reference="VIR-2027-09999-0001"),
        "invalid": returned(case, currency="CHF"),
        "heard": returned(case, state="PDNG"),
    }
    for outcome, content in told.items():
        assert [name for name, _ in outcomes(case, content)] == [outcome]
        apply(case, content)
    twice = [Entry(mine, "12000.00", "CRDT", "MS03")] * 2
    content = sample.statement(twice, on=TODAY, iban=case.iban)
    assert [name for name, _ in outcomes(case, content)] == ["back", "known"]
    tomorrow = sample.status_report(
        case.message, [Fate(mine, "RJCT", "AC04")], on=TODAY.replace(day=TODAY.day + 1)
    )
    assert outcomes(case, tomorrow) == [("invalid", "une date n'est pas encore venue")]
    assert not Return.objects.exists()


def test_before_the_file_is_said_to_be_sent_nothing_is_noted() -> None:
    case = bank.made()
    case.order = case.file.orders.get()
    case.message = f"{siren(case.funder.siret)}-{case.file.number}"
    content = rejected(case)
    assert outcomes(case, content) == [
        ("early", f"dites d'abord que la banque a reçu le fichier {case.file.number}")
    ]
    orders.ask_cancel(file=case.file, reason="Erreur", actor=case.payer, now=LATER)
    orders.settle_cancel(file=case.file, agreed=True, actor=case.other_payer, now=LATER)
    assert outcomes(case, content)[0][0] == "look"


def test_entries_that_are_not_ours_are_counted_and_not_kept(case) -> None:
    entries = [
        Entry("LOYER-JUILLET", "900.00", "CRDT"),
        Entry(case.order.reference, "12000.00", "CRDT", "MS02"),
    ]
    report = read(case, sample.statement(entries, on=TODAY, iban=case.iban))
    assert report.others == 1
    assert "LOYER" not in str(report.rows)
    assert case.iban not in str(BankReport.objects.values())
    assert [e.data["lines"] for e in Event.objects.filter(action="bank_report.read")] == [1]


def test_a_statement_of_another_account_is_refused(case) -> None:
    content = sample.statement([], on=TODAY, iban=bank.iban(77))
    with pytest.raises(ReportRefused, match="n'est pas enregistré pour"):
        read(case, content)
    with pytest.raises(ReportRefused, match="aucun virement"):
        read(case, sample.statement([], on=TODAY, iban=case.iban))


def test_a_payer_reads_only_its_own_orders(case) -> None:
    other = bank.sent(bank.foundation_case(fund.organisation("Autre fondation", kind="foundation")))
    assert [name for name, _ in outcomes(other, rejected(case))] == ["unmatched"]
    for stranger in (other.payer, fund.user(Role.PAYER), fund.user(Role.PROGRAMME)):
        with pytest.raises(NotYours):
            read(case, rejected(case), actor=stranger)
        with pytest.raises(NotYours):
            bank_reports.apply_report(
                key=uuid4(), report=read(case, rejected(case)), actor=stranger, now=LATER
            )
    assert not Return.objects.exists()


def test_a_declared_interest_bars_the_line_as_the_rule_of_one_payment_does(case) -> None:
    Interest.objects.create(
        application=case.application,
        user=case.payer,
        kind="other",
        reason="x",
        recused=True,
        declared_at=NOW,
    )
    barred = return_hindrances(person(case), [case.payment])
    assert barred[case.payment.pk] == access.may_return(person(case), case.payment)
    assert [name for name, _ in outcomes(case, rejected(case))] == ["barred"]


def test_a_code_that_is_not_known_is_said_and_not_lost(case) -> None:
    apply(case, rejected(case, code="XY99"))
    back = Return.objects.get()
    assert back.code == ""
    assert "code XY99, à demander à la banque" in back.reason


def test_every_reason_is_in_french_and_the_bad_accounts_are_known() -> None:
    assert set(bank_words.CODES) >= bank_words.BAD_ACCOUNT
    assert all(len(code) == 4 for code in bank_words.CODES)
    assert bank_words.reason_of("") == "sans motif donné"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'
    f'<Document xmlns="{sample.URN}camt.053.001.02"><x>&b;</x></Document>'
)
FILE = '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d>&f;</d>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vide"),
        (b"pas du XML", "pas du XML lisible"),
        (b"<a><b></a>", "pas du XML lisible"),
        (BOMB.encode(), "DOCTYPE"),
        (BOMB.encode("utf-16"), "DOCTYPE"),
        (FILE.encode(), "DOCTYPE"),
        (b'<!DOCTYPE d SYSTEM "http://exemple.fr/d.dtd"><d/>', "DOCTYPE"),
        (b"<a>" * 50 + b"</a>" * 50, "inattendue"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "trop grand"),
        (b"<a>" + b" " * 5_000_001 + b"</a>", "La limite est de 5"),
    ],
)
def test_hostile_xml_is_refused_in_french(content: bytes, words: str) -> None:
    with pytest.raises(TreeRefused, match=words):
        read_tree(content=content)


def test_another_xml_is_named(case) -> None:
    with pytest.raises(ReportRefused, match=r"pain\.002.*camt\.053"):
        read(case, b"<facture/>")
    own = orders.fetch_file(file=case.file, actor=case.payer, now=LATER)
    with pytest.raises(ReportRefused, match="fichier de virements"):
        read(case, own)
    debit = sample.status_report("X", on=TODAY, group="RJCT", name="pain.008.001.02")
    assert [name for name, _ in outcomes(case, debit)] == ["invalid"]


def test_the_samples_of_these_tests_follow_the_order_of_the_standard() -> None:
    """Negative control of the grammar: it sees an element out of its place."""
    good = sample.status_report("X", [Fate("A", "RJCT", "AC04")], on=TODAY, group="PART")
    assert sample.faults(good) == []
    start, end = good.index(b"<GrpSts>"), good.index(b"</GrpSts>") + 9
    moved = good[:start] + good[end:].replace(
        b"<OrgnlPmtInfAndSts>", b"<OrgnlPmtInfAndSts>" + good[start:end], 1
    )
    assert sample.faults(moved) == ["OrgnlPmtInfAndSts/GrpSts: unknown"]
    assert "OrgnlGrpInfAndSts/OrgnlMsgId: missing" in sample.faults(
        good.replace(b"<OrgnlMsgId>X</OrgnlMsgId>", b"")
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [("12", 1200), ("0.5", 50), ("12.34", 1234), ("12.34000", 1234), ("1,5", None), ("-1", None)],
)
def test_amounts_are_whole_cents(text: str, found: int | None) -> None:
    tree = read_tree(content=f'<d><a Ccy="EUR">{text}</a></d>'.encode())
    amount, fault = cents(tree.root.one("a"))
    assert amount == found
    assert bool(fault) is (found is None)


def test_the_reader_is_pure_and_keeps_the_order_of_the_file(case) -> None:
    words = read_words(read_tree(content=returned(case)))
    assert (words.kind, words.version) == ("camt.054", "camt.054.001.02")
    assert words.accounts == {case.iban}
    assert [line.rank for line in words.lines] == [1]
