"""Which reports an agreement asks for, when each is due, and which are late."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ensemblier.engines.law.subsidies import report_due
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.monitoring.models import Report

WITH_THE_DESK = (Report.State.FILED, Report.State.ACCEPTED)


class Period(NamedTuple):
    """One report that is expected. `year` is 0 but for a yearly one."""

    kind: str
    year: int
    due_on: date

    @property
    def name(self) -> str:
        label = str(Report.Kind(self.kind).label)
        return f"{label} {self.year}" if self.year else label


def periods(agreement: Agreement) -> list[Period]:
    """In the order of their dates.

    A grant of several years is reported each year, six months after it; the last year is the
    final report's. An intermediate report is asked when an instalment waits for it.
    """
    last = agreement.ends_on.year
    years = {award.envelope.year for award in _awards(agreement)}
    found = [
        Period(Report.Kind.YEARLY, year, report_due(date(year, 12, 31)))
        for year in sorted(years)
        if year < last
    ]
    released = [
        row.due_on
        for row in agreement.instalments.all()
        if row.release == Instalment.Release.INTERMEDIATE_REPORT
    ]
    if released:
        due = min(agreement.ends_on, *released)
        found.append(Period(Report.Kind.INTERMEDIATE, 0, due))
    found.append(Period(Report.Kind.FINAL, 0, report_due(date(last, 12, 31))))
    return sorted(found, key=lambda period: (period.due_on, period.kind))


def _awards(agreement: Agreement) -> list:
    decision = agreement.decision
    if "awards" in getattr(decision, "_prefetched_objects_cache", {}):
        return list(decision.awards.all())
    return list(decision.awards.select_related("envelope"))


def due_on(agreement: Agreement, kind: str, year: int | None) -> date | None:
    """The date of one report; None when the agreement does not ask for it."""
    for period in periods(agreement):
        if (period.kind, period.year) == (kind, year or 0):
            return period.due_on
    return None


def overdue(agreement: Agreement, day: date) -> list[Period]:
    """Reports past their date that the desk has not received, oldest first."""
    if agreement.state != Agreement.State.SIGNED:
        return []
    given = {
        (report.kind, report.year or 0)
        for report in agreement.reports.all()
        if report.state in WITH_THE_DESK
    }
    return [
        period
        for period in periods(agreement)
        if period.due_on < day and (period.kind, period.year) not in given
    ]


def blocking(instalment: Instalment, day: date) -> Period | None:
    """The late report that keeps a later instalment from being paid."""
    late = overdue(instalment.agreement, day)
    if not late or instalment.position == 1:
        return None
    return late[0]
