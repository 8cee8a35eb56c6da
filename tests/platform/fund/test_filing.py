"""Sending a file: once, complete, in time, by whoever acts for the organisation; withdrawing it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions, content
from ensemblier.fund.applications.models import Application, Receipt, State
from tests import factories_fund as make
from tests.platform.fund.test_applications import events, save

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_file_is_sent_with_a_receipt_and_a_message():
    row = make.complete()
    receipt = actions.file(application=row, actor=row.created_by, now=NOW, key=uuid4())
    row.refresh_from_db()
    assert (row.state, row.filed_at, row.filed_by) == (State.FILED, NOW, row.created_by)
    assert receipt.digest == content.digest(receipt.content)
    assert receipt.content == content.whole_content(row)
    message = Message.objects.get(about=f"application:{row.pk}")
    assert message.to == row.created_by.email
    assert row.number in message.subject
    assert receipt.digest in message.body
    assert "heure de Paris" in message.body
    assert events(row, "application.file") == 1


def test_a_file_sent_twice_with_one_key_is_sent_once():
    row, key = make.complete(), uuid4()
    first = actions.file(application=row, actor=row.created_by, now=NOW, key=key)
    again = actions.file(
        application=row, actor=row.created_by, now=NOW + timedelta(seconds=1), key=key
    )
    assert (again.pk, again.filed_at, again.digest) == (first.pk, NOW, first.digest)
    assert Receipt.objects.count() == Message.objects.count() == 1
    assert events(row, "application.file") == 1


def test_a_file_already_sent_is_not_sent_by_another_key():
    row = make.filed()
    with pytest.raises(actions.MoveRefused, match="Déposé"):
        actions.file(application=row, actor=row.created_by, now=NOW, key=uuid4())
    other = make.complete()
    with pytest.raises(actions.KeyUsed):
        actions.file(application=other, actor=other.created_by, now=NOW, key=row.receipt.key)


def test_a_closed_call_keeps_the_draft():
    row = make.complete()
    with pytest.raises(actions.CallClosed, match="30.juin.2027 à 12.h.00 .heure de Paris."):
        actions.file(application=row, actor=row.created_by, now=make.CLOSES, key=uuid4())
    row.refresh_from_db()
    assert row.state == State.DRAFT
    assert row.summary


def test_the_last_instant_of_a_call_still_counts():
    row = make.complete()
    last = make.CLOSES - timedelta(microseconds=1)
    actions.file(application=row, actor=row.created_by, now=last, key=uuid4())
    assert row.state == State.FILED


def test_an_incomplete_file_says_what_to_mend():
    row = save(make.complete(), "projet", summary="Trop court")
    with pytest.raises(actions.FileIncomplete, match="Le projet") as refusal:
        actions.file(application=row, actor=row.created_by, now=NOW, key=uuid4())
    assert [gap.field for gap in refusal.value.gaps] == ["summary"]
    row.refresh_from_db()
    assert row.state == State.DRAFT


def test_an_unbalanced_budget_is_not_sent():
    row = make.complete()
    lines = [*make.LINES, {"side": "charge", "code": "62", "amount_cents": 1_00}]
    actor = row.created_by
    actions.set_budget_lines(application=row, lines=lines, version=row.version, actor=actor)
    with pytest.raises(actions.FileIncomplete) as refusal:
        actions.file(application=row, actor=actor, now=NOW, key=uuid4())
    assert "Il manque 1" in refusal.value.gaps[0].sentence


def test_only_who_acts_for_the_organisation_sends_its_file():
    row = make.complete()
    for role in (Role.NETWORK_HEAD, Role.INSTRUCTOR, Role.PROGRAMME, Role.SUPPORT):
        with pytest.raises(actions.NoMandate):
            actions.file(
                application=row, actor=make.user(role, row.organisation), now=NOW, key=uuid4()
            )
    colleague = make.user(Role.APPLICANT, row.organisation)
    assert actions.file(application=row, actor=colleague, now=NOW, key=uuid4())


def test_what_was_checked_is_what_is_sent():
    row = make.complete()
    seen = row.version
    save(row, "projet", title="Changé entre-temps")
    with pytest.raises(actions.StaleVersion):
        actions.file(application=row, actor=row.created_by, now=NOW, key=uuid4(), version=seen)


def test_a_sent_file_does_not_change():
    row = make.filed()
    with pytest.raises(actions.NotEditable):
        save(row, "projet", title="Autre")


def test_a_file_is_withdrawn_by_its_organisation_only():
    row = make.filed()
    with pytest.raises(actions.NoMandate):
        actions.withdraw(application=row, actor=make.user(), now=NOW)
    actions.withdraw(application=row, actor=row.created_by, now=NOW, reason="Projet abandonné")
    row.refresh_from_db()
    assert row.state == State.WITHDRAWN
    assert Event.objects.get(action="application.withdraw").reason == "Projet abandonné"


def test_bulk_files_look_like_real_ones():
    made = make.bulk_applications(8)
    assert Application.objects.filter(call=made.call).count() == 8
    numbers = {row.number for row in made.rows}
    assert len(numbers) == 8
    assert make.draft(of=made.call).number not in numbers
