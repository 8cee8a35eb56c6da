"""A report that is sent is told to those who read it, once, as they chose."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.notices.models import Message, Preference
from ensemblier.base.people.models import Role
from ensemblier.reports import actions
from ensemblier.reports.telling import TEMPLATE
from tests import factories_fund as fund
from tests.factories_cofinancing import build

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timezone.localdate() - timedelta(days=40)


@pytest.fixture
def world(db):
    made = build()
    made.funder = made.funders["métropole"]
    actions.close_period(chain=made.chain, last_day=DAY, actor=None, now=NOW)
    return made


def send(world, recipient, key: UUID | None = None):
    return actions.send_figures(
        key=key or uuid4(),
        chain=world.chain,
        kind="activity",
        recipient=recipient,
        first_day=DAY - timedelta(days=30),
        last_day=DAY,
        now=NOW,
        actor=world.people["lead"],
    )


def told() -> dict[str, Message]:
    rows = list(Message.objects.filter(template=TEMPLATE))
    assert len({row.to for row in rows}) == len(rows), "somebody was told twice"
    return {row.to: row for row in rows}


def test_each_reader_of_the_recipient_is_told_once(world):
    other = fund.user(Role.REPRESENTATIVE, world.funder)
    fund.user(Role.APPLICANT, world.funder, starts=DAY, ends=DAY)  # no longer there
    fund.user(Role.PAYER, world.funder)  # pays, and reads no report of a chain
    key = uuid4()
    report = send(world, world.funder, key)
    assert send(world, world.funder, key) == report
    found = told()
    assert set(found) == {world.people["métropole"].email, other.email}
    message = found[other.email]
    assert message.subject.startswith("Paniers du bassin : compte rendu du ")
    assert reverse("reports:detail", args=[report.pk]) in message.body
    assert "Réseau des paniers vous envoie" in message.body


def test_who_chose_to_hear_nothing_hears_nothing(world):
    person = world.people["métropole"]
    Preference.objects.create(account_id=person.pk, topic="reports", rhythm="never")
    send(world, world.funder)
    assert told() == {}


def test_an_organisation_without_an_account_is_told_at_its_own_address(world):
    alone = fund.organisation("CCAS d'Audruicq", kind="public", email="ccas@exemple.fr")
    send(world, alone)
    assert set(told()) == {"ccas@exemple.fr"}


def test_a_refused_sending_tells_nobody(world):
    with pytest.raises(actions.PeriodOpen):
        actions.send_figures(
            key=uuid4(),
            chain=world.chain,
            kind="activity",
            recipient=world.funder,
            first_day=DAY,
            last_day=DAY + timedelta(days=1),
            now=NOW,
            actor=None,
        )
    assert told() == {}
