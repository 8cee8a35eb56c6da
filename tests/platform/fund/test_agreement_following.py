"""What opens an instalment, what stops its clock, and the counters of State aid."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from ensemblier.base.files.content import check_bytes
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import aid, amending, content, releasing
from ensemblier.fund.agreements.actions import AgreementRefused, Basis, Planned
from ensemblier.fund.agreements.amending import Changes, Scheduled
from ensemblier.fund.agreements.models import Agreement, Evidence, Instalment
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments.where import tracks, with_the_way
from tests import factories_fund as fund
from tests import factories_money as money
from tests.platform.fund.test_agreement_parties import (
    amendment_of,
    sent,
    sign,
    sign_all,
    signed,
)

pytestmark = pytest.mark.django_db
NOW = money.NOW
LATER = NOW + timedelta(days=30)


def with_paper() -> SimpleNamespace:
    case = money.granted()
    plan = [
        Planned("Avance", "signature", 12_000_00, date(2027, 7, 1)),
        Planned("Solde", "paper", 8_000_00, date(2028, 6, 1), "bail du local"),
    ]
    return signed(money.prepared(case, instalments=plan))


def lease() -> Any:
    out = io.BytesIO()
    Image.new("L", (40, 40)).save(out, "PDF")
    return check_bytes(content=out.getvalue(), name="bail.pdf")


def test_a_paper_opens_an_instalment_once_another_person_checked_it() -> None:
    case = with_paper()
    row = case.instalments[1]
    with pytest.raises(payments.NotDueYet, match="encore ouverte"):
        payments.certify(key=uuid4(), instalment=row, actor=case.desk, now=LATER)
    with pytest.raises(releasing.ReleaseRefused, match="bail du local"):
        releasing.give_evidence(
            instalment=row, checked=None, note="", actor=case.representative, now=LATER
        )
    shown = releasing.give_evidence(
        instalment=row, checked=lease(), note="", actor=case.desk, now=LATER
    )
    with pytest.raises(releasing.FourEyes):
        releasing.check_evidence(evidence=shown, accepted=True, note="", actor=case.desk, now=LATER)
    other = fund.user(Role.INSTRUCTOR, department=case.application.department)
    releasing.check_evidence(evidence=shown, accepted=True, note="", actor=other, now=LATER)
    row.refresh_from_db()
    assert row.clock_starts_on == LATER.date()
    assert payments.certify(key=uuid4(), instalment=row, actor=case.desk, now=LATER)


@pytest.mark.parametrize("paper", ["bail du local", "procès-verbal de réception"])
def test_an_amendment_that_changes_what_opens_an_instalment_shuts_it(paper: str) -> None:
    case = with_paper()
    first, row = case.instalments
    shown = releasing.give_evidence(
        instalment=row, checked=lease(), note="", actor=case.desk, now=LATER
    )
    other = fund.user(Role.INSTRUCTOR, department=case.application.department)
    releasing.check_evidence(evidence=shown, accepted=True, note="", actor=other, now=LATER)
    schedule = [
        Scheduled(first.pk, first.label, first.release, first.amount_cents, first.due_on),
        Scheduled(row.pk, row.label, row.release, row.amount_cents, date(2028, 9, 1), paper),
    ]
    amendment = amendment_of(case, Changes(money=[], schedule=schedule))
    sign_all(case, amending.send(amendment=amendment, actor=case.desk, now=LATER))
    row.refresh_from_db()
    assert row.due_on == date(2028, 9, 1)
    if paper == "bail du local":  # the same paper opened it
        assert row.released_at and row.clock_starts_on == LATER.date()
        return
    assert row.released_at is None and row.clock_starts_on is None
    with pytest.raises(payments.NotDueYet, match="encore ouverte"):
        payments.certify(key=uuid4(), instalment=row, actor=case.desk, now=LATER)


def test_the_clock_stops_while_the_organisation_owes_something() -> None:
    case = signed()
    row = releasing.suspend(
        agreement=case.agreement,
        instalment=None,
        reason="Le RIB manque.",
        actor=case.desk,
        now=NOW + timedelta(days=10),
    )
    with pytest.raises(payments.NotDueYet, match="Le RIB manque"):
        payments.certify(key=uuid4(), instalment=case.instalments[0], actor=case.desk, now=LATER)
    rows = with_the_way(Agreement.objects.filter(pk=case.agreement.pk))
    held = tracks(rows, NOW + timedelta(days=20))[0]
    assert held.due_on is None and "Le RIB manque" in held.stop.what
    releasing.lift(suspension=row, why="RIB reçu.", actor=case.desk, now=NOW + timedelta(days=19))
    rows = with_the_way(Agreement.objects.filter(pk=case.agreement.pk))
    assert tracks(rows, LATER)[0].due_on == NOW.date() + timedelta(days=70)  # ten days pushed


def capped(rule: str, **fields: Any) -> SimpleNamespace:
    return money.prepared(basis=Basis(rule, **fields))


def declared(case: SimpleNamespace, cents: int) -> None:
    aid.declare(
        organisation=case.application.organisation,
        linked=[],
        received=[aid.Received("agricultural", date(2026, 1, 5), cents, "Chambre d'agriculture")],
        actor=case.representative,
        now=NOW,
    )


def test_the_counter_warns_then_refuses() -> None:
    with pytest.raises(AgreementRefused, match="minimis générale"):
        capped("general", line_based=True)
    case = capped("agricultural")
    with pytest.raises(aid.AidRefused, match="pas encore déclaré"):
        sent(case)
    declared(case, 30_000_01)
    with pytest.raises(aid.AidRefused, match="dépassé de 0,01"):
        sent(case)
    declared(case, 30_000_00)
    assert aid.count_of(case.agreement, 20_000_00, NOW.date()).is_near
    money_case = sent(case)
    for organisation, person in (
        (case.application.organisation, case.representative),
        (case.application.call.owner, case.signatory),
    ):
        sign(money_case, organisation, person)
    left = aid.counter(case.application.organisation, aid.Basis.AGRICULTURAL, 0, NOW.date())
    assert left.received == 50_000_00 and left.left == 0


def test_an_indicator_opens_an_instalment_when_its_target_is_reached() -> None:
    case = money.prepared()
    row = content.add_indicator(
        agreement=case.agreement,
        label="Foyers livrés",
        unit="foyers",
        baseline=Decimal(0),
        target=Decimal(40),
        source="registre",
        measured_by="l'association",
        actor=case.desk,
        now=NOW,
    )
    plan = [
        Planned("Avance", "signature", 12_000_00, date(2027, 7, 1)),
        Planned("Solde", "indicator", 8_000_00, date(2028, 6, 1), "", row.pk),
    ]
    money.prepare(case, instalments=plan)
    case = signed(case)
    last = case.instalments[1]
    give_ = dict(instalment=last, checked=None, note="", actor=case.representative, now=LATER)
    with pytest.raises(releasing.ReleaseRefused, match="pas encore atteint"):
        releasing.give_evidence(**give_)
    releasing.measure(
        indicator=row,
        value=Decimal(41),
        measured_on=LATER.date(),
        note="",
        actor=case.representative,
        now=LATER,
    )
    shown = releasing.give_evidence(**give_)
    assert shown.kind == Evidence.Kind.INDICATOR
    releasing.check_evidence(evidence=shown, accepted=True, note="", actor=case.desk, now=LATER)
    assert Instalment.objects.get(pk=last.pk).released_at == LATER
