"""All that the page of an agreement shows: text, parties, money, clocks, what is going on."""

from __future__ import annotations

from datetime import date
from typing import Any

from ensemblier.base.people.access import Actor
from ensemblier.engines.law.clock import INTEREST
from ensemblier.engines.law.state_aid import Basis
from ensemblier.fund.agreements import access, aid, content, hands, releasing, signing, ties
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Evidence,
    Indicator,
    Measure,
    Party,
    PartyPayment,
    SignedScan,
    Suspension,
)
from ensemblier.fund.agreements.parties import parties_of
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.agreements.shares import shares
from ensemblier.fund.applications.access import may_read as may_read_application

BADGES = {"draft": "draft", "sent": "wait", "signed": "done", "closed": "info"}
AMENDMENT_BADGES = {"draft": "draft", "sent": "wait", "signed": "done", "abandoned": "info"}
RECOVERY_BADGES = {
    "open": "wait",
    "hearing": "wait",
    "ordered": "wait",
    "settled": "done",
    "dropped": "info",
    "cancelled": "info",
}


def detail_context(actor: Actor, agreement: Agreement, today: date) -> dict[str, Any]:
    application = agreement.decision.application
    parties = parties_of(agreement)
    signed = signing.signed_by(agreement, None)
    given = shares(agreement)
    total = sum(share.cents for share in given)
    works = access.may_work_on(actor, agreement).allowed
    suspensions = kept(agreement, "suspensions", agreement.suspensions.all)
    return {
        "agreement": agreement,
        "badge_kind": BADGES[agreement.state],
        "application": application,
        "shares": [(share.label, share.envelope.year, share.cents) for share in given],
        "granted": total,
        "brought": sum(p.amount_cents or 0 for p in parties),
        "parties": [(p, signed.get(p.organisation_id)) for p in parties],
        "their_payments": _their_payments(agreement, parties),
        "signing": _signing(actor, agreement),
        "may_scan": agreement.state == Agreement.State.SENT
        and access.may_give_scan(actor, agreement).allowed,
        "scans": to_check(actor, _scans(agreement)),
        "instalments": _instalments(agreement, suspensions, today),
        "indicators": _indicators(agreement),
        "annexes": content.annexes_of(agreement),
        "texts": _texts(actor, agreement),
        "basis": Basis(agreement.legal_basis) if agreement.legal_basis else None,
        "count": aid.count_of(agreement, total, today),
        "recoveries": [
            (row, RECOVERY_BADGES[row.state])
            for row in kept(agreement, "recoveries", agreement.recoveries.all)
        ],
        "suspensions": [row for row in suspensions if row.ends_on is None],
        "interest": INTEREST,
        "may_work": works,
        "may_amend": works and agreement.state == Agreement.State.SIGNED,
        "may_read_file": may_read_application(actor, application).allowed,
    }


def _scans(agreement: Agreement) -> list[SignedScan]:
    """Papers of the agreement itself that wait to be read."""
    if agreement.state != Agreement.State.SENT:
        return []
    return [row for row in waiting_scans(agreement) if row.amendment_id is None]


def to_check(actor: Actor, scans: list[SignedScan]) -> list[tuple[SignedScan, str]]:
    """Each with why this person leaves its reading to another, or ""."""
    return [(row, hands.may_read(actor, row).reason) for row in scans]


def waiting_scans(agreement: Agreement) -> list[SignedScan]:
    """Papers that wait to be read, of the agreement and of its amendments."""
    rows = kept(agreement, "scans", agreement.scans.all)
    return [row for row in rows if row.state == SignedScan.State.WAITING]


def _their_payments(agreement: Agreement, parties: list[Party]) -> list[tuple[Party, PartyPayment]]:
    """What co-funders pay, in one query whatever their number."""
    funders = {party.pk: party for party in parties if party.amount_cents}
    if not funders:
        return []
    rows = kept(agreement, "their_payments", lambda: PartyPayment.objects.filter(party__in=funders))
    rows.sort(key=lambda row: (row.due_on, row.position, row.pk))
    return [(funders[row.party_id], row) for row in rows if row.party_id in funders]


def _signing(actor: Actor, agreement: Agreement) -> Any:
    if agreement.state != Agreement.State.SENT:
        return None
    turn = signing.next_parties(agreement)
    rows = [p for p in turn if access.signs_for(actor, agreement, p).allowed]
    return rows[0] if rows else None


def _instalments(
    agreement: Agreement, suspensions: list[Suspension], today: date
) -> list[dict[str, Any]]:
    """Each instalment, the state of its days, and what waits to be checked."""
    rows = kept(agreement, "instalments", lambda: agreement.instalments.select_related("indicator"))
    days = ties.opened_and_paid(agreement, rows) if agreement.signed_at else {}
    given = kept(
        agreement,
        "evidence",
        lambda: Evidence.objects.filter(instalment__in=rows).select_related("file"),
    )
    last = {row.instalment_id: row for row in sorted(given, key=lambda row: row.pk)}
    found = []
    for row in rows:
        opened, paid = days.get(row.pk, (None, None))
        found.append(
            {
                "row": row,
                "paid_on": paid,
                "clock": releasing.clock_of(row, suspensions, opened, today, paid),
                "evidence": last.get(row.pk),
                "may_show": row.release in releasing.BY_EVIDENCE
                and row.released_at is None
                and agreement.state == Agreement.State.SIGNED,
            }
        )
    return found


def indicators_of(agreement: Agreement) -> list[Indicator]:
    """What is measured now."""
    rows = kept(agreement, "indicators", agreement.indicators.all)
    return [row for row in rows if row.left_by_id is None]


def _indicators(agreement: Agreement) -> list[tuple[Indicator, Measure | None]]:
    """Each with its last measure."""
    rows = indicators_of(agreement)
    measures = kept(agreement, "measures", lambda: Measure.objects.filter(indicator__in=rows))
    measures.sort(key=lambda row: (row.measured_on, row.pk))
    last = {row.indicator_id: row for row in measures}
    return [(row, last.get(row.pk)) for row in rows]


def _texts(actor: Actor, agreement: Agreement) -> list[tuple[Amendment, str]]:
    """The amendments this person may read, in order: the chain of texts."""
    desk = access.may_read(actor, agreement.decision.application).allowed
    rows = kept(agreement, "amendments", lambda: agreement.amendments.select_related("pdf"))
    rows.sort(key=lambda row: row.number)
    return [(row, AMENDMENT_BADGES[row.state]) for row in rows if desk or row.sent_at]
