"""All that the page of an agreement shows: text, parties, money, clocks, what is going on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Prefetch

from ensemblier.base.people.access import Actor
from ensemblier.engines.law.clock import INTEREST
from ensemblier.engines.law.state_aid import Basis
from ensemblier.fund.agreements import access, aid, releasing, signing, ties
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Evidence,
    Party,
    PartyPayment,
    SignedScan,
    Suspension,
)
from ensemblier.fund.agreements.parties import parties_of
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
    suspensions = list(agreement.suspensions.all())
    return {
        "agreement": agreement,
        "badge_kind": BADGES[agreement.state],
        "application": application,
        "shares": given,
        "granted": total,
        "brought": sum(p.amount_cents or 0 for p in parties),
        "parties": [(p, signed.get(p.organisation_id)) for p in parties],
        "their_payments": _their_payments(parties),
        "signing": _signing(actor, agreement),
        "may_scan": agreement.state == Agreement.State.SENT
        and access.may_give_scan(actor, agreement).allowed,
        "scans": _scans(agreement),
        "instalments": _instalments(agreement, suspensions, today),
        "indicators": _indicators(agreement),
        "annexes": list(agreement.annexes.select_related("file")),
        "texts": _texts(actor, agreement),
        "basis": Basis(agreement.legal_basis) if agreement.legal_basis else None,
        "count": aid.count_of(agreement, total, today),
        "recoveries": [(row, RECOVERY_BADGES[row.state]) for row in agreement.recoveries.all()],
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
    return list(agreement.scans.filter(state=SignedScan.State.WAITING, amendment=None))


def _their_payments(parties: list[Party]) -> list[tuple[Party, PartyPayment]]:
    """What co-funders pay, in one query whatever their number."""
    funders = {party.pk: party for party in parties if party.amount_cents}
    if not funders:
        return []
    rows = PartyPayment.objects.filter(party__in=funders)
    return [(funders[row.party_id], row) for row in rows]


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
    days = ties.opened_and_paid(agreement) if agreement.signed_at else {}
    rows = agreement.instalments.select_related("indicator").prefetch_related(
        Prefetch("evidence", Evidence.objects.select_related("file"))
    )
    found = []
    for row in rows:
        opened, paid = days.get(row.pk, (None, None))
        evidence = list(row.evidence.all())
        found.append(
            {
                "row": row,
                "paid_on": paid,
                "clock": releasing.clock_of(row, suspensions, opened, today, paid),
                "evidence": evidence[-1] if evidence else None,
                "may_show": row.release in releasing.BY_EVIDENCE
                and row.released_at is None
                and agreement.state == Agreement.State.SIGNED,
            }
        )
    return found


def _indicators(agreement: Agreement) -> list[tuple[Any, Any]]:
    rows = agreement.indicators.filter(left_by__isnull=True).prefetch_related("measures")
    return [(row, next(iter(row.measures.all()), None)) for row in rows]


def _texts(actor: Actor, agreement: Agreement) -> list[tuple[Amendment, str]]:
    """The amendments this person may read, in order: the chain of texts."""
    desk = access.may_read(actor, agreement.decision.application).allowed
    rows = agreement.amendments.select_related("pdf")
    return [(row, AMENDMENT_BADGES[row.state]) for row in rows if desk or row.sent_at]
