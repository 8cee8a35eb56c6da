"""Where the file of the tour stands: read from its rows, never kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.jury.models import Sitting, Voter
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review.models import Review
from ensemblier.web.demo.plan import TOUR_SHEET


def tour_file() -> Application | None:
    """The demonstration's file made for the tour; None when the demonstration is not loaded."""
    rows = Application.objects.filter(sheet_slug=TOUR_SHEET).select_related("call", "organisation")
    return rows.order_by("pk").first()


@dataclass
class Progress:
    """What was done on the file. A handful of queries at most."""

    application: Application

    @property
    def number(self) -> str:
        return self.application.number

    @property
    def state(self) -> str:
        return self.application.state

    @cached_property
    def given(self) -> set[str]:
        rows = Review.objects.filter(application=self.application, given_at__isnull=False)
        return set(rows.values_list("level", flat=True))

    @property
    def is_filed(self) -> bool:
        return self.state != State.DRAFT

    @property
    def has_desk_opinion(self) -> bool:
        return bool(self.given - {Review.Level.NETWORK})

    @property
    def has_network_opinion(self) -> bool:
        return Review.Level.NETWORK in self.given

    @cached_property
    def sitting(self) -> Sitting | None:
        """The last sitting of the programme: the jury of the session closed before this one."""
        rows = Sitting.objects.filter(
            jury__call__programme=self.application.call.programme_id
        ).select_related("poll")
        return rows.order_by("held_on", "pk").last()

    @cached_property
    def has_voted(self) -> bool:
        waiting = Voter.objects.filter(poll__sitting=self.sitting, way="")
        return self.sitting is not None and not waiting.exists()

    @property
    def is_counted(self) -> bool:
        return self.sitting is not None and self.sitting.poll.closed_at is not None

    @property
    def is_proposed(self) -> bool:
        past = (State.PROPOSED, State.FUNDED, State.REFUSED, State.AGREED, State.CLOSED)
        return self.state in past

    @property
    def is_refused(self) -> bool:
        return self.state == State.REFUSED

    @property
    def is_decided(self) -> bool:
        return self.is_proposed and self.state != State.PROPOSED

    @cached_property
    def agreement(self) -> Agreement | None:
        return Agreement.objects.filter(decision__application=self.application).first()

    @property
    def agreement_number(self) -> str:
        return self.agreement.number if self.agreement else ""

    @property
    def is_sent(self) -> bool:
        return self.agreement is not None and self.agreement.state != Agreement.State.DRAFT

    @cached_property
    def signed_by_organisation(self) -> bool:
        if self.agreement is None:
            return False
        signatures = self.agreement.signatures.filter(organisation=self.application.organisation_id)
        return signatures.exists()

    @property
    def is_signed(self) -> bool:
        done = (Agreement.State.SIGNED, Agreement.State.CLOSED)
        return self.agreement is not None and self.agreement.state in done

    @cached_property
    def payments(self) -> list[str]:
        rows = Payment.objects.filter(instalment__agreement=self.agreement)
        return list(rows.values_list("state", flat=True)) if self.agreement else []

    @property
    def is_certified(self) -> bool:
        return any(state != Payment.State.VOIDED for state in self.payments)

    @property
    def is_paid(self) -> bool:
        return Payment.State.PAID in self.payments

    @cached_property
    def report(self) -> Report | None:
        return self.agreement.reports.order_by("-pk").first() if self.agreement else None

    @property
    def is_report_written(self) -> bool:
        return self.report is not None and bool(self.report.narrative)

    @property
    def is_reported(self) -> bool:
        filed = (Report.State.FILED, Report.State.ACCEPTED)
        return self.report is not None and self.report.state in filed

    @property
    def is_checked(self) -> bool:
        return self.report is not None and self.report.state == Report.State.ACCEPTED
