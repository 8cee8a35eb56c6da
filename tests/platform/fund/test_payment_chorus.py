"""Chorus: steps noted once, extracts read, shown, applied, undone; the applicant sees it all."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Role
from ensemblier.fund.payments import access, actions, chorus, extracts, imports
from ensemblier.fund.payments.actions import FourEyes, NotYours
from ensemblier.fund.payments.chorus import Step, TraceRefused
from ensemblier.fund.payments.imports import ImportRefused
from ensemblier.fund.payments.models import ChorusImport, ChorusTrace, Payment
from ensemblier.fund.payments.queues import hindrances, in_sight_of
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests.factories_people import actor_for, sign_in

pytestmark = pytest.mark.django_db
NOW, LATER = bank.NOW, bank.LATER
HEADING = "N° EJ;Convention;SIRET;Montant;N° SF;N° DP;Date DP;Date de paiement;IBAN\n"


def note(case: SimpleNamespace, step: str, number: str = "", **fields):
    full = {
        "key": uuid4(),
        "agreement": case.agreement,
        "payment": None if step == Step.COMMITMENT else case.payment,
        "step": step,
        "number": number,
        "happened_on": NOW.date(),
        "actor": case.payer,
        "now": LATER,
    } | fields
    return chorus.record_step(**full)


def line(case: SimpleNamespace, **fields: str) -> str:
    cells = {
        "ej": "2104567890",
        "agreement": case.agreement.number,
        "siret": case.application.organisation.siret,
        "amount": "12 000,00",
        "service": "5000012345",
        "request": "100200300",
        "request_on": "13/05/2027",
        "paid_on": "14/05/2027",
        "iban": bank.iban(99),
    } | fields
    return ";".join(cells.values()) + "\n"


def read(case: SimpleNamespace, *lines: str, **fields) -> ChorusImport:
    full = {
        "content": (HEADING + "".join(lines)).encode(),
        "name": "extrait.csv",
        "columns": {},
        "actor": case.payer,
        "now": LATER,
    } | fields
    return imports.read_extract(**full)


def outcomes(case: SimpleNamespace, batch: ChorusImport, person=None) -> list[str]:
    who = actor_for(person or case.payer, day=LATER.date())
    return [planned.outcome for planned in imports.plan(batch, who)]


def test_each_step_is_noted_once_with_who_and_when() -> None:
    case = money.certified()
    first = note(case, Step.COMMITMENT, "2104567890")
    assert note(case, Step.COMMITMENT, "2104567890") == first
    with pytest.raises(TraceRefused, match="déjà noté"):
        note(case, Step.COMMITMENT, "999")
    note(case, Step.SERVICE, "50001")
    note(case, Step.REQUEST, "10001")
    key = uuid4()
    for _ in range(2):
        note(case, Step.PAID, key=key)
    case.payment.refresh_from_db()
    assert case.payment.state == Payment.State.PAID
    assert balance(actions.payee_account(case.application.organisation)).posted == 12_000_00
    assert {t.recorded_by for t in ChorusTrace.objects.all()} == {case.payer}
    assert Event.objects.filter(action="chorus.record").count() == 4


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        (Step.REQUEST, {}, "numéro"),
        (Step.REQUEST, {"number": "1" * 21}, "20 signes"),
        (Step.SERVICE, {"number": "1", "happened_on": date(2028, 1, 1)}, "pas encore venue"),
        (Step.SERVICE, {"number": "1", "payment": None}, "échéance certifiée"),
        ("autre", {"number": "1"}, "de la liste"),
    ],
)
def test_a_wrong_step_is_refused_in_french(step: str, fields: dict, words: str) -> None:
    with pytest.raises(TraceRefused, match=words):
        note(money.certified(), step, **fields)


def test_a_funder_that_pays_by_itself_has_no_chorus() -> None:
    case = bank.foundation_case()
    with pytest.raises(TraceRefused, match="par virement"):
        note(case, Step.COMMITMENT, "21")


def test_whoever_certified_does_not_note_the_payment() -> None:
    case = money.certified()
    fund.give(case.desk, Role.PAYER)
    with pytest.raises(FourEyes):
        note(case, Step.PAID, actor=case.desk)
    with pytest.raises(NotYours):
        note(case, Step.SERVICE, "5", actor=case.representative)


def test_a_step_is_undone_by_an_opposite_row_while_nothing_followed() -> None:
    case = money.certified()
    request = note(case, Step.REQUEST, "10001")
    paid = note(case, Step.PAID)
    with pytest.raises(TraceRefused, match="ensuite"):
        undo(case, request)
    undo(case, paid)
    assert balance(actions.payee_account(case.application.organisation)).posted == 0
    again = Payment.objects.get(state=Payment.State.RESERVED)
    # What Chorus said before the payment still holds for the one that waits.
    assert [t.number for t in again.chorus.filter(is_live=True)] == ["10001"]
    case.payment = again
    note(case, Step.PAID)
    assert balance(actions.payee_account(case.application.organisation)).posted == 12_000_00
    assert verify().faults == []


def undo(case: SimpleNamespace, trace: ChorusTrace):
    return chorus.undo_step(
        key=uuid4(), trace=trace, reason="Mauvaise ligne", actor=case.payer, now=LATER
    )


def test_an_extract_is_shown_then_applied_then_changes_nothing() -> None:
    case = money.certified()
    batch = read(case, line(case))
    assert outcomes(case, batch) == ["apply"]
    assert not ChorusTrace.objects.exists()
    assert bank.iban(99) not in str(batch.rows)
    key = uuid4()
    for _ in range(2):
        imports.apply_extract(key=key, batch=batch, actor=case.payer, now=LATER)
    case.payment.refresh_from_db()
    assert case.payment.state == Payment.State.PAID
    before = Transfer.objects.count(), ChorusTrace.objects.count(), Event.objects.count()
    same = read(case, line(case))
    imports.apply_extract(key=uuid4(), batch=same, actor=case.payer, now=LATER)
    assert same.pk == batch.pk
    assert before == (Transfer.objects.count(), ChorusTrace.objects.count(), Event.objects.count())
    # The same line in another file is known, and does nothing either.
    other = read(case, line(case), "\n")
    other = read(case, line(case), line(case, agreement="C-absente"))
    assert outcomes(case, other) == ["known", "unmatched"]


def test_what_fits_nothing_or_two_things_is_shown_and_never_guessed() -> None:
    case = money.certified()
    batch = read(
        case,
        line(case, agreement="C-2027-99999", ej=""),
        line(case, amount="11 999,99"),
        line(case, siret="73282932000074"),
        line(case, amount="douze mille"),
        line(case, paid_on="31/02/2027"),
        line(case, paid_on="31/12/2027"),
        line(case, agreement="", ej=""),
    )
    assert outcomes(case, batch) == ["unmatched"] * 3 + ["invalid"] * 4
    twice = read(case, line(case), line(case, request="100200301"))
    assert outcomes(case, twice) == ["ambiguous", "ambiguous"]
    imports.apply_extract(key=uuid4(), batch=batch, actor=case.payer, now=LATER)
    imports.apply_extract(key=uuid4(), batch=twice, actor=case.payer, now=LATER)
    assert not ChorusTrace.objects.exists()


def test_two_instalments_of_one_amount_are_not_told_apart_by_guess() -> None:
    plan = tuple(money.PLAN[0]._replace(amount_cents=10_000_00) for _ in range(2))
    case = money.granted()
    case.agreement = money.prepare(case, instalments=plan)
    case.agreement = money.agreements.send(agreement=case.agreement, actor=case.desk, now=NOW)
    for home, who in (
        (case.application.organisation, case.representative),
        (case.application.call.owner, case.signatory),
    ):
        case.agreement = money.agreements.sign(
            agreement=case.agreement, organisation=home, actor=who, now=NOW, key=uuid4()
        )
    case.instalments = list(case.agreement.instalments.all())
    money.certified(case, rank=0)
    first = case.payment
    money.certified(case, rank=1)
    batch = read(case, line(case, amount="10000"))
    assert outcomes(case, batch) == ["ambiguous"]
    # Once a payment bears the number of its request, it is told apart.
    note(case, Step.REQUEST, "100200300", payment=first)
    assert outcomes(case, batch) == ["apply"]


def test_an_extract_never_pays_for_somebody_who_may_not() -> None:
    case = money.certified()
    fund.give(case.desk, Role.PAYER)
    batch = read(case, line(case), actor=case.desk)
    assert outcomes(case, batch, case.desk) == ["barred"]
    imports.apply_extract(key=uuid4(), batch=batch, actor=case.desk, now=LATER)
    assert not ChorusTrace.objects.exists()
    for person in (case.representative, bank.foundation_case().payer):
        with pytest.raises(NotYours):
            read(case, line(case), actor=person)


def test_the_same_extract_serves_the_payers_of_each_territory(client: Client) -> None:
    """One file of the accountant reaches two services: each notes the lines of its own files."""
    case, far = money.certified(), fund.place("63").department
    elsewhere = fund.user(Role.PAYER, region=far.region)
    first = read(case, line(case), actor=elsewhere)
    assert outcomes(case, first, elsewhere) == ["barred"]
    imports.apply_extract(key=uuid4(), batch=first, actor=elsewhere, now=LATER)
    mine = fund.user(Role.PAYER, region=case.application.department.region)
    second = read(case, line(case), actor=mine)
    assert second.pk != first.pk and second.read_by == mine
    first.refresh_from_db()
    assert (first.read_by, first.state) == (elsewhere, ChorusImport.State.APPLIED)
    sign_in(client, mine)
    assert client.get(reverse("payments:extract", args=[second.pk])).status_code == 200
    imports.apply_extract(key=uuid4(), batch=second, actor=mine, now=LATER)
    case.payment.refresh_from_db()
    assert case.payment.state == Payment.State.PAID


def test_an_extract_is_undone_by_opposite_entries_and_may_be_read_again() -> None:
    case = money.certified()
    batch = read(case, line(case))
    imports.apply_extract(key=uuid4(), batch=batch, actor=case.payer, now=LATER)
    with pytest.raises(ImportRefused, match="pourquoi"):
        imports.undo_extract(key=uuid4(), batch=batch, reason="", actor=case.payer, now=LATER)
    for _ in range(2):
        imports.undo_extract(
            key=uuid4(), batch=batch, reason="Mauvais fichier", actor=case.payer, now=LATER
        )
    assert not ChorusTrace.objects.filter(is_live=True).exists()
    assert balance(actions.payee_account(case.application.organisation)).posted == 0
    again = read(case, line(case))
    assert (again.pk, again.state) == (batch.pk, ChorusImport.State.READ)
    imports.apply_extract(key=uuid4(), batch=again, actor=case.payer, now=LATER)
    assert balance(actions.payee_account(case.application.organisation)).posted == 12_000_00
    assert verify().faults == []


def test_what_followed_an_extract_keeps_it_whole() -> None:
    case = money.certified()
    batch = read(case, line(case))
    imports.apply_extract(key=uuid4(), batch=batch, actor=case.payer, now=LATER)
    actions.refund(
        key=uuid4(),
        agreement=case.agreement,
        amount_cents=1_00,
        reason="Trop perçu",
        actor=case.payer,
        now=LATER + timedelta(days=1),
    )
    with pytest.raises(TraceRefused, match="reversement"):
        imports.undo_extract(key=uuid4(), batch=batch, reason="Non", actor=case.payer, now=LATER)
    assert ChorusTrace.objects.filter(is_live=True).count() == 4


def test_columns_are_found_under_many_names_or_told_by_hand() -> None:
    assert extracts.guess(["Numéro E.J.", "MONTANT (EUR)", "Payé le"]) == {
        "commitment": 0,
        "amount": 1,
        "paid_on": 2,
    }
    told = {"amount": "Somme", "agreement": "Ma réf"}
    assert extracts.guess(["ma réf", "somme"], told) == {"amount": 1, "agreement": 0}
    case = money.certified()
    with pytest.raises(ImportRefused, match="Il manque : Montant"):
        read(case, content=b"EJ;Somme\n21;5\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 234,50 €", 123450), ("12000", 1200000), ("1234.5", 123450), ("1e9", None), ("-5", None)],
)
def test_amounts_of_extracts(text: str, value: int | None) -> None:
    assert extracts.cents(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2027-03-31", date(2027, 3, 31)),
        ("31/3/2027", date(2027, 3, 31)),
        ("20270331", date(2027, 3, 31)),
        ("31/02/2027", None),
        ("demain", None),
    ],
)
def test_days_of_extracts(text: str, value: date | None) -> None:
    assert extracts.day_of(text) == value


def test_the_rule_for_many_lines_is_the_rule_for_one() -> None:
    """queues.hindrances answers as access.may_settle, for everybody around two files."""
    state, foundation = money.certified(), bank.foundation_case()
    people = [
        case_person
        for case in (state, foundation)
        for case_person in (case.payer, case.desk, case.signatory, case.representative)
    ]
    for person in people:
        fund.give(person, Role.PAYER)
    for person in people:
        actor = actor_for(person, day=NOW.date())
        rows = list(in_sight_of(actor).filter(state=Payment.State.RESERVED))
        many = hindrances(actor, rows)
        for row in rows:
            assert many.get(row.pk, access.YES) == access.may_settle(actor, row)


def test_the_pages_of_chorus(client: Client) -> None:
    case = money.certified()
    sign_in(client, case.payer)
    told = line(case, request_on="19/11/2026", paid_on="20/11/2026")
    content = (HEADING + told).encode()
    upload = SimpleUploadedFile("extrait.csv", content)
    answer = client.post(reverse("payments:extracts"), {"paper": upload}, follow=True)
    assert "Sera noté" in answer.content.decode()
    batch = ChorusImport.objects.get()
    url = reverse("payments:apply_extract", args=[batch.pk])
    page = client.get(url)
    key = str(page.context["form"]["key"].value())
    for _ in range(2):
        assert client.post(url, {"key": key}).status_code == 302
    assert "Appliqué" in client.get(reverse("payments:extract", args=[batch.pk])).content.decode()
    money_page = client.get(reverse("payments:agreement", args=[case.agreement.number]))
    assert "100200300" in money_page.content.decode()
    wrong = SimpleUploadedFile("x.csv", b"a;b\n1;2\n")
    answer = client.post(
        reverse("payments:extracts"), {"paper": wrong, "column_amount": "Ma somme"}
    )
    assert answer.status_code == 422
    assert "Il manque" in answer.content.decode()
    assert "Ma somme" in answer.content.decode()


def test_several_instalments_are_certified_at_once(client: Client) -> None:
    case = money.signed()
    sign_in(client, case.desk)
    url = reverse("payments:certify_many")
    page = client.get(url)
    data = {
        "key": str(page.context["form"]["key"].value()),
        "chosen": [str(case.instalments[0].pk)],
    }
    assert client.post(url, {**data, "chosen": []}).status_code == 422
    assert client.post(url, data).status_code == 302
    assert Payment.objects.get().state == Payment.State.RESERVED
