"""A recovery from the breach to the last euro given back, and what may stop it."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.queries import balance
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import recovering
from ensemblier.fund.agreements.models import Recovery
from ensemblier.fund.agreements.recovering import RecoveryRefused, Stage
from ensemblier.fund.decisions import contradictory
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import recoveries, sums
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW
BREACH = date(2027, 9, 15)  # the agreement runs from 1 June to 31 December: 214 days, 107 left
FOUND = NOW + timedelta(days=150)
DECIDED = FOUND + timedelta(days=20)


def found(case: SimpleNamespace | None = None, **fields: Any) -> SimpleNamespace:
    case = case or money.paid()
    full = {
        "key": uuid4(),
        "agreement": case.agreement,
        "ground": "cer",
        "happened_on": BREACH,
        "facts": "Des personnes ont été refusées à cause de leur religion.",
        "misused_cents": 0,
        "stops_payments": True,
        "actor": case.desk,
        "now": FOUND,
    } | fields
    case.recovery = recovering.find(**full)
    return case


def heard(case: SimpleNamespace | None = None) -> SimpleNamespace:
    case = found(case)
    case.notice = recovering.hear(
        recovery=case.recovery,
        due_on=(FOUND + timedelta(days=15)).date(),
        actor=case.desk,
        now=FOUND,
    )
    return case


def order(case: SimpleNamespace, cents: int = 2_000_00, **fields: Any) -> Recovery:
    stages = [
        Stage((DECIDED + timedelta(days=30)).date(), cents // 2),
        Stage((DECIDED + timedelta(days=60)).date(), cents - cents // 2),
    ]
    full = {
        "key": uuid4(),
        "recovery": case.recovery,
        "cents": cents,
        "reasons": "Les faits sont établis par deux témoignages.",
        "stages": stages,
        "actor": case.signatory,
        "now": DECIDED,
    } | fields
    return recoveries.order(**full)


def test_the_breach_costs_the_part_of_the_period_left_and_stops_what_follows() -> None:
    case = found()
    # 20,000 € granted, 12,000 paid, 107 days of 214 left: 10,000 kept, 2,000 back, 8,000 unpaid.
    assert case.recovery.proposed_cents == 2_000_00
    assert case.recovery.calculation["cancelled"] == 8_000_00
    assert (case.recovery.calculation["days_left"], case.recovery.calculation["days"]) == (107, 214)
    with pytest.raises(payments.NotDueYet, match="suspendu"):
        payments.certify(key=uuid4(), instalment=case.instalments[1], actor=case.desk, now=FOUND)
    assert Message.objects.filter(subject__contains="suspendu").exists()
    with pytest.raises(RecoveryRefused, match="déjà en cours"):
        found(case)


def test_nobody_decides_before_the_organisation_could_answer() -> None:
    case = found()
    with pytest.raises(contradictory.NotHeard, match="envoyez d'abord"):
        order(case)
    case = heard(money.paid())
    with pytest.raises(contradictory.NotHeard, match="attendez sa réponse"):
        order(case, now=FOUND + timedelta(days=2))
    contradictory.reply(
        notice=case.notice,
        text="Nous contestons.",
        actor=case.representative,
        now=FOUND + timedelta(days=1),
    )
    early = FOUND + timedelta(days=2)
    assert order(case, now=early).state == Recovery.State.ORDERED


def test_only_a_signatory_who_did_not_find_the_breach_decides() -> None:
    case = heard()
    for person in (case.desk, case.payer, case.representative):
        with pytest.raises(recovering.NotYours):
            order(case, actor=person)
    fund.give(case.signatory, Role.INSTRUCTOR, department=case.application.department)
    again = heard(money.paid())
    again.recovery.opened_by = again.signatory
    again.recovery.save()
    with pytest.raises(recovering.NotYours, match="un autre signataire"):
        order(again)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cents": 2_000_01}, "annoncé à l'organisation"),
        ({"reasons": " "}, "motive"),
        ({"stages": []}, "doivent faire"),
        ({"stages": [Stage(date(2029, 1, 1), 2_000_00)]}, "au plus 6 mois"),
        ({"stages": [Stage(date(2027, 1, 1), 2_000_00)]}, "à venir"),
    ],
)
def test_a_decision_that_does_not_hold_is_refused(fields: dict[str, Any], words: str) -> None:
    case = heard()
    with pytest.raises(RecoveryRefused, match=words):
        order(case, **fields)


def test_it_is_given_back_by_stages_and_the_books_say_so() -> None:
    case = heard()
    before = balance(case.decision.account).posted
    row = order(case)
    first, last = row.stages.all()
    back = {"actor": case.payer, "now": DECIDED}
    key = uuid4()
    recoveries.give_back(key=key, stage=first, amount_cents=400_00, **back)
    recoveries.give_back(key=key, stage=first, amount_cents=400_00, **back)  # asked twice: once
    assert sums.returned_cents(case.agreement) == 400_00
    assert recoveries.money_of(case.agreement).claimed == 1_600_00
    with pytest.raises(payments.PaymentRefused, match="600"):
        recoveries.give_back(key=uuid4(), stage=first, amount_cents=600_01, **back)
    recoveries.give_back(key=uuid4(), stage=first, amount_cents=600_00, **back)
    recoveries.give_back(key=uuid4(), stage=last, amount_cents=1_000_00, **back)
    row.refresh_from_db()
    assert row.state == Recovery.State.SETTLED
    # 8,000 € were never paid: back in the envelope since the decision.
    assert balance(case.decision.account).posted == before - 8_000_00 + 2_000_00
    assert recovering.going_on(case.agreement) == ""
    # What was withdrawn is never paid: the suspension stays.
    assert row.suspensions.filter(ends_on__isnull=True).exists()


def test_a_cancelled_recovery_claims_nothing_and_the_payments_go_on() -> None:
    case = heard()
    row = order(case)
    with pytest.raises(RecoveryRefused, match="pourquoi"):
        recoveries.cancel(key=uuid4(), recovery=row, why=" ", actor=case.signatory, now=DECIDED)
    recoveries.cancel(
        key=uuid4(), recovery=row, why="Le juge a annulé.", actor=case.signatory, now=DECIDED
    )
    row.refresh_from_db()
    assert row.state == Recovery.State.CANCELLED
    assert recoveries.money_of(case.agreement).claimed == 0
    assert not row.suspensions.filter(ends_on__isnull=True).exists()
    reasons = Event.objects.filter(action="recovery.cancelled").values_list("reason", flat=True)
    assert list(reasons) == ["Le juge a annulé."]


def test_dropped_before_a_decision_with_a_reason() -> None:
    case = found()
    recovering.drop(recovery=case.recovery, why="Faits non établis.", actor=case.desk, now=FOUND)
    case.recovery.refresh_from_db()
    assert case.recovery.state == Recovery.State.DROPPED
    assert case.recovery.end_reason == "Faits non établis."


def test_what_was_not_paid_is_not_recovered() -> None:
    with pytest.raises(RecoveryRefused, match="rien n'est à rendre"):
        found(money.signed(), ground="unspent")


def test_its_pages_from_the_breach_to_the_decision(client: Client) -> None:
    case = money.paid()
    sign_in(client, case.desk)
    url = reverse("agreements:find", args=[case.agreement.number])
    typed = {
        "key": uuid4(),
        "ground": "misuse",
        "happened_on": "2026-09-15",
        "facts": "Un véhicule acheté n'est pas celui du projet.",
        "misused": "",
        "stops_payments": "on",
    }
    answer = client.post(url, typed)
    assert answer.status_code == 422
    assert "Un véhicule acheté" in answer.content.decode()
    answer = client.post(url, {**typed, "misused": "3 000"})
    row = Recovery.objects.get()
    assert answer.status_code == 302 and row.proposed_cents == 3_000_00
    page = client.get(reverse("agreements:recovery", args=[row.pk])).content.decode()
    assert "Demander ses observations" in page and "Décider du reversement" not in page
    assert client.get(reverse("payments:order_recovery", args=[row.pk])).status_code == 403
    assert client.get(reverse("agreements:detail", args=[case.agreement.number])).status_code == 200
