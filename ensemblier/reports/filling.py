"""The report of an agreement (Cerfa 15059), filled from the days of a chain: a person signs it.

Where the halves join: the agreement's account in the books is named by a payer of a scheme.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Sum

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.models import Account
from ensemblier.base.pages.formats import whole
from ensemblier.base.refusal import Refusal
from ensemblier.chain.activities.models import Participation
from ensemblier.chain.cofinancing.models import SchemePayer, Share
from ensemblier.chain.insertion.models import HourEntry
from ensemblier.chain.stock.models import Movement
from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.applications.models import Side
from ensemblier.fund.decisions.actions import grant_account
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.monitoring.models import Report
from ensemblier.reports.actions import check_closed
from ensemblier.reports.figures import standing

PURCHASES = "60"


class NotThisChain(Refusal):
    """No payer of a scheme of this chain draws on the account of the agreement."""


class Facts(NamedTuple):
    """What a chain's days say for an agreement, over days both included."""

    paid_cents: int  # parts of lines paid by the agreement's account, undone ones taken away
    bought_cents: int  # what growers are owed for what was delivered
    volunteer_minutes: int
    insertion_minutes: int  # work, training and support; absences left out


def facts(*, chain: Chain, account: Account, first: date, last: date) -> Facts:
    """Read again from the rows, never typed."""
    days = (first, last)
    shares = Share.objects.filter(line__chain=chain, line__day__range=days, payer__account=account)
    bought = standing(chain, first, last).filter(kind=Movement.Kind.PURCHASE)
    given = Participation.objects.filter(
        activity__chain=chain,
        activity__starts_at__date__range=days,
        nature=Participation.Nature.VOLUNTEER,
    )
    worked = HourEntry.objects.filter(
        contract__participant__chain=chain,
        day__range=days,
        kind__in=(HourEntry.Kind.WORK, HourEntry.Kind.TRAINING, HourEntry.Kind.SUPPORT),
    )
    return Facts(
        _sum(shares, "cents"),
        _sum(bought, "value_cents"),
        _sum(given, "minutes"),
        _sum(worked, "minutes"),
    )


@transaction.atomic
def fill_account(
    *, report: Report, chain: Chain, version: int, actor: Any, day: date
) -> tuple[Report, Facts]:
    """Fill what is still empty in a report: the grant used, the purchases, the hours.

    What somebody typed stays. The days are those of the report that are over by `day`, and they
    are closed in the chain: the figures cannot move afterwards.
    """
    application = report.agreement.decision.application
    account = grant_account(application)
    if not SchemePayer.objects.filter(scheme__chain=chain, account=account).exists():
        raise NotThisChain(
            f"Aucun dispositif de la filière {chain} ne tire sur le compte de cette convention. "
            "Nommez-le d'abord comme compte d'un payeur."
        )
    first, last = days_of(report, day)
    check_closed(chain, first, last)
    found = facts(chain=chain, account=account, first=first, last=last)
    actuals = _empty(report, Side.RESOURCE, FUND_CODE, found.paid_cents)
    actuals |= _empty(report, Side.CHARGE, PURCHASES, found.bought_cents)
    story = {} if report.in_kind_note.strip() else {"in_kind_note": hours_note(found, chain)}
    saved = monitoring.save_report(
        report=report,
        narrative=report.narrative,
        variance_note=report.variance_note,
        people_count=report.people_count,
        actuals=actuals,
        version=version,
        actor=actor,
        story=story,
    )
    return saved, found


def days_of(report: Report, day: date) -> tuple[date, date]:
    """The year of a yearly report, else the whole agreement; never beyond `day`."""
    first, last = report.agreement.starts_on, report.agreement.ends_on
    if report.year:
        first = max(first, date(report.year, 1, 1))
        last = min(last, date(report.year, 12, 31))
    return first, min(last, day)


def hours_note(found: Facts, chain: Chain) -> str:
    """Hours kept in the chain, in French, as the annex asks; whole hours, not valued."""
    volunteers, workers = found.volunteer_minutes // 60, found.insertion_minutes // 60
    return (
        (
            f"Heures notées dans la filière « {chain} » : {whole(volunteers)} h de bénévolat, "
            f"{whole(workers)} h d'insertion. Elles ne sont pas valorisées ici."
        )
        .replace("« ", "«\u00a0")
        .replace(" »", "\u00a0»")
        .replace(" :", "\u00a0:")
    )


def _empty(report: Report, side: str, code: str, cents: int) -> dict[int, int | None]:
    """The first line of this account, when nobody filled one of them."""
    lines = list(report.lines.filter(side=side, code=code))
    if not lines or any(line.actual_cents is not None for line in lines):
        return {}
    return {lines[0].pk: max(0, cents)}


def _sum(rows: QuerySet[Any], column: str) -> int:
    return rows.order_by().aggregate(sum=Sum(column))["sum"] or 0
