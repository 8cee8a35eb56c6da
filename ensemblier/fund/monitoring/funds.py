"""The dedicated fund of a grant: received as the books say, used as the organisation states."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.dedicated_funds import Movement, WrongYears, Year, movements
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring import access
from ensemblier.fund.monitoring.actions import NotTheCertifier
from ensemblier.fund.monitoring.models import YearUse
from ensemblier.fund.review.actions import actor_on, require

MOVED = (Kind.TRANSFER, Kind.POST)


class UseRefused(Refusal):
    """What was used in a year cannot be written so."""


def money_by_year(agreement: Agreement) -> tuple[Counter[int], Counter[int]]:
    """What the organisation received and gave back, by year of the books, in one query."""
    account = agreement.decision.account_id
    received: Counter[int] = Counter()
    returned: Counter[int] = Counter()
    rows = Transfer.objects.filter(
        Q(debit=account, credit__kind=AccountKind.PAYEE)
        | Q(credit=account, debit__kind=AccountKind.PAYEE),
        kind__in=MOVED,
    )
    for debit, day, cents in rows.values_list("debit_id", "day", "cents"):
        (received if debit == account else returned)[day.year] += cents
    return received, returned


def received_cents(agreement: Agreement) -> int:
    """What is in the hands of the organisation today."""
    received, returned = money_by_year(agreement)
    return received.total() - returned.total()


def years_of(agreement: Agreement) -> list[Year]:
    received, returned = money_by_year(agreement)
    used = {row.year: row.used_cents for row in agreement.uses.all()}
    years = sorted({*received, *returned, *used})
    if not years:
        return []
    return [
        Year(year, received[year], used.get(year, 0), returned[year])
        for year in range(years[0], years[-1] + 1)
    ]


def fund_of(agreement: Agreement) -> tuple[list[Movement], str]:
    """The movements year by year, or why they cannot be computed."""
    try:
        return movements(years_of(agreement)), ""
    except WrongYears as wrong:
        return [], str(wrong)


@transaction.atomic
def state_use(
    *, agreement: Agreement, year: int, used_cents: int, actor: Any, now: datetime
) -> YearUse:
    """Say what was used in a year; said again, the last figure holds and the journal keeps all."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    day = in_paris(now).date()
    require(access.may_start(actor_on(actor, day), agreement), NotTheCertifier)
    if not agreement.starts_on.year <= year <= day.year:
        raise UseRefused(
            f"L'année va de {agreement.starts_on.year}, début de la convention, à {day.year}.",
            field="year",
        )
    row, _ = YearUse.objects.update_or_create(
        agreement=agreement,
        year=year,
        defaults={"used_cents": used_cents, "stated_by": actor, "stated_at": now},
    )
    try:
        movements(years_of(agreement))
    except WrongYears as wrong:
        raise UseRefused(str(wrong), field="used_cents") from wrong
    record(
        actor=actor,
        action="report.use",
        subject=f"agreement:{agreement.pk}",
        data={"year": year, "cents": used_cents},
    )
    return row
