"""The payer's day on hundreds of agreements: what waits for an act is never hidden by what waits
for a report."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.payments import queue_views
from ensemblier.fund.payments.queues import is_open
from ensemblier.fund.payments.where import tracks, with_the_way
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import actor_for, sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW
KINDS = ("signature", "date", "date", "intermediate_report", "final_report")


def test_agreements_that_wait_for_their_report_take_nobody_s_place(monkeypatch) -> None:
    monkeypatch.setattr(queue_views, "MOST", 2)
    for _ in range(2):
        money.paid()  # their balance waits for the final report
    certified, signed = money.certified(), money.signed()
    found = queue_views.open_tracks(actor_for(fund.user(Role.PAYER), day=NOW.date()))
    assert [t.payment for t in found.tracks if t.payment] == [certified.payment]
    to_certify = [t.instalment for t in found.tracks if t.waits_for_certificate]
    assert to_certify == [signed.instalments[0]]
    assert not found.more


def test_the_page_says_when_it_does_not_hold_everything(monkeypatch, client: Client) -> None:
    sign_in(client, fund.user(Role.PAYER))
    money.certified()
    monkeypatch.setattr(queue_views, "MOST", 1)
    page = client.get(reverse("payments:inbox")).content.decode()
    assert "Il y en a plus" not in page
    money.certified()
    page = client.get(reverse("payments:inbox")).content.decode()
    assert "Il y en a plus" in page


def test_what_the_database_calls_open_is_what_the_way_calls_open() -> None:
    plan = tuple(
        Planned(f"Versement {rank}", kind, 4_000_00, date(2027, 9, 1))
        for rank, kind in enumerate(KINDS, start=1)
    )
    case = money.signed_of(money.prepared(instalments=plan))
    Instalment.objects.filter(pk=case.instalments[1].pk).update(released_at=NOW)
    case = money.accept(money.reported(case))

    def open_now() -> tuple[set[int], set[int]]:
        rows = with_the_way(Agreement.objects.all())
        way = {t.instalment.pk for t in tracks(rows, NOW) if t.waits_for_certificate}
        return way, set(Instalment.objects.filter(is_open()).values_list("pk", flat=True))

    expected = {case.instalments[rank].pk for rank in (0, 1, 4)}
    assert open_now() == (expected, expected)
    money.certified(case)
    expected.remove(case.instalments[0].pk)
    assert open_now() == (expected, expected)
