"""The top-up of a file: its budget read as resources, its useful effects, and who may be asked."""

from __future__ import annotations

from ensemblier.engines.budget import totals
from ensemblier.engines.topup import ASKED, Resource, TopUp, top_up
from ensemblier.fund.applications.content import asked_amounts, budget_lines
from ensemblier.fund.applications.models import Application, Side
from ensemblier.fund.applications.report import funders

__all__ = ["of", "top_up"]


def of(application: Application) -> TopUp:
    """Cash only. A resource without a state is taken as asked: hoped for, never sure."""
    sums = totals(budget_lines(application), asked_amounts(application))
    resources = [
        Resource(line.payer or line.label, line.amount_cents, line.certainty or ASKED, line.effect)
        for line in application.lines.all()
        if line.side == Side.RESOURCE and not line.code.startswith("87")
    ]
    effects = list(application.effects.all())
    spoken_to = [
        Resource(row.funder, 0, row.certainty, row.effect)
        for row in effects
        if row.funder and row.certainty
    ]
    return top_up(
        sums.charges,
        resources,
        requested_cents=sums.asked,
        effects=[row.effect for row in effects],
        funders=funders(),
        approached=spoken_to,
    )
