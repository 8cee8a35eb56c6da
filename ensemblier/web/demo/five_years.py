"""The five-year plan of each project of the demonstration: that of its sheet, kept as text."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ensemblier.atelier import actions
from ensemblier.atelier.models import EconomicPlan
from ensemblier.atelier.rows import values_of
from ensemblier.atelier.starting import blank, models
from ensemblier.base.chains.models import Chain
from ensemblier.engines.economics.writing import plan_text
from ensemblier.fund.applications.models import Application

WEEKS = 6  # what the chain of the quick demonstration lived


def open_plan(*, number: int, application: Application, actor: Any, now: datetime) -> EconomicPlan:
    """Open the plan of this sheet, and join it to the application it goes with."""
    model = models()[number]
    plan = actions.start(
        organisation=application.organisation,
        title=model.name[:160],
        text=model.text,
        sheet=number,
        actor=actor,
        now=now,
        why="Plan de la fiche ; tous les montants sont des hypothèses",
    )
    return actions.attach(plan=plan, application=application, chain=None, actor=actor, now=now)


def open_chain_plan(*, chain: Chain, now: datetime) -> EconomicPlan:
    """A small plan that began with the chain's first days, so that they can be compared with it."""
    title = f"{chain.name} : le plan"
    first = now - timedelta(weeks=WEEKS)
    data = values_of(blank(title, f"{first:%Y-%m}"))
    (volume,), (sale,) = data["volume"], data["sale"]
    volume |= {"label": "Légumes et pain", "unit": "kg", "yearly": 4_200}
    sale["price"] = Decimal("1.20")
    data["cost"][0]["price"] = Decimal("2.10")
    plan = actions.start(
        organisation=chain.lead,
        title=title,
        text=plan_text(data),
        actor=None,
        now=now,
        why="Plan d'exemple : tout est hypothèse",
    )
    return actions.attach(plan=plan, application=None, chain=chain, actor=None, now=now)
