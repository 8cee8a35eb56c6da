"""The figures of the home page, counted in the database the moment they are shown."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db.models import Q, Sum

from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments.models import Payment, Refund
from ensemblier.library.models import Sheet


class HomeFigures(NamedTuple):
    """Counts, and amounts in cents."""

    sheets: int
    filed: int
    agreed_cents: int
    paid_cents: int


def figures(day: date) -> HomeFigures:
    """What the fund did up to that day: filed, signed, paid (net of what came back)."""
    signed = Q(agreement__state__in=[Agreement.State.SIGNED, Agreement.State.CLOSED])
    instalments = Instalment.objects.filter(signed, agreement__signed_at__date__lte=day)
    paid = Payment.objects.filter(state=Payment.State.PAID, settled_at__date__lte=day)
    moved = Refund.objects.filter(recorded_at__date__lte=day)
    back = moved.filter(kind=Refund.Kind.RECOVERY)
    again = moved.filter(kind=Refund.Kind.HANDBACK)
    return HomeFigures(
        sheets=Sheet.objects.count(),
        filed=Application.objects.filter(filed_at__date__lte=day).count(),
        agreed_cents=_total(instalments),
        paid_cents=_total(paid) - _total(back) + _total(again),
    )


def _total(rows: object) -> int:
    total = rows.aggregate(total=Sum("amount_cents"))["total"]  # type: ignore[attr-defined]
    return int(total or 0)
