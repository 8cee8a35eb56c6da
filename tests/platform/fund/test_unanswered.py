"""Complements that never come: a date, reminders, then an officer closes the file, and may undo."""

from __future__ import annotations

import html
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.moves import MoveRefused
from ensemblier.fund.boards.facts import facts_on
from ensemblier.fund.decisions import silence
from ensemblier.fund.review import actions, reminders, unanswered
from ensemblier.fund.review.models import ComplementRequest
from ensemblier.fund.review.unanswered import TooSoon
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = cases.NOW
DUE = (NOW + timedelta(days=10)).date()
LATE = NOW + timedelta(days=12)
WHY = "Aucune réponse, malgré trois rappels."


def asked(*, recalled: bool = True) -> SimpleNamespace:
    case = cases.taken()
    case.request = actions.ask_complements(
        application=case.application, due_on=DUE, message="Le RIB.", actor=case.desk, now=NOW
    )
    if recalled:
        for days in (3, 9, 12):
            reminders.remind(NOW + timedelta(days=days))
    return case


def abandon(case: SimpleNamespace, now=LATE, reason: str = WHY, actor=None) -> None:
    unanswered.abandon(
        application=case.application, reason=reason, actor=actor or case.desk, now=now
    )


def reopen(case: SimpleNamespace, **fields) -> ComplementRequest:
    full = {
        "due_on": (LATE + timedelta(days=20)).date(),
        "message": "Le RIB.",
        "reason": "Elle a écrit.",
        "actor": case.desk,
        "now": LATE,
    } | fields
    return unanswered.reopen(application=case.application, **full)


def state(case: SimpleNamespace) -> str:
    return Application.objects.get(pk=case.application.pk).state


def answer(case: SimpleNamespace) -> None:
    actions.answer_complements(
        application=case.application, answer="Voici.", actor=case.application.created_by, now=LATE
    )


def test_a_file_is_closed_by_the_desk_with_a_reason_and_everybody_is_told() -> None:
    case = asked()
    with pytest.raises(actions.BadRequest, match="pourquoi"):
        abandon(case, reason=" ")
    with pytest.raises(actions.NotYours):
        abandon(case, actor=case.application.created_by)
    assert state(case) == "incomplete"
    abandon(case)
    assert state(case) == "abandoned"
    event = Event.objects.get(action="application.abandon")
    assert (event.reason, event.actor_id) == (WHY, case.desk.pk)
    told = Message.objects.filter(to=case.application.created_by.email).order_by("pk").last()
    assert WHY in told.body and "rouvrir" in told.body and "tribunal administratif" in told.body
    with pytest.raises(MoveRefused, match="Classé sans réponse"):
        abandon(case)
    with pytest.raises(MoveRefused):
        answer(case)


def test_it_is_not_closed_before_its_date_nor_before_the_organisation_was_told() -> None:
    case = asked(recalled=False)
    with pytest.raises(TooSoon, match="peut répondre jusqu'au"):
        abandon(case, now=NOW + timedelta(days=10))
    with pytest.raises(TooSoon, match="nuit prochaine"):
        abandon(case)
    reminders.remind(LATE)
    late = Message.objects.filter(to=case.application.created_by.email).order_by("pk").last()
    assert "Vous pouvez encore répondre" in late.body
    abandon(case)


def test_the_clock_alone_closes_nothing_and_a_late_answer_is_taken() -> None:
    case = asked()
    reminders.remind(NOW + timedelta(days=200))
    assert state(case) == "incomplete"
    answer(case)
    assert state(case) == "in_review"


def test_it_is_opened_again_with_a_new_date_and_answered() -> None:
    case = asked()
    abandon(case)
    with pytest.raises(actions.BadRequest, match="pourquoi"):
        reopen(case, reason="")
    with pytest.raises(actions.BadRequest, match="au moins un jour"):
        reopen(case, due_on=LATE.date())
    again = reopen(case)
    assert state(case) == "incomplete" and again.pk != case.request.pk
    assert unanswered.open_request(case.application) == again
    with pytest.raises(TooSoon):
        abandon(case)
    answer(case)
    again.refresh_from_db()
    case.request.refresh_from_db()
    assert again.answer == "Voici." and not case.request.answer
    assert case.request.closed_why == WHY
    assert state(case) == "in_review"


def test_a_closed_file_waits_for_nobody_and_asks_nothing_any_more() -> None:
    case = asked()
    today = LATE.date()
    assert silence.clock_of(case.application, today) is not None
    (before,) = facts_on(today, today=today).files
    abandon(case)
    (after,) = facts_on(today, today=today).files
    assert before.asked_cents > 0 == after.asked_cents
    assert silence.clock_of(case.application, today) is None
    assert reminders.remind(LATE + timedelta(days=30)) == 0


def test_the_database_refuses_a_closing_without_a_reason() -> None:
    case = asked()
    with pytest.raises(IntegrityError), transaction.atomic():
        ComplementRequest.objects.update(closed_at=NOW, closed_by=case.desk)


def test_the_pages_carry_it_from_both_sides(client: Client) -> None:
    case = asked(recalled=False)
    ComplementRequest.objects.update(due_on=date(2020, 1, 2))
    number = case.application.number
    file, act = reverse("review:file", args=[number]), reverse("review:complement", args=[number])
    cases.declare(case.application, case.desk)
    sign_in(client, case.desk)
    assert "Classer sans réponse" in client.get(file).content.decode()
    assert client.post(act, {"reason": WHY}).status_code == 422
    reminders.remind(LATE)
    assert client.post(act, {"reason": WHY}).status_code == 302
    assert state(case) == "abandoned"
    page = html.unescape(client.get(file).content.decode())
    assert WHY in page and "Rouvrir ce dossier" in page
    assert "Pourquoi vous le rouvrez" in client.get(act).content.decode()
    writer = fund.user(Role.REPRESENTATIVE, case.application.organisation)
    sign_in(client, writer)
    shown = html.unescape(client.get(reverse("review:answer", args=[number])).content.decode())
    assert "Dossier classé sans réponse" in shown and WHY in shown
    detail = client.get(reverse("applications:detail", args=[number])).content.decode()
    assert "Écrire au service" in html.unescape(detail)
    sign_in(client, case.desk)
    typed = {"reason": "Elle a écrit", "message": "Le RIB", "due_on": "02/01/2099"}
    assert client.post(act, typed).status_code == 302
    assert state(case) == "incomplete"
