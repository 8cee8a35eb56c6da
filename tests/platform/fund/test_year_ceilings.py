"""The ceiling of a year holds for whatever commits money: amendments, jurors' costs, a recovery
taken back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import amending
from ensemblier.fund.agreements.amending import Changes, MoneyChange
from ensemblier.fund.agreements.models import Amendment, Recovery
from ensemblier.fund.jury import expenses
from ensemblier.fund.payments import recoveries
from ensemblier.fund.programme import delegation
from ensemblier.fund.programme.delegation import CeilingReached, committed
from tests import factories_fund as fund
from tests import factories_jury as juries
from tests import factories_money as money
from tests.platform.fund.test_agreement_parties import LATER, amendment_of, up
from tests.platform.fund.test_recoveries import DECIDED, heard, order

pytestmark = pytest.mark.django_db


def cap(envelope: Any, cents: int) -> None:
    delegation.set_ceiling(
        actor=fund.user(Role.PROGRAMME),
        programme=envelope.programme,
        year=envelope.year,
        amount_cents=cents,
        reason="Loi de finances",
        now=money.NOW,
    )


def test_an_amendment_over_the_ceiling_of_the_year_sets_nothing_apart() -> None:
    case = money.signed()
    cap(case.envelope, 22_999_99)
    row = amendment_of(case, up(case, 3_000_00))
    with pytest.raises(CeilingReached, match="Le plafond d'engagement de 2027"):
        amending.send(amendment=row, actor=case.desk, now=LATER)
    row.refresh_from_db()
    assert row.state == Amendment.State.DRAFT
    assert committed(case.envelope.programme, 2027) == 20_000_00
    cap(case.envelope, 23_000_00)
    amending.send(amendment=row, actor=case.desk, now=LATER)
    assert committed(case.envelope.programme, 2027) == 23_000_00


def test_what_moves_from_one_expense_to_another_commits_nothing_more() -> None:
    case = money.signed()
    cap(case.envelope, 20_000_00)
    moved = [
        MoneyChange(case.envelope, "engineering", -3_000_00),
        MoneyChange(case.envelope, "operation", 3_000_00),
    ]
    row = amending.send(
        amendment=amendment_of(case, Changes(money=moved)), actor=case.desk, now=LATER
    )
    assert row.state == Amendment.State.SENT


def test_a_recovery_taken_back_stays_under_the_ceiling() -> None:
    """8,000 € went back to the envelope; the year can no longer bear them."""
    case = heard()
    row = order(case)
    cap(case.envelope, 19_999_99)
    cancel = {"recovery": row, "why": "Le juge a annulé.", "actor": case.signatory, "now": DECIDED}
    with pytest.raises(CeilingReached):
        recoveries.cancel(key=uuid4(), **cancel)
    row.refresh_from_db()
    assert row.state == Recovery.State.ORDERED
    cap(case.envelope, 20_000_00)
    assert recoveries.cancel(key=uuid4(), **cancel).state == Recovery.State.CANCELLED


def test_what_jurors_need_to_come_is_committed_too() -> None:
    world = juries.sitting(files=1, opened=False)
    cap(world.jury.envelope, 44_99)
    plan = {
        "seat": juries.seats(world.jury, "people")[0],
        "sitting": world.sitting,
        "kind": "childcare",
        "actor": world.office,
        "now": juries.NOW,
    }
    with pytest.raises(CeilingReached):
        expenses.plan(key=uuid4(), amount_cents=45_00, **plan)
    assert expenses.plan(key=uuid4(), amount_cents=44_99, **plan).amount_cents == 44_99
