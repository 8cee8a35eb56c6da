"""Money that comes back twice to a closed agreement: told, given back to the organisation, once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.notices.models import Message
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role, User
from ensemblier.fund.payments import actions, remainders, returns, sums
from ensemblier.fund.payments.actions import FourEyes, NotYours, PaymentRefused
from ensemblier.fund.payments.models import Refund, Return
from ensemblier.web.dashboard.waiting import came_back
from ensemblier.web.home.figures import figures
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW
PAID, GIVEN_BACK = 12_000_00, 5_000_00


def come_back(case: SimpleNamespace, **fields: Any) -> Return:
    full = {
        "key": uuid4(), "payment": case.payment, "kind": "returned", "code": "",
        "reason": "Compte clos", "happened_on": NOW.date(), "actor": case.payer, "now": NOW,
    } | fields  # fmt: skip
    return returns.record_return(**full)


def hand_back(case: SimpleNamespace, who: User | None = None, key: Any = None) -> Refund:
    return actions.hand_back(
        key=key or uuid4(), agreement=case.agreement, reason="Virement du 3 mars",
        actor=who or case.payer, now=NOW,
    )  # fmt: skip


def close(case: SimpleNamespace) -> None:
    actions.close(key=uuid4(), agreement=case.agreement, actor=case.desk, now=NOW)
    case.agreement.refresh_from_db()


def closed(given_back: int) -> SimpleNamespace:
    """12 000 € paid, of which `given_back` was not spent and came back; then closed."""
    case = money.granted()
    case.start = balance(case.envelope.account).available + 20_000_00
    money.accepted(PAID - given_back, case=money.paid(money.signed(case)))
    if given_back:
        actions.refund(
            key=uuid4(), agreement=case.agreement, amount_cents=given_back, reason="Non dépensé",
            actor=case.payer, now=NOW,
        )  # fmt: skip
    close(case)
    return case


def lacks(case: SimpleNamespace) -> int:
    """What its envelope lacks of what it had before the grant."""
    return case.start - balance(case.envelope.account).available


def left(case: SimpleNamespace) -> tuple[int, int, int]:
    """On the agreement; due to the envelopes; over."""
    there = balance(case.decision.account).available
    return there, remainders.late_cents(case.agreement), remainders.over_cents(case.agreement)


@pytest.fixture
def case() -> SimpleNamespace:
    """All of it given back, then the bank returns the whole payment: 12 000 € came back twice."""
    found = closed(PAID)
    assert (lacks(found), left(found)) == (0, (0, 0, 0))
    come_back(found)
    return found


def test_each_euro_goes_once_to_its_envelope_and_the_rest_to_the_organisation() -> None:
    case = closed(GIVEN_BACK)
    assert lacks(case) == PAID - GIVEN_BACK
    come_back(case)
    assert left(case) == (PAID, PAID - GIVEN_BACK, GIVEN_BACK)
    for _ in range(2):  # asked twice, given once
        close(case)
        assert (lacks(case), left(case)) == (0, (GIVEN_BACK, 0, GIVEN_BACK))
    owed = balance(actions.payee_account(case.application.organisation)).posted
    assert owed == -GIVEN_BACK
    key, before = uuid4(), Transfer.objects.count()
    row = hand_back(case, key=key)
    assert hand_back(case, key=key) == row and row.amount_cents == GIVEN_BACK
    with pytest.raises(PaymentRefused, match="Rien n'est revenu deux fois"):
        hand_back(case)
    assert Transfer.objects.count() == before + 1
    assert (lacks(case), left(case)) == (0, (0, 0, 0))
    assert balance(actions.payee_account(case.application.organisation)).posted == 0
    assert sums.returned_cents(case.agreement) == 0 == sums.to_return_cents(case.agreement)
    assert figures(NOW.date()).paid_cents == 0
    assert Message.objects.filter(body__contains="Virement du 3 mars").exists()
    with pytest.raises(KeyReused):
        actions.hand_back(
            key=key, agreement=money.signed().agreement, reason="x", actor=case.payer, now=NOW
        )
    assert verify().faults == []


def test_before_the_envelopes_are_served_only_what_is_over_leaves() -> None:
    case = closed(GIVEN_BACK)
    come_back(case)
    hand_back(case)
    assert left(case) == (PAID - GIVEN_BACK, PAID - GIVEN_BACK, 0)
    close(case)
    assert (lacks(case), left(case)) == (0, (0, 0, 0))


def test_a_second_return_of_the_same_payment_is_refused_and_moves_nothing(case) -> None:
    key, before = uuid4(), Transfer.objects.count()
    with pytest.raises(returns.ReturnRefused, match="« revenu »"):
        come_back(case)
    with pytest.raises(PaymentRefused, match="demandez à votre comptable"):
        actions.refund(
            key=key, agreement=case.agreement, amount_cents=1_00, reason="Encore",
            actor=case.payer, now=NOW,
        )  # fmt: skip
    assert Transfer.objects.count() == before and left(case) == (PAID, 0, PAID)


def test_the_same_return_said_twice_with_its_key_is_one(case) -> None:
    other, key = closed(0), uuid4()
    assert come_back(other, key=key) == come_back(other, key=key)
    assert left(other) == (PAID, PAID, 0)


def test_who_gives_it_back_is_none_of_those_who_instructed_or_decided(case) -> None:
    both = {}
    for name in ("desk", "signatory"):
        both[name] = getattr(case, name)
        fund.give(both[name], Role.PAYER)
    with pytest.raises(NotYours, match="Seul un agent payeur"):
        hand_back(case, case.representative)
    with pytest.raises(FourEyes, match="décidé ou signé"):
        hand_back(case, both["signatory"])
    assert left(case) == (PAID, 0, PAID)
    hand_back(case)  # control
    assert left(case) == (0, 0, 0)


def test_negative_control_without_the_cap_the_envelope_would_have_it(case, monkeypatch) -> None:
    whole = remainders.rooms
    monkeypatch.setattr(
        remainders, "rooms", lambda row: [(share, share.cents) for share, _ in whole(row)]
    )
    close(case)
    assert lacks(case) == -PAID


def test_its_page_says_so_and_a_double_click_gives_back_once(case, client: Client) -> None:
    number = case.agreement.number
    page = reverse("payments:agreement", args=[number])
    act = reverse("payments:refund", args=[number])
    sign_in(client, case.desk)
    seen = client.get(page).content.decode()
    assert "revenus deux fois" in seen and act not in seen
    before = RefusedAttempt.objects.count()
    assert client.post(act, {"key": uuid4(), "reason": "x"}).status_code == 403
    assert RefusedAttempt.objects.count() == before + 1 and left(case) == (PAID, 0, PAID)
    sign_in(client, case.payer)
    assert act in client.get(page).content.decode()
    assert f"{euros(PAID)} quittent la convention" in client.get(act).content.decode()
    key = uuid4()
    for _ in range(2):
        assert client.post(act, {"key": key, "reason": "Virement"}).status_code == 302
    assert left(case) == (0, 0, 0)
    assert "il n'y a rien à rendre" in client.get(act).content.decode().replace("&#x27;", "'")


def things(who: User) -> list[str]:
    return [thing.label for thing in came_back(Actor(who, day=NOW.date()))]


def test_the_inbox_and_the_dashboard_say_what_each_is_expected_to_do(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    case = closed(GIVEN_BACK)
    inbox = reverse("payments:inbox")
    for who in (case.desk, case.payer):  # control: nothing came back
        sign_in(client, who)
        assert things(who) == []
        assert "Revenu après la clôture" not in client.get(inbox).content.decode()
    come_back(case)
    assert things(case.desk) == ["Rendre aux enveloppes"]
    assert things(case.payer) == ["Rendre à l'organisation"]
    assert things(fund.user(Role.PAYER, fund.organisation("Fondation", kind="foundation"))) == []
    number = case.agreement.number
    give, hand = (reverse(f"payments:{name}", args=[number]) for name in ("close", "refund"))
    for who, own, other in ((case.desk, give, hand), (case.payer, hand, give)):
        sign_in(client, who)
        seen = client.get(inbox).content.decode()
        assert euros(GIVEN_BACK) in seen and euros(PAID - GIVEN_BACK) in seen
        assert f'href="{own}"' in seen and f'href="{other}"' not in seen
        assert own in client.get(reverse("dashboard:index")).content.decode()
    close(case)
    hand_back(case)
    assert things(case.desk) == things(case.payer) == []


def test_it_costs_as_many_queries_for_three_as_for_one(django_assert_num_queries: Any) -> None:
    case = closed(GIVEN_BACK)
    actor = Actor(case.payer, day=NOW.date())
    actor.mandates  # noqa: B018  read once for the request
    with django_assert_num_queries(1):
        assert came_back(actor) == []
    come_back(case)
    with django_assert_num_queries(4):
        assert len(came_back(actor)) == 1
    for _ in range(2):
        come_back(closed(GIVEN_BACK))
    with django_assert_num_queries(4):
        assert len(came_back(actor)) == 3
