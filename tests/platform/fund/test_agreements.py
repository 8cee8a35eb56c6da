"""Agreements: their instalments add up, the State signs last, and that moves the money once."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.queries import balance
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import actions
from ensemblier.fund.agreements.actions import AgreementRefused, Planned
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import State
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW


def test_instalments_must_make_the_grant() -> None:
    case = money.granted()
    short = [Planned("Avance", "signature", 19_999_50, date(2027, 7, 1))]
    with pytest.raises(AgreementRefused, match="il manque 0,50"):
        money.prepare(case, instalments=short)
    over = [Planned("Avance", "signature", 20_001_00, date(2027, 7, 1))]
    with pytest.raises(AgreementRefused, match="il y a en trop"):
        money.prepare(case, instalments=over)


def test_it_may_be_prepared_again_until_it_is_sent() -> None:
    case = money.prepared()
    again = money.prepare(case, ends_on=date(2028, 3, 31))
    assert again.pk == case.agreement.pk
    assert again.instalments.count() == len(money.PLAN)
    actions.send(agreement=again, actor=case.desk, now=NOW)
    with pytest.raises(AgreementRefused, match="déjà envoyée"):
        money.prepare(case)


def test_the_pdf_is_tagged_titled_and_in_french() -> None:
    case = money.sent()
    with pikepdf.open(case.agreement.pdf.path) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("fr")
        assert case.agreement.number in str(pdf.docinfo["/Title"])


def test_the_same_rows_give_the_same_bytes() -> None:
    case = money.sent()
    first = actions.agreement_pdf(case.agreement, made_at=NOW)
    assert first == actions.agreement_pdf(case.agreement, made_at=NOW)
    case.agreement.surplus_clause = "Gardé pour l'année suivante."
    assert first != actions.agreement_pdf(case.agreement, made_at=NOW)


def test_the_organisation_signs_first() -> None:
    case = money.sent()
    with pytest.raises(AgreementRefused, match="signe d'abord"):
        actions.sign(
            agreement=case.agreement,
            organisation=case.application.call.owner,
            actor=case.signatory,
            now=NOW,
            key=uuid4(),
        )


def test_the_last_signature_moves_the_grant_out_of_the_envelope_once() -> None:
    case = money.sent()
    assert balance(case.envelope.account).reserved == 20_000_00
    assert balance(case.decision.account).posted == 0
    case = money.signed()
    assert balance(case.envelope.account).reserved == 0
    assert balance(case.decision.account).available == 20_000_00
    case.application.refresh_from_db()
    assert case.application.state == State.AGREED
    # Signing again changes nothing.
    actions.sign(
        agreement=case.agreement,
        organisation=case.application.call.owner,
        actor=case.signatory,
        now=NOW,
        key=uuid4(),
    )
    assert balance(case.decision.account).available == 20_000_00


def test_sending_writes_to_the_organisation() -> None:
    case = money.sent()
    subjects = Message.objects.filter(about=f"application:{case.application.pk}")
    assert any(case.agreement.number in row.subject for row in subjects)


def test_the_page_keeps_what_was_typed_when_it_refuses(client: Client) -> None:
    case = money.granted()
    sign_in(client, case.desk)
    url = reverse("agreements:prepare", args=[case.application.number])
    typed = {
        "starts_on": "2027-06-01",
        "ends_on": "2027-12-31",
        "legal_basis": "not_economic",
        "surplus_clause": "Une clause écrite avec soin",
        "amount_1": "100",
        "release_1": "signature",
        "due_on_1": "2027-07-01",
    }
    answer = client.post(url, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Une clause écrite avec soin" in page
    assert "La somme des échéances doit égaler" in page
    assert not Agreement.objects.exists()
    answer = client.post(url, {**typed, "amount_1": "20 000"})
    assert answer.status_code == 302


def test_both_parties_sign_on_their_page(client: Client) -> None:
    case = money.sent()
    url = reverse("agreements:detail", args=[case.agreement.number])
    sign = reverse("agreements:sign", args=[case.agreement.number])
    sign_in(client, case.signatory)
    assert "À vous de signer" not in client.get(url).content.decode()
    sign_in(client, case.representative)
    assert "À vous de signer" in client.get(url).content.decode()
    assert client.post(sign, {"key": str(uuid4())}).status_code == 422
    client.post(sign, {"key": str(uuid4()), "agrees": "on"})
    sign_in(client, case.signatory)
    client.post(sign, {"key": str(uuid4()), "agrees": "on"})
    case.agreement.refresh_from_db()
    assert case.agreement.state == Agreement.State.SIGNED


def test_another_organisation_sees_nothing(client: Client) -> None:
    case, other = money.sent(), money.sent()
    sign_in(client, other.representative)
    for name in ("agreements:detail", "payments:agreement", "monitoring:list"):
        assert client.get(reverse(name, args=[case.agreement.number])).status_code == 404
    listing = client.get(reverse("agreements:list")).content.decode()
    assert other.agreement.number in listing
    assert case.agreement.number not in listing


def test_each_reader_lists_what_they_may_open(client: Client) -> None:
    case = money.sent()
    far = fund.user(Role.INSTRUCTOR, department=fund.place("13").department)
    readers = [
        (case.representative, True),
        (case.desk, True),
        (case.payer, True),
        (case.signatory, True),
        (fund.user(Role.PROGRAMME), True),
        (fund.user(Role.AUDITOR), True),
        (far, False),
    ]
    for person, sees in readers:
        sign_in(client, person)
        listing = client.get(reverse("agreements:list")).content.decode()
        page = client.get(reverse("agreements:detail", args=[case.agreement.number]))
        assert (case.agreement.number in listing) is sees
        assert (page.status_code == 200) is sees


def test_a_signatory_does_not_sign_for_the_state_with_their_own_organisation(
    client: Client,
) -> None:
    case = money.sent()
    person = fund.user(Role.APPLICANT, case.application.organisation)
    fund.give(person, Role.SIGNATORY)
    sign_in(client, person)
    url = reverse("agreements:sign", args=[case.agreement.number])
    assert client.post(url, {"key": str(uuid4()), "agrees": "on"}).status_code == 403
    assert not case.agreement.signatures.exists()
