"""The five-year plan of each project of the demonstration: that of its sheet, kept as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ensemblier.atelier import actions
from ensemblier.atelier.models import EconomicPlan
from ensemblier.atelier.rows import values_of
from ensemblier.atelier.starting import models
from ensemblier.base.chains.models import Chain
from ensemblier.engines.economics.writing import plan_text
from ensemblier.fund.applications.models import Application

GROCERY_SHEET = 20  # the plan nearest to the chain of the quick demonstration


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
    """A plan that began with this year, for a chain whose days can be compared with it."""
    model = models()[GROCERY_SHEET]
    plan = actions.start(
        organisation=chain.lead,
        title=f"{chain.name} : le plan de l'année",
        text=plan_text({**values_of(model.text), "start": f"{now.year}-01"}),
        sheet=GROCERY_SHEET,
        actor=None,
        now=now,
        why="Plan de la fiche 20, commencé cette année ; tout est hypothèse",
    )
    return actions.attach(plan=plan, application=None, chain=chain, actor=None, now=now)
