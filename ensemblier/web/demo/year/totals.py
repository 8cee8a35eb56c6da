"""How a year went, in whole grams, cents and minutes: what two runs of one seed must share."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum

from ensemblier.base.chains.models import Chain
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.billing.models import Document, Settlement
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.commitments.models import Commitment
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.models import HourEntry
from ensemblier.chain.stock.models import LotMark, Movement
from ensemblier.reports.models import SentReport


def totals(chain: Chain) -> dict[str, Any]:
    """Figures of one chain, by name; no number of a row, so that two databases give the same."""
    moves = Movement.objects.filter(lot__chain=chain, undoes=None, undone_by=None).order_by()
    lines = SaleLine.objects.filter(chain=chain)
    shares = Share.objects.filter(line__chain=chain).order_by()
    minutes = HourEntry.objects.filter(contract__participant__chain=chain).order_by()
    settled = Settlement.objects.filter(document__chain=chain).order_by()
    given = Participation.objects.filter(activity__chain=chain).order_by()
    return {
        "grams": _by(moves, "kind", Sum("grams")),
        "value_cents": moves.aggregate(sum=Sum("value_cents"))["sum"] or 0,
        "lines": lines.count(),
        "undone": lines.filter(undoes__isnull=False).count(),
        "price_cents": lines.aggregate(sum=Sum("price_cents"))["sum"] or 0,
        "shares": _by(shares.filter(payer__isnull=False), "payer__name", Sum("cents")),
        "person_cents": shares.filter(payer=None).aggregate(sum=Sum("cents"))["sum"] or 0,
        "documents": _by(
            Document.objects.filter(chain=chain).order_by(), "kind", Sum("total_cents")
        ),
        "settled": _by(settled, "document__kind", Sum("cents")),
        "settled_on": _by(settled, "day", Sum("cents")),
        "reports": _by(SentReport.objects.filter(chain=chain).order_by(), "kind", Count("pk")),
        "marks": _by(LotMark.objects.filter(lot__chain=chain).order_by(), "kind", Count("pk")),
        "promises": _by(Commitment.objects.filter(chain=chain).order_by(), "kind", Sum("milli")),
        "activities": _by(Activity.objects.filter(chain=chain).order_by(), "state", Count("pk")),
        "participation_minutes": _by(given, "nature", Sum("minutes")),
        "absent": given.filter(minutes=0).count(),
        "insertion_minutes": _by(minutes, "kind", Sum("minutes")),
    }


def reported(chain: Chain) -> dict[str, tuple[int, int, int]]:
    """For each funder: cents told in its reports, cents not told yet, and all of its shares."""
    shares = Share.objects.filter(line__chain=chain, payer__organisation__isnull=False).order_by()
    rows = shares.values("payer__organisation__name").annotate(
        told=Sum("cents", filter=Q(reported__isnull=False)),
        waiting=Sum("cents", filter=Q(reported__isnull=True)),
        whole=Sum("cents"),
    )
    return {
        row["payer__organisation__name"]: (row["told"] or 0, row["waiting"] or 0, row["whole"])
        for row in rows
    }


def _by(rows: Any, column: str, what: Any) -> dict[str, int]:
    found = rows.values_list(column).annotate(figure=what).order_by(column)
    return {str(name): figure or 0 for name, figure in found}
