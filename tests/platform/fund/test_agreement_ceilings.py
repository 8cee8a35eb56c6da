"""Delegations of signature hold on amendments and recoveries; the aid counter before a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.people.models import Mandate, Role
from ensemblier.fund.agreements import actions, aid, amending
from ensemblier.fund.agreements.models import AidCount, Amendment, Recovery
from ensemblier.fund.applications.models import Snapshot
from ensemblier.fund.decisions import delegations, notifying
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.review.actions import actor_on
from ensemblier.fund.review.checks import ATTENTION, OK
from tests import factories_decisions as decisions
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as cases
from tests.factories_people import sign_in
from tests.platform.fund.test_agreement_parties import amendment_of, up
from tests.platform.fund.test_recoveries import heard, order
from tests.platform.fund.test_review_checks import GOOD

pytestmark = pytest.mark.django_db
LATER = money.NOW + timedelta(days=30)


def limit(person: Any, cents: int) -> None:
    delegations.delegate(
        mandate=Mandate.objects.get(user=person, role=Role.SIGNATORY),
        act="Arrêté d'exemple n° 12",
        ceiling_cents=cents,
        starts=date(2027, 1, 1),
        ends=date(2028, 12, 31),
        actor=fund.user(Role.PROGRAMME),
        now=money.NOW,
    )


def test_an_amendment_that_raises_the_grant_is_signed_under_the_ceiling() -> None:
    case = money.signed()
    row = amending.send(
        amendment=amendment_of(case, up(case, 3_000_00)), actor=case.desk, now=LATER
    )

    def sign(organisation: Any, person: Any) -> None:
        actions.sign(
            agreement=case.agreement,
            amendment=row,
            organisation=organisation,
            actor=person,
            now=LATER,
            key=uuid4(),
        )

    sign(case.application.organisation, case.representative)
    limit(case.signatory, 22_999_99)  # the whole grant counts, not the 3,000 € added
    with pytest.raises(delegations.AboveCeiling, match="23\u00a0000\u00a0€"):
        sign(case.application.call.owner, case.signatory)
    row.refresh_from_db()
    assert row.state == Amendment.State.SENT
    limit(case.signatory, 23_000_00)
    sign(case.application.call.owner, case.signatory)
    row.refresh_from_db()
    assert row.state == Amendment.State.SIGNED


def test_a_recovery_is_decided_under_the_ceiling() -> None:
    case = heard()  # 2,000 € come back and 8,000 € are no longer paid
    limit(case.signatory, 9_999_99)
    with pytest.raises(delegations.AboveCeiling, match="10\u00a0000\u00a0€"):
        order(case)
    case.recovery.refresh_from_db()
    assert case.recovery.state == Recovery.State.HEARING
    limit(case.signatory, 10_000_00)
    assert order(case).state == Recovery.State.ORDERED


def test_the_desk_reads_the_aid_counter_with_what_is_asked() -> None:
    case = money.signed()
    facts = replace(GOOD, day=money.NOW.date())  # 20,000 € asked
    (check,) = aid.used_before(case.application, facts)
    assert check.level == OK and "2023/2831" in check.source
    assert "0\u00a0€ utilisés sur 300\u00a0000\u00a0€" in check.sentence
    assert "n'a pas encore déclaré" in check.sentence
    AidCount.objects.create(
        agreement=case.agreement,
        siren=case.application.organisation.siren,
        regime="general",
        amount_cents=280_000_01,
        granted_on=money.NOW.date(),
    )
    (check,) = aid.used_before(case.application, facts)
    assert check.level == ATTENTION and "0,01\u00a0€ au-dessus" in check.sentence
    assert not list(aid.used_before(case.application, replace(facts, is_public=True)))


def test_the_page_of_a_file_shows_it(client: Client) -> None:
    case = money.granted()
    cases.declare(case.application, case.desk)
    sign_in(client, case.desk)
    page = client.get(reverse("review:file", args=[case.application.number])).content.decode()
    assert "Aides de minimis (règle générale)" in page


def test_a_reader_of_versions_keeps_none(client: Client) -> None:
    case = money.granted()
    sign_in(client, case.desk)
    path = reverse("applications:versions", args=[case.application.number])
    before = Snapshot.objects.count()
    answer = client.post(path, {"label": "Ma version"})
    assert answer.status_code == 403 and "organisation qui demande" in answer.content.decode()
    assert Snapshot.objects.count() == before
    assert client.get(path).status_code == 200


def test_a_decision_is_taken_back_under_the_ceiling_and_while_the_delegation_lasts() -> None:
    world, signatory = decisions.shared(files=1, cents=200_000_00), cases.signatory()
    award = [(world.envelope, "engineering", 7_000_00)]
    taken = cases.decide(world.files[0], signatory, awards=award, notify=False)

    def withdraw(now: Any) -> None:
        notifying.withdraw(decision=taken, why="Montant faux", actor=signatory, now=now)

    limit(signatory, 6_999_99)
    with pytest.raises(
        delegations.AboveCeiling, match="vous retirez une aide de 7\u00a0000\u00a0€"
    ):
        withdraw(cases.NOW)
    limit(signatory, 7_000_00)
    with pytest.raises(notifying.NotYours, match="pas en vigueur"):
        withdraw(cases.NOW.replace(year=2029))
    withdraw(cases.NOW)
    assert not Decision.objects.exists()


def test_an_ended_delegation_is_said_so_by_what_holds_amounts() -> None:
    signatory = cases.signatory()
    limit(signatory, 7_000_00)
    later = actor_on(signatory, date(2029, 1, 1))
    with pytest.raises(delegations.AboveCeiling, match="pas en vigueur"):
        delegations.hold_under_ceiling(later, None, 1, doing="vous accordez")
