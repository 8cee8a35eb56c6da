"""« Ce qu'on attend de moi, ce qu'on me doit »: what, from whom, by when, late or not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse

from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments.where import tracks, with_the_way
from ensemblier.fund.review.models import ComplementRequest

INSTRUCTION = (State.FILED, State.IN_REVIEW, State.PROPOSED)
MOST = 200


class Due(NamedTuple):
    """One thing that somebody owes about one file."""

    number: str
    project: str
    organisation: str
    what: str
    who: str
    by: date | None
    cents: int | None
    url: str
    late: bool
    note: str = ""


class Both(NamedTuple):
    """What is expected of the organisations, and what is owed to them."""

    mine: list[Due]
    theirs: list[Due]


def both(organisations: Iterable[int], now: datetime) -> Both:
    """Everything open of these organisations, late things first. Eight queries."""
    own = list(organisations)
    mine = expected(own, now)
    theirs = _answers(own)
    for due, is_mine in _money(own, now):
        (mine if is_mine else theirs).append(due)
    return Both(_sorted(mine), _sorted(theirs))


def expected(organisations: Iterable[int], now: datetime) -> list[Due]:
    """What these organisations must send. Three queries."""
    own = list(organisations)
    today = in_paris(now).date()
    return _sorted([*_drafts(own, now), *_complements(own, today), *_reports(own, today)])


def _sorted(rows: list[Due]) -> list[Due]:
    return sorted(rows, key=lambda row: (not row.late, row.by or date.max, row.number))


def _drafts(own: list[int], now: datetime) -> list[Due]:
    rows = Application.objects.filter(
        organisation__in=own, state=State.DRAFT, call__closes_at__gt=now
    ).select_related("call", "organisation")[:MOST]
    return [
        Due(
            row.number,
            row.title,
            row.organisation.name,
            "Terminer et déposer le dossier",
            row.organisation.name,
            in_paris(row.call.closes_at).date(),
            None,
            reverse("applications:detail", args=[row.number]),
            False,
            f"clôture le {instant(row.call.closes_at, row.call.zone)}",
        )
        for row in rows
    ]


def _complements(own: list[int], today: date) -> list[Due]:
    rows = ComplementRequest.objects.filter(
        ComplementRequest.OPEN,
        application__organisation__in=own,
        application__state=State.INCOMPLETE,
    ).select_related("application__organisation")[:MOST]
    return [
        Due(
            row.application.number,
            row.application.title,
            row.application.organisation.name,
            "Répondre à la demande de compléments",
            row.application.organisation.name,
            row.due_on,
            None,
            reverse("review:answer", args=[row.application.number]),
            row.due_on < today,
        )
        for row in rows
    ]


def _reports(own: list[int], today: date) -> list[Due]:
    rows = Report.objects.filter(
        agreement__decision__application__organisation__in=own,
        state__in=[Report.State.DRAFT, Report.State.RETURNED],
    ).select_related("agreement__decision__application__organisation")[:MOST]
    found = []
    for row in rows:
        file = row.agreement.decision.application
        verb = "Compléter" if row.state == Report.State.RETURNED else "Rendre"
        found.append(
            Due(
                file.number,
                file.title,
                file.organisation.name,
                f"{verb} le {row.name}",
                file.organisation.name,
                row.due_on,
                None,
                reverse("monitoring:report", args=[row.pk]),
                row.due_on < today,
            )
        )
    return found


def _answers(own: list[int]) -> list[Due]:
    """An answer to each filed request: its day is told by the receipt, late or not by law."""
    rows = Application.objects.filter(organisation__in=own, state__in=INSTRUCTION).select_related(
        "call__owner", "organisation"
    )[:MOST]
    return [
        Due(
            row.number,
            row.title,
            row.organisation.name,
            "Une réponse à la demande",
            row.call.owner.name,
            None,
            None,
            reverse("applications:detail", args=[row.number]),
            False,
            f"« {row.get_state_display()} »",
        )
        for row in rows
    ]


def _money(own: list[int], now: datetime) -> list[tuple[Due, bool]]:
    """Each instalment that is not paid: who must act, by when, how much."""
    sent = Q(sent_at__isnull=False) & ~Q(state=Agreement.State.CLOSED)
    rows = Agreement.objects.filter(sent, decision__application__organisation__in=own)
    found = []
    for track in tracks(with_the_way(rows.order_by("pk")[:MOST]), now):
        if track.is_paid:
            continue
        file = track.agreement.decision.application
        is_mine = track.stop.who == file.organisation.name
        what = (
            track.stop.what.removeprefix("doit ")
            if is_mine
            else f"Verser « {track.instalment.label} »"
        )
        due = Due(
            file.number,
            file.title,
            file.organisation.name,
            what[:1].upper() + what[1:],
            track.stop.who,
            track.due_on or track.instalment.due_on,
            track.instalment.amount_cents,
            reverse("payments:where", args=[file.number]),
            track.late_days > 0,
            "" if is_mine else track.stop.what,
        )
        found.append((due, is_mine))
    return found
