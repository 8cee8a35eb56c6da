"""The report of an agreement (Cerfa 15059), filled from the days of its chains: a person signs it.

Where the halves join: the agreement's account in the books is named by a payer of a scheme.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.models import Account
from ensemblier.base.pages.formats import day as french_day
from ensemblier.base.pages.formats import whole
from ensemblier.base.refusal import Refusal
from ensemblier.chain.cofinancing.models import SchemePayer, Share
from ensemblier.chain.insertion.models import HourEntry
from ensemblier.chain.stock.models import Movement
from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.monitoring.models import Report, ReportLine
from ensemblier.reports.actions import PeriodOpen, check_closed
from ensemblier.reports.days import standing, told_on
from ensemblier.reports.figures import FEWEST, shown, volunteers

PURCHASES = "60"


class NotThisChain(Refusal):
    """No payer of a scheme of this chain draws on the account of the agreement."""


class OtherChains(Refusal):
    """The chains that draw on the agreement are not those that were read."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Les filières qui tirent sur cette convention ont changé depuis que cette page est "
            "ouverte. Rechargez-la, relisez les montants, puis recommencez."
        )


class NotBegun(Refusal):
    """None of the days of this report is over."""


class Facts(NamedTuple):
    """What the days of a chain, or of several, say for an agreement, over days both included."""

    paid_cents: int  # parts of lines paid by the agreement's account, undone ones taken away
    bought_cents: int  # what growers are owed for what was delivered
    volunteer_minutes: int | None  # None: fewer than five people stand behind it
    insertion_minutes: int | None  # work, training and support; absences left out; None: as above


class Proposal(NamedTuple):
    """What would be filled: each line with its amount, and the note on hours ("": it stays)."""

    first: date
    last: date
    facts: Facts  # all the chains together
    parts: list[tuple[Chain, Facts]]  # each chain apart
    amounts: list[tuple[ReportLine, int]]
    note: str


def chains_of(report: Report) -> list[Chain]:
    """The chains that the organisation leads and whose schemes draw on the agreement."""
    decision = report.agreement.decision
    rows = Chain.objects.filter(
        lead=decision.application.organisation_id, schemes__payers__account=decision.account_id
    )
    return list(rows.select_related("lead").distinct().order_by("name", "pk"))


def facts(*, chain: Chain, account: Account, first: date, last: date) -> Facts:
    """Read again from the rows, never typed."""
    told = told_on(chain, first, last, "line__")
    shares = Share.objects.filter(told, line__chain=chain, payer__account=account)
    bought = standing(chain, first, last).filter(kind=Movement.Kind.PURCHASE)
    given = volunteers(chain, first, last)
    worked = HourEntry.objects.filter(
        told_on(chain, first, last),
        contract__participant__chain=chain,
        kind__in=(HourEntry.Kind.WORK, HourEntry.Kind.TRAINING, HourEntry.Kind.SUPPORT),
    )
    return Facts(
        _sum(shares, "cents"),
        _sum(bought, "signed_cents"),
        shown(given.minutes, given.behind),
        _minutes(worked, "contract__participant"),
    )


def together(parts: Sequence[Facts]) -> Facts:
    """The sum of each figure; one that is not told leaves its sum untold."""
    return Facts(
        sum(each.paid_cents for each in parts),
        sum(each.bought_cents for each in parts),
        _whole([each.volunteer_minutes for each in parts]),
        _whole([each.insertion_minutes for each in parts]),
    )


def _whole(minutes: Sequence[int | None]) -> int | None:
    known = [each for each in minutes if each is not None]
    return sum(known) if len(known) == len(minutes) else None


def proposal(*, report: Report, chains: Sequence[Chain], day: date) -> Proposal:
    """What is still empty in a report, and what the closed days of the chains that draw on its
    agreement say of it, added up: a grant of two chains is used in both.

    The days are those of the report that are over by `day`; closed, their figures cannot move.
    """
    account = report.agreement.decision.account
    paying = SchemePayer.objects.filter(account=account, account__isnull=False)
    drawing = set(paying.values_list("scheme__chain", flat=True))
    for chain in chains:
        if chain.pk not in drawing:
            raise NotThisChain(
                f"Aucun dispositif de la filière {chain} ne tire sur le compte de cette "
                "convention. Nommez-le d'abord comme compte d'un payeur."
            )
    if account is None or {each.pk for each in chains} != {each.pk for each in chains_of(report)}:
        raise OtherChains
    first, last = days_of(report, day)
    if last < first:
        raise NotBegun(
            f"Les jours de ce bilan commencent le {french_day(first)} : il n'y a encore rien à "
            "reprendre."
        )
    for chain in chains:
        _check_closed(chain, first, last)
    parts = [
        (chain, facts(chain=chain, account=account, first=first, last=last)) for chain in chains
    ]
    found = together([each for _, each in parts])
    amounts = [
        *_empty(report, Side.RESOURCE, FUND_CODE, found.paid_cents),
        *_empty(report, Side.CHARGE, PURCHASES, found.bought_cents),
    ]
    told = "" if report.in_kind_note.strip() else hours_note(parts)
    return Proposal(first, last, found, parts, amounts, told)


def _check_closed(chain: Chain, first: date, last: date) -> None:
    """Says which chain is open."""
    try:
        check_closed(chain, first, last)
    except PeriodOpen as refusal:
        raise PeriodOpen(f"Filière {chain}\u00a0: {refusal.message}") from refusal


@transaction.atomic
def fill_account(
    *, report: Report, chains: Sequence[Chain], version: int, actor: Any, day: date
) -> tuple[Report, Facts]:
    """Fill what is still empty in a report: the grant used, the purchases, the hours. What somebody
    typed stays."""
    found = proposal(report=report, chains=chains, day=day)
    saved = monitoring.save_report(
        report=report,
        narrative=report.narrative,
        variance_note=report.variance_note,
        people_count=report.people_count,
        actuals={line.pk: cents for line, cents in found.amounts},
        version=version,
        actor=actor,
        story={"in_kind_note": found.note} if found.note else {},
    )
    return saved, found.facts


def days_of(report: Report, day: date) -> tuple[date, date]:
    """The year of a yearly report, else the whole agreement; only days that are over on `day`."""
    first, last = report.agreement.starts_on, report.agreement.ends_on
    if report.year:
        first = max(first, date(report.year, 1, 1))
        last = min(last, date(report.year, 12, 31))
    return first, min(last, day - timedelta(days=1))


def hours_note(parts: Sequence[tuple[Chain, Facts]]) -> str:
    """Hours kept in each chain, in French, as the annex asks; whole hours, not valued."""
    told = [
        f"Heures notées dans la filière « {chain} » : bénévolat "
        f"{_hours(found.volunteer_minutes)}, insertion {_hours(found.insertion_minutes)}."
        for chain, found in parts
    ]
    return (
        " ".join([*told, "Elles ne sont pas valorisées ici."])
        .replace("« ", "«\u00a0")
        .replace(" »", "\u00a0»")
        .replace(" :", "\u00a0:")
    )


def _hours(minutes: int | None) -> str:
    if minutes is None:
        return f"non données (moins de {FEWEST} personnes)"
    return f"{whole(minutes // 60)}\u00a0h"


def _empty(report: Report, side: str, code: str, cents: int) -> list[tuple[ReportLine, int]]:
    """The first line of this account, when nobody filled one of them."""
    lines = list(report.lines.filter(side=side, code=code))
    if not lines or any(line.actual_cents is not None for line in lines):
        return []
    return [(lines[0], max(0, cents))]


def _minutes(rows: QuerySet[Any], person: str) -> int | None:
    found = rows.order_by().aggregate(minutes=Sum("minutes"), people=Count(person, distinct=True))
    return shown(found["minutes"] or 0, found["people"])


def _sum(rows: QuerySet[Any], column: str) -> int:
    return rows.order_by().aggregate(sum=Sum(column))["sum"] or 0
