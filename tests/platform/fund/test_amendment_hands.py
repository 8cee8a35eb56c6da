"""Who had a hand in an amendment: wrote it, wrote it again, or only sent it. None of them signs,
nor brings or reads the paper that the State signed."""

from __future__ import annotations

from html import unescape
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role, User
from ensemblier.fund.agreements import access, amending, hands, qr, signing
from ensemblier.fund.agreements.models import Amendment, SignedScan
from tests import factories_fund as fund
from tests.factories_people import sign_in
from tests.hostile_files import pdf
from tests.trust import lines_money as money

pytestmark = pytest.mark.django_db


def both() -> User:
    """Holds the desk and the State's signature at once."""
    person = fund.user(Role.PROGRAMME)
    fund.give(person, Role.SIGNATORY)
    return person


def may(w: Any, who: User) -> access.Answer:
    fresh = Amendment.objects.get(pk=w.amendment.pk)
    return access.may_sign_amendment(Actor(who, day=money.NOW.date()), fresh)


@pytest.fixture
def w() -> Any:
    world = money.amendments()
    world.desk_two = fund.user(Role.PROGRAMME)
    return world


def test_whoever_only_sends_it_does_not_sign_it(w: Any, client: Client) -> None:
    sender = both()
    money.amend(w, w.desk_two)
    assert may(w, sender).allowed  # control: before sending, the same person would sign
    money.send_amendment(w, sender)
    assert may(w, sender) == hands.WROTE and may(w, both()).allowed
    money.sign_for_organisation(w, w.hands["representative"])
    sign_in(client, sender)
    answer = client.post(reverse("agreements:sign_amendment", args=[w.amendment.pk]), {})
    assert answer.status_code == 403
    row = RefusedAttempt.objects.order_by("-pk").first()
    assert row is not None and row.actor_id == sender.pk
    assert "une autre personne le signe" in row.reason


def test_who_wrote_first_stays_apart_when_another_writes_it_again(w: Any) -> None:
    first = both()
    money.amend(w, first)
    draft = Amendment.objects.get(pk=w.amendment.pk)
    w.amendment = amending.prepare(
        key=draft.key, agreement=w.agreement, reasons="Deux quartiers de plus.",
        changes=amending.Changes(ends_on=w.agreement.ends_on.replace(year=2029)),
        version=draft.version, actor=w.desk_two, now=money.NOW,
    )  # fmt: skip
    money.send_amendment(w, w.desk_two)
    assert may(w, first) == hands.WROTE and may(w, both()).allowed


def test_the_journal_tells_whose_hands_older_ones_passed_through(w: Any) -> None:
    writer, sender = fund.user(Role.PROGRAMME), both()
    money.amend(w, writer)
    money.send_amendment(w, sender)
    w.amendment.hands.clear()
    assert may(w, sender).allowed  # control: nothing is known any more
    step = import_module("ensemblier.fund.agreements.migrations.0008_hands_of_amendments")
    step.forwards(apps, None)
    assert set(w.amendment.hands.all()) == {writer, sender}
    assert may(w, sender) == hands.WROTE


def words(client: Client, page: str) -> str:
    return unescape(client.get(page).content.decode())


def last_refusal() -> RefusedAttempt:
    row = RefusedAttempt.objects.order_by("-pk").first()
    assert row is not None
    return row


def test_whoever_wrote_it_does_not_bring_the_paper_signed_for_the_state(
    w: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    money.amend(w, w.desk)
    money.send_amendment(w, w.desk)
    read = qr.Scan((w.amendment.code,), 1, 1)
    monkeypatch.setattr(qr, "read_scan", lambda content: read)
    page = reverse("agreements:scan", args=[w.agreement.number])
    own, state = w.application.organisation_id, w.application.call.owner_id

    def send(*parties: int) -> Any:
        return client.post(
            page,
            {
                "scan": SimpleUploadedFile("a.pdf", pdf(), "application/pdf"),
                "parties": [*map(str, parties)],
            },
        )

    sign_in(client, w.desk)
    assert hands.WROTE_PAPER.reason in words(client, page)
    answer = send(own, state)
    assert answer.status_code == 422 and "à des collègues" in answer.content.decode()
    assert not SignedScan.objects.exists()
    row = last_refusal()
    assert (row.actor_id, row.action) == (w.desk.pk, "POST agreements:scan")
    assert row.reason == hands.WROTE_PAPER.reason
    # Controls: the paper that the organisation alone signed, and the whole one by another.
    assert send(own).status_code == 302 and SignedScan.objects.count() == 1
    sign_in(client, w.desk_two)
    assert hands.WROTE_PAPER.reason not in words(client, page)
    assert send(own, state).status_code == 302 and SignedScan.objects.count() == 2


def test_whoever_wrote_it_does_not_read_that_paper_either(w: Any, client: Client) -> None:
    money.amend(w, w.desk)
    money.send_amendment(w, w.desk)
    money.give_paper(w, w.hands["representative"])
    amendment = reverse("agreements:amendment", args=[w.amendment.pk])
    page = reverse("agreements:check_scan", args=[w.scan.pk])
    sign_in(client, w.desk)
    shown = words(client, amendment)
    assert page not in shown and hands.WROTE_PAPER.reason in shown
    assert client.get(page).status_code == 403
    assert last_refusal().reason == hands.WROTE_PAPER.reason
    with pytest.raises(signing.NotYours, match="relit"):
        money.confirm_paper(w, w.desk)
    sign_in(client, w.desk_two)  # control: another of the same desk reads it, and it is signed
    assert page in words(client, amendment)
    money.confirm_paper(w, w.desk_two)
    assert Amendment.objects.get(pk=w.amendment.pk).state == Amendment.State.SIGNED


def test_a_paper_brought_by_its_writer_before_this_rule_signs_for_nobody(w: Any) -> None:
    money.amend(w, w.desk)
    money.send_amendment(w, w.desk)
    money.give_paper(w, w.hands["representative"])
    SignedScan.objects.update(uploaded_by=w.desk)
    with pytest.raises(signing.ScanRefused, match="refusez-le"):
        money.confirm_paper(w, w.desk_two)
    w.amendment.hands.clear()  # control
    money.confirm_paper(w, w.desk_two)
