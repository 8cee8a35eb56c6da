"""Which reports an agreement asks for, when each is due, and which are late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from ensemblier.engines.law.subsidies import report_due
from ensemblier.fund.agreements.models import Agreement, Amendment, AmendmentLine, Instalment
from ensemblier.fund.monitoring.models import Report

NEVER = datetime.max.replace(tzinfo=UTC)
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
    final report's. What an amendment adds is reported too: a year it pays, or by which it extends
    the agreement. An intermediate report is asked when an instalment waits for it.
    """
    last = agreement.ends_on.year
    signed = _signed(agreement)
    years = _paid_years(agreement, signed) | _extended_years(agreement, signed)
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


def _paid_years(agreement: Agreement, signed: Sequence[Amendment]) -> set[int]:
    """The years whose envelopes give something, as amended."""
    sums: Counter[int] = Counter()
    for award in _awards(agreement):
        sums[award.envelope.year] += award.amount_cents
    for amendment in signed:
        for line in amendment.lines.all():
            sign = 1 if line.way == AmendmentLine.Way.UP else -1
            sums[line.envelope.year] += sign * line.amount_cents
    return {year for year, cents in sums.items() if cents > 0}


def _extended_years(agreement: Agreement, signed: Sequence[Amendment]) -> set[int]:
    """From the last year of the agreement as it was first signed."""
    end = signed[0].before.get("ends_on") if signed else None
    if not end:
        return set()
    return set(range(date.fromisoformat(end).year, agreement.ends_on.year))


def _signed(agreement: Agreement) -> list[Amendment]:
    """The amendments in force, the oldest first."""
    rows = agreement.amendments.all()
    if "amendments" not in getattr(agreement, "_prefetched_objects_cache", {}):
        rows = rows.prefetch_related("lines__envelope")
    found = [row for row in rows if row.state == Amendment.State.SIGNED]
    return sorted(found, key=lambda row: (row.signed_at or NEVER, row.pk))


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
