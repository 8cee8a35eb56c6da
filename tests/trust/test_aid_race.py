"""The last euro under a ceiling of State aid: two agreements of one SIREN, exactly one counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import transaction

from ensemblier.engines.law.state_aid import Basis
from ensemblier.fund.agreements import aid
from ensemblier.fund.agreements.actions import Basis as Chosen
from ensemblier.fund.agreements.models import Agreement, AidCount, AidDeclaration
from tests import factories_fund as fund
from tests import factories_money as money
from tests.trust.test_races import race

pytestmark = [pytest.mark.trust]
DAY, GRANT, ELSEWHERE, ROUNDS = fund.NOW.date(), 20_000_00, 30_000_00, 20


@pytest.fixture
def agreements(transactional_db) -> list[Agreement]:
    """Two places of one company; 30,000 € elsewhere and 20,000 € each, under 50,000 €."""
    found = []
    for place in ("00012", "00020"):
        case = money.prepared(basis=Chosen("agricultural"))
        organisation = case.application.organisation
        organisation.siret = f"300123459{place}"
        organisation.save(update_fields=["siret"])
        line = {"regime": "agricultural", "granted_on": DAY.isoformat(), "cents": ELSEWHERE}
        AidDeclaration.objects.create(
            organisation=organisation,
            received=[line | {"grantor": "Région"}],
            declared_by=case.representative,
            declared_at=fund.NOW,
        )
        found.append(Agreement.objects.get(pk=case.agreement.pk))
    return found


def contender(agreement: Agreement) -> Callable[[], str]:
    def attempt() -> str:
        try:
            with transaction.atomic():
                aid.settle(Agreement.objects.get(pk=agreement.pk), GRANT, DAY)
        except aid.AidRefused:
            return "refused"
        return "won"

    return attempt


def empty() -> None:
    AidCount.objects.all().delete()


def test_the_last_euro_under_the_ceiling_has_exactly_one_winner(agreements) -> None:
    answers = race(ROUNDS, [contender(each) for each in agreements], between=empty)
    assert [sorted(pair) for pair in answers] == [["refused", "won"]] * ROUNDS
    left = aid.counter(agreements[0].decision.application.organisation, Basis.AGRICULTURAL, 0, DAY)
    assert (left.received, left.left) == (50_000_00, 0)


@pytest.mark.postgresql
def test_negative_control_without_the_lock_both_pass_the_ceiling(agreements, monkeypatch) -> None:
    """SQLite lets one transaction write at a time: only PostgreSQL can show it."""
    pause = threading.Barrier(2, timeout=60)
    monkeypatch.setattr(aid, "hold_undertaking", lambda organisation: None)
    real = aid.check

    def check(*given):
        found = real(*given)
        pause.wait()
        return found

    monkeypatch.setattr(aid, "check", check)
    answers = race(1, [contender(each) for each in agreements], between=empty)
    assert answers == [("won", "won")]
    known = aid.known_of(agreements[0].decision.application.organisation)
    assert known.counter(Basis.AGRICULTURAL, 0, DAY).is_above
