"""Who had a hand in an amendment: wrote it, wrote it again, or only sent it. None of them signs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role, User
from ensemblier.fund.agreements import access, amending
from ensemblier.fund.agreements.models import Amendment
from tests import factories_fund as fund
from tests.factories_people import sign_in
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
    assert may(w, sender) == access.WROTE and may(w, both()).allowed
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
    assert may(w, first) == access.WROTE and may(w, both()).allowed


def test_the_journal_tells_whose_hands_older_ones_passed_through(w: Any) -> None:
    writer, sender = fund.user(Role.PROGRAMME), both()
    money.amend(w, writer)
    money.send_amendment(w, sender)
    w.amendment.hands.clear()
    assert may(w, sender).allowed  # control: nothing is known any more
    step = import_module("ensemblier.fund.agreements.migrations.0008_hands_of_amendments")
    step.forwards(apps, None)
    assert set(w.amendment.hands.all()) == {writer, sender}
    assert may(w, sender) == access.WROTE
